/**
 * `npm run doctor` on what keeps a message from arriving or makes one leave wrongly, though each part looks right by itself:
 * rules for webhooks, Conversations, secrets in the wrong place, another region, what is scheduled, and waiting for the
 * first message.
 */
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createEmulator } from '../../emulator/emulator';
import { main } from '../../scripts/doctor';
import { clientOf } from '../emulator/emulator-client';
import { NOON, type Result, SENDER, TOKEN, USER, useDoctor } from './doctor-stage';
import { runMain, settingsOf } from './run-main';

const stage = useDoctor();
const { offline, client, control, incoming, wrote, advance, emptyAccount, change, doctor, spoken } = stage;

const findingOf = async (name: string, ...args: string[]) => (await doctor(...args)).byName.get(name);
const retries = { retryPolicy: { retryCount: 3, retryOn: ['ALL'] } };
const rule = (more: object) => control().post('webhook-rules', { friendlyName: 'Mine', ...more });

describe('the doctor’s look at the rules for webhooks', () => {
  test.each<[string, () => object, string, RegExp]>([
    [
      'a key of its own for everything',
      () => ({ matchType: 'DEFAULT', signature: { type: 'SHARED_KEY', secret: 'hidden' } }),
      'broken',
      /^The default rule \(setting Mine\) signs with a key of its own, for \/incoming-message, \/message-status, \/conversations\/message-added\. .*403/,
    ],
    [
      'no signature for one address',
      () => ({ matchType: 'EXACT_MATCH', value: incoming(), signature: { type: 'NONE' } }),
      'broken',
      /^The rule Mine \(setting Mine\) leaves the signature out, for \/incoming-message\./,
    ],
    [
      'no retries for a prefix',
      () => ({ matchType: 'PREFIX_MATCH', prefix: `${offline().functionsUrl}/` }),
      'warning',
      /does not retry where the functions answer 5xx, for \/incoming-message, .*#rc=/,
    ],
    [
      'retries only where no connection comes about',
      () => ({
        matchType: 'DEFAULT',
        connection: { retryPolicy: { retryCount: 3, retryOn: ['CONNECTION_TIMEOUT'] } },
      }),
      'warning',
      /does not retry/,
    ],
    [
      'too short a wait for an answer',
      () => ({ matchType: 'DEFAULT', connection: { ...retries, readTimeoutMs: 9999 } }),
      'warning',
      /waits 9999 ms/,
    ],
    [
      'retries and a wait that are long enough',
      () => ({ matchType: 'DEFAULT', connection: { ...retries, readTimeoutMs: 10_000 } }),
      'ok',
      /keep the signature and the retries/,
    ],
    [
      'a key of its own for another host',
      () => ({
        matchType: 'PREFIX_MATCH',
        prefix: 'https://bot.example.com/',
        signature: { type: 'NONE' },
      }),
      'ok',
      /None of the account’s 1 applies here/,
    ],
  ])('finds %s', async (_what, made, mark, found) => {
    await rule(made());
    expect(await findingOf('webhook rules')).toMatchObject({ mark, found: expect.stringMatching(found) });
  });

  test('goes by the rule that comes first: an exact one before the default', async () => {
    await rule({ matchType: 'DEFAULT', signature: { type: 'NONE' } });
    for (const path of ['/incoming-message', '/message-status', '/conversations/message-added']) {
      await rule({ matchType: 'EXACT_MATCH', value: offline().functionsUrl + path, connection: retries });
    }
    expect((await findingOf('webhook rules'))?.mark).toBe('ok');
  });

  test('finds a rule for everything before anything is deployed', async () => {
    await rule({ matchType: 'DEFAULT', signature: { type: 'NONE' } });
    const { json } = await spoken(['--json', '--url', 'https://not.deployed.example']);
    const { checks } = json as { checks: Result[] };
    expect(checks.find(({ check }) => check === 'webhook rules')?.mark).toBe('broken');
  });

  test('reads every page of the rules', async () => {
    for (let count = 0; count < 101; count += 1) {
      await rule({ matchType: 'EXACT_MATCH', value: `https://example.com/${count}`, connection: retries });
    }
    await rule({ matchType: 'EXACT_MATCH', value: incoming(), signature: { type: 'NONE' } });
    expect((await findingOf('webhook rules'))?.mark).toBe('broken');
  });

  test('passes over an account without that API', async () => {
    const match = { service: 'webhooks' };
    await control().post('faults', { target: 'api', match, do: 'status', status: 403, times: 0 });
    expect(await findingOf('webhook rules')).toMatchObject({
      mark: 'not checked',
      found: 'This account has no Webhooks configuration API.',
    });
    await control().call('DELETE', 'faults');
  });
});

