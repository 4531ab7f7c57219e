/** The page that the build makes of openapi.yaml: everything in the document is there, and nothing is asked of another site. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(__dirname, '../..');
const page = readFileSync(join(ROOT, 'dist/assets/api.html'), 'utf8');
const front = readFileSync(join(ROOT, 'dist/assets/assets/index.html'), 'utf8');
const api = parse(readFileSync(join(ROOT, 'openapi.yaml'), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>;
  readonly components: { readonly schemas: object };
};
const METHODS = ['get', 'post'];
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

test('the API page shows every address with its method, every status and every schema of openapi.yaml', () => {
  const routes = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, { responses }]) => [`${method.toUpperCase()} ${path}`, Object.keys(responses)]),
  );
  const shown = page
    .split('<article id="')
    .slice(1)
    .filter((article) => !article.startsWith('shape-'))
    .map((article) => [
      /<h3><code>(.*?)<\/code>/.exec(article)?.[1],
      all(article, /<tr><td><code>(\d{3})<\/code>/g),
    ]);
  expect(shown.sort()).toEqual(routes.sort());
  expect(all(page, /<article id="shape-(\w+)"/g)).toEqual(Object.keys(api.components.schemas));
});

test('every link within the API page leads to an element', () => {
  const ids = new Set(all(page, / id="([^"]+)"/g));
  expect(all(page, /href="#([^"]+)"/g).filter((name) => !ids.has(name))).toEqual([]);
});

test.each([
  ['the API page', page],
  ['the page at the address without a path', front],
])('%s has no script and loads nothing from elsewhere', (_what, html) => {
  expect([
    html.match(/<script|\bsrc=|@import|url\(|<link rel="stylesheet"/g),
    html.includes("'sha256-style'"),
  ]).toEqual([null, false]);
  expect(html).toContain("default-src 'none'; style-src 'sha256-");
});
