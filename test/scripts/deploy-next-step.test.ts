/**
 * What `npm run deploy` names as the next step, by what the account's webhooks lead to. That it says so after an upload is
 * shown in test/slow.
 */
import { nextStepAfter } from '../../scripts/deploy/next-step';
import { useEmulator } from '../emulator/emulator-client';

const SENDER = 'whatsapp:+15550001111';
const SANDBOX = 'whatsapp:+14155238886';
const { client, control } = useEmulator({ sender: SENDER });
const FIRST = 'whatsapp-window-1234-dev.twil.io';
const SECOND = 'whatsapp-window-send-1234-dev.twil.io';
const LIVE = 'whatsapp-window-1234.twil.io';
const OPTIONS = { offline: false };
const setup = (domain: string) => `npm run setup -- --domain ${domain}`;
const second = { service: 'whatsapp-window-send', domain: SECOND };

/** A service with something live in each of these environments. */
async function live(uniqueName: string, ...suffixes: readonly string[]): Promise<void> {
  const { services } = client.serverless.v1;
  const { sid } = await services.create({ uniqueName, friendlyName: uniqueName });
  for (const domainSuffix of suffixes) {
    const environment = await services(sid).environments.create({
      uniqueName: `env-${domainSuffix || 'production'}`,
      ...(domainSuffix !== '' && { domainSuffix }),
    });
    const build = await services(sid).builds.create({});
    await services(sid).environments(environment.sid).deployments.create({ buildSid: build.sid });
  }
}

async function leadTo(url: string): Promise<void> {
  const [own] = await client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' });
  const sender = client.messaging.v2.channelsSenders(own?.sid ?? '');
  const webhook = {
    ...{ callback_url: `${url}#rc=3&rp=ct,rt,4xx,5xx`, callback_method: 'POST' },
    ...{ fallback_url: url, fallback_method: 'POST' },
  };
  await sender.update({ webhook } as unknown as Parameters<typeof sender.update>[0]);
}

async function conversationsLeadTo(postWebhookUrl: string): Promise<void> {
  const { v1 } = client.conversations;
  await v1.addressConfigurations.create({ type: 'whatsapp', address: SENDER, 'autoCreation.enabled': true });
  await v1.configuration.webhooks().update({ postWebhookUrl, filters: ['onMessageAdded'] });
}

const incoming = (domain: string) => `https://${domain}/incoming-message`;
const STAY = `point your programs at https://${SECOND}. Inbound messages stay with ${FIRST}, so there is nothing to set up`;

beforeEach(async () => {
  await control.post('config', { senders: [SENDER, SANDBOX] });
  await live('whatsapp-window', 'dev');
  await live(second.service, 'dev');
});

describe('after the deploy of a second service the next step is', () => {
  test.each<[string, () => Promise<void>, string, string]>([
    ['the programs, where the webhook leads to the first', () => leadTo(incoming(FIRST)), SENDER, STAY],
    [
      'the programs, where the webhook of Conversations leads to the first',
      () => conversationsLeadTo(`https://${FIRST}/conversations/message-added`),
      SENDER,
      STAY,
    ],
    ['setup, where no webhook is set', async () => undefined, SENDER, setup(SECOND)],
    [
      'setup, where the webhook is somebody else’s',
      () => leadTo('https://bot.example/in'),
      SENDER,
      setup(SECOND),
    ],
    [
      'setup, where the webhook leads to functions that are live no more',
      () => leadTo(incoming('whatsapp-window-9999-dev.twil.io')),
      SENDER,
      setup(SECOND),
    ],
    [
      'a choice, where the sender is the Sandbox, whose webhook cannot be read',
      async () => undefined,
      SANDBOX,
      `${setup(SECOND)}, only if inbound messages are to come to ${SECOND} and no longer to ${FIRST}`,
    ],
    [
      'doctor, where the webhook leads to it already',
      () => leadTo(incoming(SECOND)),
      SENDER,
      `npm run doctor -- --domain ${SECOND}`,
    ],
  ])('%s', async (_what, act, sender, expected) => {
    await act();
    expect(await nextStepAfter(client, sender, second, OPTIONS)).toBe(expected);
  });
});

test('after the deploy of the first service to the Sandbox’s account the next step is setup', async () => {
  const first = { service: 'whatsapp-window', domain: FIRST };
  expect(await nextStepAfter(client, SANDBOX, first, OPTIONS)).toBe(setup(FIRST));
});

test('after the deploy to another environment of the service that takes the webhooks the next step is a choice', async () => {
  await leadTo(incoming(FIRST));
  const production = { service: 'whatsapp-window', domain: LIVE };
  expect(await nextStepAfter(client, SENDER, production, { offline: true })).toBe(
    `npm run setup -- --offline --domain ${LIVE}, only if inbound messages are to come to ${LIVE} and no longer to ${FIRST}`,
  );
});
