/**
 * The client's types against openapi.yaml, by the compiler: whatever the document allows fits the type, the type has
 * every key of the document, and each of the document's examples is a value of it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openApi } from '../openapi/answers';
import { typeOf } from './schema-type';

const ROOT = join(__dirname, '../..');
const { schemas } = openApi.components;

const TSC = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const CHECKS = '--strict --exactOptionalPropertyTypes --noEmit --allowImportingTsExtensions --skipLibCheck';
const RESOLUTION =
  '--target es2022 --module esnext --moduleResolution bundler --types --pretty false --ignoreConfig';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-types-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the compiler has to say of some lines, which see the client's types. */
function problemsIn(source: string): readonly string[] {
  const path = join(folder, 'check.ts');
  writeFileSync(path, source);
  const { status, stdout } = spawnSync(
    process.execPath,
    [TSC, ...CHECKS.split(' '), ...RESOLUTION.split(' '), path],
    { encoding: 'utf8', cwd: folder },
  );
  const problems = stdout.split('\n').filter((line) => line !== '');
  return status === 0 || problems.length > 0 ? problems : [`tsc ended with ${status}`];
}

const imports = `
import type * as Answers from '${ROOT}/client/answers.ts';
import type * as Requests from '${ROOT}/client/requests.ts';
type Missing<Document, Client> = Exclude<keyof Document, keyof Client>;
`;

/** An answer with the status 200 or 409, and the type that stands for it. */
const ANSWERS: readonly (readonly [path: string, method: string, status: string, type: string])[] = [
  ['/send-message', 'post', '200', 'SendDone'],
  ['/send-message', 'post', '409', 'SendRefused'],
  ['/send-message', 'post', '422', 'SendRefused'],
  ['/send-message', 'post', '400', 'SendRefused'],
  ['/window', 'get', '200', 'WindowAnswer'],
  ['/windows', 'get', '200', 'WindowsPage'],
  ['/templates', 'get', '200', 'TemplatesAnswer'],
  ['/held-messages', 'get', '200', 'HeldPage'],
  ['/held-messages', 'post', '200', 'CancelAnswer'],
  ['/thread', 'get', '200', 'ThreadPage'],
  ['/recent-messages', 'get', '200', 'RecentMessagesPage'],
  ['/contact', 'post', '200', 'ContactAnswer'],
  ['/forget', 'post', '200', 'ForgetAnswer'],
];
const documented = ANSWERS.filter(([path]) => openApi.paths[path] !== undefined);

const mediaOf = ([path, method, status]: (typeof ANSWERS)[number]) =>
  openApi.paths[path]?.[method]?.responses[status]?.content['application/json'];

test('every answer that the document allows fits the client’s type', () => {
  const parts = ['Window', 'ListedWindow', 'Template', 'HeldMessage', 'Error'].map(
    (name) => [typeOf(schemas[name], schemas), PART_TYPES[name] ?? name] as const,
  );
  const whole = documented.map((row) => [typeOf(mediaOf(row)?.schema, schemas), row[3]] as const);
  const lines = [...parts, ...whole].map(
    ([document, type], index) => `
      declare const value${index}: ${document};
      export const fits${index}: Answers.${type} = value${index};
      export const missing${index}: never[] = [] as Missing<${document}, Answers.${type}>[];`,
  );
  expect(whole.length).toBeGreaterThanOrEqual(9);
  expect(problemsIn(imports + lines.join(''))).toEqual([]);
});
const PART_TYPES: Readonly<Record<string, string>> = {
  Window: 'CustomerServiceWindow',
  Error: 'ErrorAnswer',
};

test('every example of the document is a value of the client’s type without an extra key', () => {
  const examples = documented.flatMap((row) =>
    Object.values(mediaOf(row)?.examples ?? {}).map(({ value }) => [row[3], value] as const),
  );
  const lines = examples.map(
    ([type, value], index) => `export const example${index}: Answers.${type} = ${JSON.stringify(value)};\n`,
  );
  expect(new Set(examples.map(([type]) => type)).size).toBeGreaterThanOrEqual(7);
  expect(problemsIn(imports + lines.join(''))).toEqual([]);
});

test('the client may send what the document allows in a request', () => {
  const lines = [
    ['SendParameters', 'SendRequest'],
    ['WindowParameters', 'PairRequest'],
  ].map(
    ([schema = '', type = ''], index) =>
      `export const missing${index}: never[] = [] as Missing<${typeOf(schemas[schema], schemas)}, Requests.${type}>[];`,
  );
  expect(problemsIn(imports + lines.join('\n'))).toEqual([]);
});

test.each([
  ['an extra key', 'CancelAnswer', { cancelled: true, error: null, more: 1 }],
  ['a missing key', 'CancelAnswer', { cancelled: true }],
  ['an unknown word', 'CustomerServiceWindow', { state: 'ajar', lastInboundAt: null, closesAt: null }],
])('the comparison of the client’s types with the document notices %s', (_says, type, value) => {
  expect(problemsIn(`${imports}export const wrong: Answers.${type} = ${JSON.stringify(value)};`)).not.toEqual(
    [],
  );
});