describe('the doctor’s look at Conversations', () => {
  const v1 = () => client().conversations.v1;
  const takeOver = (more: object = {}) =>
    v1().addressConfigurations.create({
      ...{ type: 'whatsapp', address: SENDER },
      'autoCreation.enabled': true,
      ...more,
    });
  const ownUrl = () => `${offline().functionsUrl}/conversations/message-added`;
  const SETUP = /^npm run setup -- --env \S+ --conversations(?: sets it; or keep it, .*)?$/;

  test.each<[string, () => object, string, RegExp]>([
    ['has no webhook', () => ({}), 'broken', /the webhook of Conversations is not set/],
    [
      'has the webhook of somebody else',
      () => ({ postWebhookUrl: 'https://desk.example.com/in?key=hidden' }),
      'broken',
      /leads to https:\/\/desk\.example\.com\/in\.$/,
    ],
    [
      'reports other events only',
      () => ({ postWebhookUrl: ownUrl(), filters: ['onParticipantAdded'] }),
      'broken',
      /does not report onMessageAdded/,
    ],
    ['is called by GET', () => ({ postWebhookUrl: ownUrl(), method: 'GET' }), 'broken', /called by GET/],
    [
      'is connected',
      () => ({ postWebhookUrl: ownUrl(), method: 'POST', filters: ['onMessageAdded'] }),
      'ok',
      /leads here/,
    ],
  ])('finds that it takes the messages and %s', async (_what, webhook, mark, found) => {
    await takeOver();
    if (Object.keys(webhook()).length > 0) await v1().configuration.webhooks().update(webhook());
    const finding = await findingOf('Conversations');
    expect(finding).toMatchObject({ mark, found: expect.stringMatching(found) });
    if (mark === 'broken') expect(finding?.fix).toMatch(SETUP);
  });

  test('goes by the webhook of the service that the conversations are made in', async () => {
    const { sid } = await v1().services.create({ friendlyName: 'Flex' });
    await takeOver({ 'autoCreation.conversationServiceSid': sid });
    await v1()
      .configuration.webhooks()
      .update({ postWebhookUrl: ownUrl(), filters: ['onMessageAdded'] });
    const byAccount = (await findingOf('Conversations'))?.mark;
    await v1()
      .services(sid)
      .configuration.webhooks()
      .update({ postWebhookUrl: 'https://flex.example.com/in' });
    expect([byAccount, await findingOf('Conversations')]).toEqual([
      'ok',
      expect.objectContaining({
        mark: 'broken',
        found: expect.stringContaining(`the webhook of the conversation service ${sid} leads to`),
      }),
    ]);
  });

  test('passes over an address that makes no conversations', async () => {
    await takeOver({ 'autoCreation.enabled': false });
    expect((await findingOf('Conversations'))?.mark).toBe('ok');
  });

  test('reports a FORWARD_URL that hears of nothing', async () => {
    await takeOver();
    await v1()
      .configuration.webhooks()
      .update({ postWebhookUrl: ownUrl(), filters: ['onMessageAdded'] });
    change({ FORWARD_URL: 'https://bot.example.com/in' });
    expect((await findingOf('Conversations'))?.mark).toBe('warning');
  });

  test('warns only, where one of two people is not known and in a conversation', async () => {
    const { conversations } = v1();
    const { sid } = await conversations.create();
    await conversations(sid).participants.create({
      'messagingBinding.address': 'whatsapp:+15557654321',
      'messagingBinding.proxyAddress': SENDER,
    });
    await wrote({ from: 'whatsapp:+15557654321', deliver: false });
    await advance(120);
    expect(await findingOf('inbound messages arrive')).toMatchObject({
      mark: 'warning',
      found: expect.stringMatching(/^Of 2 people .* in a conversation/),
    });
  });

  test('names it as the reason where people who are not known are in a conversation', async () => {
    await emptyAccount();
    const { conversations } = v1();
    const { sid } = await conversations.create();
    await conversations(sid).participants.create({
      'messagingBinding.address': USER,
      'messagingBinding.proxyAddress': SENDER,
    });
    await v1().configuration.webhooks().update({ postWebhookUrl: 'http://127.0.0.1:9/nobody' });
    await wrote();
    await advance(120);
    expect(await findingOf('inbound messages arrive')).toMatchObject({
      mark: 'broken',
      found: expect.stringMatching(/in a conversation of Twilio Conversations/),
      fix: expect.stringMatching(/setup .*--conversations connects its webhook.*backfill/),
    });
  });
});

