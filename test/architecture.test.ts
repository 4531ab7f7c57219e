/**
 * The rules of the house that no lint rule can keep, read off the source files: only one file knows the platform's
 * callback, the oracle stays apart, and every file says what it is for. The ladder of imports, their cycles and who may
 * import the SDK are rules in biome.json.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { importsIn, titlesIn } from './syntax';

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
      return {
        path,
        text,
        // Asked of few files, and read then: to parse them all takes a while.
        get imports() {
          return importsIn(text).map((name) => (name.startsWith('.') ? join(dirname(path), name) : name));
        },
      };
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

/** The forms of verbs that our titles use. A new verb is added here; a title without any is not a sentence. */
const VERBS = new Set(
  `cannot see import imports were hands exists cost parses change delivers run drops schedules left become use filters looks come offline
  advises is are has have can may must does do was were accepts adds agrees agree allows answer answers appears applies arrives
  asks begins belongs brings builds calls carries changes checks chooses cites claims clears closes comes compares
  contains corrects costs counts creates cuts cuts decides deletes differs draws encodes ends erases expires explains
  fails fills finds fits fixes follows forbid forbids forgets gets gives goes grows hears holds include includes
  inherits joins judges jumps keep keeps kept knows lasts leads leave leaves lets limits list lists loads lose loses
  makes marks matches means measures merges moves name names needs notices offers opens opts orders outlives owns passes
  plays posts prints protects puts reaches reads recognizes records refuses releases reminds removes repeats replaces
  reports restarts restores returns reveals runs says sees sends serves sets shortens shows shrinks signs sits skips
  sorts splits stands starts states stays stops stores survives takes tells throws trusts tries turns understands
  uses waits works writes`.split(/\s+/),
);

/** Words that join a sentence to another one, which a failing log does not show. */
const JOINING = /^(?:also|and|but|nor|neither|or|so|unless|yet)\b/i;

/** @returns why a reader who sees only this line of a log could not tell which promise was broken */
function titleProblem(title: string, ownTitle: string): string | null {
  const words = title.split(/[\s(),:;"“”]+/).filter(Boolean);
  if (words.length < 5) return `“${title}” has fewer than five words`;
  if (JOINING.test(ownTitle)) return `“${title}” begins as the rest of another sentence`;
  return words.some((word) => VERBS.has(word.toLowerCase())) ? null : `“${title}” has no verb`;
}

test('every test title is a sentence that stands alone in a failing log', () => {
  const tests = filesIn('test').filter(({ path }) => path.endsWith('.test.ts'));
  const titles = tests.flatMap(({ path, text }) => titlesIn(text).map((one) => [path, ...one] as const));
  expect(titles.length).toBeGreaterThan(1000);
  const problems = titles.flatMap(([path, title, ownTitle]) => {
    const problem = titleProblem(title, ownTitle);
    return problem === null ? [] : [`${path}: ${problem}`];
  });
  expect(problems).toEqual([]);
});

test.each([
  ['texts of the queue: the same with media', 'the same with media', 'no verb'],
  [
    'drafts from the token to a message and a template',
    'from the token to a message and a template',
    'no verb',
  ],
  ['a queue is full not with one less', 'and where it cannot be taken back it is told', 'begins as the rest'],
  ['nobody yet', 'nobody yet', 'fewer than five words'],
  ['the audit of an empty log counts nothing', 'the audit of an empty log counts nothing', null],
])('the check of titles judges “%s” rightly', (title, ownTitle, problem) => {
  const found = titleProblem(title, ownTitle);
  expect(problem === null ? found : found?.includes(problem)).toBe(problem === null ? null : true);
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
