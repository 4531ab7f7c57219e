/**
 * Builds exactly what is deployed: dist/functions with one self-contained file per function, dist/assets as they are
 * served. `node build.mjs --watch` builds again whenever a source changes, `--out FOLDER` builds elsewhere, `--prices FILE` takes another price
 * file than prices.json along, `--notice TEXT` stands above the dashboard, such as the name of a stage.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { build, transform } from 'esbuild';
import { parse } from 'yaml';
import { apiPage } from './scripts/build/api-page.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const functionsFolder = join(root, 'src/functions');
const assetsFolder = join(root, 'src/assets');
const { values: options } = parseArgs({
  options: {
    watch: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'dist') },
    prices: { type: 'string', default: join(root, 'prices.json') },
    notice: { type: 'string', default: '' },
  },
});
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @param {{ clean: boolean }} options a running server must not see its functions vanish, so a rebuild does not clean */
async function buildAll({ clean }) {
  const dist = options.out;
  if (clean) rmSync(dist, { recursive: true, force: true });
  const entryPoints = readdirSync(functionsFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(functionsFolder, file));
  const result = await build({
    entryPoints,
    outdir: join(dist, 'functions'),
    outbase: functionsFolder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // TwiML and responses are recognised by `instanceof`, so there must be one twilio: the platform's.
    packages: 'external',
    metafile: true,
    // For a debugger only (.vscode/launch.json): never in what is deployed.
    sourcemap: process.env.BUILD_SOURCE_MAPS ? 'inline' : false,
    logLevel: 'warning',
  });
  refuseMissingDependencies(result.metafile);
  serveWhereTheSdkLooks(join(dist, 'functions'));
  await buildAssets(join(dist, 'assets'));
}

/**
 * The SDK of a program that was written for Twilio's Messages API makes this address of the account's SID, so /messages is
 * there as well, where the account is known: by the environment, or by `.env`.
 * @param {string} folder
 */
function serveWhereTheSdkLooks(folder) {
  const accountSid = process.env.ACCOUNT_SID || accountSidInEnvFile();
  if (!/^AC[0-9a-fA-F]{32}$/.test(accountSid)) return;
  const resources = join(folder, '2010-04-01/Accounts', accountSid);
  mkdirSync(resources, { recursive: true });
  cpSync(join(folder, 'messages.js'), join(resources, 'Messages.json.js'));
}

function accountSidInEnvFile() {
  const file = join(root, '.env');
  return existsSync(file) ? (dotenv.parse(readFileSync(file)).ACCOUNT_SID ?? '').trim() : '';
}

/**
 * Everything in dist/assets is uploaded and served, so only these get there: each script of src/assets itself as one
 * browser module (its parts lie in folders), and the files beside it that a browser takes as they are.
 * @param {string} outdir
 */
async function buildAssets(outdir) {
  mkdirSync(outdir, { recursive: true });
  const files = readdirSync(assetsFolder);
  await build({
    entryPoints: files.filter((file) => file.endsWith('.ts')).map((file) => join(assetsFolder, file)),
    outdir,
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
  });
  for (const file of files.filter((name) => /\.(?:html|css|svg)$/.test(name))) {
    cpSync(join(assetsFolder, file), join(outdir, file));
  }
  writeNotice(join(outdir, 'index.html'));
  await buildAuditPage(join(outdir, 'audit.html'));
  await buildPages(outdir);
  copyPrices(join(outdir, 'prices.private.json'));
}

/**
 * Whoever builds knows where this will run; the page itself does not.
 * @param {string} page
 */
function writeNotice(page) {
  const text = options.notice.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
  if (text === '') return;
  const mark = '<meta name="notice" content="" />';
  const html = readFileSync(page, 'utf8');
  if (!html.includes(mark)) throw new Error(`index.html has no ${mark}.`);
  writeFileSync(
    page,
    html.replace(mark, () => `<meta name="notice" content="${text}" />`),
  );
}

/**
 * The operator's own prices, where they keep some: by this name only the functions can read them.
 * @param {string} outfile
 */
function copyPrices(outfile) {
  if (existsSync(options.prices)) cpSync(options.prices, outfile);
  else rmSync(outfile, { force: true });
}

/**
 * The audit is one file, with its style and script inside: a browser loads neither from beside a page that was opened
 * from disk. Its policy names both by their hashes.
 * @param {string} outfile
 */
async function buildAuditPage(outfile) {
  const folder = join(assetsFolder, 'audit');
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'page.ts'), join(folder, 'audit.css')],
    outdir: folder,
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    loader: { '.csv': 'text' },
    minify: true,
    logLevel: 'warning',
  });
  const textOf = (/** @type {string} */ end) =>
    outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? '';
  const [script, style] = [textOf('.js'), textOf('.css')];
  const inlined = [
    ["'sha256-script'", `'${hashOf(script)}'`],
    ["'sha256-style'", `'${hashOf(style)}'`],
    ['<link rel="stylesheet" href="audit.css" />', `<style>${style}</style>`],
    ['<script src="page.js"></script>', `<script>${script}</script>`],
  ];
  writeFileSync(outfile, inlinedInto(readFileSync(join(folder, 'audit.html'), 'utf8'), inlined));
}

/**
 * The page of the interface, and the page that the platform and twilio-run show at the address without a path
 * (https://www.twilio.com/docs/serverless/functions-assets/assets): each is one file, with the style inside.
 * @param {string} outdir
 */
async function buildPages(outdir) {
  const folder = join(assetsFolder, 'pages');
  const css = readFileSync(join(folder, 'pages.css'), 'utf8');
  const style = (await transform(css, { loader: 'css', minify: true })).code.trim();
  const inlined = [
    ["'sha256-style'", `'${hashOf(style)}'`],
    ['<link rel="stylesheet" href="pages.css" />', `<style>${style}</style>`],
  ];
  const api = parse(readFileSync(join(root, 'openapi.yaml'), 'utf8'));
  const front = readFileSync(join(folder, 'front.html'), 'utf8');
  mkdirSync(join(outdir, 'assets'), { recursive: true });
  writeFileSync(join(outdir, 'api.html'), inlinedInto(apiPage(api), inlined));
  writeFileSync(join(outdir, 'assets/index.html'), inlinedInto(front, inlined));
}

/** @param {string} text */
function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/**
 * @param {string} page
 * @param {string[][]} inlined marks that the page must have, with what takes their place
 */
function inlinedInto(page, inlined) {
  return inlined.reduce((text, [mark = '', part = '']) => {
    if (!text.includes(mark)) throw new Error(`A page has no ${mark}.`);
    // A function, because a `$` in a script would mean something in a text.
    return text.replace(mark, () => part);
  }, page);
}

/** Only `dependencies` are installed where the functions run.
 * @param {import('esbuild').Metafile} metafile */
function refuseMissingDependencies(metafile) {
  const deployed = new Set([...Object.keys(manifest.dependencies), ...builtinModules]);
  for (const [file, output] of Object.entries(metafile.outputs)) {
    for (const { path, external } of output.imports) {
      const name = path
        .replace(/^node:/, '')
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/');
      if (external && !deployed.has(name)) {
        throw new Error(
          `${file} needs "${path}", which is not among the dependencies of package.json and would be missing when deployed.`,
        );
      }
    }
  }
}

await buildAll({ clean: !options.watch });

if (options.watch) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  watch(join(root, 'src'), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const failed = await buildAll({ clean: false }).then(
        () => null,
        (error) => error,
      );
      console.log(failed ? `build failed: ${failed.message}` : 'rebuilt');
    }, 100);
  });
}
