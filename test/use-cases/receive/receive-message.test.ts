/** A user wrote: the window starts, STOP and START are obeyed, what is held leaves, and late webhooks do no harm. */

import { consentIn, DEFAULT_CONSENT_WORDS } from '../../../src/domain/consent';
import type { WindowFacts } from '../../../src/domain/customer-service-window';
import type { Pair } from '../../../src/domain/whatsapp-address';
import { Failure } from '../../../src/use-cases/failure';
import type { ContactRecord, ContactStore, Restrictions } from '../../../src/use-cases/ports/contact-store';
import { type InboundMessage, receiveMessage } from '../../../src/use-cases/receive/receive-message';
import {
  at,
  bsuid,
  closedByWhatsApp,
  DAY,
  failing,
  failure,
  HOUR,
  held,
  MINUTE,
  messageSid,
  NOON,
  noting,
  phone,
  restrictions,
  SECOND,
  sender,
  stage,
  stored,
  stranger,
  wrote,
} from '../stage';

const SID = messageSid(7);
const inbound = (changes: Partial<InboundMessage> = {}): InboundMessage => ({
  ...{
    pair: phone,
    messageSid: SID,
    profileName: 'Ada',
    externalUserId: null,
    body: 'Hello',
    optOutType: null,
  },
  ...changes,
});
/** What is stored of it. */
const recorded = (changes: Partial<ContactRecord> = {}) =>
  stored(phone, { facts: wrote(0), messageSid: SID, profileName: 'Ada', ...changes });
const fromLog = (ago: number): WindowFacts => ({ ...wrote(ago), source: 'message-log' });
const holding = restrictions({ holding: true });
const optedOut = restrictions({ optedOutAt: NOON - DAY });
const nothing = { consent: null, late: false, released: 0, isReleaseLeft: false, scheduledCancelled: null };

describe('an inbound message', () => {
  test.each<readonly [string, ContactRecord | null]>([
    ['a stranger’s window', null],
    ['a window that was closed', stored(phone, { facts: wrote(2 * DAY), messageSid: messageSid(1) })],
    ['a window that WhatsApp had closed', stored(phone, { facts: closedByWhatsApp(HOUR) })],
  ])('starts the window of the user: %s', async (_says, before) => {
    const { ports, store, everything } = stage();
    if (before) await store(before);
    expect([await receiveMessage(ports, inbound(), at), await everything()]).toEqual([
      nothing,
      { windows: [recorded()], held: [] },
    ]);
  });

  test.each(['', 'Please do not stop', '🦊'])(
    'starts the window whatever its text says: %p',
    async (body) => {
      const { ports } = stage();
      await receiveMessage(ports, inbound({ body }), at);
      expect(await ports.windows.read(phone)).toEqual(recorded());
    },
  );

  test('starts the window of both names, and links them as one person', async () => {
    const { ports } = stage();
    await receiveMessage(ports, inbound({ externalUserId: bsuid.user }), at);
    expect([await ports.windows.read(phone), await ports.links.read(bsuid)]).toEqual([
      recorded({ externalUserId: bsuid.user }),
      { phone: phone.user, joined: [sender] },
    ]);
  });

  test('starts the window of the number as well, where it came under the BSUID', async () => {
    const { ports, store, everything, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user }));
    await receiveMessage(ports, inbound({ pair: bsuid, externalUserId: bsuid.user }), at);
    expect((await everything()).windows).toEqual([recorded({ externalUserId: bsuid.user })]);
  });

  test('does not start the window of a number that somebody else has now', async () => {
    const { ports, store, link } = stage();
    await link();
    const theirs = stored(phone, {
      facts: wrote(2 * DAY),
      externalUserId: stranger.user,
      restrictions: holding,
    });
    await store(theirs);
    await ports.held.append(held(phone, 'not for them'));
    expect([
      await receiveMessage(ports, inbound({ pair: bsuid }), at),
      await ports.windows.read(phone),
    ]).toEqual([nothing, theirs]);
  });

  test('is not answered where it could not be stored', async () => {
    const { ports } = stage();
    const windows = { ...ports.windows, record: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, windows }, inbound({ pair: bsuid }), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });

  test('starts the window of a BSUID without a known number', async () => {
    const { ports, everything } = stage();
    await receiveMessage(ports, inbound({ pair: bsuid, externalUserId: bsuid.user }), at);
    expect((await everything()).windows).toEqual([recorded({ pair: bsuid, externalUserId: bsuid.user })]);
  });

  test.each<readonly [string, Partial<InboundMessage>]>([
    ['under a number', {}],
    ['under a number with its BSUID', { externalUserId: bsuid.user }],
    ['under a BSUID, whose number is started again', { pair: bsuid, externalUserId: bsuid.user }],
  ])(
    'asks for nothing but what it stores, where nothing restricts the person: %s',
    async (_says, changes) => {
      const { ports, store, link } = stage();
      await link();
      await store(stored(phone, { facts: wrote(HOUR) }), stored(bsuid, { facts: wrote(HOUR) }));
      const note = noting(ports.windows);
      await receiveMessage({ ...ports, windows: note.windows }, inbound(changes), at);
      expect(note.asked).toEqual([]);
    },
  );
});