describe('the doctor’s look at secrets in other places', () => {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: dirname(stage.file()), stdio: 'ignore' });

  test.each<[string, () => Record<string, string>, string, RegExp]>([
    [
      'an API token in FORWARD_URL',
      () => ({ FORWARD_URL: `https://bot.example.com/in?t=${TOKEN}` }),
      'broken',
      /^FORWARD_URL contains API_TOKEN\./,
    ],
    [
      'a named token in STATUS_FORWARD_URL',
      () => ({
        API_TOKENS: `ada:${TOKEN}ada`,
        STATUS_FORWARD_URL: `https://bot.example.com/in/${TOKEN}ada`,
        API_TOKEN: '',
      }),
      'broken',
      /^STATUS_FORWARD_URL contains API_TOKENS, ada\./,
    ],
    [
      'somebody else’s secret in FORWARD_URL',
      () => ({ FORWARD_URL: 'https://bot.example.com/in?verify_token=abc' }),
      'warning',
      /^FORWARD_URL has the parameter verify_token,/,
    ],
    [
      'a password in FORWARD_URL',
      () => ({ FORWARD_URL: 'https://bot:abc@bot.example.com/in' }),
      'warning',
      /a password before its host/,
    ],
    [
      'an address without any',
      () => ({ FORWARD_URL: 'https://bot.example.com/in?tenant=4' }),
      'ok',
      /in no address/,
    ],
  ])('finds %s and does not show it', async (_what, settings, mark, found) => {
    change(settings());
    const run = await doctor();
    expect(run.byName.get('secrets elsewhere')).toMatchObject({ mark, found: expect.stringMatching(found) });
    expect(run.text).not.toMatch(new RegExp(`${TOKEN}|=abc|:abc@`));
  });

  test('finds a settings file that Git keeps', async () => {
    git('init');
    git('add', '--force', '.env');
    expect(await findingOf('secrets elsewhere')).toMatchObject({
      mark: 'broken',
      found: expect.stringMatching(/^Git keeps \S+\.env, with API_TOKEN in it/),
      fix: expect.stringMatching(/^git rm --cached /),
    });
  });

  test('finds a token in another file that Git keeps', async () => {
    git('init');
    execFileSync('sh', ['-c', 'sed -n s/^API_TOKEN=//p .env > notes.txt'], { cwd: dirname(stage.file()) });
    const before = (await findingOf('secrets elsewhere'))?.mark;
    git('add', 'notes.txt');
    expect([before, await findingOf('secrets elsewhere')]).toEqual([
      'ok',
      expect.objectContaining({
        mark: 'broken',
        found: expect.stringMatching(/stands in notes\.txt, which Git keeps/),
      }),
    ]);
  });
});

