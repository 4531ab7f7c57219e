/** Messaging Services, their pools, and the senders' webhooks through the real SDK: who gets an inbound message. */
import { refusal, useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const sender = 'whatsapp:+15550001111';
const { emulator, client, control } = useEmulator({ sender });
const functions = useWebhookReceiver();
const user = 'whatsapp:+15551234567';

beforeEach(async () => {
  await control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true });
  await control.post('config', { functionsUrl: functions.url });
});

const senders = () => client.messaging.v2.channelsSenders.list({ channel: 'whatsapp' });
const own = async () => {
  const [first] = await senders();
  if (!first) throw new Error('The account has no sender.');
  return first;
};
/** The SDK sends what it is given as it is, so the API's own names belong in it. */
const setWebhook = async (webhook: object) => {
  const sender = client.messaging.v2.channelsSenders((await own()).sid);
  return sender.update({ webhook } as unknown as Parameters<typeof sender.update>[0]);
};
const service = () => client.messaging.v1.services(emulator.messagingServiceSid);
const posted = async () => {
  await control.post('inbound', { from: user, to: sender });
  return functions.received.map(({ path, params }) => [path, params.MessagingServiceSid]);
};

test('the emulator answers a messaging service with every field that Twilio’s has', async () => {
  const fetched = (await service().fetch()).toJSON();
  expect(fetched).toEqual({
    sid: emulator.messagingServiceSid,
    accountSid: emulator.accountSid,
    friendlyName: 'Default Messaging Service',
    dateCreated: expect.any(Date),
    dateUpdated: expect.any(Date),
    inboundRequestUrl: null,
    inboundMethod: 'POST',
    fallbackUrl: null,
    fallbackMethod: 'POST',
    statusCallback: null,
    stickySender: true,
    mmsConverter: true,
    smartEncoding: true,
    scanMessageContent: 'inherit',
    fallbackToLongCode: false,
    areaCodeGeomatch: true,
    synchronousValidation: false,
    validityPeriod: 36_000,
    url: `https://messaging.twilio.com/v1/Services/${emulator.messagingServiceSid}`,
    links: expect.objectContaining({ channel_senders: expect.stringMatching(/ChannelSenders$/) }),
    usecase: 'undeclared',
    usAppToPersonRegistered: false,
    useInboundWebhookOnNumber: true,
  });
});

test('a messaging service can be created, changed and listed, and its pool can be listed', async () => {
  const created = await client.messaging.v1.services.create({
    friendlyName: 'Notices',
    inboundRequestUrl: 'https://example.com/in',
    inboundMethod: 'GET',
  });
  await client.messaging.v1.services(created.sid).update({ fallbackUrl: 'https://example.com/fallback' });
  const listed = await client.messaging.v1.services.list({ pageSize: 1 });
  expect(
    listed.map(({ friendlyName, inboundRequestUrl, inboundMethod, fallbackUrl }) => [
      friendlyName,
      inboundRequestUrl,
      inboundMethod,
      fallbackUrl,
    ]),
  ).toEqual([
    ['Default Messaging Service', null, 'POST', null],
    ['Notices', 'https://example.com/in', 'GET', 'https://example.com/fallback'],
  ]);
  const pools = await Promise.all(
    listed.map(({ sid }) => client.messaging.v1.services(sid).channelSenders.list()),
  );
  expect(pools.map((pool) => pool.map((entry) => [entry.sender, entry.senderType]))).toEqual([
    [[sender, 'WhatsApp']],
    [],
  ]);
});

test('the emulator answers a sender with every field that Twilio’s has', async () => {
  const { sid } = await own();
  expect((await client.messaging.v2.channelsSenders(sid).fetch()).toJSON()).toEqual({
    sid,
    status: 'ONLINE',
    senderId: sender,
    friendlyName: null,
    configuration: expect.objectContaining({ wabaId: '1234567890' }),
    webhook: expect.objectContaining({ callbackUrl: null, callbackMethod: null, fallbackUrl: null }),
    profile: expect.objectContaining({ name: 'Offline sender of the emulator' }),
    pendingDisplayName: null,
    pendingDisplayNameStatus: null,
    pendingDisplayNameStatusDate: null,
    properties: expect.objectContaining({
      qualityRating: 'HIGH',
      messagingLimit: '1K Customers/24hr',
    }),
    offlineReasons: null,
    compliance: null,
    url: `https://messaging.twilio.com/v2/Channels/Senders/${sid}`,
    displayNameStatus: undefined,
  });
});

test('the emulator lists neither the Sandbox’s number nor senders of other channels', async () => {
  await control.post('config', { senders: ['whatsapp:+14155238886', sender] });
  expect((await senders()).map(({ senderId }) => senderId)).toEqual([sender]);
  expect(await client.messaging.v2.channelsSenders.list({ channel: 'rcs' })).toEqual([]);
});