describe('a message that is held for a user who writes', () => {
  test('leaves with any inbound message', async () => {
    const { ports, store, went, everything } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: holding }));
    for (const body of ['one', 'two']) await ports.held.append(held(phone, body));
    expect([await receiveMessage(ports, inbound(), at), went(), await everything()]).toEqual([
      { ...nothing, released: 2 },
      [
        [phone.user, 'one'],
        [phone.user, 'two'],
      ],
      { windows: [recorded()], held: [] },
    ]);
  });

  test.each<readonly [string, Pair]>([
    ['the number', phone],
    ['the BSUID', bsuid],
  ])('under the number leaves with a message under either name: %s', async (_says, pair) => {
    const { ports, store, went, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user, restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    expect([await receiveMessage(ports, inbound({ pair, externalUserId: bsuid.user }), at), went()]).toEqual([
      { ...nothing, released: 1 },
      [[phone.user, 'one']],
    ]);
  });

  test('leaves from the BSUID’s queue with the first message that links the number', async () => {
    const { ports, store, went } = stage();
    await store(stored(bsuid, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(bsuid, 'one'));
    expect([await receiveMessage(ports, inbound({ externalUserId: bsuid.user }), at), went()]).toEqual([
      { ...nothing, released: 1 },
      [[bsuid.user, 'one']],
    ]);
  });

  test('leaves without a second read of the record that was just written', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    const note = noting(ports.windows);
    await receiveMessage({ ...ports, windows: note.windows }, inbound(), at);
    expect(note.asked).toEqual([`change ${phone.user}`, `change ${phone.user}`]);
  });

  test('stays held where the user says STOP', async () => {
    const { ports, store, went, everything } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    const received = await receiveMessage(ports, inbound({ body: 'stop' }), at);
    expect([received, went(), (await everything()).held.length]).toEqual([
      { ...nothing, consent: 'stop', scheduledCancelled: true },
      [],
      1,
    ]);
  });

  test('leaves where a user who had opted out says START', async () => {
    const { ports, store, went } = stage();
    await store(
      stored(phone, { facts: wrote(2 * DAY), restrictions: { ...holding, optedOutAt: NOON - DAY } }),
    );
    await ports.held.append(held(phone, 'one'));
    expect([await receiveMessage(ports, inbound({ body: 'START' }), at), went().length]).toEqual([
      { ...nothing, consent: 'start', released: 1 },
      1,
    ]);
  });
});