describe('the doctor’s look at secrets in Studio', () => {
  const flow = (...states: object[]) => ({ description: '', states, initial_state: 'Trigger' });
  const request = (url: string) => flow({ type: 'make-http-request', properties: { url } });
  const create = (definition: object, status: 'draft' | 'published' = 'published') =>
    client().studio.v2.flows.create({ friendlyName: 'a flow', status, definition });

  test.each<[string, object, string, RegExp]>([
    [
      'an API token before a host',
      request(`https://studio:${TOKEN}@whatsapp-window-1234.twil.io/window`),
      'warning',
      /^API_TOKEN in FW[0-9a-f]{32}\.$/,
    ],
    [
      'a token in the parameters of a function',
      flow({ properties: { parameters: [{ key: 'token', value: `Bearer ${TOKEN}` }] } }),
      'warning',
      /^API_TOKEN in FW/,
    ],
    ['a token in the name of a field', flow({ properties: { [TOKEN]: '' } }), 'warning', /^API_TOKEN in FW/],
    ['no token', request('https://whatsapp-window-1234.twil.io/window'), 'ok', /^The one flow has none\.$/],
  ])('finds %s and does not show it', async (_what, definition, mark, found) => {
    await create(definition);
    const run = await doctor();
    expect(run.byName.get('secrets in Studio')).toMatchObject({ mark, found: expect.stringMatching(found) });
    expect(run.text).not.toContain(TOKEN);
  });

  test('finds the account’s own token, as an address has it, and calls it broken', async () => {
    const emulator = createEmulator({ port: 0, authToken: 'b7/Q2+xS9=vD4kWn0tJc'.concat('hL8yEa5mRf1uPg') });
    await emulator.start();
    const file = settingsOf(emulator);
    const inAddress = encodeURIComponent(emulator.authToken);
    await clientOf(emulator).studio.v2.flows.create({
      ...{ friendlyName: 'a flow', status: 'draft' },
      definition: request(`https://AC:${inAddress}@api.twilio.com/2010-04-01`),
    });
    const run = await runMain(main, ['--env', file.path, '--json'], { emulatorUrl: emulator.url });
    const { checks } = run.json as { checks: Result[] };
    file.remove();
    await emulator.stop();
    expect(checks.find(({ check }) => check === 'secrets in Studio')).toMatchObject({
      mark: 'broken',
      found: expect.stringMatching(/^AUTH_TOKEN in FW/),
    });
    for (const shown of [emulator.authToken, inAddress]) expect(run.text).not.toContain(shown);
  });

  test('finds one that only the published flow has, behind a newer draft', async () => {
    const { sid } = await create(request(`https://a.example/?t=${TOKEN}`));
    await client().studio.v2.flows(sid).update({ status: 'draft', definition: flow() });
    expect(await findingOf('secrets in Studio')).toMatchObject({
      mark: 'warning',
      found: `API_TOKEN in ${sid}.`,
      fix: expect.stringMatching(/Run Function, which needs no token/),
    });
  });

  test('passes over a draft that was never published', async () => {
    await create(flow(), 'draft');
    expect(await findingOf('secrets in Studio')).toMatchObject({ mark: 'ok' });
  });

  test('names three flows and counts the others', async () => {
    for (let n = 0; n < 5; n += 1) await create(request(`https://a.example/?t=${TOKEN}`));
    expect((await findingOf('secrets in Studio'))?.found).toMatch(
      /^(?:API_TOKEN in FW[0-9a-f]{32}, ){3}and in 2 more\.$/,
    );
  });
});

