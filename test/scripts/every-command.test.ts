/**
 * What all commands do alike, as a table: help with examples that can be typed, errors as JSON, and one wording for the
 * same situation. A command that is new belongs into the list below.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { main as audit } from '../../scripts/audit';
import { main as backfill } from '../../scripts/backfill';
import { main as backup } from '../../scripts/backup';
import { main as broadcast } from '../../scripts/broadcast';
import { Journal } from '../../scripts/broadcast/journal';
import { readRows } from '../../scripts/broadcast/rows';
import type { Main, Sink, Source } from '../../scripts/command/io';
import { main as demo } from '../../scripts/demo';
import { main as deploy } from '../../scripts/deploy';
import { main as doctor } from '../../scripts/doctor';
import { main as mcp } from '../../scripts/mcp';
import { main as recording } from '../../scripts/recording';
import { main as restore } from '../../scripts/restore';
import { main as screenshot } from '../../scripts/screenshot';
import { main as setup } from '../../scripts/setup';
import { main as start } from '../../scripts/start';
import { main as startLive } from '../../scripts/start-live';
import { main as studio } from '../../scripts/studio';
import { main as teardown } from '../../scripts/teardown';
import { useEmulator } from '../emulator/emulator-client';
import { type MainOptions, runMain, settingsFile, settingsOf } from './run-main';

/** It cannot be loaded here, being a module of the other kind: what its question makes of a key is played. */
jest.mock('@clack/prompts', () => {
  const CANCELLED = Symbol('cancelled');
  const byKey = (onEnter: boolean): Readonly<Record<string, boolean | symbol>> => ({
    '\u0003': CANCELLED,
    '\r': onEnter,
  });
  return {
    isCancel: (answer: unknown) => answer === CANCELLED,
    confirm: async (asked: { message: string; initialValue: boolean; input: Source; output: Sink }) => {
      asked.output.write(`${asked.message}\n`);
      return byKey(asked.initialValue)[String(asked.input.read())];
    },
  };
});

const ROOT = join(__dirname, '../..');
const SENDER = 'whatsapp:+15550001111';
/** Nothing listens there. */
const NOBODY = 'http://127.0.0.1:9';

const ALL: readonly (readonly [begin: string, main: Main])[] = [
  ['npm run audit', audit],
  ['npm run backfill', backfill],
  ['npm run backup', backup],
  ['npm run broadcast', broadcast],
  ['npm run demo', demo],
  ['npm run deploy', deploy],
  ['npm run doctor', doctor],
  ['npm run --silent mcp', mcp],
  ['npm run recording', recording],
  ['npm run restore', restore],
  ['npm run screenshot', screenshot],
  ['npm run setup', setup],
  ['npm start', start],
  ['npm run start:live', startLive],
  ['npm run studio', studio],
  ['npm run teardown', teardown],
];
const OF_AN_ACCOUNT = ALL.filter(([, main]) =>
  [audit, backfill, backup, deploy, doctor, setup, teardown].includes(main),
);
const WITH_JSON = ALL.filter(([, main]) => ![demo, recording, screenshot, start, startLive].includes(main));

const empty = settingsFile({});
afterAll(() => empty.remove());

