/** The Message resource through the real SDK: what is answered, listed, cancelled and removed. */
import { refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const user = 'whatsapp:+15551234567';
const sender = emulator.sender;
const lessonCode = 'HX00000000000000000000000000000001';

beforeEach(() => control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true }));

test('the emulator answers a new message with every field that Twilio’s has, and the message ends as read', async () => {
  await control.post('inbound', { from: user, deliver: false });
  const created = await client.messages.create({ to: user, from: sender, body: 'Hello' });
  const uri = `/2010-04-01/Accounts/${emulator.accountSid}/Messages/${created.sid}`;
  const expected = {
    sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
    accountSid: emulator.accountSid,
    apiVersion: '2010-04-01',
    body: 'Hello',
    dateCreated: new Date('2026-03-01T12:00:00Z'),
    dateSent: null,
    dateUpdated: new Date('2026-03-01T12:00:00Z'),
    direction: 'outbound-api',
    errorCode: null,
    errorMessage: null,
    from: sender,
    messagingServiceSid: emulator.messagingServiceSid,
    numMedia: '0',
    numSegments: '1',
    price: null,
    priceUnit: null,
    status: 'queued',
    subresourceUris: { media: `${uri}/Media.json` },
    to: user,
    uri: `${uri}.json`,
  };
  expect(created.toJSON()).toEqual(expected);
  await control.idle();
  expect((await client.messages(created.sid).fetch()).toJSON()).toEqual({
    ...expected,
    dateSent: new Date('2026-03-01T12:00:00Z'),
    status: 'read',
  });
});

test.each([
  [
    'a sender is queued',
    { from: sender },
    { status: 'queued', from: sender, messagingServiceSid: emulator.messagingServiceSid },
  ],
  [
    'a messaging service is accepted without a sender',
    { messagingServiceSid: emulator.messagingServiceSid },
    { status: 'accepted', from: null, messagingServiceSid: emulator.messagingServiceSid },
  ],
])(
  'the emulator answers a new message with Twilio’s first status: one by %s',
  async (_what, by, expected) => {
    const { status, from, messagingServiceSid } = await client.messages.create({
      to: user,
      body: 'Hello',
      ...by,
    });
    expect({ status, from, messagingServiceSid }).toEqual(expected);
  },
);

test('the body of a template message is the template’s text with its placeholders filled', async () => {
  const created = await client.messages.create({
    to: user,
    from: sender,
    contentSid: lessonCode,
    contentVariables: JSON.stringify({ '1': 'hacker', '2': '1337' }),
  });
  expect(created.body).toBe('Your hacker code is 1337.');
});

test.each([
  ['all values are given', { '1': 'hacker', '2': '1337' }, 'Your hacker code is 1337.', false],
  ['one value is missing', { '1': 'hacker' }, 'Your hacker code is 1238432.', true],
  ['no value is given', undefined, 'Your Twilio code is 1238432.', true],
])(
  'the emulator fills in sample values where values are missing: %s',
  async (_what, values, text, usedSampleValues) => {
    await client.messages.create({
      to: user,
      from: sender,
      contentSid: lessonCode,
      ...(values ? { contentVariables: JSON.stringify(values) } : {}),
    });
    await control.idle();
    const { messages } = await control.get<{ messages: unknown[] }>(
      `messages?to=${encodeURIComponent(user)}`,
    );
    expect(messages).toEqual([expect.objectContaining({ text, usedSampleValues, delivered: true })]);
  },
);

test('the emulator counts media and lists them with their message', async () => {
  const created = await client.messages.create({
    to: user,
    from: sender,
    mediaUrl: ['https://example.com/a.jpg', 'https://example.com/b.jpg'],
  });
  const media = await client.messages(created.sid).media.list({ pageSize: 1 });
  expect([created.numMedia, media.map((found) => found.parentSid)]).toEqual([
    '2',
    [created.sid, created.sid],
  ]);
});

