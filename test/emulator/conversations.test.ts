/**
 * Conversations as far as it is imitated: who takes part, what is written, and the webhook that comes in the place of "a
 * message comes in".
 */
import { validateRequest } from 'twilio';
import { refusal, useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const functions = useWebhookReceiver();
const user = 'whatsapp:+15551234567';
const PATH = '/conversations/message-added';

interface Written {
  readonly conversationSid: string;
  readonly participantSid: string;
  readonly messageSid: string;
  readonly webhooks: readonly { readonly status: number | null }[];
}

const write = (more: object = {}) => control.post<Written>('conversation', { from: user, ...more });
const bindingOf = async ({ conversationSid, participantSid }: Written) =>
  (await client.conversations.v1.conversations(conversationSid).participants(participantSid).fetch())
    .messagingBinding;

beforeEach(() => control.post('config', { functionsUrl: functions.url }));

test('a user’s message in a conversation is posted with Conversations’ parameters and signature, and to no message webhook', async () => {
  const written = await write({ body: 'Hi' });
  const [webhook] = functions.received;
  expect(functions.received.map(({ path, params }) => [path, params])).toEqual([
    [
      PATH,
      {
        ...{ EventType: 'onMessageAdded', AccountSid: emulator.accountSid, RetryCount: '0' },
        ...{ ConversationSid: written.conversationSid, ParticipantSid: written.participantSid },
        ...{ MessageSid: written.messageSid, MessagingServiceSid: emulator.messagingServiceSid },
        ...{ Index: '0', Body: 'Hi', Author: user, Source: 'WHATSAPP', Attributes: '{}' },
        ChatServiceSid: expect.stringMatching(/^IS/),
        DateCreated: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      },
    ],
  ]);
  const signature = String(webhook?.headers['x-twilio-signature']);
  expect(
    validateRequest(emulator.authToken, signature, `${functions.url}${PATH}`, webhook?.params ?? {}),
  ).toBe(true);
});

test('a user’s message in a conversation opens WhatsApp’s window and is in the message log', async () => {
  await write({ body: 'Hi' });
  const sent = await client.messages.create({ from: emulator.sender, to: user, body: 'Hello' });
  await control.idle();
  const log = await client.messages.list({ from: user, to: emulator.sender });
  expect([(await client.messages(sent.sid).fetch()).status, log.map(({ body }) => body)]).toEqual([
    'read',
    ['Hi'],
  ]);
});

test('a user has one conversation with each sender', async () => {
  const [first, second] = [await write(), await write()];
  const other = await write({ to: 'whatsapp:+14155550177' });
  expect([
    first.conversationSid === second.conversationSid,
    first.participantSid === second.participantSid,
  ]).toEqual([true, true]);
  expect([
    other.conversationSid === first.conversationSid,
    await bindingOf(first),
    await bindingOf(other),
  ]).toEqual([
    false,
    { type: 'whatsapp', address: user, proxy_address: emulator.sender },
    { type: 'whatsapp', address: user, proxy_address: 'whatsapp:+14155550177' },
  ]);
});

test('an SMS in a conversation opens no WhatsApp window', async () => {
  const written = await write({ from: '+15551234567', to: '+15550002222', channel: 'sms' });
  const { windows } = await control.get<{ windows: readonly unknown[] }>('windows');
  expect([await bindingOf(written), windows]).toEqual([
    { type: 'sms', address: '+15551234567', proxy_address: '+15550002222' },
    [],
  ]);
});

describe('a closed conversation', () => {
  const close = ({ conversationSid }: Written) =>
    client.conversations.v1.conversations(conversationSid).update({ state: 'closed' });

  test('is listed as closed, and whoever writes gets another one', async () => {
    const first = await write();
    await close(first);
    const second = await write();
    const found = await client.conversations.v1.participantConversations.list({ address: user });
    expect(
      found.map(({ conversationSid, conversationState }) => [conversationSid, conversationState]),
    ).toEqual([
      [first.conversationSid, 'closed'],
      [second.conversationSid, 'active'],
    ]);
  });

  test('leaves the messages of its people to the message webhook', async () => {
    await close(await write());
    functions.received.length = 0;
    await control.post('inbound', { from: user });
    expect(functions.received.map(({ path }) => path)).toEqual(['/incoming-message']);
  });

  test('is closed for good: it takes no state, no participant and no message', async () => {
    const written = await write();
    await close(written);
    const closed = client.conversations.v1.conversations(written.conversationSid);
    expect([
      await refusal(closed.update({ state: 'active' })),
      await refusal(closed.participants.create({ identity: 'ada' })),
      await refusal(closed.messages.create({ author: 'ada', body: 'Hello' })),
    ]).toEqual(Array(3).fill({ status: 400, code: 50377 }));
  });
});

test('a conversation that was removed is gone with its people: whoever writes comes by the message webhook', async () => {
  const { conversationSid } = await write();
  functions.received.length = 0;
  await client.conversations.v1.conversations(conversationSid).remove();
  await control.post('inbound', { from: user });
  expect([
    functions.received.map(({ path }) => path),
    await refusal(client.conversations.v1.conversations(conversationSid).fetch()),
  ]).toEqual([['/incoming-message'], { status: 404, code: 20404 }]);
});

test('a conversation takes only a state that there is', async () => {
  const { conversationSid } = await write();
  const conversation = client.conversations.v1.conversations(conversationSid);
  const inactive = await conversation.update({ state: 'inactive' });
  expect([
    inactive.state,
    await refusal(conversation.update({ state: 'gone' as 'closed' })),
    (await conversation.fetch()).state,
  ]).toEqual(['inactive', { status: 400, code: 20001 }, 'inactive']);
});

test('a replay of a conversation’s message posts the same webhook again, word for word', async () => {
  const { messageSid } = await write();
  await control.post('replay', { messageSid, times: 2 });
  const [first, ...others] = functions.received.map(({ params }) => params);
  expect(others).toEqual([first, first]);
});

test('a replay of a conversation’s message reports one that is not delivered', async () => {
  const { messageSid, webhooks } = await write({ deliver: false });
  await control.post('replay', { messageSid });
  expect([webhooks, functions.received.map(({ params }) => params.MessageSid)]).toEqual([[], [messageSid]]);
});

test('an agent’s message in a conversation is posted as one that a program added', async () => {
  const { conversationSid } = await write();
  const conversation = client.conversations.v1.conversations(conversationSid);
  const agent = await conversation.participants.create({ identity: 'ada' });
  functions.received.length = 0;
  await conversation.messages.create({ author: 'ada', body: 'How can I help?' });
  await conversation.messages.create({ author: 'bot', body: 'I am nobody' });
  await control.idle();
  expect(
    functions.received.map(({ params }) => [
      params.Author,
      params.ParticipantSid,
      params.Source,
      params.Index,
    ]),
  ).toEqual([
    ['ada', agent.sid, 'API', '1'],
    ['bot', undefined, 'API', '2'],
  ]);
});

describe('the settings of Conversations’ webhook', () => {
  test('change the address that the events go to', async () => {
    await client.conversations.v1.configuration
      .webhooks()
      .update({ postWebhookUrl: `${functions.url}/elsewhere`, filters: ['onMessageAdded'] });
    await write();
    expect(functions.received.map(({ path }) => path)).toEqual(['/elsewhere']);
  });

  test('keep an event from being posted that they do not name', async () => {
    await client.conversations.v1.configuration.webhooks().update({ filters: ['onConversationAdded'] });
    expect([(await write()).webhooks, functions.received]).toEqual([[], []]);
  });

  test('are refused with a malformed address', async () => {
    const { webhooks } = client.conversations.v1.configuration;
    expect(await refusal(webhooks().update({ postWebhookUrl: 'nowhere' }))).toEqual({
      status: 400,
      code: 20001,
    });
  });
});

describe('the emulator’s Conversations API', () => {
  const unknown = '0'.repeat(32);
  const conversations = () => client.conversations.v1.conversations;

  test('answers 404 for what does not exist, also in an unknown service', async () => {
    const { conversationSid, participantSid } = await write();
    const elsewhere = client.conversations.v1.services(`IS${unknown}`).conversations(conversationSid);
    expect([
      await refusal(conversations()(`CH${unknown}`).fetch()),
      await refusal(conversations()(conversationSid).participants(`MB${unknown}`).fetch()),
      await refusal(elsewhere.participants(participantSid).fetch()),
    ]).toEqual(Array(3).fill({ status: 404, code: 20404 }));
  });

  test.each([
    ['it has no address', {}, 400, 50407],
    [
      'it is a user of one channel through a sender of another',
      { 'messagingBinding.address': user, 'messagingBinding.proxyAddress': '+15550002222' },
      400,
      50407,
    ],
    [
      'it already has a conversation with the sender',
      { 'messagingBinding.address': user, 'messagingBinding.proxyAddress': 'whatsapp:+14155238886' },
      409,
      50416,
    ],
  ])('refuses a participant: %s', async (_says, fields, status, code) => {
    await write();
    const { sid } = await conversations().create();
    expect(await refusal(conversations()(sid).participants.create(fields))).toEqual({ status, code });
  });
});

describe('where Conversations takes a sender’s messages', () => {
  const OTHER = 'whatsapp:+15550002222';
  const addresses = client.conversations.v1.addressConfigurations;
  const inbound = () => control.post<{ messageSid: string; webhooks: unknown[] }>('inbound', { from: user });
  const pathsOf = () => functions.received.map(({ path }) => path);
  const takeOver = (more: object = {}) =>
    addresses.create({
      type: 'whatsapp',
      address: emulator.sender,
      'autoCreation.enabled': true,
      'autoCreation.type': 'default',
      ...more,
    });

  test('an inbound message comes by Conversations’ webhook, and by no message webhook', async () => {
    await takeOver();
    const { webhooks } = await inbound();
    const [found, ...others] = await client.conversations.v1.participantConversations.list({ address: user });
    expect([webhooks.length, pathsOf(), others]).toEqual([1, [PATH], []]);
    expect(found).toMatchObject({
      participantMessagingBinding: { type: 'whatsapp', address: user, proxy_address: emulator.sender },
      conversationSid: functions.received[0]?.params.ConversationSid,
      conversationState: 'active',
    });
  });

  test('a replay of an inbound message posts the conversation’s webhook again', async () => {
    await takeOver();
    const { messageSid } = await inbound();
    await control.post('replay', { messageSid });
    expect([pathsOf(), functions.received[1]?.params]).toEqual([[PATH, PATH], functions.received[0]?.params]);
  });

  test('an address that makes no conversations leaves the message webhook in place', async () => {
    const { sid } = await takeOver({ 'autoCreation.enabled': false });
    await inbound();
    await addresses(sid).update({ 'autoCreation.enabled': true });
    await inbound();
    await addresses(sid).remove();
    // The pair is in a conversation already, and stays there.
    await inbound();
    await control.post('inbound', { from: 'whatsapp:+15559876543' });
    expect(pathsOf()).toEqual(['/incoming-message', PATH, PATH, '/incoming-message']);
  });

  test('a conversation service with a webhook of its own is told in the account’s place', async () => {
    const service = await client.conversations.v1.services.create({ friendlyName: 'Flex' });
    const webhooks = client.conversations.v1.services(service.sid).configuration.webhooks();
    await takeOver({ 'autoCreation.conversationServiceSid': service.sid });
    await inbound();
    await webhooks.update({ postWebhookUrl: `${functions.url}/desk`, filters: ['onMessageAdded'] });
    await inbound();
    await webhooks.update({ filters: ['onParticipantAdded'] });
    await inbound();
    await webhooks.update({ postWebhookUrl: '' });
    await inbound();
    expect([
      pathsOf(),
      functions.received.every(({ params }) => params.ChatServiceSid === service.sid),
    ]).toEqual([[PATH, '/desk', PATH], true]);
  });

  test('a service with only a pre-event webhook of its own is told nothing', async () => {
    const service = await client.conversations.v1.services.create({ friendlyName: 'Flex' });
    const { configuration } = client.conversations.v1.services(service.sid);
    await configuration.webhooks().update({ preWebhookUrl: `${functions.url}/before` });
    await takeOver({ 'autoCreation.conversationServiceSid': service.sid });
    await inbound();
    expect(pathsOf()).toEqual([]);
  });

  test.each<[string, object, number]>([
    ['a second configuration of one address', {}, 409],
    ['an address of another channel', { address: '+15550001111' }, 400],
    ['an unknown channel', { type: 'messenger' }, 400],
    ['an unknown type of creation', { address: OTHER, 'autoCreation.type': 'flex' }, 400],
    [
      'an unknown service',
      { address: OTHER, 'autoCreation.conversationServiceSid': `IS${'9'.repeat(32)}` },
      404,
    ],
  ])('refuses %s', async (_what, wrong, status) => {
    await takeOver();
    expect(await refusal(takeOver(wrong))).toMatchObject({ status });
    expect((await addresses.list({ type: 'whatsapp' })).length).toBe(1);
  });
});