describe('the doctor’s look at what is deployed', () => {
  async function deployed(variables: Readonly<Record<string, string>>) {
    const { services } = client().serverless.v1;
    const { sid } = await services.create({ uniqueName: 'whatsapp-window', friendlyName: 'spec' });
    const { environments } = services(sid);
    const environment = await environments.create({ uniqueName: 'dev-environment', domainSuffix: 'dev' });
    for (const [key, value] of Object.entries(variables)) {
      await environments(environment.sid).variables.create({ key, value });
    }
    return findingOf('deployed settings', '--domain', environment.domainName);
  }
  const own = () => {
    const { ACCOUNT_SID: _sid, AUTH_TOKEN: _token, ...rest } = offline().env;
    return Object.fromEntries(
      Object.entries(rest).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    );
  };

  test('finds the settings of this file there', async () => {
    expect(await deployed(own())).toMatchObject({ mark: 'ok', found: 'They are those of this file.' });
  });

  test('names what has another value, without the value', async () => {
    expect(await deployed({ ...own(), API_TOKEN: `${TOKEN}-old`, WINDOW_MARGIN_SECONDS: '' })).toMatchObject({
      mark: 'warning',
      found: expect.stringMatching(/^API_TOKEN: another value is deployed than stands in /),
    });
  });

  test('finds another region', async () => {
    expect(await deployed({ ...own(), TWILIO_REGION: 'ie1' })).toMatchObject({
      mark: 'broken',
      found: expect.stringMatching(/^TWILIO_REGION is ie1:/),
    });
  });
});

test.each([
  ['ie1', 'broken'],
  ['AU1', 'broken'],
  ['us1', 'ok'],
  ['', 'ok'],
])('the doctor judges the region of the environment, %s: %s', async (TWILIO_REGION, mark) => {
  const { json } = await spoken(['--json'], { env: { TWILIO_REGION } });
  const { checks } = json as { checks: Result[] };
  expect(checks.find(({ check }) => check === 'region')?.mark).toBe(mark);
});

describe('the doctor’s look at scheduled messages', () => {
  const schedule = (to: string) =>
    client().messages.create({
      to,
      messagingServiceSid: offline().emulator.messagingServiceSid,
      body: 'Later',
      scheduleType: 'fixed',
      sendAt: new Date(Date.parse('2031-05-05T14:00:00Z')),
    });

  test('finds one for somebody who opted out, which another program scheduled', async () => {
    await wrote({ from: 'whatsapp:+15557654321' });
    await schedule('whatsapp:+15557654321');
    const before = await findingOf('scheduled messages');
    await wrote({ body: 'STOP' });
    const { sid } = await schedule(USER);
    expect([before, await findingOf('scheduled messages')]).toEqual([
      expect.objectContaining({
        mark: 'ok',
        found: '1 is scheduled, none for somebody who opted out.',
      }),
      expect.objectContaining({
        mark: 'broken',
        found: `2 are scheduled, 1 of them for people who opted out: ${sid}.`,
        fix: expect.stringMatching(/Status=canceled/),
      }),
    ]);
  });
});

test('of many that are scheduled for people who opted out, the doctor names five', async () => {
  const sendAt = new Date(Date.parse('2031-05-05T14:00:00Z'));
  const { messagingServiceSid } = offline().emulator;
  await wrote({ body: 'STOP' });
  for (let count = 0; count < 6; count += 1) {
    const message = { to: USER, messagingServiceSid, body: `Later ${count}` };
    await client().messages.create({ ...message, scheduleType: 'fixed', sendAt });
  }
  expect((await findingOf('scheduled messages'))?.found).toMatch(
    /^6 are scheduled, 6 of them .*: (?:SM\w{32}, ){4}SM\w{32} and 1 more\.$/,
  );
});

