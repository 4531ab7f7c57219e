/**
 * The rules of the house that no lint rule can keep, read off the source files: only one file knows the platform's
 * callback, the oracle stays apart, and every file says what it is for. The ladder of imports, their cycles and who may
 * import the SDK are rules in biome.json.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..');
const LADDER = ['functions', 'http', 'twilio', 'use-cases', 'domain'] as const;

interface SourceFile {
  /** Such as `src/domain/send-decision.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function filesIn(folder: string): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|mjs|cjs)$/.test(file))
    .map((file) => {
      const path = join(folder, file);
      const text = readFileSync(join(ROOT, path), 'utf8');
      const imports = ts
        .preProcessFile(text, true, true)
        .importedFiles.map(({ fileName }) =>
          fileName.startsWith('.') ? join(dirname(path), fileName) : fileName,
        );
      return { path, text, imports };
    });
}

const src = filesIn('src');
const service = src.filter(({ path }) => !path.startsWith('src/assets/'));
const emulator = filesIn('emulator');
const verify = filesIn('verify');
const simulate = verify.filter(
  ({ path }) => path.startsWith('verify/simulate/') && path !== 'verify/simulate/command.ts',
);
const everything = [...[...src, ...emulator, ...verify], ...[...filesIn('scripts'), ...filesIn('test')]];

const roomOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1];
const rungOf = (path: string) => LADDER.indexOf((roomOf(path) ?? '') as (typeof LADDER)[number]);
const isRelative = (target: string) => /^(?:src|emulator|verify|scripts|test)\//.test(target);

test('the tests of the architecture see the imports of a file', () => {
  const [endpoint] = service.filter(({ path }) => path === 'src/http/endpoint.ts');
  expect(endpoint?.imports).toEqual(
    expect.arrayContaining([
      '@twilio-labs/serverless-runtime-types/types',
      'src/twilio/client',
      'src/http/answers',
    ]),
  );
});

test('every source file of the service is in a folder of the ladder', () => {
  expect(service.filter(({ path }) => rungOf(path) < 0).map(({ path }) => path)).toEqual([]);
});

test('the domain and the use cases import nothing from outside', () => {
  const outside = service
    .filter(({ path }) => ['domain', 'use-cases'].includes(roomOf(path) ?? ''))
    .flatMap(({ path, imports }) =>
      imports
        .filter((target) => !isRelative(target) && target !== 'node:crypto')
        .map((target) => `${path}: ${target}`),
    );
  expect(outside).toEqual([]);
});

test('the domain reads no clock and no environment', () => {
  const impure = service.filter(
    ({ path, text }) =>
      roomOf(path) === 'domain' &&
      /Date\.now|new Date\(\)|process\.|performance\.|Math\.random/.test(code(text)),
  );
  expect(impure.map(({ path }) => path)).toEqual([]);
});

test('only src/http/endpoint.ts knows the platform’s callback', () => {
  const others = service.filter(({ text }) => /\bcallback\(|ServerlessCallback/.test(code(text)));
  expect(others.map(({ path }) => path)).toEqual(['src/http/endpoint.ts']);
});

test('nothing that is deployed contains code for the offline mode', () => {
  const knowing = src.filter(({ text }) => /emulator|offline/i.test(code(text)));
  expect(knowing.map(({ path }) => path)).toEqual([]);
});

test('the simulation imports nothing from the service, because it plays the built functions', () => {
  const shared = simulate.flatMap(({ path, imports }) =>
    imports.filter((target) => /^(?:src|scripts|dist)\//.test(target)).map((target) => `${path}: ${target}`),
  );
  expect(shared).toEqual([]);
});

test('the oracle imports only what happened in the simulation', () => {
  const oracle = simulate.filter(({ path }) => path.startsWith('verify/simulate/oracle/'));
  const others = new Set(
    oracle.flatMap(({ imports }) => imports.filter((target) => !/oracle\//.test(target))),
  );
  expect([...others].sort()).toEqual([
    'emulator/api/messages/message-log',
    'verify/simulate/ledger',
    'verify/simulate/play',
    'verify/simulate/stage',
  ]);
});

test('no file name is a vague word such as utils', () => {
  const vague = /^(?:utils?|helpers?|common|shared|types|index|misc)\b/;
  const found = readdirAll().filter((path) => vague.test(basename(path)) && !path.endsWith('.html'));
  expect(found).toEqual([]);
});

test('every file opens with a sentence on its purpose', () => {
  const silent = everything.filter(
    ({ text }) => !/^(?:#!.*\n)?\s*(?:\/\*\*|\/\/)[\s*/]*\S[\s\S]{15,}/.test(text),
  );
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('the code states the length of 24 hours once', () => {
  const stated = service.filter(({ text }) => /\b(?:24 \* 60 \* 60|86_?400_?000)\b/.test(code(text)));
  expect(stated.map(({ path }) => path)).toEqual(['src/domain/customer-service-window.ts']);
});

test('every file that CONTRIBUTING.md links to exists', () => {
  const guide = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const links = [...guide.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
});

/** Without comments, which may speak of anything. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

function readdirAll(): readonly string[] {
  return ['src', 'emulator', 'scripts', 'verify', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      relative(ROOT, join(ROOT, folder, file)),
    ),
  );
}
