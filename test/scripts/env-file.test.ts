/** How the commands read `.env`: as twilio-run does, with nothing cut off in silence. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getEnvironment, type StartCliFlags } from 'twilio-run/dist/config/start';
import { filterEnvVariablesForDeploy, readLocalEnvFile } from 'twilio-run/dist/config/utils/env';
import { readEnvFile } from '../../scripts/account/env-file';
import { deployedVariablesFile, variablesFile } from '../../scripts/account/variables-file';
import { ROOT } from '../../scripts/offline/twilio-run';
import { readSettings } from '../../src/http/settings';

type Values = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), 'env-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string) {
  const path = join(folder, '.env');
  writeFileSync(path, text);
  return readEnvFile(path);
}

const withoutHoles = (values: Readonly<Record<string, string | undefined>>): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? '']));

/** What the functions get by twilio-run from this file. */
const served = async (text: string): Promise<Values> => {
  const path = join(folder, 'served.env');
  writeFileSync(path, text);
  const flags: Partial<StartCliFlags> = { env: path };
  return withoutHoles(await getEnvironment(flags as StartCliFlags, folder));
};
/** What is uploaded from this file: an empty one is not. */
const uploaded = async (text: string): Promise<Values> => {
  const path = join(folder, 'uploaded.env');
  writeFileSync(path, text);
  const { localEnv } = await readLocalEnvFile({ cwd: folder, env: path });
  return withoutHoles(filterEnvVariablesForDeploy(localEnv));
};

const NONE: readonly RegExp[] = [];
const COMMENT = [/^The text after # belongs to the value of A: give a comment a line of its own\.$/];
const ONE_QUOTE = [/^The value of A has a quotation mark at one end only/];
const EMPTY = [/^A is empty, and what follows it is a comment: give a comment a line of its own\.$/];
const NOT_READ = [/^Line 1 is not read: write NAME=value on one line, without a word before the name\.$/];
const TWICE = [/^A stands more than once: the last line counts\. Remove the others\.$/];

describe('a line of .env is one and the same for the commands, a local run and a deploy, and is told where it is doubtful:', () => {
  test.each<[string, string, Values, readonly RegExp[]]>([
    ['a plain value', 'A=b', { A: 'b' }, NONE],
    ['spaces around', ' A = b c ', { A: 'b c' }, NONE],
    ['nothing', 'A=', { A: '' }, NONE],
    ['a # behind a space', 'A=b # note', { A: 'b # note' }, COMMENT],
    ['a # behind no space', 'A=STOP,#BAJA', { A: 'STOP,#BAJA' }, NONE],
    [
      'a # in an address',
      'A=https://bot.example/hook#rc=3&rp=ct',
      { A: 'https://bot.example/hook#rc=3&rp=ct' },
      NONE,
    ],
    ['a # at the beginning', 'A=#BAJA,ALTO', { A: '#BAJA,ALTO' }, NONE],
    ['a comment in the place of a value', 'A= # made by setup', { A: '' }, EMPTY],
    ['a comment in the place of a value, and CR LF', 'A= # made by setup\r\n', { A: '' }, EMPTY],
    ['double quotes', 'A="b # c "', { A: 'b # c' }, NONE],
    ['single quotes', 'A=\'b # "c"\'', { A: 'b # "c"' }, NONE],
    ['quotes within quotes', `A="it's"`, { A: "it's" }, NONE],
    ['a comment behind quotes', 'A="b c" # note', { A: 'b c" # note' }, ONE_QUOTE],
    ['a space behind quotes', "A='b' ", { A: "b'" }, ONE_QUOTE],
    ['a quotation mark at the beginning', 'A="b', { A: 'b' }, ONE_QUOTE],
    ['a quotation mark at the end', "A=rock'n'", { A: "rock'n" }, ONE_QUOTE],
    ['nothing but a quotation mark', 'A="', { A: '' }, ONE_QUOTE],
    ['different quotation marks', `A="b'`, { A: 'b' }, ONE_QUOTE],
    ['a backslash', 'A=b\\nc', { A: 'b\\nc' }, NONE],
    ['a dollar sign', 'A=$HOME', { A: '$HOME' }, NONE],
    ['another =', 'A=b=c==', { A: 'b=c==' }, NONE],
    ['export', 'export A=b', {}, NOT_READ],
    ['a colon', 'A: b', {}, NOT_READ],
    ['a name alone', 'A', {}, NOT_READ],
    ['a bare CR between two settings', 'A=b\rC=d', {}, NOT_READ],
    ['quotes over two lines', 'A="b\nc"', { A: 'b' }, [...ONE_QUOTE, /^Line 2 is not read/]],
    ['CR LF', 'A="b"\r\nC=d\r\n', { A: 'b', C: 'd' }, NONE],
    ['a byte order mark', '\uFEFFA=b\nC=d', { A: 'b', C: 'd' }, NONE],
    ['a byte order mark and a comment in the place of a value', '\uFEFFA= # note', { A: '' }, EMPTY],
    ['a comment, an empty line', '# A=b\n\n  # c\n', {}, NONE],
    ['the same name twice', 'A=b\nA=c', { A: 'c' }, TWICE],
    ['the same name twice, first with a comment', 'A= # note\nA=c', { A: 'c' }, [...EMPTY, ...TWICE]],
    ['the same name twice, then with a comment', 'A=b\nA= # note', { A: '' }, [...EMPTY, ...TWICE]],
  ])('%s', async (_what, text, expected, warnings) => {
    const { env, warnings: told } = read(text);
    expect([env, told]).toEqual([expected, warnings.map((pattern) => expect.stringMatching(pattern))]);
    const values = withoutHoles(env);
    expect(await served(variablesFile(values))).toEqual(expected);
    expect(await uploaded(deployedVariablesFile(values))).toEqual(
      Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== '')),
    );
  });

  test('a line break in double quotes is refused by both, with the fix', () => {
    const { env } = read('API_TOKEN="ab\\ncd"');
    expect(env).toEqual({ API_TOKEN: 'ab\ncd' });
    for (const write of [variablesFile, deployedVariablesFile])
      expect(() => write({ API_TOKEN: env.API_TOKEN ?? '' })).toThrow(
        'The value of API_TOKEN has a line break',
      );
  });

  test('no warning repeats a value', () => {
    const { warnings } = read('A=secret # secret\nexport B=secret\nC="secret\nD= # secret\nD=secret\n');
    expect([warnings.length, warnings.filter((warning) => warning.includes('secret'))]).toEqual([5, []]);
  });
});

describe('npx twilio-run, which reads .env by itself, differs', () => {
  const settings = Object.fromEntries(
    [
      'STOP_WORDS',
      'START_WORDS',
      'FALLBACK_TEMPLATE',
      'API_TOKEN',
      'API_TOKENS',
      'MESSAGING_SERVICE_SID',
    ].map((name) => [name, name]),
  );

  test.each(Object.keys(settings))(
    'only in a comment in the place of %s, which the functions refuse by name',
    async (name) => {
      const text = `${readFileSync(join(ROOT, '.env.offline'), 'utf8')}\n${name}= # note\n`;
      const checked = readSettings(await served(text));
      expect(checked).toEqual({
        ok: false,
        problems: [
          {
            field: name,
            message: `${name} is a comment: give the comment a line of its own, or leave the setting out.`,
          },
        ],
      });
    },
  );
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