describe('the doctor’s look at a window that Sync has open', () => {
  const AGREE = 'Sync and the log agree';

  test.each([
    [300, 'ok'],
    [301, 'warning'],
  ])('judges a time that is %i s later in Sync: %s', async (seconds, mark) => {
    const { documents } = client().sync.v1.services(offline().emulator.syncServiceSid);
    const [stored] = (await documents.list()).filter(({ uniqueName }) => uniqueName.startsWith('window.'));
    const lastInboundAt = new Date(Date.parse(NOON) + seconds * 1000).toISOString();
    await documents(stored?.sid ?? '').update({ data: { ...stored?.data, lastInboundAt } });
    expect((await findingOf(AGREE))?.mark).toBe(mark);
  });

  test('finds one whose message the log does not have', async () => {
    const [message] = await client().messages.list({ from: USER });
    await client()
      .messages(message?.sid ?? '')
      .remove();
    expect(await findingOf(AGREE)).toMatchObject({
      mark: 'warning',
      found: expect.stringMatching(/^Of 1 open window of Sync, the log does not have the message/),
    });
  });

  test('passes over a window towards another sender', async () => {
    const other = 'whatsapp:+15550002222';
    await emptyAccount();
    await control().post('config', { senders: [SENDER, other], incomingUrl: incoming() });
    await wrote({ to: other });
    const { documents } = client().sync.v1.services(offline().emulator.syncServiceSid);
    expect([await documents.list(), await findingOf(AGREE)]).toEqual([
      [expect.objectContaining({ uniqueName: expect.stringMatching(/^window\./) })],
      expect.objectContaining({ mark: 'not checked', found: 'No window is open.' }),
    ]);
  });

  test('passes over a contact that was reported', async () => {
    await emptyAccount();
    await fetch(`${offline().functionsUrl}/contact`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: new URLSearchParams({ to: USER, from: SENDER }),
    });
    expect(await findingOf(AGREE)).toMatchObject({ mark: 'not checked', found: 'No window is open.' });
  });
});