describe('an inbound STOP', () => {
  const stop = inbound({ body: ' Stop. ' });
  const stopped = { ...nothing, consent: 'stop', scheduledCancelled: true };

  test.each<readonly [string, Partial<ContactRecord> | null, Partial<ContactRecord>]>([
    [
      'it starts the window like any inbound message',
      null,
      { restrictions: restrictions({ optedOutAt: NOON }) },
    ],
    [
      'it keeps the record of what is held',
      { facts: wrote(HOUR), restrictions: restrictions({ holding: true, promptedAt: NOON - HOUR }) },
      { restrictions: restrictions({ holding: true, promptedAt: NOON - HOUR, optedOutAt: NOON }) },
    ],
    [
      'a second STOP takes the place of the first',
      { facts: wrote(HOUR), restrictions: optedOut },
      { restrictions: restrictions({ optedOutAt: NOON }) },
    ],
    [
      'it keeps the BSUID that was known',
      { facts: wrote(HOUR), externalUserId: bsuid.user },
      { externalUserId: bsuid.user, restrictions: restrictions({ optedOutAt: NOON }) },
    ],
  ])('opts the user out and keeps what else is stored: %s', async (_says, before, expected) => {
    const { ports, store, everything } = stage();
    if (before) await store(stored(phone, before));
    expect([await receiveMessage(ports, stop, at), (await everything()).windows]).toEqual([
      stopped,
      [recorded(expected)],
    ]);
  });

  test('opts out both names, where it comes under a number with its BSUID', async () => {
    const { ports, everything } = stage();
    await receiveMessage(ports, { ...stop, externalUserId: bsuid.user }, at);
    expect((await ports.windows.read(bsuid))?.restrictions.optedOutAt).toBe(NOON);
    expect((await everything()).windows).toEqual([
      recorded({ externalUserId: bsuid.user, restrictions: restrictions({ optedOutAt: NOON }) }),
    ]);
  });

  test('opts out the number, where it comes under the BSUID, and starts the number’s window', async () => {
    const { ports, store, everything, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user }));
    await receiveMessage(ports, { ...stop, pair: bsuid }, at);
    const stoppedNow = { facts: wrote(0), messageSid: SID, restrictions: restrictions({ optedOutAt: NOON }) };
    expect((await everything()).windows).toEqual([recorded({ ...stoppedNow, externalUserId: bsuid.user })]);
  });

  test('does not opt out a number that somebody else has now, where it comes under the BSUID', async () => {
    const { ports, store, link } = stage();
    await link();
    const theirs = stored(phone, { facts: wrote(HOUR), externalUserId: stranger.user });
    await store(theirs);
    await receiveMessage(ports, { ...stop, pair: bsuid }, at);
    expect(await ports.windows.read(phone)).toEqual(theirs);
  });

  test('is obeyed, and comes again, where the names of the person could not be brought together', async () => {
    const { ports } = stage();
    const windows = { ...ports.windows, meet: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, windows }, stop, at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect((await ports.windows.read(phone))?.restrictions.optedOutAt).toBe(NOON);
  });

  test('is delivered again by Twilio where it could not be stored', async () => {
    const { ports } = stage();
    const windows = { ...ports.windows, change: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, windows }, stop, at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });
});

describe('an inbound START', () => {
  const start = inbound({ body: 'start' });
  const started = { ...nothing, consent: 'start' };

  test('ends the opt-out of both names', async () => {
    const { ports, store, everything, link } = stage();
    await link();
    const both = { facts: wrote(2 * DAY), restrictions: optedOut };
    await store(stored(phone, { ...both, externalUserId: bsuid.user }), stored(bsuid, both));
    const received = await receiveMessage(ports, { ...start, externalUserId: bsuid.user }, at);
    expect([received, (await everything()).windows]).toEqual([
      started,
      [recorded({ externalUserId: bsuid.user })],
    ]);
  });

  test('ends the number’s opt-out where it comes under the BSUID', async () => {
    const { ports, store, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user, restrictions: optedOut }));
    await receiveMessage(ports, { ...start, pair: bsuid }, at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(restrictions({}));
  });

  test('is a message like any other where the user never said STOP', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(HOUR) }));
    const note = noting(ports.windows);
    expect([await receiveMessage({ ...ports, windows: note.windows }, start, at), note.asked]).toEqual([
      started,
      [],
    ]);
    expect(await ports.windows.read(phone)).toEqual(recorded());
  });

  test('does not end an opt-out as one word of a sentence', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(HOUR), restrictions: optedOut }));
    expect(await receiveMessage(ports, inbound({ body: 'start again?' }), at)).toEqual(nothing);
    expect(await ports.windows.read(phone)).toEqual(recorded({ restrictions: optedOut }));
  });
});

