/**
 * `npm run deploy` against the emulator's Functions API: exactly what is uploaded, and what is not, in which form; and
 * that nothing is uploaded where something is wrong.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fsHelpers } from '@twilio-labs/serverless-api';
import { createEmulator } from '../../../emulator/emulator';
import { Control, clientOf } from '../../emulator/emulator-client';
import { runScript, type ScriptOptions, settingsFile } from './script-run';

const ROOT = join(__dirname, '../../..');
const DIST = join(ROOT, 'dist');
const TOKEN = 'Zk3v9QeW1xT7bLr0mYp5uHs8dNa2cJf6gRi4oXqE';
const DOMAIN = 'whatsapp-window-1234-dev.twil.io';

const emulator = createEmulator({ port: 0 });
const control = new Control(emulator);
const settings = {
  ACCOUNT_SID: emulator.accountSid,
  AUTH_TOKEN: emulator.authToken,
  SYNC_SERVICE_SID: emulator.syncServiceSid,
  WHATSAPP_SENDER: 'whatsapp:+15550001111',
  API_TOKEN: TOKEN,
  STOP_WORDS: '"STOP, \'HALT\' # `QUIT`"',
  START_WORDS: '',
  NPM_TOKEN: 'a-secret-of-another-tool',
  EMULATOR_PORT: '4010',
};
let file = settingsFile({});
/** Of this test alone: others deploy at the same time. */
const scratch = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
/** A deploy takes some four seconds of a processor, most of it to load the tool; others may want the processor, too. */
jest.setTimeout(120_000);
beforeAll(() => emulator.start());
afterAll(async () => {
  await emulator.stop();
  rmSync(scratch, { recursive: true, force: true });
});
afterEach(() => file.remove());
const afresh = async () => {
  await control.post('reset');
  file = settingsFile(settings);
};

const runDeploy = (args: readonly string[], options: Partial<ScriptOptions> = {}) =>
  runScript('deploy', ['--env', file.path, ...args], {
    emulatorUrl: emulator.url,
    env: { TMPDIR: scratch },
    ...options,
  });
const deploy = (...args: string[]) => runDeploy(args);

interface Deployment {
  domain: string;
  functions: { path: string; visibility: string; content: string }[];
  assets: { path: string; visibility: string; content: string }[];
  variables: Record<string, string>;
}
const deployments = async () => (await control.get<{ deployments: Deployment[] }>('deployments')).deployments;
const writes = async () =>
  (await control.get<{ requests: { method: string; route: string }[] }>('requests')).requests
    .filter(({ method }) => method !== 'GET')
    .map(({ route }) => route);