describe('npm run doctor -- --watch', () => {
  /** What is done once something has been said, one after the other. */
  type Then = readonly [said: RegExp, act: () => unknown];

  function watch(args: readonly string[] = [], ...acts: readonly Then[]) {
    const waiting = [...acts];
    return spoken(['--watch', '--every', '0.05', ...args], {
      onText(text) {
        const [next] = waiting;
        if (!next?.[0].test(text)) return;
        waiting.shift();
        void next[1]();
      },
    });
  }

  /** Ctrl-C, once this was said. */
  function stoppedOnce(said: RegExp) {
    let stop = () => {};
    const killWhen = new Promise<void>((resolve) => {
      stop = resolve;
    });
    return spoken(['--watch', '--every', '60'], {
      killWhen,
      onText: (text) => said.test(text) && stop(),
    });
  }

  test('ends at once, well, where a window is stored already', async () => {
    const run = await watch(['--json']);
    expect([run.code, run.json]).toEqual([
      0,
      expect.objectContaining({
        ok: true,
        connected: { lastInboundAt: '2031-05-05T12:00:00.000Z', closesAt: '2031-05-06T12:00:00.000Z' },
      }),
    ]);
  });

  test('says that it waits for a message, and ends well once one has come and its window is stored', async () => {
    await emptyAccount();
    const { code, text } = await watch([], [/waiting for the first message/, wrote]);
    expect([code, text]).toEqual([
      0,
      expect.stringMatching(
        /\n\nwaiting for the first message: write to \+15550001111 on WhatsApp\. Ctrl-C ends it\.\n(?:waiting .*\n)?✓ connected {2}A message of 2031-05-05T12:00:00\.000Z arrived/,
      ),
    ]);
  });

  test('says that it waits for the webhook where Twilio has the message, and what was mended meanwhile', async () => {
    await emptyAccount();
    await stage.setWebhook({ callback_url: 'https://bot.example.com/in' });
    await wrote({ deliver: false });
    await advance(120);
    const mended = { callback_url: `${incoming()}#rc=3&rp=ct,rt,4xx,5xx`, fallback_url: incoming() };
    const { code, text } = await watch(
      [],
      [/waiting for the webhook/, () => stage.setWebhook(mended)],
      [/✓ ok {2}webhook .*\n$/, wrote],
    );
    expect([code, text]).toEqual([
      0,
      expect.stringMatching(
        /\nwaiting for the webhook: Twilio has a message of 2031-05-05T12:00:00\.000Z, and no window is stored for it\. .*\n✓ ok {2}webhook +The webhook of the sender leads here.*\n[\s\S]*✓ connected/,
      ),
    ]);
  });

  test('says each thing that it waits for once, however often it looks', async () => {
    await emptyAccount();
    await stage.setWebhook({ callback_url: 'https://bot.example.com/in' });
    const mended = { callback_url: `${incoming()}#rc=3&rp=ct,rt,4xx,5xx`, fallback_url: incoming() };
    const { text } = await watch(
      [],
      [/waiting for the first message/, () => stage.setWebhook(mended)],
      [/✓ ok {2}webhook .*\n$/, wrote],
    );
    expect(text.match(/waiting for the first message/g)).toHaveLength(1);
  });

  test('gives the webhook of a message that has just come its time', async () => {
    await emptyAccount();
    await wrote({ deliver: false });
    const run = await stoppedOnce(/its webhook is on its way/);
    expect([run.code, run.text]).toEqual([130, expect.not.stringMatching(/no window is stored/)]);
  });

  test('waits for a new message where the last one is older than a day', async () => {
    await advance(86_400);
    const run = await stoppedOnce(/waiting for the first message/);
    expect([run.code, run.text]).toEqual([130, expect.not.stringMatching(/✓ connected/)]);
  });

  test('does not take a window that a send has read from the log for a connection', async () => {
    await emptyAccount();
    await wrote({ deliver: false });
    await fetch(`${offline().functionsUrl}/window?to=%2B15551234567`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const run = await stoppedOnce(/waiting for the webhook/);
    expect([run.code, run.text]).toEqual([
      130,
      expect.stringMatching(/waiting for the webhook[\s\S]*✗ You stopped it/),
    ]);
  });

  test('ends by Ctrl-C with one sentence, while it waits', async () => {
    await emptyAccount();
    const run = await stoppedOnce(/waiting for the first message/);
    expect([run.code, run.text]).toEqual([
      130,
      expect.stringMatching(
        /waiting for the first message.*\n✗ You stopped it\.\n.*It changed nothing\..*\n$/,
      ),
    ]);
  });

  test.each([['0'], ['-1'], ['soon'], ['3601']])('refuses to look every %s seconds', async (every) => {
    const run = await spoken(['--watch', '--every', every]);
    expect([run.code, run.text]).toEqual([2, expect.stringMatching(/--every is no number of seconds/)]);
  });

  test('does not wait where the account cannot be reached', async () => {
    change({ AUTH_TOKEN: 'wrong-token-000' });
    const run = await watch();
    expect([run.code, run.text]).toEqual([
      1,
      expect.stringMatching(/Nothing can be waited for\..*credentials/),
    ]);
  });
});

describe('the doctor’s report', () => {
  const ESCAPE = '\u001b[';

  test.each([[60], [40], [30]])('is coloured on a terminal and wrapped to its width, %i', async (columns) => {
    change({ FALLBACK_TEMPLATE: 'lesson_code', API_TOKENS: `ada:${'ab'.repeat(20)}` });
    const { text } = await spoken([], { columns });
    const plain = stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.replace(/^[\s\S]*\r/, ''));
    expect(text).toContain(`${ESCAPE}31m✗ broken${ESCAPE}39m  ${ESCAPE}1mFALLBACK_TEMPLATE${ESCAPE}22m\n`);
    expect(text).toContain(`${ESCAPE}33m! warning`);
    // An address or a path is one word.
    expect(plain.filter((line) => line.length > columns && !/\/tmp\/|http/.test(line))).toEqual([]);
    expect(plain.join('\n')).toMatch(/ {4}why {3}It asks the user.*\n {10}\S/);
  });

  test.each([
    ['NO_COLOR is set', { columns: 60, env: { NO_COLOR: '1' } }],
    ['a pipeline runs it', { columns: 60, env: { CI: 'true' } }],
    ['it goes into a file', {}],
  ])('has no colour where %s', async (_what, options) => {
    const { text } = await spoken([], options);
    expect(text.replaceAll(`\r${ESCAPE}2K`, '')).not.toContain(ESCAPE);
  });

  test('has the same checks in the same order as JSON, each with the same keys', async () => {
    const run = await doctor();
    expect(run.checks.map((check) => Object.keys(check).sort())).toEqual(
      run.checks.map(() => ['check', 'fix', 'found', 'mark', 'why']),
    );
    expect(run.checks.slice(0, 3).map(({ check }) => check)).toEqual(['credentials', 'region', 'settings']);
  });
});
