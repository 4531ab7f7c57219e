/**
 * /incoming-message: what counts as a message of a user's, what is answered to Twilio, and what is left alone. The
 * webhooks are those that the emulator posts, and hand-made ones for what Twilio should not post.
 */
import { createHmac } from 'node:crypto';
import { DAY_MS, iso, NOON, newUser, SENDER, Service, useService } from './service';

const service = useService();
const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

interface WindowAnswer {
  readonly window: { readonly state: string; readonly lastInboundAt: string | null; readonly source: string };
}

const windowOf = async (to: string) => (await service.post<WindowAnswer>('/window', { to })).json.window;
const opened = {
  state: 'open',
  lastInboundAt: iso(NOON),
  closesAt: iso(NOON + DAY_MS),
  secondsLeft: 86_400,
  source: 'sync',
};

beforeEach(() => service.freeze(NOON));

describe('an inbound message of a user', () => {
  test.each([
    ['a text', { body: 'Hello' }],
    ['an empty text', { body: '' }],
    ['a picture without a text', { type: 'image', body: '' }],
    ['a location, which has no text', { type: 'location' }],
    ['a contact card, which has no text', { type: 'contact' }],
    ['a reaction, which has no text', { type: 'reaction' }],
    ['a tapped button', { type: 'button', buttonText: 'Yes', buttonPayload: 'yes' }],
    ['a chosen row of a list', { type: 'list', listId: 'morning' }],
    [
      'a message that an advertisement brought',
      { parameters: { ReferralCtwaClid: 'ad-17', ReferralNumMedia: '0' } },
    ],
    ['a message that says STOP', { body: 'STOP' }],
    ['a message with unknown parameters', { parameters: { Zukunft: 'ja', FlowData: '{"a":[1]}', To2: 'x' } }],
    ['a message without a name', { profileName: '' }],
    ['a message with a name in other letters', { profileName: '🦊 Ада ﷽' }],
    ['a message with a name of 4,000 characters', { profileName: 'n'.repeat(4000) }],
    ['a message with a text of 4,096 characters', { body: 'ä'.repeat(4096) }],
  ])('opens the window: it is %s', async (_says, fields) => {
    const user = newUser();
    const { webhooks } = await service.inbound(user, fields);
    expect(webhooks.map(({ status, body }) => [status, body])).toEqual([[200, EMPTY]]);
    expect(await windowOf(user)).toEqual(opened);
  });

  test.each(['MessageSid', 'SmsSid', 'SmsMessageSid'])(
    'is recorded where its SID comes only as %s',
    async (name) => {
      const user = newUser();
      const parameters = { [name]: `SM${'e'.repeat(32)}`, From: user, To: SENDER, SmsStatus: 'received' };
      expect((await service.signed('/incoming-message', parameters)).status).toBe(200);
      expect(await windowOf(user)).toEqual(opened);
    },
  );

  test('opens the window of a BSUID', async () => {
    const user = 'whatsapp:US.13491208655302741918';
    await service.inbound(user);
    expect(await windowOf(user)).toEqual(opened);
  });

  test('starts the window anew each time, and its record lasts longer again', async () => {
    const user = newUser();
    const digits = user.replace(/\D/g, '');
    const states = [];
    for (const step of [0, DAY_MS - 1, DAY_MS + 1]) {
      await service.advance(step);
      await service.inbound(user);
      const now = ((await service.control('clock')) as { nowMs: number }).nowMs;
      const { lastInboundAt } = await windowOf(user);
      const records = (await service.documents()).filter(({ uniqueName }) => uniqueName?.includes(digits));
      states.push({
        lastInboundAt,
        records: records.map(({ expiresAt, data }) => ({
          outlivesTheWindow: Date.parse(expiresAt ?? '') - now > DAY_MS,
          isSmall: JSON.stringify(data).length < 1024,
        })),
      });
      expect(lastInboundAt).toBe(iso(now));
    }
    const record = { outlivesTheWindow: true, isSmall: true };
    expect(states.map(({ records }) => records)).toEqual([[record], [record], [record]]);
  });

  test('is answered with TwiML that is not stored', async () => {
    const { headers } = await service.signed('/incoming-message', {
      MessageSid: `SM${'c'.repeat(32)}`,
      From: newUser(),
      To: SENDER,
      SmsStatus: 'received',
    });
    expect([headers.get('content-type'), headers.get('cache-control')]).toEqual([
      expect.stringMatching(/^text\/xml/),
      'no-store',
    ]);
  });
});

