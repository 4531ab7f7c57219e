/**
 * `npm run audit` as a person starts it: on the hand-made month and on the log of an emulated account, which are counted
 * without anything being changed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator, type Emulator } from '../../emulator/emulator';
import { main } from '../../scripts/audit';
import { ROOT } from '../../scripts/offline/twilio-run';
import { Control, clientOf } from '../emulator/emulator-client';
import { runMain } from './run-main';

const FOLDER = join(ROOT, 'src/assets/audit');
const SAMPLE = join(FOLDER, 'sample-month.csv');
const TEMPLATES = join(FOLDER, 'sample-templates.json');
const SENDER = 'whatsapp:+14155238886';
const USER = 'whatsapp:+15551234567';

let emulator: Emulator;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
  emulator = createEmulator({ port: 0 });
  await emulator.start();
});
afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

const audit = (...args: string[]) => runMain(main, args, { emulatorUrl: emulator.url });
const written = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

test('the hand-made month: exactly the counts beside it, on standard output alone', async () => {
  const run = await audit('--csv', SAMPLE, '--templates', TEMPLATES, '--json');
  expect([run.code, run.json]).toMatchObject([
    0,
    {
      ...JSON.parse(readFileSync(join(FOLDER, 'sample-month.counts.json'), 'utf8')),
      problems: [{ line: 4 }, { line: 9 }, { line: 42 }],
      notes: [],
    },
  ]);
  expect(run.text).toBe(run.stdout);
});

test('in words, with the cost by a price file, and what was missing', async () => {
  const prices = written(
    'prices.json',
    `\ufeff${JSON.stringify({
      asOf: '2020-01-01',
      currency: 'EUR',
      twilio: { outbound: 1, inbound: 0, failed: 0.5 },
      meta: { '*': { service: 10 } },
    })}`,
  );
  const run = await audit('--csv', SAMPLE, '--prices', prices);
  expect(run.code).toBe(0);
  // 17 of 22 were taken, one failed; 12 texts in a window, the template among them, 10 each.
  for (const part of [
    '12 inbound and 22 outbound messages',
    '4  Lost to error 63016',
    '137.5 EUR, of it Twilio 17.5, Meta 120',
    'Line 42: This line repeats line 40',
    'No templates were given',
    'days old (asOf 2020-01-01)',
  ])
    expect(run.text).toContain(part);
});

test('docs/guide/audit.md: the command as it stands there prints the counts below it', async () => {
  const text = readFileSync(join(ROOT, 'docs/guide/audit.md'), 'utf8');
  const [, command = ''] = /```sh\nnpm run audit -- (.*)\n```/.exec(text) ?? [];
  const [, counts = ''] = /```text\n([^`]+)```/.exec(text) ?? [];
  const run = await audit(...command.split(' '));
  for (const line of counts.trim().split('\n')) expect(run.text).toContain(line.trim());
  expect(counts.trim().split('\n')).toHaveLength(8);
});

test('the log of an account: read, counted by its own templates, and left as it is', async () => {
  const control = new Control(emulator);
  const sdk = clientOf(emulator);
  const send = (fields: object) => sdk.messages.create({ from: SENDER, to: USER, ...fields });
  await control.post('clock', { set: '2031-05-05T12:00:00Z', freeze: true });
  await control.post('inbound', { from: USER, to: SENDER, deliver: false });
  await send({ body: 'Hello' });
  await send({ body: 'Your appointment is coming up on Monday at 9' });
  await control.post('clock', { advanceSeconds: 24 * 3600 });
  await send({ body: 'Too late' });
  await control.call('GET', 'idle');
  await control.post('clock', { advanceSeconds: 60 });
  await control.call('DELETE', 'requests');

  const run = await audit('--offline', '--json', '--days', '2');
  expect([run.code, run.json]).toMatchObject([
    0,
    {
      period: { from: '2031-05-04T12:01:00.000Z', to: '2031-05-06T12:01:00.000Z' },
      inbound: 1,
      outbound: 3,
      rejectedForWindow: 1,
      falselyRejected: 0,
      templatesWhileOpen: 1,
      bursts: { messages: 2, avoidable: 1 },
      unanswered: 0,
      serviceMessages: [{ sender: SENDER, month: '2031-05', count: 1 }],
      cost: null,
      problems: [],
    },
  ]);
  const { body } = await control.call('GET', 'requests');
  const { requests } = body as { requests: { method: string }[] };
  expect([...new Set(requests.map(({ method }) => method))]).toEqual(['GET']);
});

test.each([
  ['no such file', ['--csv', 'nowhere.csv'], 1, 'There is no file nowhere.csv.'],
  ['no export', ['--csv', 'package.json'], 1, 'does not name the columns'],
  ['no templates', ['--csv', SAMPLE, '--templates', 'package.json'], 1, 'is no list of templates'],
  ['no prices', ['--csv', SAMPLE, '--prices', 'package.json'], 1, 'is no price file'],
  ['both a file and days', ['--csv', SAMPLE, '--days', '3'], 2, 'cannot be used with'],
  ['days that are none', ['--days', '0'], 2, 'whole number from 1'],
])('%s is told in a sentence, with its exit code', async (_what, args, code, sentence) => {
  const run = await audit(...args);
  expect([run.code, run.text]).toEqual([code, expect.stringContaining(sentence)]);
});

test('where no npm start runs, --offline says so', async () => {
  const run = await runMain(main, ['--offline', '--json'], { emulatorUrl: 'http://localhost:9' });
  expect([run.code, run.json]).toMatchObject([
    1,
    { error: { message: expect.stringContaining('No emulator answers') } },
  ]);
});
