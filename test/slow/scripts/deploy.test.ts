/**
 * `npm run deploy` against the emulator's Functions API: exactly what is uploaded, and what is not, in which form; and
 * that what was live stays live where an upload fails. What it does before is in test/scripts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientOf } from '../../emulator/emulator-client';
import { TOKEN, useDeploy } from '../../scripts/deploy-stage';
import { runScript } from './script-run';

const ROOT = join(__dirname, '../../..');
const DOMAIN = 'whatsapp-window-1234-dev.twil.io';

const { emulator, control, settings, scratch, change, argsOf, deploy, deployments, built } = useDeploy();
const afresh = async () => {
  await control.post('reset');
  change();
};

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
    expect(run.text).toContain(`next: npm run setup -- ${argsOf([]).join(' ')} --domain ${DOMAIN}`);
    expect(run.text).toContain('know no such setting: EMULATOR_PORT, NPM_TOKEN');
    for (const secret of [TOKEN, emulator.authToken, settings.NPM_TOKEN])
      expect(run.text).not.toContain(secret);
    expect(leftBehind()).toEqual([]);
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
    const ended = await runScript('deploy', argsOf(args), {
      ...{ emulatorUrl: emulator.url, env: { TMPDIR: scratch }, killWhen, signal: 'SIGTERM' },
    });
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

test('a second service leaves the webhook with the first, and says so as the next step', async () => {
  await afresh();
  await control.post('config', { senders: [settings.WHATSAPP_SENDER] });
  await deploy('--yes');
  const { messaging } = clientOf(emulator);
  const [own] = await messaging.v2.channelsSenders.list({ channel: 'whatsapp' });
  const sender = messaging.v2.channelsSenders(own?.sid ?? '');
  const webhook = { callback_url: `https://${DOMAIN}/incoming-message`, callback_method: 'POST' };
  await sender.update({ webhook } as unknown as Parameters<typeof sender.update>[0]);
  const { code, text } = await deploy('--yes', '--service-name', 'whatsapp-window-send');
  expect([code, text.match(/^next: .*$/gm)]).toEqual([
    0,
    [
      `next: point your programs at https://whatsapp-window-send-1234-dev.twil.io. Inbound messages stay with ${DOMAIN}, so there is nothing to set up`,
    ],
  ]);
});

describe('a deploy where something is live already', () => {
  const { serverless } = clientOf(emulator);
  beforeAll(async () => {
    await control.post('reset');
    change({ FORWARD_URL: 'https://bot.example.com/in' });
    await deploy('--yes');
    const [service] = await serverless.v1.services.list();
    const inService = serverless.v1.services(service?.sid ?? '');
    const [environment] = await inService.environments.list();
    await inService.environments(environment?.sid ?? '').variables.create({ key: 'THEIRS', value: 'stays' });
  });
  beforeEach(() => change({ WINDOW_MARGIN_SECONDS: '600' }));

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