describe('Twilio’s own reading of a keyword (OptOutType)', () => {
  const optOut = restrictions({ optedOutAt: NOON });
  type Row = readonly [string, Partial<InboundMessage>, Restrictions, Restrictions];
  test.each<Row>([
    [
      'a STOP in a word that only the account knows',
      { body: 'BAJA', optOutType: 'stop' },
      restrictions({}),
      optOut,
    ],
    [
      'a START in a word that only the account knows',
      { body: 'ALTA', optOutType: 'start' },
      optedOut,
      restrictions({}),
    ],
    ['a STOP whose text is START', { body: 'START', optOutType: 'stop' }, restrictions({}), optOut],
    [
      'no STOP where the account uses the word for help',
      { body: 'STOP', optOutType: 'help' },
      restrictions({}),
      restrictions({}),
    ],
  ])('counts more than the text of the message: %s', async (_says, message, before, after) => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(HOUR), restrictions: before }));
    await receiveMessage(ports, inbound(message), at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(after);
  });

  test('keeps a held message held after an opt-out', async () => {
    const { ports, store, went } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(phone, 'waiting'));
    await receiveMessage(ports, inbound({ body: 'BAJA', optOutType: 'stop' }), at);
    expect([went(), (await ports.held.list(phone)).length]).toEqual([[], 1]);
  });
});

