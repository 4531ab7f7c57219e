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

describe('a message of a user’s', () => {
  test.each([
    ['a text', { body: 'Hello' }],
    ['an empty text', { body: '' }],
    ['a picture without a text', { type: 'image', body: '' }],
    ['a location, which has no text', { type: 'location' }],
    ['a contact card, which has no text', { type: 'contact' }],
    ['a reaction, which has no text', { type: 'reaction' }],
    ['a tapped button', { type: 'button', buttonText: 'Yes', buttonPayload: 'yes' }],
    ['a chosen row', { type: 'list', listId: 'morning' }],
    [
      'one that an advertisement brought',
      { parameters: { ReferralCtwaClid: 'ad-17', ReferralNumMedia: '0' } },
    ],
    ['one that says STOP', { body: 'STOP' }],
    ['one with parameters of the future', { parameters: { Zukunft: 'ja', FlowData: '{"a":[1]}', To2: 'x' } }],
    ['a nameless one', { profileName: '' }],
    ['a name in other letters', { profileName: '🦊 Ада ﷽' }],
    ['a name of 4,000 characters', { profileName: 'n'.repeat(4000) }],
    ['a text of 4,096 characters', { body: 'ä'.repeat(4096) }],
  ])('opens the window: %s', async (_says, fields) => {
    const user = newUser();
    const { webhooks } = await service.inbound(user, fields);
    expect(webhooks.map(({ status, body }) => [status, body])).toEqual([[200, EMPTY]]);
    expect(await windowOf(user)).toEqual(opened);
  });

  test.each(['MessageSid', 'SmsSid', 'SmsMessageSid'])('its SID may come as %s alone', async (name) => {
    const user = newUser();
    const parameters = { [name]: `SM${'e'.repeat(32)}`, From: user, To: SENDER, SmsStatus: 'received' };
    expect((await service.signed('/incoming-message', parameters)).status).toBe(200);
    expect(await windowOf(user)).toEqual(opened);
  });

  test('a BSUID is a user, too', async () => {
    const user = 'whatsapp:US.13491208655302741918';
    await service.inbound(user);
    expect(await windowOf(user)).toEqual(opened);
  });

  test('every further one starts the window anew, and what is stored lasts longer again', async () => {
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

  test('the answer is TwiML that is not stored', async () => {
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

describe('what is no message of a user’s', () => {
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
    ['an echo of our own', message({ From: SENDER, To: newUser() })],
    ['one from ourselves to ourselves', message({ From: SENDER, To: SENDER })],
    ['an SMS', message({ From: '+4915550000001', To: '+14155238886' })],
    ['one from Messenger', message({ From: 'messenger:123', To: 'messenger:456' })],
  ])('%s is answered, and nothing recorded', async (_says, parameters) => {
    const before = await service.sync();
    const response = await service.signed('/incoming-message', parameters);
    expect([response.status, await response.text(), await service.sync()]).toEqual([200, EMPTY, before]);
  });

  test.each([
    ['no sender of it', message({ From: '' }), ['From']],
    ['a sender of it that is none', message({ From: 'whatsapp:Ada' }), ['From']],
    ['a number that begins with zero', message({ From: 'whatsapp:+04915550' }), ['From']],
    ['a path for a number', message({ From: 'whatsapp:+4915/../x' }), ['From']],
    ['nobody it was for', message({ To: '' }), ['To']],
    ['half of it from another channel', message({ From: '+4915550000001' }), ['From']],
    ['no SID', message({ MessageSid: '' }), ['MessageSid']],
    ['a SID of another kind', message({ MessageSid: `CA${'d'.repeat(32)}` }), ['MessageSid']],
    ['a SID that is too long', message({ MessageSid: `SM${'d'.repeat(33)}` }), ['MessageSid']],
    ['no status', message({ SmsStatus: '' }), ['SmsStatus']],
    [
      'all of it wrong',
      message({ From: 'whatsapp:x', To: 'whatsapp:y', MessageSid: 'z', SmsStatus: '' }),
      ['From', 'MessageSid', 'SmsStatus', 'To'],
    ],
    [
      'a broken address of WhatsApp on one side',
      message({ From: 'SUPPORT', To: 'whatsapp:y' }),
      ['From', 'To'],
    ],
  ])('%s: 400 by name, and nothing recorded', async (_says, parameters, names) => {
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
  });

  test('a list where an address belongs is malformed', async () => {
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

describe('with FORWARD_URL', () => {
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

  test('a message goes on to it, by POST, once it is recorded', async () => {
    const user = newUser();
    const response = await post({ From: user });
    expect([response.status, await response.text()]).toEqual([
      200,
      '<?xml version="1.0" encoding="UTF-8"?><Response><Redirect method="POST">https://bot.example/hook?flow=FW1&amp;x=&lt;2&gt;</Redirect></Response>',
    ]);
    const { json } = await forwarding.post<WindowAnswer>('/window', { to: user });
    expect(json.window).toMatchObject({ state: 'open', source: 'sync' });
  });

  test('what could not be recorded does not', async () => {
    await forwarding.fault({ match: { service: 'sync' }, do: 'status', status: 503, times: 0 });
    const response = await post({});
    await forwarding.clearFaults();
    expect([response.status >= 500, await response.text()]).toEqual([
      true,
      expect.not.stringContaining('Redirect'),
    ]);
  });
});