test('the emulator’s control takes a sender offline with a reason', async () => {
  await control.post('senders', { sender, status: 'OFFLINE' });
  const { status, offlineReasons } = await own();
  expect([status, offlineReasons?.map(({ code }) => code)]).toEqual(['OFFLINE', ['63020']]);
});

test('a change of a sender’s webhook keeps the fields that it does not name', async () => {
  await setWebhook({ status_callback_url: 'https://example.com/status' });
  const { webhook } = await setWebhook({ callback_url: 'https://example.com/in', callback_method: 'POST' });
  expect(webhook).toEqual({
    callbackUrl: 'https://example.com/in',
    callbackMethod: 'POST',
    fallbackUrl: null,
    fallbackMethod: null,
    statusCallbackUrl: 'https://example.com/status',
    statusCallbackMethod: null,
  });
});

describe('the webhook of an inbound message', () => {
  test('goes to the address in the emulator’s settings where nothing is configured', async () => {
    expect(await posted()).toEqual([['/incoming-message', emulator.messagingServiceSid]]);
  });

  test('goes to the sender’s webhook where the messaging service defers to it', async () => {
    await setWebhook({ callback_url: `${functions.url}/sender` });
    await service().update({ inboundRequestUrl: `${functions.url}/service` });
    expect(await posted()).toEqual([['/sender', emulator.messagingServiceSid]]);
  });

  test('goes to the messaging service that has the sender in its pool, whatever the sender’s own webhook is', async () => {
    await setWebhook({ callback_url: `${functions.url}/sender` });
    await service().update({
      inboundRequestUrl: `${functions.url}/service`,
      useInboundWebhookOnNumber: false,
    });
    expect(await posted()).toEqual([['/service', emulator.messagingServiceSid]]);
  });

  test('goes nowhere where that messaging service has no URL', async () => {
    await setWebhook({ callback_url: `${functions.url}/sender` });
    await service().update({ useInboundWebhookOnNumber: false });
    expect(await posted()).toEqual([]);
  });

  test('goes to the fallback URL of the same place', async () => {
    functions.answer = ({ path }, response) => {
      response.statusCode = path === '/sender' ? 500 : 200;
      response.end();
    };
    await setWebhook({
      callback_url: `${functions.url}/sender`,
      fallback_url: `${functions.url}/fallback`,
    });
    expect((await posted()).map(([path]) => path)).toEqual(['/sender', '/fallback']);
  });

  test('goes by GET where the messaging service says so', async () => {
    await service().update({
      inboundRequestUrl: `${functions.url}/service`,
      inboundMethod: 'GET',
      useInboundWebhookOnNumber: false,
    });
    expect((await posted()).map(([path]) => String(path).split('?')[0])).toEqual(['/service']);
  });
});

test.each([
  ['a service without a name', () => client.messaging.v1.services.create({ friendlyName: '' }), 400, 20001],
  ['an unknown service', () => client.messaging.v1.services(`MG${'9'.repeat(32)}`).fetch(), 404, 20404],
  ['a malformed webhook', () => service().update({ inboundRequestUrl: 'nowhere' }), 400, 20001],
  ['an unknown method', () => service().update({ inboundMethod: 'PATCH' as unknown as 'POST' }), 400, 20001],
  ['a setting without effect here', () => service().update({ stickySender: true }), 400, 20001],
  ['an unknown sender', () => client.messaging.v2.channelsSenders(`XE${'9'.repeat(32)}`).fetch(), 404, 20404],
  ['a malformed webhook of a sender', () => setWebhook({ callback_url: 'nowhere' }), 400, 20001],
  ['an unknown method of a sender', () => setWebhook({ callback_method: 'GET' }), 400, 20001],
  ['the SDK’s own spelling of a field', () => setWebhook({ callbackUrl: 'https://example.com' }), 400, 20001],
  [
    'a sender that is in a pool already',
    async () => service().channelSenders.create({ sid: (await own()).sid }),
    409,
    21710,
  ],
])('the emulator’s Messaging API refuses %s', async (_what, call, status, code) => {
  expect(await refusal(call())).toEqual({ status, code });
});

test.each([
  ['no sender', {}],
  ['a malformed address', { sender: '+15550001111' }],
  ['the Sandbox', { sender: 'whatsapp:+14155238886' }],
  ['an unknown status', { sender, status: 'GONE' }],
])('the emulator’s control refuses a sender’s change with %s', async (_what, body) => {
  expect((await control.call('POST', 'senders', body)).status).toBe(400);
});