describe('the emulator’s message log', () => {
  const other = 'whatsapp:+4915112345678';

  beforeEach(async () => {
    await control.post('inbound', { from: user, body: 'first', deliver: false });
    await control.post('clock', { advanceSeconds: 60 });
    await client.messages.create({ to: user, from: sender, body: 'second' });
    await control.idle();
    await control.post('clock', { advanceSeconds: 60 });
    await control.post('inbound', { from: other, body: 'third', deliver: false });
  });

  test.each([
    ['all, newest first', {}, ['third', 'second', 'first']],
    ['all, one a page', { pageSize: 1 }, ['third', 'second', 'first']],
    ['from a user', { from: user }, ['first']],
    ['to a user', { to: user }, ['second']],
    ['from a user to the sender', { from: other, to: sender }, ['third']],
    ['from an unknown user', { from: 'whatsapp:+15550000000' }, []],
    ['sent on a day', { dateSent: new Date('2026-03-01T00:00:00Z') }, ['third', 'second', 'first']],
    ['sent on another day', { dateSent: new Date('2026-02-28T00:00:00Z') }, []],
    [
      'sent on or after the day of a moment',
      { dateSentAfter: new Date('2026-03-01T12:01:00Z') },
      ['third', 'second', 'first'],
    ],
    ['sent on or after the next day', { dateSentAfter: new Date('2026-03-02T00:00:00Z') }, []],
    ['sent before the day of a moment', { dateSentBefore: new Date('2026-03-01T23:59:59Z') }, []],
    [
      'sent before the next day',
      { dateSentBefore: new Date('2026-03-02T00:00:00Z') },
      ['third', 'second', 'first'],
    ],
  ])('lists messages by filter and page: %s', async (_what, params, expected) => {
    expect((await client.messages.list(params)).map((message) => message.body)).toEqual(expected);
  });

  test.each([
    ['at or after a moment', { dateSentAfter: new Date('2026-03-01T12:01:00Z') }, ['third', 'second']],
    ['at or before a moment', { dateSentBefore: new Date('2026-03-01T12:01:00Z') }, ['second', 'first']],
  ])('filters to the second where control allows that: sent %s', async (_what, params, expected) => {
    await control.post('config', { dateSentByDay: false });
    expect((await client.messages.list(params)).map((message) => message.body)).toEqual(expected);
  });

  test('has an inbound message with Twilio’s fields', async () => {
    const [message] = await client.messages.list({ from: user, limit: 1 });
    expect(message?.toJSON()).toEqual(
      expect.objectContaining({ direction: 'inbound', status: 'received', from: user, to: sender }),
    );
  });

  test('gives its pages by a relative URI, which the SDK makes absolute', async () => {
    const first = await client.messages.page({ pageSize: 2 });
    expect(new URL(first.nextPageUrl ?? '').host).toBe('api.twilio.com');
    expect((await first.nextPage())?.instances.map((message) => message.body)).toEqual(['first']);
  });

  test('lets a finished message be redacted and removed', async () => {
    const [message] = await client.messages.list({ to: user });
    const sid = message?.sid ?? '';
    expect((await client.messages(sid).update({ body: '' })).body).toBe('');
    expect(await client.messages(sid).remove()).toBe(true);
    expect(await refusal(client.messages(sid).fetch())).toEqual({ status: 404, code: 20404 });
    expect((await client.messages.list()).map((found) => found.body)).toEqual(['third', 'first']);
  });
});

describe('a scheduled message of the emulator', () => {
  const schedule = () =>
    client.messages.create({
      to: user,
      messagingServiceSid: emulator.messagingServiceSid,
      contentSid: lessonCode,
      contentVariables: JSON.stringify({ '1': 'hacker', '2': '1337' }),
      scheduleType: 'fixed',
      sendAt: new Date('2026-03-01T13:00:00Z'),
    });

  test('leaves at its time by the emulated clock', async () => {
    const { sid, status } = await schedule();
    await control.post('clock', { advanceSeconds: 3599 });
    await control.idle();
    const before = (await client.messages(sid).fetch()).status;
    await control.post('clock', { advanceSeconds: 1 });
    await control.idle();
    const after = await client.messages(sid).fetch();
    expect([status, before, after.status, after.from, after.dateSent]).toEqual([
      'scheduled',
      'scheduled',
      'read',
      sender,
      new Date('2026-03-01T13:00:00Z'),
    ]);
  });

  test('can be cancelled once, and then never leaves', async () => {
    const { sid } = await schedule();
    expect((await client.messages(sid).update({ status: 'canceled' })).status).toBe('canceled');
    expect(await refusal(client.messages(sid).update({ status: 'canceled' }))).toEqual({
      status: 409,
      code: 30409,
    });
    await control.post('clock', { advanceSeconds: 7200 });
    await control.idle();
    expect((await client.messages(sid).fetch()).status).toBe('canceled');
  });

  test('cannot be removed before it has left', async () => {
    const { sid } = await schedule();
    expect(await refusal(client.messages(sid).remove())).toEqual({ status: 409, code: 20009 });
  });
});
