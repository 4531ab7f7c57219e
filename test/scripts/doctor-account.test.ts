/**
 * `npm run doctor` on an account whose secrets are in no repository, and in which no functions run: each look at the
 * account by the cases that lie next to each other. How a finding is told is no business of this file.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ruleFor, type WebhookRule } from '../../scripts/account/webhook-rules';
import { main } from '../../scripts/doctor';
import { useEmulator } from '../emulator/emulator-client';
import { runMain, settingsFile } from './run-main';

const AUTH_TOKEN = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const SENDER = 'whatsapp:+15550001111';
const OTHER_SENDER = 'whatsapp:+15550002222';
const USER = 'whatsapp:+15551234567';
const TOKEN = 'Zk3v9QeW/1xT+'.concat('7bLr0mYp5uHs8dNa2cJf6gRi4oXqE');
const URL_HERE = 'https://window.example.com';

const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
const clockFile = join(folder, 'clock');
const { emulator, client, control } = useEmulator({ sender: SENDER, authToken: AUTH_TOKEN, clockFile });
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const settings: Readonly<Record<string, string>> = {
  ACCOUNT_SID: emulator.accountSid,
  AUTH_TOKEN,
  SYNC_SERVICE_SID: emulator.syncServiceSid,
  WHATSAPP_SENDER: SENDER,
  API_TOKEN: TOKEN,
};
let file = settingsFile(settings);
beforeEach(async () => {
  change({});
  await control.post('config', { senders: [SENDER, OTHER_SENDER] });
});
afterEach(() => file.remove());

function change(changes: Readonly<Record<string, string>>): void {
  file.remove();
  file = settingsFile({ ...settings, ...changes });
}

interface Result {
  readonly check: string;
  readonly mark: string;
  readonly found: string;
}

interface Asked {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** @returns the mark of a check and what it found */
async function look(check: string, { args = ['--url', URL_HERE], env = {} }: Asked = {}) {
  const run = await runMain(main, ['--env', file.path, '--json', ...args], {
    emulatorUrl: emulator.url,
    clockFile,
    env,
  });
  const { checks } = run.json as { checks: readonly Result[] };
  const found = checks.find((one) => one.check === check);
  expect(run.text).not.toContain(AUTH_TOKEN);
  return [found?.mark, found?.found];
}
const says = (pattern: RegExp) => expect.stringMatching(pattern);

describe('of the rules for webhooks, the doctor says', () => {
  const rule = (more: object) => control.post('webhook-rules', { friendlyName: 'Mine', ...more });
  const retry = (retryCount: number, ...retryOn: string[]) => ({
    matchType: 'DEFAULT',
    connection: { retryPolicy: { retryCount, retryOn } },
  });

  test('that there are none', async () => {
    expect(await look('webhook rules')).toEqual(['ok', 'There are none.']);
  });

  test.each([
    ['never repeats', retry(0, 'ALL'), 'warning'],
    ['repeats after a 5xx alone', retry(1, 'HTTP_5XX'), 'ok'],
    ['repeats after a 4xx alone', retry(3, 'HTTP_4XX'), 'warning'],
  ])('what one does that %s', async (_what, made, mark) => {
    await rule(made);
    expect((await look('webhook rules'))[0]).toBe(mark);
  });

  test('what one for everything does, where it is not known where the functions are', async () => {
    await rule(retry(0, 'ALL'));
    expect(await look('webhook rules', { args: [] })).toEqual(['warning', says(/, for every address\./)]);
  });

  test.each([
    ['leaves the signature out', { signature: { type: 'NONE' } }, 'broken', /leaves the signature out/],
    ['never repeats', { connection: { retryPolicy: { retryCount: 0 } } }, 'warning', /does not retry/],
  ])(
    'what one does whose second setting, for one webhook in a hundred, %s',
    async (_what, second, mark, found) => {
      await rule({ ...retry(3, 'ALL'), split: { percentage: 1, ...second } });
      expect(await look('webhook rules')).toEqual([mark, says(found)]);
    },
  );

  test('that an exact one for another address applies nowhere yet', async () => {
    await rule({ ...retry(0, 'ALL'), matchType: 'EXACT_MATCH', value: `${URL_HERE}/window` });
    expect([await look('webhook rules'), await look('webhook rules', { args: [] })]).toEqual([
      ['ok', 'None of the account’s 1 applies here.'],
      ['ok', 'None of the account’s 1 applies to every address.'],
    ]);
  });

  test('that an account has no such API, where its address is unknown', async () => {
    const match = { service: 'webhooks' };
    await control.post('faults', { target: 'api', match, do: 'status', status: 404, times: 0 });
    expect(await look('webhook rules')).toEqual([
      'not checked',
      'This account has no Webhooks configuration API.',
    ]);
  });
});