const run = (main: Main, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runMain(main, args, { emulatorUrl: NOBODY, env });

test('every command of scripts/ is in this table', () => {
  const files = readdirSync(join(ROOT, 'scripts')).filter((name) => name.endsWith('.ts'));
  expect(ALL.length).toBe(files.length);
});

test.each(ALL)(
  '%s --help tells how it is written, and ends with examples that npm has',
  async (begin, main) => {
    const { code, stdout, text } = await run(main, ['--help']);
    expect([code, text]).toEqual([0, stdout]);
    expect(stdout).toMatch(new RegExp(`^Usage: ${begin} -- `));
    const [, examples = ''] = stdout.split('\nExamples:\n');
    const lines = examples.trimEnd().split('\n');
    const commands = lines.filter((_line, index) => index % 2 === 0);
    const words = lines.filter((_line, index) => index % 2 === 1);
    expect(commands.every((line) => line.startsWith(`  ${begin}`))).toBe(true);
    expect(words.length === commands.length && words.every((line) => /^ {6}\S.{10}/.test(line))).toBe(true);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    expect(Object.keys(scripts)).toContain(/([\w:]+)$/.exec(begin)?.[1]);
  },
);

test.each(ALL)('%s names an option that it does not have, and where they are listed', async (begin, main) => {
  const { code, text, stdout } = await run(main, ['--nonsense']);
  expect([code, text, stdout]).toEqual([
    2,
    `✗ unknown option '--nonsense'.\n${begin} -- --help lists what there is.\n`,
    '',
  ]);
});

test.each(
  ALL.flatMap(([begin, main]) =>
    (['audit', 'mcp'].some((name) => begin.endsWith(name)) ? ['--offline'] : [])
      .concat(
        [backfill, broadcast, deploy, restore, setup, studio, teardown].includes(main) ? ['--dry-run'] : [],
        main === start ? ['--state <file>'] : [],
      )
      .map((option) => [begin, option, main] as const),
  ),
)('%s, where npm kept %s because no dashes stand before it, does nothing', async (begin, option, main) => {
  const name = option.replace('--', '').replace(' <file>', '').replaceAll('-', '_');
  const npm_lifecycle_event = begin.split(' ').at(-1) ?? '';
  const kept = { npm_lifecycle_event, [`npm_config_${name}`]: 'true' };
  const { code, text } = await runMain(main, main === broadcast ? ['rows.csv'] : [], {
    emulatorUrl: NOBODY,
    env: kept,
    // One that began all the same would stay.
    killWhen: new Promise((resolve) => setTimeout(resolve, 20_000).unref()),
  });
  expect([code, text]).toEqual([
    2,
    `✗ npm took ${option} for itself.\nWrite two dashes before the options, as in: ${begin} -- ${option}\n`,
  ]);
});

test('what npm was told for another script is nothing to a command that this one runs', async () => {
  const env = { npm_lifecycle_event: 'test', npm_config_offline: 'true' };
  expect((await run(audit, ['--csv', 'nowhere.csv'], env)).text).toContain('There is no file nowhere.csv.');
});

describe('a port that is taken', () => {
  const other = createServer();
  let port = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => other.listen(0, resolve));
    const address = other.address();
    port = String(typeof address === 'object' && address !== null ? address.port : 0);
  });
  afterAll(() => new Promise((resolve) => other.close(resolve)));

  test.each([
    ['npm start', 'PORT', start],
    ['npm start', 'EMULATOR_PORT', start],
    ['npm run start:live', 'PORT', startLive],
  ] as const)('is told by %s in the same words, with %s', async (_begin, variable, main) => {
    // The other port is one that nobody uses: it is looked at first, or never.
    const { code, text } = await run(main, [], { PORT: '20999', [variable]: port });
    expect([code, text]).toEqual([
      1,
      `Port ${port} is taken. Stop what uses it, or set ${variable} to another port.\n`,
    ]);
  });
});

test.each(WITH_JSON)('%s --json tells that as JSON as well', async (begin, main) => {
  const { code, text } = await run(main, ['--nonsense', '--json']);
  expect([code, JSON.parse(text)]).toEqual([
    2,
    {
      error: {
        message: "unknown option '--nonsense'.",
        nextStep: `${begin} -- --help lists what there is.`,
      },
    },
  ]);
});

const errorOf = (text: string) =>
  (JSON.parse(text) as { error: { message: string; nextStep: string } }).error;

