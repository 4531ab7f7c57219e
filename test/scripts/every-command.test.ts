/**
 * What all commands do alike, as a table: help with examples that can be typed, errors as JSON, and one wording for the
 * same situation. A command that is new belongs into the list below.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main as audit } from '../../scripts/audit';
import { main as backfill } from '../../scripts/backfill';
import { main as backup } from '../../scripts/backup';
import { main as broadcast } from '../../scripts/broadcast';
import type { Main } from '../../scripts/command/io';
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
import { runMain, settingsFile } from './run-main';

const ROOT = join(__dirname, '../..');
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

  test('says in the same words that there are no credentials', async () => {
    expect(await complaint(empty.path)).toBe(
      `ACCOUNT_SID and AUTH_TOKEN are missing in ${empty.path}. Copy both from the first page of the Twilio Console. To try it without an account: npm start, and --offline.`,
    );
  });
});
