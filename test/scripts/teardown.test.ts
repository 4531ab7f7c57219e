/**
 * The command `teardown`, after `setup` and something deployed: what goes, what stays, what is set back, and that it may
 * be repeated and interrupted.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { main as setup } from '../../scripts/setup';
import { main as teardown } from '../../scripts/teardown';
import { useEmulator } from '../emulator/emulator-client';
import { runMain, settingsFile } from './run-main';

const SENDER = 'whatsapp:+15550001111';
const DOMAIN = 'whatsapp-window-1234-dev.twil.io';
const TEMPLATES = ['lesson_code', 'lesson_appointment', 'lesson_order', 'please_answer'];
const FORMER = {
  callbackUrl: 'https://bot.example.com/in#rc=1',
  callbackMethod: 'PUT',
  fallbackUrl: 'https://bot.example.com/fallback',
  fallbackMethod: 'POST',
  statusCallbackUrl: 'https://bot.example.com/status',
  statusCallbackMethod: 'POST',
};
const FORMER_CONVERSATIONS = {
  postWebhookUrl: 'https://flex.example.com/events',
  filters: ['onMessageRemoved'],
};

const { emulator, client, control } = useEmulator({ sender: SENDER });
let file = settingsFile({});
beforeEach(async () => {
  file = settingsFile({
    ACCOUNT_SID: emulator.accountSid,
    AUTH_TOKEN: emulator.authToken,
    WHATSAPP_SENDER: SENDER,
  });
  const own = client.messaging.v2.channelsSenders(await senderSid());
  const webhook = {
    callback_url: FORMER.callbackUrl,
    callback_method: FORMER.callbackMethod,
    fallback_url: FORMER.fallbackUrl,
    fallback_method: FORMER.fallbackMethod,
    status_callback_url: FORMER.statusCallbackUrl,
    status_callback_method: FORMER.statusCallbackMethod,
  };
  await own.update({ webhook } as unknown as Parameters<typeof own.update>[0]);
  await client.conversations.v1.configuration.webhooks().update(FORMER_CONVERSATIONS);
  await client.serverless.v1.services.create({ uniqueName: 'whatsapp-window', friendlyName: 'a' });
  await client.serverless.v1.services.create({ uniqueName: 'of-somebody-else', friendlyName: 'b' });
});
afterEach(() => file.remove());

const run = (main: typeof setup, ...args: string[]) =>
  runMain(main, ['--env', file.path, ...args], { emulatorUrl: emulator.url });
const connect = () => run(setup, '--yes', '--domain', DOMAIN, '--conversations');
const senderSid = async () =>
  (await client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' }))[0]?.sid ?? '';

/** All that setup, deploy and teardown may touch. */
async function state() {
  const { webhook } = await client.messaging.v2.channelsSenders(await senderSid()).fetch();
  const { postWebhookUrl, filters } = await client.conversations.v1.configuration.webhooks().fetch();
  const templates = await client.content.v1.contents.list();
  return {
    functions: (await client.serverless.v1.services.list()).map(({ uniqueName }) => uniqueName),
    sync: (await client.sync.v1.services.list()).map(({ friendlyName }) => friendlyName),
    webhook,
    conversations: { postWebhookUrl, filters },
    templates: templates.filter(({ friendlyName }) => TEMPLATES.includes(friendlyName)).length,
    syncServiceSid: parseEnv(readFileSync(file.path, 'utf8')).SYNC_SERVICE_SID || null,
  };
}

const GONE = {
  functions: ['of-somebody-else'],
  sync: ['Default Service'],
  webhook: expect.objectContaining(FORMER),
  conversations: FORMER_CONVERSATIONS,
  templates: 4,
  syncServiceSid: null,
};

test('what setup and deploy made goes; the webhooks are what they were before, and the templates stay', async () => {
  await connect();
  expect((await state()).conversations).toEqual({
    postWebhookUrl: `https://${DOMAIN}/conversations/message-added`,
    filters: ['onMessageRemoved', 'onMessageAdded'],
  });
  const ended = await run(teardown, '--yes', '--json');
  expect([ended.code, await state()]).toEqual([0, GONE]);
  expect(ended.json).toEqual({
    dryRun: false,
    removed: [
      `webhook of the sender: back to ${FORMER.callbackUrl}`,
      `webhook of Conversations: back to ${FORMER_CONVERSATIONS.postWebhookUrl}`,
      expect.stringMatching(/^Functions service whatsapp-window, ZS/),
      expect.stringMatching(/^Sync service whatsapp-window, IS\w{32}, with 1 object: 0 windows, /),
    ],
    notes: [expect.stringContaining('--templates'), expect.any(String)],
  });
});