test.each(WITH_JSON.filter(([, main]) => main !== studio))(
  '%s --offline says that no npm start runs, in words and as JSON',
  async (_begin, main) => {
    const error = {
      message: 'No emulator answers at http://127.0.0.1:9.',
      nextStep: 'Run npm start in another terminal; EMULATOR_PORT names another port.',
    };
    const file = main === broadcast ? ['rows.csv'] : main === restore ? ['--file', 'friday.backup'] : [];
    const words = await run(main, ['--offline', ...file]);
    const json = await run(main, ['--offline', '--json', ...file]);
    expect([words.code, words.text.replace('✗ ', ''), json.code, errorOf(json.text)]).toEqual([
      1,
      `${error.message}\n${error.nextStep}\n`,
      1,
      error,
    ]);
  },
);

describe.each(OF_AN_ACCOUNT)('%s', (_begin, main) => {
  /** The doctor has it among its findings. */
  async function complaint(file: string): Promise<string> {
    const { code, text } = await run(main, ['--env', file, '--json']);
    expect(code).toBe(1);
    if (main !== doctor) return Object.values(errorOf(text)).join(' ');
    const { checks } = JSON.parse(text) as { checks: { check: string; found: string; fix: string }[] };
    const found = checks.find(({ check }) => check === 'credentials');
    return `${found?.found} ${found?.fix}`;
  }

  test('says in the same words that there is no file with the settings', async () => {
    expect(await complaint('/nowhere/.env')).toBe(
      '/nowhere/.env does not exist. Copy .env.example to /nowhere/.env and fill in ACCOUNT_SID and AUTH_TOKEN from the first page of the Twilio Console. To try it without an account: npm start, and --offline.',
    );
  });

  // `setup` fills them in, and the doctor, the audit and the teardown go without.
  if ([backfill, backup, deploy].includes(main)) {
    test('says in the same words which setting is missing, and by which command it is made', async () => {
      const file = settingsFile({
        ACCOUNT_SID: `AC${'0'.repeat(32)}`,
        AUTH_TOKEN: 'a'.repeat(32),
        WHATSAPP_SENDER: SENDER,
      });
      const words = await complaint(file.path);
      file.remove();
      expect(words).toMatch(
        /^\S+ is not complete\.\n {2}SYNC_SERVICE_SID is missing.*\. npm run setup -- --env \S+ fills in what is empty; the rest is yours to correct: /,
      );
    });
  }

  test('says in the same words that there are no credentials', async () => {
    expect(await complaint(empty.path)).toBe(
      `ACCOUNT_SID and AUTH_TOKEN are missing in ${empty.path}. Copy both from the first page of the Twilio Console. To try it without an account: npm start, and --offline.`,
    );
  });
});

