/** `.ci/release`, in a repository of its own whose tests pass or fail as they are told. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/offline/twilio-run';

const run = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  write(
    'CHANGELOG.md',
    '# Changelog\n\n## Unreleased\n\n- A desk.\n\n## 0.1.0 - 2026-01-01\n\n- The first.\n',
  );
  write('openapi.yaml', 'info:\n  title: Window\n  version: 0.1.0\n');
  write(
    'package.json',
    JSON.stringify({ name: 'window', version: '0.1.0', scripts: { test: 'test ! -e red' } }),
  );
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    ['commit', '-qm', 'all'],
  ])
    await git(...args);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

async function git(...args: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  return (await run('git', [...identity, ...args], { cwd: folder })).stdout.trim();
}

async function release(version: string): Promise<readonly [code: number, text: string]> {
  const env = {
    ...process.env,
    ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' },
    ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' },
  };
  return run(join(ROOT, '.ci/release'), [version], { cwd: folder, env }).then(
    ({ stdout }) => [0, stdout] as const,
    ({ code, stderr }: { code: number; stderr: string }) => [code, stderr] as const,
  );
}

test('a release sets the version everywhere, dates the changelog, commits and tags', async () => {
  const [code, text] = await release('0.2.0');
  const today = new Date().toISOString().slice(0, 10);
  expect([code, text]).toEqual([0, expect.stringContaining('Released 0.2.0 here.')]);
  expect(read('CHANGELOG.md')).toContain(`## Unreleased\n\n## 0.2.0 - ${today}\n\n- A desk.\n`);
  expect(read('openapi.yaml')).toContain('  version: 0.2.0\n');
  expect(JSON.parse(read('package.json')).version).toBe('0.2.0');
  expect([
    await git('log', '-1', '--format=%s'),
    await git('tag'),
    await git('status', '--porcelain'),
  ]).toEqual(['release: 0.2.0', 'v0.2.0', '']);
});

test.each([
  ['a malformed version', '0.2', () => undefined, /say which/],
  ['an uncommitted change', '0.2.0', () => write('new.txt', 'new'), /not committed/],
  ['an existing tag', '0.2.0', () => git('tag', 'v0.2.0'), /already/],
])('a release ends without a commit where there is %s', async (_what, version, prepare, reason) => {
  await prepare();
  const before = await git('rev-parse', 'HEAD');
  expect(await release(version)).toEqual([1, expect.stringMatching(reason)]);
  expect(await git('rev-parse', 'HEAD')).toBe(before);
});

test('a release ends with the files unchanged where tests fail', async () => {
  write('red', '');
  await git('add', '.');
  await git('commit', '-qm', 'red');
  const before = await git('rev-parse', 'HEAD');
  expect(await release('0.2.0')).toEqual([1, expect.stringContaining('nothing was changed')]);
  expect([await git('rev-parse', 'HEAD'), await git('status', '--porcelain')]).toEqual([before, '']);
});

test('a release that is ended by Ctrl-C leaves the files unchanged', async () => {
  write('.gitignore', 'begun\n');
  write('package.json', JSON.stringify({ scripts: { test: 'touch begun && sleep 60' } }));
  await git('add', '.');
  await git('commit', '-qm', 'slow');
  // A terminal signals all that it runs.
  const child = spawn(join(ROOT, '.ci/release'), ['0.2.0'], { cwd: folder, detached: true });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  while (!existsSync(join(folder, 'begun'))) await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect([await ended, await git('status', '--porcelain'), await git('tag')]).toEqual([1, '', '']);
});

test('a release ends where the changelog has nothing new', async () => {
  write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-01-01\n\n- The first.\n');
  await git('commit', '-qam', 'nothing new');
  expect(await release('0.2.0')).toEqual([1, expect.stringContaining('nothing under')]);
});
