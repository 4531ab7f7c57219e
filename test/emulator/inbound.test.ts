/** Inbound messages: what Twilio posts for each kind, and what it does with the answer, or without one. */
import { validateRequest } from 'twilio';
import { useEmulator } from './emulator-client';
import { useWebhookReceiver, type WebhookAnswer } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const functions = useWebhookReceiver();
const user = 'whatsapp:+15551234567';

interface InboundAnswer {
  messageSid: string;
  webhooks: { url: string; status: number | null; body: string; attempt: number; error: string | null }[];
}

const inbound = (rest: object = {}) => control.post<InboundAnswer>('inbound', { from: user, ...rest });
const answerWith =
  (status: number, body = '', type = 'text/xml'): WebhookAnswer =>
  (_webhook, response) => {
    response.writeHead(status, { 'Content-Type': type });
    response.end(body);
  };
const twiml = (content: string) => answerWith(200, `<?xml version="1.0"?><Response>${content}</Response>`);

beforeEach(() => control.post('config', { functionsUrl: functions.url }));

const common = (sid: string) => ({
  MessageSid: sid,
  SmsSid: sid,
  SmsMessageSid: sid,
  AccountSid: emulator.accountSid,
  MessagingServiceSid: emulator.messagingServiceSid,
  From: user,
  To: emulator.sender,
  Body: '',
  NumMedia: '0',
  NumSegments: '1',
  SmsStatus: 'received',
  ApiVersion: '2010-04-01',
  WaId: '15551234567',
  ProfileName: 'Ada',
  ReferralNumMedia: '0',
  ChannelMetadata: JSON.stringify({
    type: 'whatsapp',
    data: { context: { ProfileName: 'Ada', WaId: '15551234567' } },
  }),
});

const kinds: [string, object, object][] = [
  ['a text', { body: 'Hi' }, { MessageType: 'text', Body: 'Hi' }],
  [
    'a picture, without text',
    { type: 'image', media: [{ url: 'https://example.com/a.png', contentType: 'image/png' }] },
    {
      MessageType: 'image',
      NumMedia: '1',
      MediaUrl0: 'https://example.com/a.png',
      MediaContentType0: 'image/png',
    },
  ],
  [
    'a location, without text',
    { type: 'location', latitude: 52.37, longitude: 4.9, address: 'Dam 1', label: 'Palace' },
    { MessageType: 'location', Latitude: '52.37', Longitude: '4.9', Address: 'Dam 1', Label: 'Palace' },
  ],
  [
    'a contact card, without text',
    { type: 'contact' },
    {
      MessageType: 'contacts',
      NumMedia: '1',
      MediaUrl0: 'https://example.com/media/card.vcf',
      MediaContentType0: 'text/vcard',
    },
  ],
  [
    'a tapped button',
    { type: 'button', buttonText: 'Yes', buttonPayload: 'yes' },
    { MessageType: 'button', Body: 'Yes', ButtonText: 'Yes', ButtonPayload: 'yes' },
  ],
  [
    'a row picked from a list',
    { type: 'list', listId: 'evening', listTitle: 'Evening' },
    { MessageType: 'interactive', Body: 'Evening', ListId: 'evening', ListTitle: 'Evening' },
  ],
  ['a reaction, without text', { type: 'reaction' }, { MessageType: 'reaction' }],
  [
    'a text with further parameters',
    { body: 'Hi', externalUserId: 'US.134', parameters: { Forwarded: 'true', FlowData: '{}' } },
    { MessageType: 'text', Body: 'Hi', ExternalUserId: 'US.134', Forwarded: 'true', FlowData: '{}' },
  ],
  [
    'a text of a person with two user ids',
    { body: 'Hi', externalUserId: 'US.134', parentExternalUserId: 'US.ENT.77' },
    { MessageType: 'text', Body: 'Hi', ExternalUserId: 'US.134', ParentExternalUserId: 'US.ENT.77' },
  ],
];

test.each(kinds)(
  'the emulator posts an inbound message with Twilio’s parameters: %s',
  async (_what, message, params) => {
    const { messageSid } = await inbound(message);
    expect(functions.received.map((webhook) => [webhook.path, webhook.params])).toEqual([
      ['/incoming-message', { ...common(messageSid), ...params }],
    ]);
  },
);

