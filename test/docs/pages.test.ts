/**
 * The pages of the documentation as a whole: the README fits a screen or two, every link leads somewhere, every page is
 * listed, every command that is named exists, and every page with commands is run by a test.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const IN_DOCS = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const PAGES = [
  ...IN_DOCS,
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'emulator/README.md',
].sort();

/** Which test runs the commands of a page. One that nobody runs makes the test below fail. */
const RUN_BY: Readonly<Record<string, string>> = {
  'CONTRIBUTING.md': 'test/slow/docs/long-commands.test.ts',
  'README.md': 'test/slow/docs/long-commands.test.ts',
  'docs/guide/agents.md': 'test/slow/docs/long-commands.test.ts',
  'docs/guide/audit.md': 'test/scripts/audit.test.ts',
  'docs/guide/broadcast.md': 'test/slow/scripts/docs.test.ts',
  'docs/guide/cost.md': 'test/slow/docs/commands.test.ts',
  'docs/guide/flex.md': 'test/slow/docs/commands.test.ts',
  'docs/guide/leaving.md': 'test/slow/docs/commands.test.ts',
  'docs/guide/migration.md': 'test/slow/docs/commands.test.ts',
  'docs/guide/operations.md': 'test/slow/docs/operations.test.ts',
  'docs/guide/production.md': 'test/slow/scripts/production-guide.test.ts',
  'docs/guide/sandbox.md': 'test/slow/docs/sandbox.test.ts',
  'docs/guide/studio.md': 'test/slow/scripts/docs.test.ts',
  'docs/guide/tokens.md': 'test/slow/scripts/token-guide.test.ts',
  'docs/guide/troubleshooting.md': 'test/slow/docs/commands.test.ts',
  'docs/internals/bench.md': 'test/slow/docs/long-commands.test.ts',
  'docs/internals/decision.md': 'test/slow/docs/decision.test.ts',
  'docs/internals/parity.md': 'test/slow/docs/long-commands.test.ts',
  'docs/internals/proof.md': 'test/slow/docs/long-commands.test.ts',
  'docs/reference/endpoints.md': 'test/slow/docs/commands.test.ts',
  'docs/reference/failures.md': 'test/slow/docs/commands.test.ts',
  'emulator/README.md': 'test/slow/docs/emulator-commands.test.ts',
};

/** A page without its code, in which nothing is a link. */
const prose = (text: string) =>
  text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]]/g, ''));

/** The anchors that GitHub makes of headings. */
function anchorsOf(text: string): readonly string[] {
  const headings = text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ +(.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

interface Link {
  readonly page: string;
  readonly target: string;
}

const links: readonly Link[] = PAGES.flatMap((page) =>
  [...prose(read(page)).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, target = '']) => ({
    page,
    target,
  })),
);

test('the README has at most 150 lines, and its first commands start and test a clone', () => {
  const text = read('README.md');
  const [, first = ''] = /^```sh\n(.*?)^```$/ms.exec(text) ?? [];
  expect(text.split('\n').length - 1).toBeLessThanOrEqual(150);
  expect(first.replace(/ +#.*$/gm, '')).toBe('npm ci && npm start\nnpm ci && npm test\n');
});

test('every link of every page leads to a file, and to a heading in it', () => {
  const broken = links.filter(({ page, target }) => {
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? page : relative(ROOT, join(ROOT, dirname(page), file));
    if (!existsSync(join(ROOT, path))) return true;
    return anchor !== undefined && path.endsWith('.md') && !anchorsOf(read(path)).includes(anchor);
  });
  expect([broken, links.length > 100]).toEqual([[], true]);
});

test('docs/index.md lists every page of docs', () => {
  const listed = links
    .filter(({ page }) => page === 'docs/index.md')
    .map(({ target }) => relative(ROOT, join(ROOT, 'docs', target.split('#')[0] ?? '')));
  const missing = IN_DOCS.filter((page) => page !== 'docs/index.md' && !listed.includes(page));
  // It is for agents to read, and docs/guide/agents.md says where to put it.
  expect(missing).toEqual(['docs/guide/SKILL.md']);
});

test('docs/reference/endpoints.md has every address of openapi.yaml', () => {
  const { paths } = parse(read('openapi.yaml')) as { paths: Readonly<Record<string, object>> };
  const text = read('docs/reference/endpoints.md');
  expect(Object.keys(paths).filter((path) => !new RegExp(`[ \`]${path}\``).test(text))).toEqual([]);
});

test('docs/reference/settings.md has every setting of .env.example, and each that it has is there', () => {
  const names = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  const [table = ''] = read('docs/reference/settings.md').split('\n\nA missing');
  const shown = [...table.matchAll(/^\| (`[^|]+)/gm)].flatMap(
    ([, cell = '']) => cell.match(/[A-Z_]{3,}/g) ?? [],
  );
  expect(shown.sort()).toEqual(names.sort());
});

test('every npm command that a page names is one of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  const named = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\bnpm run (?:--?\w[\w-]* )*([a-z][\w:-]*)/g)].map(([, name = '']) => [
      page,
      name,
    ]),
  );
  expect([named.filter(([, name = '']) => !(name in scripts)), named.length > 50]).toEqual([[], true]);
});

test('every page with commands is run by a test, which names it', () => {
  const withCommands = PAGES.filter((page) => /^```sh$/m.test(read(page)));
  expect(Object.keys(RUN_BY)).toEqual(withCommands);
  const unnamed = Object.entries(RUN_BY).filter(
    ([page, file]) => !existsSync(join(ROOT, file)) || !read(file).includes(page.split('/').at(-1) ?? page),
  );
  expect(unnamed).toEqual([]);
});

test('every part of a lane that a page names is a file of it', () => {
  const lanes: Readonly<Record<string, string>> = {
    'test:slow': 'test/slow',
    'test:browser': 'test/slow/browser',
  };
  const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm run (test:\w+) -- ([\w/]+)/g)]);
  const missing = named.filter(([, lane = '', part = '']) => {
    const files = readdirSync(join(ROOT, lanes[lane] ?? ''), { recursive: true, encoding: 'utf8' });
    return !files.some((name) => name.includes(part) && name.endsWith('.test.ts'));
  });
  expect(named.length).toBeGreaterThan(0);
  expect(missing.map(([command]) => command)).toEqual([]);
});