describe('on an account', () => {
  const { emulator, control, client } = useEmulator({ sender: SENDER });
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  let file = settingsFile({});
  beforeEach(() => {
    file = settingsOf(emulator);
  });
  afterEach(() => file.remove());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const onAccount = (main: Main, args: readonly string[], options: Partial<MainOptions> = {}) =>
    runMain(main, ['--env', file.path, ...args], { emulatorUrl: emulator.url, ...options });

  /** Ready for a run that finds nothing. @returns its words */
  const PREPARED: Readonly<Record<string, () => Promise<readonly string[]> | readonly string[]>> = {
    'npm run backfill': () => [],
    'npm run broadcast': () => {
      const csv = join(folder, 'rows.csv');
      writeFileSync(csv, 'to,body\n+15551234567,Hello\n');
      const [row] = readRows(readFileSync(csv, 'utf8'), Date.now()).rows;
      const key = `rows:${row?.fingerprint}`;
      const journal = new Journal(`${csv}.rows.journal`);
      journal.begin(key, [key], Date.now());
      journal.end(key, { outcome: 'sent', form: 'free-form', sid: null, heldUntil: null, detail: '' });
      return [csv, '--url', 'http://localhost:9'];
    },
    'npm run restore': async () => {
      const backupFile = join(folder, 'friday.backup');
      await onAccount(backup, ['--file', backupFile]);
      return ['--file', backupFile];
    },
    'npm run setup': async () => {
      await onAccount(setup, ['--yes', '--submit']);
      await control.post('templates/please_answer', { status: 'approved' });
      await onAccount(setup, ['--yes']);
      return [];
    },
    'npm run teardown': () => [],
  };

  test.each(ALL.filter(([begin]) => begin in PREPARED))(
    '%s says in the same words that there is nothing to do, asks nothing and changes nothing',
    async (begin, main) => {
      const args = (await PREPARED[begin]?.()) ?? [];
      await control.call('DELETE', 'requests');
      const { code, text } = await onAccount(main, args);
      const { requests } = await control.get<{ requests: { method: string }[] }>('requests');
      const writes = requests.filter(({ method }) => method !== 'GET');
      expect([code, text, writes]).toEqual([0, expect.stringMatching(/^Nothing to do: \S.*\.$/m), []]);
    },
  );

  test.each(ALL.filter(([, main]) => [backfill, backup, deploy, restore, setup].includes(main)))(
    '%s says in the same words that the Sync service is gone, and changes nothing',
    async (begin, main) => {
      const args = main === restore ? ((await PREPARED[begin]?.()) ?? []) : [];
      const lines = readFileSync(file.path, 'utf8');
      writeFileSync(file.path, lines.replace(emulator.syncServiceSid, `IS${'9'.repeat(32)}`));
      await control.call('DELETE', 'requests');
      const { code, text } = await onAccount(main, [
        ...args,
        '--json',
        ...(main === backup ? [] : ['--yes']),
      ]);
      const { requests } = await control.get<{ requests: { method: string }[] }>('requests');
      expect([code, errorOf(text), requests.filter(({ method }) => method !== 'GET')]).toEqual([
        1,
        {
          message: 'SYNC_SERVICE_SID names no Sync service of this account.',
          nextStep: `Correct the line; or empty it, and npm run setup -- --env ${file.path} finds or makes one.`,
        },
        [],
      ]);
    },
  );

  test.each(ALL.filter(([, main]) => [backup, broadcast, doctor].includes(main)))(
    '%s --offline says that the npm start of the rehearsal has ended',
    async (_begin, main) => {
      const lines = readFileSync(file.path, 'utf8');
      writeFileSync(file.path, lines.replace(emulator.syncServiceSid, `IS${'9'.repeat(32)}`));
      const csv = join(folder, 'rehearsal.csv');
      writeFileSync(csv, 'to,body\n+15551234567,Hello\n');
      const { code, text } = await onAccount(main, ['--offline', ...(main === broadcast ? [csv] : [])]);
      expect([code, text]).toEqual([
        1,
        expect.stringContaining(
          `has ended, and forgot everything. npm run setup -- --offline --env ${file.path} begins the settings anew.`,
        ),
      ]);
    },
  );

  const somethingToTake = () =>
    client.sync.v1.services(emulator.syncServiceSid).documents.create({ uniqueName: 'window.1.2' });

  test.each([
    ['npm run setup', [], setup],
    ['npm run setup', ['--token', 'ada'], setup],
    ['npm run teardown', [], teardown],
  ] as const)('Ctrl-C at the question of %s %j ends it with exit code 130', async (_begin, args, main) => {
    if (main === teardown) await somethingToTake();
    await control.call('DELETE', 'requests');
    const { code, text } = await onAccount(main, args, { columns: 80, typed: '\u0003' });
    const { requests } = await control.get<{ requests: { method: string }[] }>('requests');
    expect([code, requests.filter(({ method }) => method !== 'GET')]).toEqual([130, []]);
    expect(stripVTControlCharacters(text)).toMatch(/\?[\s\S]*✗ You stopped it\.\n.*goes on from here\.\n/);
  });

  test('the Enter key alone takes nothing away for good', async () => {
    await somethingToTake();
    await control.call('DELETE', 'requests');
    const { code, text } = await onAccount(teardown, [], { columns: 80, typed: '\r' });
    const { requests } = await control.get<{ requests: { method: string }[] }>('requests');
    expect([code, text, requests.filter(({ method }) => method !== 'GET')]).toEqual([
      1,
      expect.stringContaining('Nothing was changed.'),
      [],
    ]);
  });
});