describe('consent follows the time of a message, not the time of its delivery', () => {
  /** The webhook of a START comes again, so many seconds after the START, when a STOP was stored meanwhile. */
  test.each<readonly [string, number, number, boolean]>([
    ['15 s later, and the STOP came 10 s ago', 15, 10, true],
    ['15 s later, and the STOP came in the same second', 15, 15, true],
    ['15 s later, and the STOP came a second before it', 15, 16, false],
    ['4 s later, and the STOP came a second after it', 4, 3, true],
    ['at once, and the STOP came in the same second', 0, 0, false],
    ['at once, and the STOP came a minute ago', 0, 60, false],
  ])('for a START that was delivered %s', async (_says, startAgo, stopAgo, isOut) => {
    const { ports, store, theyWrote } = stage();
    const before = restrictions({ optedOutAt: NOON - stopAgo * SECOND });
    await store(stored(phone, { facts: wrote(stopAgo * SECOND), restrictions: before }));
    theyWrote(phone, 'START', startAgo * SECOND, { messageSid: SID });
    await receiveMessage(ports, inbound({ body: 'START' }), at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(isOut ? before : restrictions({}));
  });

  test('for a STOP that is delivered again 15 s later than the START sent since', async () => {
    const { ports, store, theyWrote } = stage();
    await store(stored(phone, { facts: wrote(5 * SECOND) }));
    theyWrote(phone, 'STOP', 15 * SECOND, { messageSid: SID });
    theyWrote(phone, 'START', 5 * SECOND);
    await receiveMessage(ports, inbound({ body: 'STOP' }), at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(restrictions({}));
  });
});

describe('of two words within some seconds the one that was written later counts, whichever webhook comes last', () => {
  test.each<readonly [string, string, number, string, number, boolean]>([
    ['a STOP that comes again', 'STOP', 2, 'START', 1, false],
    ['a START that comes again', 'START', 2, 'STOP', 1, true],
    ['a STOP of the same second', 'STOP', 1, 'START', 1, false],
    ['a START of the same second', 'START', 1, 'STOP', 1, true],
  ])('%s after the other word', async (_says, first, firstAgo, second, secondAgo, isOut) => {
    const { ports, store, theyWrote } = stage();
    const before = restrictions({ optedOutAt: isOut ? NOON - secondAgo * SECOND : null });
    await store(stored(phone, { facts: wrote(SECOND), restrictions: before }));
    // The log lists the newest first, also within a second.
    theyWrote(phone, second, secondAgo * SECOND, { messageSid: messageSid(8) });
    theyWrote(phone, first, firstAgo * SECOND, { messageSid: SID });
    await receiveMessage(ports, inbound({ body: first }), at);
    const { optedOutAt } = (await ports.windows.read(phone))?.restrictions ?? {};
    expect(optedOutAt !== null).toBe(isOut);
  });
});

describe('a late webhook', () => {
  test.each([
    ['a minute after it is not late', MINUTE, false],
    ['a minute and 1 ms after it is late', MINUTE + 1, true],
  ])('is one that comes more than a minute after its message: %s', async (_says, ago, late) => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', ago, { messageSid: SID });
    expect([await receiveMessage(ports, inbound(), at), await ports.windows.read(phone)]).toEqual([
      { ...nothing, late },
      recorded({ facts: late ? fromLog(ago) : wrote(0) }),
    ]);
  });

  test('counts as in time where the log does not have its message or is unavailable', async () => {
    const { ports } = stage();
    const messageLog = { ...ports.messageLog, find: failing('STATE_UNAVAILABLE') };
    expect(await receiveMessage({ ...ports, messageLog }, inbound(), at)).toEqual(nothing);
    expect(await ports.windows.read(phone)).toEqual(recorded());
  });

  test('does not open a window that has closed', async () => {
    const { ports, store, theyWrote, went } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    expect([await receiveMessage(ports, inbound(), at), went(), await ports.windows.read(phone)]).toEqual([
      { ...nothing, late: true },
      [],
      recorded({ facts: fromLog(2 * DAY), restrictions: holding }),
    ]);
  });

  test('is replaced by the newest message that the log has', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    theyWrote(phone, 'since', HOUR, { messageSid: messageSid(8) });
    await receiveMessage(ports, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(
      recorded({ facts: fromLog(HOUR), messageSid: messageSid(8) }),
    );
  });

  test('counts as of its own time where the newest message cannot be read', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    await ports.windows.record(stored(phone, { facts: wrote(3 * DAY) }));
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    await receiveMessage({ ...ports, messageLog }, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(recorded({ facts: fromLog(2 * DAY) }));
  });

  test('is not stored for a stranger while the log cannot tell whether they opted out', async () => {
    const { ports } = stage();
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, messageLog }, inbound(), at)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
    expect(await ports.windows.read(phone)).toBeUndefined();
  });

  test.each<readonly [string, number, boolean]>([
    ['on a message sent since the newest inbound one counts', HOUR, true],
    ['on a message sent earlier is out of date', 2 * DAY + 1, false],
  ])('keeps WhatsApp’s verdict only where it is newer: a verdict %s', async (_says, ago, closed) => {
    const { ports, theyWrote, weWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    weWrote(phone, 'refused', ago, { errorCode: 63016 });
    await receiveMessage(ports, inbound(), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(
      closed ? closedByWhatsApp(2 * DAY) : fromLog(2 * DAY),
    );
  });

  test('is stored without a verdict that cannot be looked up', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
    await receiveMessage({ ...ports, messageLog }, inbound(), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(fromLog(2 * DAY));
  });

  test('does not replace what another message wrote meanwhile', async () => {
    const { ports, theyWrote, store } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    const meanwhile = recorded({ messageSid: messageSid(8) });
    const messageLog = {
      ...ports.messageLog,
      newestInbound: async (...asked: Parameters<typeof ports.messageLog.newestInbound>) => {
        await store(meanwhile);
        return ports.messageLog.newestInbound(...asked);
      },
    };
    await receiveMessage({ ...ports, messageLog }, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(meanwhile);
  });

  test('does not replace what the same message wrote when it was delivered again meanwhile', async () => {
    const { ports, theyWrote, store } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    const corrected = recorded({ facts: closedByWhatsApp(2 * DAY) });
    const messageLog = {
      ...ports.messageLog,
      newestInbound: async (...asked: Parameters<typeof ports.messageLog.newestInbound>) => {
        await store(corrected);
        return ports.messageLog.newestInbound(...asked);
      },
    };
    await receiveMessage({ ...ports, messageLog }, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(corrected);
  });

  test('is delivered again by Twilio where a window that is known to be wrong cannot be corrected', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    const windows = { ...ports.windows, change: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, windows }, inbound(), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });

  test('starts the number’s window as well where it comes under the BSUID', async () => {
    const { ports, store, theyWrote, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(3 * DAY), externalUserId: bsuid.user }));
    theyWrote(bsuid, 'Hello', 2 * DAY, { messageSid: SID });
    await receiveMessage(ports, inbound({ pair: bsuid }), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(fromLog(2 * DAY));
  });

  describe('that is a STOP or START', () => {
    type Row = readonly [string, string, readonly (readonly [string, number])[], number | null];
    test.each<Row>([
      ['a STOP with nothing newer opts out', 'STOP', [], 2 * DAY],
      ['a STOP with a newer ordinary message opts out', 'STOP', [['Hello', HOUR]], 2 * DAY],
      ['a STOP with a newer START does not opt out', 'STOP', [['START', HOUR]], null],
      ['a STOP with an older START opts out', 'STOP', [['START', 3 * DAY]], 2 * DAY],
      ['a START with nothing newer does not opt out', 'START', [], null],
      ['a START with a newer STOP opts out', 'START', [['STOP', HOUR]], HOUR],
    ])('gives way to a newer STOP or START in the log: %s', async (_says, body, others, stoppedAgo) => {
      const { ports, store, theyWrote } = stage();
      const before = restrictions({ optedOutAt: NOON - 4 * DAY });
      await store(stored(phone, { facts: wrote(HOUR), restrictions: before }));
      theyWrote(phone, body, 2 * DAY, { messageSid: SID });
      for (const [said, ago] of others) theyWrote(phone, said, ago);
      const received = await receiveMessage(ports, inbound({ body }), at);
      expect([received, (await ports.windows.read(phone))?.restrictions]).toEqual([
        {
          ...nothing,
          late: true,
          scheduledCancelled: stoppedAgo === null ? null : true,
          consent: consentIn(body, DEFAULT_CONSENT_WORDS),
        },
        stoppedAgo === null ? restrictions({}) : restrictions({ optedOutAt: NOON - stoppedAgo }),
      ]);
    });

    test('a START does not lift a STOP of the same second that was stored since the log was asked', async () => {
      const { ports, store, theyWrote } = stage();
      await store(stored(phone, { facts: wrote(HOUR), restrictions: optedOut }));
      theyWrote(phone, 'START', 500, { messageSid: SID });
      let isStopped = false;
      const windows: ContactStore = {
        ...ports.windows,
        async change(pair, change) {
          if (!isStopped) {
            isStopped = true;
            theyWrote(phone, 'STOP', 100, { messageSid: messageSid(9) });
            await store(
              stored(phone, { facts: wrote(100), restrictions: restrictions({ optedOutAt: NOON - 100 }) }),
            );
          }
          return ports.windows.change(pair, change);
        },
      };
      await receiveMessage({ ...ports, windows }, inbound({ body: 'START' }), at);
      expect((await ports.windows.read(phone))?.restrictions.optedOutAt).toBe(NOON - 100);
    });

    test('a START from between two STOPs lifts neither, where the log is away when its webhook comes', async () => {
      const { ports, store, theyWrote } = stage();
      await store(
        stored(phone, { facts: wrote(3 * DAY), restrictions: restrictions({ optedOutAt: NOON - 3 * DAY }) }),
      );
      theyWrote(phone, 'STOP', SECOND, { messageSid: messageSid(8) });
      await receiveMessage(ports, inbound({ body: 'STOP', messageSid: messageSid(8) }), at);
      theyWrote(phone, 'START', 3 * SECOND, { messageSid: SID });
      const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
      await receiveMessage({ ...ports, messageLog }, inbound({ body: 'START' }), at);
      expect((await ports.windows.read(phone))?.restrictions.optedOutAt).toBe(NOON - SECOND);
    });

    test('a START of whom something is held comes again as well while a STOP is being stored', async () => {
      const { ports, store, theyWrote } = stage();
      await store(stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ holding: true }) }));
      theyWrote(phone, 'STOP', SECOND);
      theyWrote(phone, 'START', 0, { messageSid: SID });
      await expect(receiveMessage(ports, inbound({ body: 'START' }), at)).rejects.toMatchObject({
        code: 'STATE_UNAVAILABLE',
      });
    });

    test.each<readonly [string, string, number, boolean]>([
      ['a STOP of 10,999 ms ago may still be on its way into the store', 'STOP', 10_999, true],
      ['a STOP of 11 s ago is stored, or nobody stores it any more', 'STOP', 11_000, false],
      ['a STOP that is newer is stored by its own webhook', 'STOP', -1, false],
      ['another message a moment ago is none', 'Hello', 1000, false],
    ])('a START of whom nothing restricts comes again only where %s', async (_says, body, ago, isAgain) => {
      const { ports, store, theyWrote } = stage();
      await store(stored(phone, { facts: wrote(HOUR) }));
      theyWrote(phone, body, ago);
      theyWrote(phone, 'START', 0, { messageSid: SID });
      const receiving = receiveMessage(ports, inbound({ body: 'START' }), at);
      const code = await receiving.then(
        () => null,
        (error: unknown) => (error instanceof Failure ? error.code : error),
      );
      expect(code).toBe(isAgain ? 'STATE_UNAVAILABLE' : null);
    });

    test('opts out also where the log’s list does not have the STOP yet', async () => {
      const { ports } = stage();
      const messageLog = {
        ...ports.messageLog,
        find: async () => ({
          messageSid: SID,
          at: NOON - HOUR,
          body: 'STOP',
          mediaCount: 0,
          status: 'received',
          errorCode: null,
          pair: null,
        }),
      };
      await receiveMessage({ ...ports, messageLog }, inbound({ body: 'STOP' }), at);
      expect(await ports.windows.read(phone)).toEqual(
        recorded({ facts: fromLog(HOUR), restrictions: restrictions({ optedOutAt: NOON - HOUR }) }),
      );
    });

    test('is delivered again by Twilio where the log is unavailable', async () => {
      const { ports, store, theyWrote } = stage();
      await store(stored(phone, { facts: wrote(HOUR), restrictions: optedOut }));
      theyWrote(phone, 'STOP', 2 * DAY, { messageSid: SID });
      const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
      await expect(receiveMessage({ ...ports, messageLog }, inbound({ body: 'STOP' }), at)).rejects.toEqual(
        failure('STATE_UNAVAILABLE'),
      );
    });

    const stopped = restrictions({ optedOutAt: NOON - 2 * DAY });
    type Start = readonly [string, WindowFacts, number | null, Partial<ContactRecord>];
    test.each<Start>([
      ['it is the newest that is known', wrote(3 * DAY), null, { facts: fromLog(2 * DAY) }],
      ['it is newer by 1 ms', wrote(2 * DAY + 1), null, { facts: fromLog(2 * DAY) }],
      ['a message that is equally new is known', wrote(2 * DAY), null, {}],
      ['a message that is newer is known', wrote(HOUR), null, {}],
      [
        'it is the newest, and WhatsApp has refused a message since',
        wrote(3 * DAY),
        DAY,
        { facts: closedByWhatsApp(2 * DAY) },
      ],
    ])(
      'starts the window as of when it was written, where it is the newest: %s',
      async (_says, facts, refusedAgo, changes) => {
        const { ports, store, theyWrote, weWrote } = stage();
        const before = stored(phone, { facts, messageSid: messageSid(1), externalUserId: bsuid.user });
        await store(before);
        theyWrote(phone, 'STOP', 2 * DAY, { messageSid: SID });
        if (refusedAgo !== null) weWrote(phone, 'refused', refusedAgo, { errorCode: 63016 });
        await receiveMessage(ports, inbound({ body: 'STOP' }), at);
        expect(await ports.windows.read(phone)).toEqual({
          ...before,
          ...(changes.facts && { ...changes, messageSid: SID, profileName: 'Ada' }),
          restrictions: stopped,
        });
      },
    );

    test('restarts the number’s window as of its own time where it comes under the BSUID', async () => {
      const { ports, store, theyWrote, link } = stage();
      await link();
      const before = stored(phone, { facts: wrote(3 * DAY), externalUserId: bsuid.user });
      await store(before);
      theyWrote(bsuid, 'STOP', 2 * DAY, { messageSid: SID });
      await receiveMessage(ports, inbound({ pair: bsuid, body: 'STOP' }), at);
      expect(await ports.windows.read(phone)).toEqual({
        ...before,
        ...{ facts: fromLog(2 * DAY), messageSid: SID, profileName: 'Ada', restrictions: stopped },
      });
    });
  });
});

