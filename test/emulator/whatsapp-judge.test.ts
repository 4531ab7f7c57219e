/**
 * WhatsApp's judgement: the customer service window to the millisecond, templates in and out of it, and what the
 * status callbacks say. The clock is frozen, so an edge is an edge.
 */
import type { MessageListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/message';
import { useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const callbacks = useWebhookReceiver();
const user = 'whatsapp:+4915112345678';
const bsuid = 'DE.13491208655302741918';
const sender = emulator.sender;
const DAY_MS = 24 * 60 * 60 * 1000;

const good = ['queued', 'sent', 'delivered', 'read'];
const outside = ['queued', 'undelivered 63016', 'failed 63016'];

beforeEach(() => control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true }));

const inbound = (rest: object = {}) => control.post('inbound', { from: user, deliver: false, ...rest });
const advance = (advanceMs: number) => control.post('clock', { advanceMs });

/** Sends, waits, and tells the callbacks in the order in which they came. */
async function outcome(message: Partial<MessageListInstanceCreateOptions>): Promise<string[]> {
  callbacks.received.length = 0;
  await client.messages.create({
    to: user,
    from: sender,
    statusCallback: `${callbacks.url}/status`,
    ...message,
  });
  await control.idle();
  return reported();
}

function reported(): string[] {
  return callbacks.received.map(({ params }) =>
    [params.MessageStatus, params.ErrorCode].filter(Boolean).join(' '),
  );
}

const template = (name: string, values?: Record<string, string>) =>
  ({
    contentSid: name.startsWith('HX') ? name : `HX${name.padStart(32, '0')}`,
    ...(values ? { contentVariables: JSON.stringify(values) } : {}),
  }) as const;

describe('a free-form message in the emulator', () => {
  test.each([
    ['who never wrote', null, outside],
    ['at the moment of their inbound message', 0, good],
    ['a millisecond before the end', DAY_MS - 1, good],
    ['at the end', DAY_MS, outside],
    ['a millisecond after the end', DAY_MS + 1, outside],
  ])('is delivered only within the window: to a user %s', async (_when, after, expected) => {
    if (after !== null) {
      await inbound();
      await advance(after);
    }
    expect(await outcome({ body: 'Hello' })).toEqual(expected);
  });

  test('is delivered after every new inbound message for 24 hours, whatever was sent', async () => {
    await inbound();
    await advance(DAY_MS - 1);
    await inbound({ type: 'reaction' });
    await advance(DAY_MS - 1);
    expect(await outcome({ body: 'Hello' })).toEqual(good);
    await advance(1);
    expect(await outcome({ body: 'Hello' })).toEqual(outside);
  });

  test('is delivered from the one sender that the user wrote to', async () => {
    await inbound({ to: 'whatsapp:+14155550000' });
    expect(await outcome({ body: 'Hello' })).toEqual(outside);
    expect(await outcome({ body: 'Hello', from: 'whatsapp:+14155550000' })).toEqual(good);
  });

  test('is delivered to one person, whichever of their addresses it goes to', async () => {
    await inbound({ externalUserId: bsuid });
    expect(await outcome({ body: 'Hello', to: `whatsapp:${bsuid}` })).toEqual(good);
    await advance(DAY_MS);
    await inbound({ from: `whatsapp:${bsuid}` });
    expect(await outcome({ body: 'Hello' })).toEqual(good);
  });

  test('is refused after an inbound message that control keeps from opening the window', async () => {
    await inbound({ opensWindow: false });
    expect(await outcome({ body: 'Hello' })).toEqual(outside);
  });

  test('is not taken for a template where its text matches one', async () => {
    expect(await outcome({ body: 'Your hacker code is 1337.' })).toEqual(outside);
  });
});

describe('a template in the emulator', () => {
  const rows: [string, Partial<MessageListInstanceCreateOptions>, string[], string[]][] = [
    ['an approved one', template('1', { '1': 'a', '2': 'b' }), good, good],
    ['a pending one', template('5', { '1': 'a' }), outside, good],
    [
      'a paused one',
      template('6', { '1': 'a' }),
      ['queued', 'undelivered 63041'],
      ['queued', 'undelivered 63041'],
    ],
    ['a list to pick from', template('11', { '1': 'a' }), outside, good],
    ['a marketing one, not to a number with +1', template('7', { '1': 'a', '2': 'b' }), good, good],
    [
      'a marketing one to a number with +1',
      { ...template('7', { '1': 'a', '2': 'b' }), to: 'whatsapp:+15551234567' },
      ['queued', 'undelivered 63049'],
      ['queued', 'undelivered 63049'],
    ],
    [
      'a line feed in a value',
      template('1', { '1': 'a\nb', '2': 'b' }),
      ['queued', 'undelivered 63013'],
      ['queued', 'undelivered 63013'],
    ],
    [
      'a tab in a value',
      template('1', { '1': 'a\tb', '2': 'b' }),
      ['queued', 'undelivered 63013'],
      ['queued', 'undelivered 63013'],
    ],
    ['four spaces in a value', template('1', { '1': 'a    b', '2': 'b' }), good, good],
    [
      'five spaces in a value',
      template('1', { '1': 'a     b', '2': 'b' }),
      ['queued', 'undelivered 63013'],
      ['queued', 'undelivered 63013'],
    ],
    [
      'a filled text of 1,024 characters',
      template('1', { '1': 'a'.repeat(1024 - 'Your  code is b.'.length), '2': 'b' }),
      good,
      good,
    ],
    [
      'a filled text of 1,025 characters',
      template('1', { '1': 'a'.repeat(1025 - 'Your  code is b.'.length), '2': 'b' }),
      ['queued', 'undelivered 63021'],
      ['queued', 'undelivered 63021'],
    ],
  ];

  test.each(rows)(
    'is delivered or refused outside and inside the window: %s',
    async (_what, message, whenClosed, whenOpen) => {
      expect(await outcome(message)).toEqual(whenClosed);
      await inbound({ from: message.to ?? user });
      expect(await outcome(message)).toEqual(whenOpen);
    },
  );

  test('is approved or not from the moment control changes it', async () => {
    await control.post('templates/lesson_pending', { status: 'approved' });
    expect(await outcome(template('5', { '1': 'a' }))).toEqual(good);
    await control.post('templates/lesson_pending', { status: 'disabled' });
    expect(await outcome(template('5', { '1': 'a' }))).toEqual(['queued', 'undelivered 63042']);
  });
});

