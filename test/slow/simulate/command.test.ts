/** `npm run simulate` as a process: its figures, its table, its exit codes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROW_NAMES, ROWS } from '../../../verify/simulate/oracle/rows';

const MUST_BE_ZERO = ROW_NAMES.filter((name) => ROWS[name].mustBeZero);
const ROOT = join(__dirname, '../../..');

function simulate(...args: readonly string[]): Promise<{ readonly code: unknown; readonly text: string }> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'verify/simulate/command.ts', ...args];
    execFile(process.execPath, command, { cwd: ROOT }, (error, stdout) =>
      resolve({ code: error ? error.code : 0, text: stdout }),
    );
  });
}

test('the simulate command prints a table with every row and ends with exit code 0', async () => {
  const { code, text } = await simulate('--events', '40', '--users', '2', '--seed', 'few');
  expect(code).toBe(0);
  expect(text).toMatch(/Seed `few`: 40 events, 2 users/);
  expect(text.match(/^.*\| must be 0/gm)).toHaveLength(MUST_BE_ZERO.length);
});

test('the simulate command with --json prints one object with a number for every row', async () => {
  const { code, text } = await simulate('--events', '40', '--users', '2', '--json');
  const { figures, failures, kept } = JSON.parse(text);
  expect([code, failures, kept]).toEqual([0, [], []]);
  expect(Object.keys(figures.rows)).toEqual([...ROW_NAMES]);
});

test('the simulate command with --proof writes the figures between the marks of a document', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'proof-'));
  const file = join(folder, 'proof.md');
  writeFileSync(file, 'Before\n\n<!-- figures -->\nOf last year\n<!-- end of figures -->\n\nAfter\n');
  await simulate('--events', '20', '--users', '1', '--seed', 'proof', '--proof', file);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(
    /^Before\n\n<!-- figures -->\n\nSeed `proof`: 20 events[\s\S]*for each event\.\n\n<!-- end of figures -->\n\nAfter\n$/,
  );
  expect(text).not.toContain('Of last year');
  rmSync(folder, { recursive: true });
});

test('the simulate command with --dry-run plays nothing, and with a wrong option ends with exit code 2', async () => {
  const dry = await simulate('--events', '40', '--users', '2', '--dry-run', '--json');
  expect(Object.keys(JSON.parse(dry.text))).toEqual(['trace']);
  expect((await simulate('--events', 'many')).code).toBe(2);
});