test('setup says where Conversations takes the messages, connects the service with a webhook of its own, and teardown sets it back', async () => {
  const { v1 } = client.conversations;
  const OWN = { postWebhookUrl: 'https://flex.example.com/own', filters: ['onMessageAdded'] };
  const { sid } = await v1.services.create({ friendlyName: 'Flex' });
  const webhooks = v1.services(sid).configuration.webhooks();
  const webhook = async () => {
    const { postWebhookUrl, filters } = await webhooks.fetch();
    return { postWebhookUrl, filters };
  };
  await webhooks.update(OWN);
  await v1.addressConfigurations.create({
    ...{ type: 'whatsapp', address: SENDER, 'autoCreation.enabled': true },
    'autoCreation.conversationServiceSid': sid,
  });
  const without = await run(setup, '--yes', '--domain', DOMAIN);
  const before = await webhook();
  const connected = await connect();
  const between = [await webhook(), (await state()).conversations];
  await run(teardown, '--yes');
  expect([before, between, await webhook(), await state()]).toEqual([
    OWN,
    [{ ...OWN, postWebhookUrl: `https://${DOMAIN}/conversations/message-added` }, FORMER_CONVERSATIONS],
    OWN,
    GONE,
  ]);
  expect(without.text).toMatch(/next: npm run setup -- .*--conversations, because Conversations takes/);
  expect(connected.text).toMatch(/webhook of the conversation service IS\w{32}, after an event:/);
  expect(connected.text).not.toMatch(/because Conversations takes/);
});

test('a dry run lists it and changes nothing; where nobody can be asked, nothing is changed either', async () => {
  await connect();
  const before = await state();
  const dry = await run(teardown, '--dry-run');
  const asked = await run(teardown);
  expect([dry.code, asked.code, await state()]).toEqual([0, 1, before]);
  expect(dry.text).toContain(`webhook of the sender: back to ${FORMER.callbackUrl}`);
  expect(asked.text).toContain('There is nobody to ask');
});

test('setup that is run again does not forget what the webhooks were before its first run', async () => {
  await connect();
  await run(setup, '--yes', '--domain', DOMAIN.replace('-dev', '-stage'), '--conversations');
  await run(teardown, '--yes');
  expect(await state()).toEqual(GONE);
});

test('where a second service works with the same Sync service, only the functions go, and the last one takes all', async () => {
  await connect();
  const connected = await state();
  await client.serverless.v1.services.create({ uniqueName: 'whatsapp-window-send', friendlyName: 'c' });
  const { documents } = client.sync.v1.services(connected.syncServiceSid ?? '');
  for (const name of ['whatsapp-window', 'whatsapp-window-send', 'gone-since'])
    await documents.create({ uniqueName: `setup.deploy.${name}.dev`, data: {} });
  const second = await run(teardown, '--yes', '--service-name', 'whatsapp-window-send');
  expect([second.code, second.text, await state()]).toEqual([
    0,
    expect.stringContaining(
      'Everything else stays, because whatsapp-window works with it: run this again for that one, with --service-name.',
    ),
    connected,
  ]);
  await run(teardown, '--yes');
  expect(await state()).toEqual(GONE);
});

test('where the webhook leads to somebody else by now, it is left alone', async () => {
  await connect();
  const own = client.messaging.v2.channelsSenders(await senderSid());
  const webhook = { callback_url: 'https://new.example.com/in' };
  await own.update({ webhook } as unknown as Parameters<typeof own.update>[0]);
  await run(teardown, '--yes');
  expect((await state()).webhook?.callbackUrl).toBe('https://new.example.com/in');
});

test('a second run finds nothing and says so', async () => {
  await connect();
  await run(teardown, '--yes');
  const again = await run(teardown, '--yes');
  expect([again.code, again.text]).toEqual([
    0,
    expect.stringContaining('Nothing to do: nothing of this project is in the account.'),
  ]);
});

test('of a Sync service that setup did not make, only what is of this project goes', async () => {
  const foreign = client.sync.v1.services(emulator.syncServiceSid);
  for (const uniqueName of ['window.1.2', 'of-another-program'])
    await foreign.documents.create({ uniqueName });
  file.remove();
  file = settingsFile({
    ACCOUNT_SID: emulator.accountSid,
    AUTH_TOKEN: emulator.authToken,
    WHATSAPP_SENDER: SENDER,
    SYNC_SERVICE_SID: emulator.syncServiceSid,
  });
  const ended = await run(teardown, '--yes');
  expect(ended.text).toContain('which setup did not make, only 1 object');
  expect((await foreign.documents.list()).map(({ uniqueName }) => uniqueName)).toEqual([
    'of-another-program',
  ]);
});

test('--templates takes those that setup made, and only those', async () => {
  await connect();
  await run(teardown, '--yes', '--templates');
  expect((await state()).templates).toBe(0);
});

test('ended at every write, before and after it took effect, the next run ends in the same state', async () => {
  for (const how of ['drop-before', 'drop-after']) {
    for (let point = 0; point < 4; point += 1) {
      await connect();
      const fault = { target: 'api', do: how, skip: point };
      await control.post('faults', {
        ...fault,
        match: { method: point < 2 ? 'POST' : 'DELETE' },
        skip: point % 2,
      });
      await run(teardown, '--yes');
      await control.call('DELETE', 'faults');
      const again = await run(teardown, '--yes');
      expect([how, point, again.code, (await state()).sync]).toEqual([how, point, 0, GONE.sync]);
      const { functions } = await state();
      expect(functions).toEqual(GONE.functions);
    }
  }
});