describe('the rule that counts', () => {
  const named = (id: string, more: Partial<WebhookRule>): WebhookRule => ({
    id,
    matchType: 'DEFAULT',
    settings: [],
    ...more,
  });
  const byDefault = named('default', {});
  const short = named('short', { matchType: 'PREFIX_MATCH', prefix: `${URL_HERE}/` });
  const long = named('long', { matchType: 'PREFIX_MATCH', prefix: `${URL_HERE}/in` });
  const exact = named('exact', { matchType: 'EXACT_MATCH', value: `${URL_HERE}/incoming` });

  test.each([
    ['is the exact one before all others', [byDefault, short, long, exact], 'exact'],
    ['is the longest prefix, in whichever order they come', [short, long, byDefault], 'long'],
    ['is the longest prefix, in the other order', [byDefault, long, short], 'long'],
    ['is the default where nothing else matches', [byDefault], 'default'],
    ['is none where there is no default', [named('', { matchType: 'PREFIX_MATCH', prefix: '' })], undefined],
  ])('%s', (_what, rules, id) => {
    expect(ruleFor(rules, `${URL_HERE}/incoming`)?.id).toBe(id);
  });
});

describe('of a webhook that leads to other functions of this project, the doctor says', () => {
  const { services } = client.serverless.v1;
  async function serve(uniqueName: string, domainSuffix: string): Promise<string> {
    const found = (await services.list()).find((service) => service.uniqueName === uniqueName);
    const { sid } = found ?? (await services.create({ uniqueName, friendlyName: uniqueName }));
    const environment = await services(sid).environments.create({ uniqueName: domainSuffix, domainSuffix });
    const build = await services(sid).builds.create({});
    await services(sid).environments(environment.sid).deployments.create({ buildSid: build.sid });
    return environment.domainName;
  }

  test.each([
    [
      'a second service may leave it there',
      'whatsapp-window-send',
      'warning',
      /leads to whatsapp-window-1234-dev\.twil\.io, a service of its own\.$/,
    ],
    [
      'another environment of the service may not',
      'whatsapp-window',
      'broken',
      /leads to https:\/\/whatsapp-window-1234-dev\.twil\.io\/incoming-message\.$/,
    ],
  ])('that %s', async (_what, service, mark, found) => {
    const first = await serve('whatsapp-window', 'dev');
    const own = await serve(service, 'stage');
    const [listed] = await client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' });
    const sender = client.messaging.v2.channelsSenders(listed?.sid ?? '');
    const webhook = { callback_url: `https://${first}/incoming-message`, callback_method: 'POST' };
    await sender.update({ webhook } as unknown as Parameters<typeof sender.update>[0]);
    expect(await look('webhook', { args: ['--domain', own] })).toEqual([mark, says(found)]);
  });
});

describe('of Conversations, the doctor says', () => {
  const { v1 } = client.conversations;
  const take = (address: string) =>
    v1.addressConfigurations.create({ type: 'whatsapp', address, 'autoCreation.enabled': true });
  const postTo = (more: object) => v1.configuration.webhooks().update(more);
  const own = `${URL_HERE}/conversations/message-added`;

  test.each([
    ['leads here with overrides for the connection', { postWebhookUrl: `${own}#rc=1` }],
    ['leads here and has no filter, which is every event', { postWebhookUrl: own, filters: [] }],
  ])('that its webhook %s', async (_what, webhook) => {
    await take(SENDER);
    await postTo({ filters: ['onMessageAdded'], ...webhook });
    expect(await look('Conversations')).toEqual(['ok', says(/leads here\.$/)]);
  });

  test('that it takes the messages of another sender only', async () => {
    await take(OTHER_SENDER);
    expect(await look('Conversations')).toEqual(['ok', 'They do not take the messages of this sender.']);
  });
});