describe('a slow write, which may have replaced a newer message', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
    // No process begins with the webhook.
    jest.advanceTimersByTime(HOUR);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  /** Recording takes so long. */
  const slow = (ports: ReturnType<typeof stage>['ports'], ms: number) => ({
    ...ports.windows,
    record: async (...parameters: Parameters<ContactStore['record']>) => {
      jest.advanceTimersByTime(ms);
      return ports.windows.record(...parameters);
    },
  });

  type Row = readonly [string, number, number, boolean];
  test.each<Row>([
    ['a second is not slow', SECOND, -SECOND, false],
    ['a second and 1 ms is slow, so the newer message in the log counts', SECOND + 1, -SECOND, true],
    ['a message in the log that is newer by 1 ms counts', 2 * SECOND, -1, true],
    ['a message in the log that is equally new does not count', 2 * SECOND, 0, false],
    ['an older message in the log does not count', 2 * SECOND, SECOND, false],
  ])('is corrected by the log after more than a second: %s', async (_says, ms, ago, corrected) => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'newer', ago, { messageSid: messageSid(8) });
    const windows = slow(ports, ms);
    expect([
      await receiveMessage({ ...ports, windows }, inbound(), at),
      await ports.windows.read(phone),
    ]).toEqual([nothing, recorded(corrected ? { facts: fromLog(ago), messageSid: messageSid(8) } : {})]);
  });

  test('needs no look at WhatsApp’s verdict, which is about earlier messages', async () => {
    const { ports, theyWrote, weWrote } = stage();
    theyWrote(phone, 'newer', -SECOND);
    weWrote(phone, 'refused', -2 * SECOND, { errorCode: 63016 });
    await receiveMessage({ ...ports, windows: slow(ports, 2 * SECOND) }, inbound(), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(fromLog(-SECOND));
  });

  test('keeps the message where the log has it as the newest with a clock that is ahead', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', -SECOND, { messageSid: SID });
    await receiveMessage({ ...ports, windows: slow(ports, 2 * SECOND) }, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(recorded());
  });

  test.each<readonly [string, 'newestInbound' | 'change']>([
    ['the log is away', 'newestInbound'],
    ['the window cannot be corrected', 'change'],
  ])('is answered with success, because the window is stored, where %s', async (_says, method) => {
    const { ports, theyWrote } = stage();
    await ports.windows.record(stored(phone, { facts: wrote(DAY) }));
    theyWrote(phone, 'newer', -SECOND);
    const away = {
      ...ports,
      windows: {
        ...slow(ports, 2 * SECOND),
        ...(method === 'change' && { change: failing('STATE_UNAVAILABLE') }),
      },
      messageLog: {
        ...ports.messageLog,
        ...(method === 'newestInbound' && { newestInbound: failing('STATE_UNAVAILABLE') }),
      },
    };
    expect([await receiveMessage(away, inbound(), at), await ports.windows.read(phone)]).toEqual([
      nothing,
      recorded(),
    ]);
  });
});