test('the emulator posts no WaId for a person without a phone number', async () => {
  await inbound({ from: 'whatsapp:US.13491208655302741918' });
  const params = functions.received[0]?.params ?? {};
  expect([params.From, params.ExternalUserId, 'WaId' in params]).toEqual([
    'whatsapp:US.13491208655302741918',
    'US.13491208655302741918',
    false,
  ]);
});

test('the emulator posts the user id under its other parameter name where control sets that', async () => {
  await control.post('config', { userIdParameter: 'ExternalUserIdentifier' });
  await inbound({ externalUserId: 'US.134' });
  const params = functions.received[0]?.params ?? {};
  expect([params.ExternalUserIdentifier, 'ExternalUserId' in params]).toEqual(['US.134', false]);
});

test.each(['whatsapp:US.134', 'whatsapp:US.ENT.77'])(
  'a message to %s is delivered after the same person wrote under another name',
  async (to) => {
    await inbound({ externalUserId: 'US.134', parentExternalUserId: 'US.ENT.77', deliver: false });
    const { sid } = await client.messages.create({ to, from: emulator.sender, body: 'Hello' });
    await control.idle();
    expect((await client.messages(sid).fetch()).status).toBe('read');
  },
);

test('the emulator signs a webhook so that the real SDK accepts it, and sends it as Twilio’s proxy does', async () => {
  await inbound({ body: 'Ünïcode & spaces' });
  const [webhook] = functions.received;
  const headers = webhook?.headers ?? {};
  const url = `${functions.url}/incoming-message`;
  const signature = String(headers['x-twilio-signature']);
  expect(validateRequest(emulator.authToken, signature, url, webhook?.params ?? {})).toBe(true);
  expect({
    agent: headers['user-agent'],
    type: headers['content-type'],
    token: headers['i-twilio-idempotency-token'],
  }).toEqual({
    agent: 'TwilioProxy/1.1',
    type: 'application/x-www-form-urlencoded; charset=UTF-8',
    token: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('an inbound message whose webhook was lost is in the message log', async () => {
  const { messageSid, webhooks } = await inbound({ body: 'lost', deliver: false });
  expect([webhooks, functions.received]).toEqual([[], []]);
  expect((await client.messages(messageSid).fetch()).body).toBe('lost');
});

describe('a webhook that fails', () => {
  const unreachable = 'http://127.0.0.1:9';

  test.each([
    ['a 5xx is not retried without overrides', 503, '', 1],
    ['a 4xx is not retried without overrides', 403, '', 1],
    ['rp=5xx retries a 5xx as often as rc says', 503, '#rc=3&rp=ct,rt,5xx', 4],
    ['rp=5xx does not retry a 4xx', 403, '#rc=3&rp=5xx', 1],
    ['rp=all retries a 4xx', 403, '#rc=2&rp=all', 3],
    ['rc=0 retries nothing', 503, '#rc=0&rp=all', 1],
  ])('is retried as its address says: %s', async (_what, status, overrides, attempts) => {
    functions.answer = answerWith(status);
    await control.post('config', { incomingUrl: `${functions.url}/in${overrides}` });
    const { webhooks } = await inbound();
    expect(webhooks).toEqual(
      Array.from({ length: attempts }, (_, index) => ({
        url: `${functions.url}/in`,
        status,
        body: '',
        attempt: index + 1,
        error: null,
      })),
    );
    expect(functions.received.map((webhook) => webhook.path)).toEqual(Array(attempts).fill('/in'));
  });

  test('is retried once without overrides where the connection failed', async () => {
    await control.post('config', { incomingUrl: `${unreachable}/in` });
    const { webhooks } = await inbound();
    expect(webhooks).toEqual(
      [1, 2].map((attempt) => ({
        url: `${unreachable}/in`,
        status: null,
        body: '',
        attempt,
        error: 'ECONNREFUSED',
      })),
    );
  });

  test('is not retried as a failed connection where the connection was cut before the answer', async () => {
    functions.answer = (_webhook, response) => {
      response.destroy();
    };
    const { webhooks } = await inbound();
    expect(webhooks.map(({ attempt, error }) => [attempt, error])).toEqual([[1, 'ECONNRESET']]);
  });

  test('ends its attempt at the read timeout', async () => {
    functions.answer = () => {};
    await control.post('config', { incomingUrl: `${functions.url}/in#rt=100` });
    expect((await inbound()).webhooks.map(({ attempt, error }) => [attempt, error])).toEqual([
      [1, 'read timeout'],
    ]);
  });

  test('is retried until it succeeds, and every attempt has the same token', async () => {
    functions.answer = (webhook, response) =>
      answerWith(functions.received.length < 3 ? 503 : 200)(webhook, response);
    await control.post('config', { incomingUrl: `${functions.url}/in#rc=5&rp=5xx` });
    expect((await inbound()).webhooks.map((webhook) => webhook.status)).toEqual([503, 503, 200]);
    const tokens = functions.received.map(({ headers }) => headers['i-twilio-idempotency-token']);
    expect(new Set(tokens).size).toBe(1);
  });

  test('is sent and signed without the fragment of its address', async () => {
    await control.post('config', { incomingUrl: `${functions.url}/in?a=1#rc=3` });
    await inbound();
    const [webhook] = functions.received;
    const signature = String(webhook?.headers['x-twilio-signature']);
    expect(webhook?.path).toBe('/in?a=1');
    expect(
      validateRequest(emulator.authToken, signature, `${functions.url}/in?a=1`, webhook?.params ?? {}),
    ).toBe(true);
  });

  test('goes to the fallback URL', async () => {
    functions.answer = (webhook, response) =>
      webhook.path === '/fallback' ? twiml('')(webhook, response) : answerWith(500)(webhook, response);
    await control.post('config', { fallbackUrl: `${functions.url}/fallback` });
    const { messageSid, webhooks } = await inbound();
    expect(webhooks.map(({ url, status }) => [url, status])).toEqual([
      [`${functions.url}/incoming-message`, 500],
      [`${functions.url}/fallback`, 200],
    ]);
    expect(functions.received[1]?.params).toEqual({
      ...common(messageSid),
      Body: 'Hello',
      MessageType: 'text',
      ErrorCode: '11200',
      ErrorUrl: `${functions.url}/incoming-message`,
    });
  });
});

describe('the replay of an inbound message', () => {
  test.each([
    ['one after the other', { times: 3 }],
    ['all at once', { times: 3, concurrently: true }],
  ])('posts the same webhook again, %s', async (_how, how) => {
    const { messageSid } = await inbound({ body: 'Hi', profileName: 'Grace' });
    const { webhooks } = await control.post<InboundAnswer>('replay', { messageSid, ...how });
    expect(webhooks.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(functions.received.map(({ params }) => JSON.stringify(params))).size).toBe(1);
    expect(functions.received.length).toBe(4);
  });

  test('changes neither WhatsApp’s window nor the log', async () => {
    await control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true });
    const { messageSid } = await inbound();
    const before = await control.get('windows');
    await control.post('clock', { advanceMs: 1000 });
    await control.post('inbound', { messageSid });
    expect(await control.get('windows')).toEqual(before);
    expect((await client.messages.list()).length).toBe(1);
  });

  test('is refused for an unknown message', async () => {
    expect((await control.call('POST', 'replay', { messageSid: 'SM1' })).status).toBe(404);
  });
});

test('the emulator records every attempt of a webhook', async () => {
  const { messageSid } = await inbound({ body: 'Hi' });
  const { webhooks } = await control.get<{ webhooks: unknown[] }>('webhooks');
  expect(webhooks).toEqual([
    expect.objectContaining({
      kind: 'inbound',
      method: 'POST',
      url: `${functions.url}/incoming-message`,
      params: expect.objectContaining({ MessageSid: messageSid, Body: 'Hi' }),
      status: 200,
      attempt: 1,
      error: null,
    }),
  ]);
});

test.each([
  ['no sender', { body: 'Hi' }],
  ['a malformed address', { from: 'nobody' }],
  ['an unknown type', { from: user, type: 'telegram' }],
  ['a misspelt field', { from: user, bodi: 'Hi' }],
  ['a malformed user id', { from: user, externalUserId: '134' }],
  ['a parent’s id as the person’s own', { from: user, externalUserId: 'US.ENT.134' }],
  ['a person’s own id as the parent’s', { from: user, parentExternalUserId: 'US.134' }],
  [
    'two attachments, which no WhatsApp message has',
    {
      from: user,
      media: ['a', 'b'].map((name) => ({ url: `https://example.com/${name}`, contentType: 'image/png' })),
    },
  ],
  [
    'a misspelt field of its media',
    { from: user, media: [{ url: 'https://example.com/a', type: 'image/png' }] },
  ],
])('the emulator’s control refuses an inbound message with %s', async (_what, body) => {
  expect((await control.call('POST', 'inbound', body)).status).toBe(400);
  expect(await client.messages.list()).toEqual([]);
});