describe('where Sync knows of nobody who wrote, the doctor', () => {
  const { conversations } = client.conversations.v1;

  async function conversationWith(user: string, sender: string) {
    const { sid } = await conversations.create();
    await conversations(sid).participants.create({
      'messagingBinding.address': user,
      'messagingBinding.proxyAddress': sender,
    });
    return conversations(sid);
  }
  const wrote = (from: string) => control.post('inbound', { from, to: SENDER, deliver: false });
  const arrived = async () => {
    await control.post('clock', { advanceSeconds: 120 });
    return look('inbound messages arrive');
  };

  test('names Conversations as the reason, where they are in a conversation', async () => {
    await wrote(USER);
    await conversationWith(USER, SENDER);
    expect(await arrived()).toEqual(['broken', says(/in a conversation of Twilio Conversations/)]);
  });

  test('does not name a closed conversation as the reason', async () => {
    await wrote(USER);
    await (await conversationWith(USER, SENDER)).update({ state: 'closed' });
    expect(await arrived()).toEqual(['broken', says(/evidently not connected/)]);
  });

  test('does not name a conversation with another sender as the reason', async () => {
    await wrote(USER);
    await conversationWith(USER, OTHER_SENDER);
    expect(await arrived()).toEqual(['broken', says(/evidently not connected/)]);
  });
});

describe('of secrets in the wrong place, the doctor finds', () => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dirname(file.path), stdio: 'ignore' });
  const inAddress = async (FORWARD_URL: string) => {
    change({ FORWARD_URL });
    return look('secrets elsewhere');
  };

  test.each([
    ['AUTH_TOKEN in an address', `https://bot.example.com/${AUTH_TOKEN}`, 'broken', /contains AUTH_TOKEN\./],
    [
      'a token that is written as a part of an address is',
      `https://bot.example.com/?t=${encodeURIComponent(TOKEN)}`,
      'broken',
      /contains API_TOKEN\./,
    ],
    ['a user name', 'https://bot@bot.example.com/in', 'warning', /a password before its host/],
  ])('%s', async (_what, address, mark, found) => {
    expect(await inAddress(address)).toEqual([mark, says(found)]);
  });

  test('nothing in a settings file that Git keeps and that has none', async () => {
    change({ AUTH_TOKEN: '', API_TOKEN: '' });
    git('init');
    git('add', '--force', '.env');
    expect((await look('secrets elsewhere'))[0]).toBe('ok');
  });

  test('nothing in Git where it is a rehearsal', async () => {
    git('init');
    git('add', '--force', '.env');
    const args = ['--url', URL_HERE];
    expect([
      (await look('secrets elsewhere', { args }))[0],
      (await look('secrets elsewhere', { args: [...args, '--offline'] }))[0],
    ]).toEqual(['broken', 'ok']);
  });
});

describe('of the deployed settings, the doctor says', () => {
  async function deployed(variables: Readonly<Record<string, string>>) {
    const { services } = client.serverless.v1;
    const { sid } = await services.create({ uniqueName: 'whatsapp-window', friendlyName: 'spec' });
    const { environments } = services(sid);
    const environment = await environments.create({ uniqueName: 'dev-environment', domainSuffix: 'dev' });
    for (const [key, value] of Object.entries(variables)) {
      await environments(environment.sid).variables.create({ key, value });
    }
    return look('deployed settings', { args: ['--domain', environment.domainName] });
  }
  const { ACCOUNT_SID: _sid, AUTH_TOKEN: _token, ...own } = settings;

  test.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
    ['a copy of AUTH_TOKEN is among them', { THEIRS: `x${AUTH_TOKEN}` }, 'broken', /^THEIRS contains AUTH/],
    ['AUTH_TOKEN under its own name is none', { AUTH_TOKEN }, 'ok', /those of this file/],
    ['the region is US1', { TWILIO_REGION: 'US1' }, 'ok', /those of this file/],
  ])('whether %s', async (_what, variables, mark, found) => {
    expect(await deployed({ ...own, ...variables })).toEqual([mark, says(found)]);
  });
});

test.each([
  ['ie1', 'broken'],
  ['US1', 'ok'],
])('the doctor judges the region of the settings file, %s: %s', async (TWILIO_REGION, mark) => {
  change({ TWILIO_REGION });
  expect((await look('region'))[0]).toBe(mark);
});

describe('of scheduled messages, the doctor counts', () => {
  const schedule = (from: string) =>
    client.messages.create({
      to: USER,
      from,
      messagingServiceSid: emulator.messagingServiceSid,
      body: 'Later',
      scheduleType: 'fixed',
      sendAt: new Date(Date.now() + 3_600_000),
    });

  test('none that was sent already', async () => {
    await control.post('inbound', { from: USER, to: SENDER, deliver: false });
    await client.messages.create({ from: SENDER, to: USER, body: 'Hello' });
    expect(await look('scheduled messages')).toEqual(['ok', 'None is scheduled.']);
  });

  test('none of another sender', async () => {
    await schedule(OTHER_SENDER);
    expect(await look('scheduled messages')).toEqual(['ok', 'None is scheduled.']);
  });
});