/** What `npm run build` made, as the toolkit's own lister reads it. */
async function built() {
  const { functions, assets } = await fsHelpers.getListOfFunctionsAndAssets(DIST, {
    functionsFolderNames: ['functions'],
    assetsFolderNames: ['assets'],
  });
  const shown = (files: typeof functions | typeof assets) =>
    files
      .map(({ path, access, content }) => ({ path, visibility: access, content: String(content) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  const path = `/2010-04-01/Accounts/${emulator.accountSid}/Messages.json`;
  const all = shown(functions).filter((file) => file.path !== path);
  // A deploy knows the account, so /messages is where the account's SDK looks as well.
  const messages = all.find((file) => file.path === '/messages');
  return { functions: [...(messages ? [{ ...messages, path }] : []), ...all], assets: shown(assets) };
}

const leftBehind = () => readdirSync(scratch).filter((name) => name.startsWith('whatsapp-window-deploy-'));

/** Command lines of the processes of this machine that are uploading for this test. */
const uploading = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(emulator.url);
        return isOurs ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
      } catch {
        return [];
      }
    });

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('on an account that has nothing of it', () => {
  beforeEach(afresh);

  test('exactly what was built is live, with what it needs, and says what comes next', async () => {
    const run = await deploy('--yes');
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(run.code).toBe(0);
    expect(await deployments()).toEqual([
      {
        service: 'whatsapp-window',
        environment: 'dev-environment',
        domain: DOMAIN,
        runtime: 'node22',
        dependencies: [
          { name: '@twilio/runtime-handler', version: '2.1.2' },
          { name: 'twilio', version: dependencies.twilio },
        ],
        ...(await built()),
        variables: {
          SYNC_SERVICE_SID: settings.SYNC_SERVICE_SID,
          WHATSAPP_SENDER: settings.WHATSAPP_SENDER,
          API_TOKEN: TOKEN,
          STOP_WORDS: "STOP, 'HALT' # `QUIT`",
        },
      },
    ]);
    expect(run.text).toContain(`https://${DOMAIN}/incoming-message`);
    expect(run.text).toContain(`next: npm run setup -- --domain ${DOMAIN}`);
    expect(run.text).toContain('know no such setting: EMULATOR_PORT, NPM_TOKEN');
    for (const secret of [TOKEN, emulator.authToken, settings.NPM_TOKEN])
      expect(run.text).not.toContain(secret);
    expect(leftBehind()).toEqual([]);
  });

  test('a dry run lists what would be uploaded, asks for nothing, and needs no network', async () => {
    const run = await runDeploy(['--json', '--dry-run'], { emulatorUrl: 'http://127.0.0.1:9' });
    const files = await built();
    const surface = (list: typeof files.functions) =>
      list.map(({ path, visibility }) => ({ access: visibility, path }));
    expect([run.code, run.json]).toEqual([
      0,
      {
        dryRun: true,
        service: 'whatsapp-window',
        environment: 'dev',
        runtime: 'node22',
        dependencies: { '@twilio/runtime-handler': '2.1.2', twilio: '6.2.0' },
        functions: surface(files.functions),
        assets: surface(files.assets),
        variables: ['API_TOKEN', 'STOP_WORDS', 'SYNC_SERVICE_SID', 'WHATSAPP_SENDER'],
        notDeployed: ['EMULATOR_PORT', 'NPM_TOKEN'],
      },
    ]);
  });

  test('a price file goes along as an asset that the functions alone can read', async () => {
    const prices = join(ROOT, 'prices.example.json');
    const run = await deploy('--yes', '--json', '--prices', prices);
    const [deployed] = await deployments();
    expect([run.code, deployed?.assets.filter(({ path }) => path.includes('price'))]).toEqual([
      0,
      [{ path: '/prices.json', visibility: 'private', content: readFileSync(prices, 'utf8') }],
    ]);
  });

  test('a price file that is wrong stops it before anything is asked or built, and everything is named', async () => {
    const prices = join(scratch, 'wrong-prices.json');
    writeFileSync(prices, '{"asOf":"soon","currency":"EUR","twilio":{},"meta":{"Germany":{}}}');
    const run = await deploy('--yes', '--prices', prices);
    expect(run.code).toBe(1);
    for (const field of ['asOf', 'twilio.outbound', 'meta.Germany']) expect(run.text).toContain(`${field}: `);
    const missing = await deploy('--yes', '--prices', join(scratch, 'not-there.json'));
    expect([missing.code, missing.text]).toEqual([1, expect.stringContaining('There is no file')]);
    expect(await writes()).toEqual([]);
  });

  test('ended in the middle, it leaves nothing behind, and the next run is as if it were the first', async () => {
    const args = [
      '--yes',
      '--json',
      '--production',
      '--service-name',
      'lessons',
      '--runtime-handler',
      '2.0.1',
    ];
    // The upload is held up, so that its processes can be looked at.
    await control.post('faults', { target: 'api', match: { service: 'serverless-upload' }, do: 'hang' });
    let during: readonly string[] = [];
    const killWhen = until(
      async () => (await control.get<{ spent: unknown[] }>('faults')).spent.length > 0,
    ).then(() => {
      during = uploading();
    });
    const ended = await runDeploy(args, { killWhen, signal: 'SIGTERM' });
    expect([ended.code, await deployments(), leftBehind()]).toEqual([130, [], []]);
    expect([
      during.some((line) => line.includes('twilio-run.js\0deploy')),
      during.filter((line) => line.includes(emulator.authToken) || line.includes(TOKEN)),
    ]).toEqual([true, []]);
    await until(async () => uploading().length === 0);

    const again = await deploy(...args);
    expect([again.code, await deployments()]).toEqual([
      0,
      [
        expect.objectContaining({
          service: 'lessons',
          environment: 'production',
          domain: 'lessons-1234.twil.io',
          dependencies: expect.arrayContaining([{ name: '@twilio/runtime-handler', version: '2.0.1' }]),
          ...(await built()),
        }),
      ],
    ]);
  });
});