describe('the emulator decides a delivery when the message leaves', () => {
  const sendAt = (hours: number) => ({
    messagingServiceSid: emulator.messagingServiceSid,
    scheduleType: 'fixed' as const,
    sendAt: new Date(Date.parse('2026-03-01T12:00:00Z') + hours * 3_600_000),
  });

  test.each([
    ['within the window', 23, good],
    ['at the end of the window', 24, outside],
  ])('for a scheduled message due %s', async (_when, hours, expected) => {
    await inbound();
    expect(await outcome({ body: 'Hello', ...sendAt(hours) })).toEqual([]);
    await advance(7 * DAY_MS);
    await control.idle();
    expect(reported()).toEqual(expected);
  });

  test('for several scheduled messages in the order of their time when the clock jumps', async () => {
    await inbound();
    for (const hours of [3, 1, 2]) {
      await client.messages.create({ to: user, body: `at ${hours}`, ...sendAt(hours) });
    }
    await advance(7 * DAY_MS);
    await control.idle();
    const phone = await control.get<{ messages: { text: string; at: string }[] }>(
      `phone?user=${encodeURIComponent(user)}`,
    );
    expect(phone.messages.map(({ text, at }) => [text, at])).toEqual([
      ['Hello', '2026-03-01T12:00:00.000Z'],
      ['at 1', '2026-03-01T13:00:00.000Z'],
      ['at 2', '2026-03-01T14:00:00.000Z'],
      ['at 3', '2026-03-01T15:00:00.000Z'],
    ]);
  });

  test.each([
    ['leaves within the window', 60, undefined, good],
    ['leaves after its end', 7200, undefined, outside],
    ['leaves within its validity', 60, 60, good],
    ['leaves after its validity', 7200, 60, ['queued', 'failed 30036']],
  ])('for a message in the queue that %s', async (_when, seconds, validityPeriod, expected) => {
    await inbound();
    await advance(DAY_MS - 3_600_000);
    await control.post('faults', { target: 'delivery', do: 'queue', seconds });
    expect(await outcome({ body: 'Hello', ...(validityPeriod ? { validityPeriod } : {}) })).toEqual([
      'queued',
    ]);
    await advance(seconds * 1000);
    await control.idle();
    expect(reported()).toEqual(expected);
  });

  test('for messages that leave by a running clock', async () => {
    await control.post('clock', { freeze: false });
    await inbound();
    await control.post('faults', { target: 'delivery', do: 'queue', seconds: 0.05 });
    const last = new Promise<void>((resolve) => {
      callbacks.answer = (webhook, response) => {
        response.end();
        if (webhook.params.MessageStatus === 'read') resolve();
      };
    });
    await client.messages.create({
      to: user,
      from: sender,
      body: 'Hello',
      statusCallback: `${callbacks.url}/status`,
    });
    await last;
    expect(reported()).toEqual(good);
  });
});

test('the emulator’s control shows WhatsApp’s own record of the windows', async () => {
  await inbound({ externalUserId: bsuid });
  expect(await control.get('windows')).toEqual({
    windows: [
      {
        sender,
        users: [user, `whatsapp:${bsuid}`],
        lastInboundAt: '2026-03-01T12:00:00.000Z',
        closesAt: '2026-03-02T12:00:00.000Z',
        open: true,
      },
    ],
  });
});

test('the emulator’s control shows the history of a refused message', async () => {
  await outcome({ body: 'Hello' });
  const at = '2026-03-01T12:00:00.000Z';
  expect(await control.get(`messages?to=${encodeURIComponent(user)}`)).toEqual({
    messages: [
      {
        sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
        direction: 'outbound-api',
        from: sender,
        to: user,
        text: 'Hello',
        media: [],
        status: 'failed',
        statuses: [
          { status: 'queued', at, errorCode: null },
          { status: 'undelivered', at, errorCode: 63016 },
          { status: 'failed', at, errorCode: 63016 },
        ],
        delivered: false,
        errorCode: 63016,
        contentSid: null,
        contentVariables: null,
        usedSampleValues: false,
        statusCallback: `${callbacks.url}/status`,
        messagingServiceSid: null,
        validityPeriod: null,
        sendAt: null,
        createdAt: at,
      },
    ],
  });
});
