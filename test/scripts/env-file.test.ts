/** How the commands read `.env`: as twilio-run does, with nothing cut off in silence. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvFile } from '../../scripts/account/env-file';

const folder = mkdtempSync(join(tmpdir(), 'env-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string) {
  const path = join(folder, '.env');
  writeFileSync(path, text);
  return readEnvFile(path);
}

it('keeps everything behind a # that no space precedes', () => {
  const text =
    'FORWARD_URL=https://bot.example/hook#rc=3&rp=ct\nAPI_TOKEN=abc#456\nSTOP_WORDS=STOP,#BAJA,ALTO\n';
  expect(read(text)).toEqual({
    env: {
      FORWARD_URL: 'https://bot.example/hook#rc=3&rp=ct',
      API_TOKEN: 'abc#456',
      STOP_WORDS: 'STOP,#BAJA,ALTO',
    },
    warnings: [],
  });
});

it('reads the first line of a file that begins with a byte order mark, and lines that end in CR LF', () => {
  expect(read('\uFEFFACCOUNT_SID=AC1\r\nAUTH_TOKEN="x y"\r\n')).toEqual({
    env: { ACCOUNT_SID: 'AC1', AUTH_TOKEN: 'x y' },
    warnings: [],
  });
});

it('warns of a comment behind a value, because twilio-run takes it for a part of the value', () => {
  expect(read("A=b # note\nC='d # e'\n")).toEqual({
    env: { A: 'b # note', C: 'd # e' },
    warnings: ['The text after # belongs to the value of A: give a comment a line of its own.'],
  });
});

it('takes a setting with nothing but a comment behind it for an empty one, and warns', () => {
  expect(read('API_TOKEN= # made by setup\n')).toEqual({
    env: { API_TOKEN: '' },
    warnings: ['The text after # belongs to the value of API_TOKEN: give a comment a line of its own.'],
  });
});

it('names each line that is not read, by number and without its value', () => {
  expect(read('# comment\n\nexport A=secret\nB\n')).toEqual({
    env: {},
    warnings: [
      'Line 3 is not read: write NAME=value, without a word before the name.',
      'Line 4 is not read: write NAME=value, without a word before the name.',
    ],
  });
});

it('has no settings where there is no file', () => {
  expect(readEnvFile(join(folder, 'none'))).toEqual({ env: {}, warnings: [] });
});

test('Git leaves out every file with secrets or people in it that a guide has somebody make, and no other', () => {
  const made = ['.env', '.env.rehearsal', '.env.stage', 'customers.csv', 'customers.csv.customers.journal'];
  const more = ['customers.csv.customers.results.csv', 'friday.backup', 'rehearsal.state', 'prices.json'];
  const kept = ['.env.example', '.env.offline', 'prices.example.json', 'src/assets/audit/sample-month.csv'];
  const git = { cwd: folder, encoding: 'utf8' } as const;
  execFileSync('git', ['init', '--quiet'], git);
  copyFileSync(join(__dirname, '../../.gitignore'), join(folder, '.gitignore'));
  const ignored = execFileSync('git', ['check-ignore', '--no-index', ...made, ...more, ...kept], git);
  expect(ignored.trim().split('\n').sort()).toEqual([...made, ...more].sort());
});