describe('a webhook that is no inbound message of a user', () => {
  const message = (changes: object) => ({
    MessageSid: `SM${'d'.repeat(32)}`,
    From: newUser(),
    To: SENDER,
    Body: 'Hello',
    SmsStatus: 'received',
    ...changes,
  });

  test.each([
    ['a status', message({ MessageStatus: 'delivered', SmsStatus: 'delivered' })],
    ['a status that calls itself received', message({ MessageStatus: 'read' })],
    ['a message on its way', message({ SmsStatus: 'sent' })],
    ['an echo of our own message', message({ From: SENDER, To: newUser() })],
    ['a message from the sender to itself', message({ From: SENDER, To: SENDER })],
    ['an SMS', message({ From: '+4915550000001', To: '+14155238886' })],
    ['a message from Messenger', message({ From: 'messenger:123', To: 'messenger:456' })],
  ])('is answered with success and not recorded: it is %s', async (_says, parameters) => {
    const before = await service.sync();
    const response = await service.signed('/incoming-message', parameters);
    expect([response.status, await response.text(), await service.sync()]).toEqual([200, EMPTY, before]);
  });

  test.each([
    ['no sender', message({ From: '' }), ['From']],
    ['a sender who is no address', message({ From: 'whatsapp:Ada' }), ['From']],
    ['a number that begins with zero', message({ From: 'whatsapp:+04915550' }), ['From']],
    ['a path for a number', message({ From: 'whatsapp:+4915/../x' }), ['From']],
    ['no recipient', message({ To: '' }), ['To']],
    ['one of two addresses from another channel', message({ From: '+4915550000001' }), ['From']],
    ['no SID', message({ MessageSid: '' }), ['MessageSid']],
    ['a SID of another kind', message({ MessageSid: `CA${'d'.repeat(32)}` }), ['MessageSid']],
    ['a SID that is too long', message({ MessageSid: `SM${'d'.repeat(33)}` }), ['MessageSid']],
    ['no status', message({ SmsStatus: '' }), ['SmsStatus']],
    [
      'everything wrong at once',
      message({ From: 'whatsapp:x', To: 'whatsapp:y', MessageSid: 'z', SmsStatus: '' }),
      ['From', 'MessageSid', 'SmsStatus', 'To'],
    ],
    ['a broken WhatsApp address on one side', message({ From: 'SUPPORT', To: 'whatsapp:y' }), ['From', 'To']],
  ])(
    'is answered with 400 and the parameter’s name, and not recorded: it has %s',
    async (_says, parameters, names) => {
      const before = await service.sync();
      const { answer, requests } = await service.requestsOf(() =>
        service.signed('/incoming-message', parameters),
      );
      const { error } = (await answer.json()) as { error: { code: string; problems: { field: string }[] } };
      expect([answer.status, error.code, error.problems.map(({ field }) => field).sort()]).toEqual([
        400,
        'INVALID_REQUEST',
        names,
      ]);
      expect([requests, await service.sync()]).toEqual([[], before]);
    },
  );

  test('is refused as malformed where a list stands for an address', async () => {
    const before = await service.sync();
    const path = `/incoming-message?bodySHA256=${'0'.repeat(64)}`;
    const response = await service.fetch(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-twilio-signature': createHmac('sha1', 'offlineauthtokenoftheemulator000')
          .update(service.url + path)
          .digest('base64'),
      },
      body: JSON.stringify(message({ From: [newUser()], MessageSid: { a: 1 } })),
    });
    const { error } = (await response.json()) as { error: { problems: { field: string }[] } };
    expect([response.status, error.problems.map(({ field }) => field).sort(), await service.sync()]).toEqual([
      400,
      ['From', 'MessageSid'],
      before,
    ]);
  });
});

describe('an inbound message with FORWARD_URL', () => {
  const forwarding = new Service({
    inProcess: true,
    settings: { FORWARD_URL: 'https://bot.example/hook?flow=FW1&x=<2>' },
  });
  beforeAll(() => forwarding.start());
  afterAll(() => forwarding.stop());

  const post = (changes: object) =>
    forwarding.signed('/incoming-message', {
      ...{
        MessageSid: `SM${'e'.repeat(32)}`,
        From: newUser(),
        To: SENDER,
        SmsStatus: 'received',
        ...changes,
      },
    });

  test('is forwarded by POST once it is recorded', async () => {
    const user = newUser();
    const response = await post({ From: user });
    expect([response.status, await response.text()]).toEqual([
      200,
      '<?xml version="1.0" encoding="UTF-8"?><Response><Redirect method="POST">https://bot.example/hook?flow=FW1&amp;x=&lt;2&gt;</Redirect></Response>',
    ]);
    const { json } = await forwarding.post<WindowAnswer>('/window', { to: user });
    expect(json.window).toMatchObject({ state: 'open', source: 'sync' });
  });

  test.each([
    ['a word, SUPPORT', 'SUPPORT', '+14155238886'],
    ['two words, My Bank', 'My Bank', '+14155238886'],
    ['ten digits without +', '5551234567', '+14155238886'],
    ['a short code', '12345', '12345'],
    ['a malformed number', '+0-not-a-number', '4155238886'],
    ['a phone number', '+15551234567', '+14155238886'],
    ['an address of Messenger', 'messenger:123', 'messenger:456'],
    ['an address of a channel to come', 'rcs:agent_1', 'rcs:user'],
  ])(
    'goes on to FORWARD_URL and is not recorded where its sender is no WhatsApp user but %s',
    async (_what, From, To) => {
      const before = await forwarding.sync();
      const response = await post({ From, To });
      expect([response.status, await response.text(), await forwarding.sync()]).toEqual([
        200,
        expect.stringContaining('<Redirect method="POST">https://bot.example/hook?'),
        before,
      ]);
    },
  );

  test('is not forwarded where it could not be recorded', async () => {
    await forwarding.fault({ match: { service: 'sync' }, do: 'status', status: 503, times: 0 });
    const response = await post({});
    await forwarding.clearFaults();
    expect([response.status >= 500, await response.text()]).toEqual([
      true,
      expect.not.stringContaining('Redirect'),
    ]);
  });
});