describe('nothing is uploaded, and the sentence says why', () => {
  beforeEach(afresh);
  const change = (changes: Record<string, string>) => () => {
    file.remove();
    file = settingsFile({ ...settings, ...changes });
  };

  test.each([
    [
      'settings that are missing or malformed, all at once',
      change({ SYNC_SERVICE_SID: '', WHATSAPP_SENDER: 'me' }),
      ['--yes'],
      /SYNC_SERVICE_SID is missing[\s\S]*WHATSAPP_SENDER is malformed[\s\S]*npm run setup/,
    ],
    [
      'the token of the offline service',
      change({ API_TOKEN: 'offline-token-that-is-no-secret' }),
      ['--yes'],
      /trying things offline[\s\S]*run npm run setup/,
    ],
    [
      'that token under a name',
      change({ API_TOKENS: 'ada:offline-token-that-is-no-secret' }),
      ['--yes'],
      /API_TOKENS, ada is the one for trying things offline[\s\S]*Put another in its place/,
    ],
    [
      'an address without encryption',
      change({ FORWARD_URL: 'http://bot.example.com/in' }),
      ['--yes'],
      /FORWARD_URL is malformed: set it to an https:\/\/ address/,
    ],
    [
      'a variable that is too long',
      change({ FORWARD_URL: `https://example.com/${'a'.repeat(431)}` }),
      ['--yes'],
      /450 bytes a variable, and longer are: FORWARD_URL/,
    ],
    [
      'wrong credentials',
      change({ AUTH_TOKEN: 'wrong-token-000' }),
      ['--yes'],
      /does not accept ACCOUNT_SID and AUTH_TOKEN/,
    ],
    ['nobody to ask', () => undefined, [], /There is nobody to ask: Deploy this to the account AC/],
    [
      'a handler that is not pinned',
      () => undefined,
      ['--yes', '--runtime-handler', '^2.1.2'],
      /without an exact version: @twilio\/runtime-handler/,
    ],
  ])('%s', async (_what, prepare, args, sentence) => {
    await prepare();
    const run = await deploy(...args);
    expect([run.code, await writes(), run.text]).toEqual([1, [], expect.stringMatching(sentence)]);
    expect(run.text).not.toMatch(/\n\s+at /);
  });
});

describe('a deploy where something is live already', () => {
  const { serverless } = clientOf(emulator);
  beforeAll(async () => {
    await control.post('reset');
    file = settingsFile({ ...settings, FORWARD_URL: 'https://bot.example.com/in' });
    await deploy('--yes');
    file.remove();
    const [service] = await serverless.v1.services.list();
    const inService = serverless.v1.services(service?.sid ?? '');
    const [environment] = await inService.environments.list();
    await inService.environments(environment?.sid ?? '').variables.create({ key: 'THEIRS', value: 'stays' });
  });
  beforeEach(() => {
    file = settingsFile({ ...settings, WINDOW_MARGIN_SECONDS: '600' });
  });

  test.each([
    [
      'a build that Twilio refuses',
      { match: { service: 'serverless', method: 'POST', path: '/Builds' }, status: 400, code: 20001 },
      /twilio-run could not deploy: .*A fault set by control[\s\S]*What was live before is live still/,
    ],
    [
      'an upload that fails',
      { match: { service: 'serverless-upload' }, status: 400 },
      /twilio-run could not deploy: .*Failed to upload/,
    ],
  ])('%s leaves it as it was', async (_what, fault, sentence) => {
    const before = await deployments();
    await control.post('faults', { target: 'api', do: 'status', ...fault });
    const run = await deploy('--yes');
    expect([run.code, run.text, await deployments()]).toEqual([1, expect.stringMatching(sentence), before]);
  });

  test('goes to the same service; an emptied setting is deployed no more, a variable of somebody else stays', async () => {
    const run = await deploy('--yes', '--json');
    expect([
      run.code,
      (run.json as { removed: string[] }).removed,
      (await deployments()).map(({ variables }) => variables),
      (await serverless.v1.services.list()).length,
    ]).toEqual([
      0,
      ['FORWARD_URL'],
      [
        {
          SYNC_SERVICE_SID: settings.SYNC_SERVICE_SID,
          WHATSAPP_SENDER: settings.WHATSAPP_SENDER,
          API_TOKEN: TOKEN,
          STOP_WORDS: "STOP, 'HALT' # `QUIT`",
          WINDOW_MARGIN_SECONDS: '600',
          THEIRS: 'stays',
        },
      ],
      1,
    ]);
  });
});
