/**
 * `npm run setup -- --token` and `--revoke`: a token for each caller, and another one while the old one goes on to work.
 * Nothing but the settings file is touched, no account is asked, and no token is printed unless somebody asks to see it.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { main } from '../../scripts/setup';
import { readApiTokens } from '../../src/http/api-tokens';
import { runMain, settingsFile } from './run-main';

const OLD = 'old-token-of-ada-0123456789abcdefghij';
const MAIN = 'the-first-token-0123456789abcdefghijkl';
const DRAWN = /^[\w-]{43}$/;

let file = settingsFile({});
const given = (settings: Readonly<Record<string, string>>) => {
  file.remove();
  file = settingsFile(settings);
};
afterEach(() => file.remove());

const setup = (...args: string[]) =>
  // Nothing listens there: none of this asks the account.
  runMain(main, ['--env', file.path, '--yes', ...args], { emulatorUrl: 'http://127.0.0.1:9' });
const text = () => readFileSync(file.path, 'utf8');
const tokens = () => readApiTokens(parseEnv(text())).tokens;
const drawn = expect.stringMatching(DRAWN);

test('setup --token draws a token for a caller and leaves the rest of the file as it is', async () => {
  given({ ACCOUNT_SID: 'AC1', API_TOKEN: MAIN, WHATSAPP_SENDER: 'whatsapp:+15550001111' });
  const run = await setup('--token', 'ada', '--json');
  expect([run.code, tokens()]).toEqual([
    0,
    [
      { name: null, token: MAIN, readOnly: false },
      { name: 'ada', token: drawn, readOnly: false },
    ],
  ]);
  expect(text()).toMatch(
    /^ACCOUNT_SID=AC1\nAPI_TOKEN=the-first-.*\nWHATSAPP_SENDER=whatsapp:\+15550001111\nAPI_TOKENS=ada:\S+\n$/,
  );
  expect(run.json).toEqual({
    dryRun: false,
    token: { name: 'ada', readOnly: false, former: null },
    settings: ['API_TOKENS'],
    nextSteps: [
      expect.stringMatching(/^npm run deploy -- --env \S+, then give the new token to its caller$/),
    ],
  });
});

test('setup --token keeps the one before under another name, with what it may do, and says how it goes', async () => {
  given({ API_TOKENS: `ada:${OLD}:read,reports:${MAIN}` });
  const run = await setup('--token', 'ada');
  expect(tokens()).toEqual([
    { name: 'reports', token: MAIN, readOnly: false },
    { name: 'ada.old', token: OLD, readOnly: true },
    { name: 'ada', token: drawn, readOnly: true },
  ]);
  expect(run.text).toMatch(
    /the one before works on, under the name ada\.old\n[\s\S]*next: once the log of the functions names no caller ada\.old any more: npm run setup -- .*--revoke ada\.old, then npm run deploy/,
  );
  for (const secret of [OLD, MAIN, ...tokens().map(({ token }) => token)])
    expect(run.text).not.toContain(secret);
});

test('setup --token API_TOKEN replaces the one without a name and keeps the old one as a named one', async () => {
  given({ API_TOKEN: MAIN });
  await setup('--token', 'API_TOKEN');
  expect(tokens()).toEqual([
    { name: null, token: drawn, readOnly: false },
    { name: 'API_TOKEN.old', token: MAIN, readOnly: false },
  ]);
});

test('setup --token does not keep the token for trying things offline, which everybody knows', async () => {
  given({ API_TOKEN: 'offline-token-that-is-no-secret' });
  await setup('--token', 'API_TOKEN');
  expect(tokens()).toEqual([{ name: null, token: drawn, readOnly: false }]);
});

test('setup --token with :read makes one that may only look', async () => {
  given({});
  await setup('--token', 'reports:read');
  expect(tokens()).toEqual([{ name: 'reports', token: drawn, readOnly: true }]);
});

test('setup --show prints the token, as words and as JSON, and that one only', async () => {
  given({ API_TOKEN: MAIN });
  const spoken = await setup('--token', 'ada', '--show');
  const [, ada] = tokens();
  expect(spoken.stdout.split('\n')).toContain(ada?.token);
  expect(spoken.text).not.toContain(MAIN);
  const json = await setup('--token', 'grace', '--show', '--json');
  expect(json.json).toMatchObject({ token: { name: 'grace', value: tokens().at(-1)?.token } });
});

test('setup --revoke takes one out, and the others stay', async () => {
  given({ API_TOKENS: `ada.old:${OLD},ada:${MAIN}:read` });
  const run = await setup('--revoke', 'ada.old', '--json');
  expect([run.code, tokens(), run.json]).toEqual([
    0,
    [{ name: 'ada', token: MAIN, readOnly: true }],
    {
      dryRun: false,
      revoked: 'ada.old',
      settings: ['API_TOKENS'],
      nextSteps: [expect.stringMatching(/^npm run deploy .*: until then the token of ada\.old works$/)],
    },
  ]);
});

test('setup --revoke of the last one leaves an empty setting', async () => {
  given({ API_TOKENS: `ada:${OLD}` });
  await setup('--revoke', 'ada');
  expect(text()).toBe('API_TOKENS=\n');
});

test('a dry run of setup --token writes nothing and prints no token', async () => {
  given({ API_TOKENS: `ada:${OLD}` });
  const before = text();
  const run = await setup('--token', 'ada', '--show', '--dry-run');
  expect([run.code, text(), run.text.match(/[\w-]{30,}/g)]).toEqual([0, before, null]);
});

test.each<[string, Readonly<Record<string, string>>, readonly string[], number, RegExp]>([
  ['a name with a space', {}, ['--token', 'ada lovelace'], 2, /--token is malformed/],
  ['a name that is an old one’s', {}, ['--token', 'ada.old'], 2, /--token is malformed/],
  ['an unknown right', {}, ['--token', 'ada:write'], 2, /--token is malformed/],
  ['API_TOKEN that may only look', {}, ['--token', 'API_TOKEN:read'], 2, /API_TOKEN may do everything/],
  [
    'a second renewal before the first is finished',
    { API_TOKENS: `ada:${MAIN},ada.old:${OLD}` },
    ['--token', 'ada'],
    1,
    /ada\.old is still there, from the last time\.\n.*--revoke ada\.old/,
  ],
  [
    'more than Twilio takes',
    { API_TOKENS: Array.from({ length: 9 }, (_, index) => `name${index}:${OLD}${index}`).join(',') },
    ['--token', 'ada'],
    1,
    /longer than the 450 bytes/,
  ],
  ['both at once', {}, ['--token', 'ada', '--revoke', 'ada'], 2, /exclude each other/],
  [
    'an unknown name to revoke',
    { API_TOKENS: `ada:${OLD}` },
    ['--revoke', 'bob'],
    1,
    /no token of that name\.\nIt has: ada\./,
  ],
  ['API_TOKEN to revoke', { API_TOKEN: MAIN }, ['--revoke', 'API_TOKEN'], 1, /replaced, not revoked/],
  [
    'a setting that is malformed already',
    { API_TOKENS: 'ada' },
    ['--token', 'bob'],
    1,
    /API_TOKENS is malformed/,
  ],
])('setup refuses %s in a sentence and changes nothing', async (_what, settings, args, code, sentence) => {
  given(settings);
  const before = text();
  const run = await setup(...args);
  expect([run.code, run.text, text()]).toEqual([code, expect.stringMatching(sentence), before]);
});
