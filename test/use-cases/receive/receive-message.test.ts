/** A user wrote: the window starts, STOP and START are obeyed, what is held leaves, and late webhooks do no harm. */
import { consentIn, DEFAULT_CONSENT_WORDS } from '../../../src/domain/consent';
import type { WindowFacts } from '../../../src/domain/customer-service-window';
import type { Pair } from '../../../src/domain/whatsapp-address';
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

describe('a message starts the window', () => {
  test.each<readonly [string, ContactRecord | null]>([
    ['of a stranger', null],
    [
      'again, of one whose window was closed',
      stored(phone, { facts: wrote(2 * DAY), messageSid: messageSid(1) }),
    ],
    ['again, where WhatsApp had closed it', stored(phone, { facts: closedByWhatsApp(HOUR) })],
  ])('%s', async (_says, before) => {
    const { ports, store, everything } = stage();
    if (before) await store(before);
    expect([await receiveMessage(ports, inbound(), at), await everything()]).toEqual([
      nothing,
      { windows: [recorded()], held: [] },
    ]);
  });

  test.each(['', 'Please do not stop', '🦊'])('whatever it says: %p', async (body) => {
    const { ports } = stage();
    await receiveMessage(ports, inbound({ body }), at);
    expect(await ports.windows.read(phone)).toEqual(recorded());
  });

  test('of both names, which are noted as one', async () => {
    const { ports } = stage();
    await receiveMessage(ports, inbound({ externalUserId: bsuid.user }), at);
    expect([await ports.windows.read(phone), await ports.windows.phoneOf(bsuid.user)]).toEqual([
      recorded({ externalUserId: bsuid.user }),
      phone.user,
    ]);
  });

  test('also where the names cannot be noted: the next message tries again', async () => {
    const { ports } = stage();
    const note = noting(ports.windows);
    const windows = { ...note.windows, link: failing('STATE_UNAVAILABLE') };
    const message = inbound({ externalUserId: bsuid.user });
    expect([
      await receiveMessage({ ...ports, windows }, message, at),
      await ports.windows.read(phone),
      note.asked,
    ]).toEqual([nothing, recorded({ externalUserId: bsuid.user }), []]);
  });

  test('of the number as well, where it came under the BSUID', async () => {
    const { ports, store, everything } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user }));
    await receiveMessage(ports, inbound({ pair: bsuid, externalUserId: bsuid.user }), at);
    expect((await everything()).windows).toEqual([
      stored(phone, { facts: wrote(0), messageSid: SID, externalUserId: bsuid.user }),
      recorded({ pair: bsuid, externalUserId: bsuid.user }),
    ]);
  });

  test('but not of a number that somebody else has now', async () => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
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

  test('and is not answered where it could not be stored', async () => {
    const { ports } = stage();
    for (const method of ['record', 'phoneOf'] as const) {
      const windows = { ...ports.windows, [method]: failing('STATE_UNAVAILABLE') };
      await expect(receiveMessage({ ...ports, windows }, inbound({ pair: bsuid }), at)).rejects.toEqual(
        failure('STATE_UNAVAILABLE'),
      );
    }
  });

  test('of a BSUID of which no number is known', async () => {
    const { ports, everything } = stage();
    await receiveMessage(ports, inbound({ pair: bsuid, externalUserId: bsuid.user }), at);
    expect((await everything()).windows).toEqual([recorded({ pair: bsuid, externalUserId: bsuid.user })]);
  });

  test.each<readonly [string, Partial<InboundMessage>, readonly string[]]>([
    ['under a number', {}, []],
    [
      'under a number with its BSUID, which is noted',
      { externalUserId: bsuid.user },
      [`link ${bsuid.user} ${phone.user}`],
    ],
    [
      'under a BSUID, whose number is started again',
      { pair: bsuid, externalUserId: bsuid.user },
      [`phoneOf ${bsuid.user}`, `change ${phone.user}`],
    ],
  ])('and asks for nothing else, where nothing needs restrictions: %s', async (_says, changes, asked) => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(HOUR) }), stored(bsuid, { facts: wrote(HOUR) }));
    const note = noting(ports.windows);
    await receiveMessage({ ...ports, windows: note.windows }, inbound(changes), at);
    expect(note.asked).toEqual(asked);
  });
});

describe('what is held', () => {
  test('leaves with any message', async () => {
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
    const { ports, store, went } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user, restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    expect([await receiveMessage(ports, inbound({ pair, externalUserId: bsuid.user }), at), went()]).toEqual([
      { ...nothing, released: 1 },
      [[phone.user, 'one']],
    ]);
  });

  test('under the BSUID leaves with the first message that tells the number', async () => {
    const { ports, store, went } = stage();
    await store(stored(bsuid, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(bsuid, 'one'));
    expect([await receiveMessage(ports, inbound({ externalUserId: bsuid.user }), at), went()]).toEqual([
      { ...nothing, released: 1 },
      [[bsuid.user, 'one']],
    ]);
  });

  test('is looked for without reading again what was just recorded', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    const note = noting(ports.windows);
    await receiveMessage({ ...ports, windows: note.windows }, inbound(), at);
    expect(note.asked).toEqual([`change ${phone.user}`, `change ${phone.user}`]);
  });

  test('stays where they say STOP', async () => {
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

  test('leaves where they say START after all', async () => {
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

describe('STOP', () => {
  const stop = inbound({ body: ' Stop. ' });
  const stopped = { ...nothing, consent: 'stop', scheduledCancelled: true };

  test.each<readonly [string, Partial<ContactRecord> | null, Partial<ContactRecord>]>([
    [
      'is an inbound message as well: it starts the window',
      null,
      { restrictions: restrictions({ optedOutAt: NOON }) },
    ],
    [
      'leaves the record of what is held',
      { facts: wrote(HOUR), restrictions: restrictions({ holding: true, promptedAt: NOON - HOUR }) },
      { restrictions: restrictions({ holding: true, promptedAt: NOON - HOUR, optedOutAt: NOON }) },
    ],
    [
      'again keeps the time of the first',
      { facts: wrote(HOUR), restrictions: optedOut },
      { restrictions: optedOut },
    ],
    [
      'keeps the BSUID that was known',
      { facts: wrote(HOUR), externalUserId: bsuid.user },
      { externalUserId: bsuid.user, restrictions: restrictions({ optedOutAt: NOON }) },
    ],
  ])('%s', async (_says, before, expected) => {
    const { ports, store, everything } = stage();
    if (before) await store(stored(phone, before));
    expect([await receiveMessage(ports, stop, at), (await everything()).windows]).toEqual([
      stopped,
      [recorded(expected)],
    ]);
  });

  test('under a number that comes with its BSUID holds for both', async () => {
    const { ports, everything } = stage();
    await receiveMessage(ports, { ...stop, externalUserId: bsuid.user }, at);
    expect((await everything()).windows).toEqual([
      recorded({ externalUserId: bsuid.user, restrictions: restrictions({ optedOutAt: NOON }) }),
      stored(bsuid, { restrictions: restrictions({ optedOutAt: NOON }) }),
    ]);
  });

  test('under a BSUID holds for the number, and starts its window like any message', async () => {
    const { ports, store, everything } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user }));
    await receiveMessage(ports, { ...stop, pair: bsuid }, at);
    const stoppedNow = { facts: wrote(0), messageSid: SID, restrictions: restrictions({ optedOutAt: NOON }) };
    expect((await everything()).windows).toEqual([
      stored(phone, { ...stoppedNow, externalUserId: bsuid.user }),
      recorded({ ...stoppedNow, pair: bsuid }),
    ]);
  });

  test('under a BSUID does not for a number that somebody else has now', async () => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    const theirs = stored(phone, { facts: wrote(HOUR), externalUserId: stranger.user });
    await store(theirs);
    await receiveMessage(ports, { ...stop, pair: bsuid }, at);
    expect(await ports.windows.read(phone)).toEqual(theirs);
  });

  test('comes again where it could not be stored', async () => {
    const { ports } = stage();
    const windows = { ...ports.windows, change: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, windows }, stop, at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });
});

describe('START', () => {
  const start = inbound({ body: 'start' });
  const started = { ...nothing, consent: 'start' };

  test('ends an opt-out, under both names', async () => {
    const { ports, store, everything } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    const both = { facts: wrote(2 * DAY), restrictions: optedOut };
    await store(stored(phone, { ...both, externalUserId: bsuid.user }), stored(bsuid, both));
    const received = await receiveMessage(ports, { ...start, externalUserId: bsuid.user }, at);
    expect([received, (await everything()).windows]).toEqual([
      started,
      [recorded({ externalUserId: bsuid.user }), stored(bsuid, { facts: wrote(2 * DAY) })],
    ]);
  });

  test('under the BSUID ends that of the number', async () => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user, restrictions: optedOut }));
    await receiveMessage(ports, { ...start, pair: bsuid }, at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(restrictions({}));
  });

  test('of one who never said STOP is a message like any other', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(HOUR) }));
    const note = noting(ports.windows);
    expect([await receiveMessage({ ...ports, windows: note.windows }, start, at), note.asked]).toEqual([
      started,
      [],
    ]);
    expect(await ports.windows.read(phone)).toEqual(recorded());
  });

  test('does not release an opt-out by being part of a sentence', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(HOUR), restrictions: optedOut }));
    expect(await receiveMessage(ports, inbound({ body: 'start again?' }), at)).toEqual(nothing);
    expect(await ports.windows.read(phone)).toEqual(recorded({ restrictions: optedOut }));
  });
});

describe('what Twilio takes a message for counts, whatever its text says', () => {
  const optOut = restrictions({ optedOutAt: NOON });
  type Row = readonly [string, Partial<InboundMessage>, Restrictions, Restrictions];
  test.each<Row>([
    [
      'a STOP in a word that only the account knows',
      { body: 'BAJA', optOutType: 'stop' },
      restrictions({}),
      optOut,
    ],
    ['a START in such a word', { body: 'ALTA', optOutType: 'start' }, optedOut, restrictions({})],
    ['a STOP whose text is START', { body: 'START', optOutType: 'stop' }, restrictions({}), optOut],
    [
      'no STOP where the account uses the word for help',
      { body: 'STOP', optOutType: 'help' },
      restrictions({}),
      restrictions({}),
    ],
  ])('%s', async (_says, message, before, after) => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(HOUR), restrictions: before }));
    await receiveMessage(ports, inbound(message), at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(after);
  });

  test('what is held is not released by the opt-out', async () => {
    const { ports, store, went } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: holding }));
    await ports.held.append(held(phone, 'waiting'));
    await receiveMessage(ports, inbound({ body: 'BAJA', optOutType: 'stop' }), at);
    expect([went(), (await ports.held.list(phone)).length]).toEqual([[], 1]);
  });
});

describe('consent follows the time of a message, not of its arrival', () => {
  /** The webhook of a START comes again, so many seconds after the START, when a STOP was stored meanwhile. */
  test.each<readonly [string, number, number, boolean]>([
    ['15 s later, and the STOP came 10 s ago', 15, 10, true],
    ['15 s later, and the STOP came in the same second', 15, 15, true],
    ['15 s later, and the STOP came a second before it', 15, 16, false],
    ['4 s later, and the STOP came a second after it', 4, 3, true],
    ['at once, and the STOP came in the same second', 0, 0, false],
    ['at once, and the STOP came a minute ago', 0, 60, false],
  ])('a START delivered %s', async (_says, startAgo, stopAgo, isOut) => {
    const { ports, store, theyWrote } = stage();
    const before = restrictions({ optedOutAt: NOON - stopAgo * SECOND });
    await store(stored(phone, { facts: wrote(stopAgo * SECOND), restrictions: before }));
    theyWrote(phone, 'START', startAgo * SECOND, { messageSid: SID });
    await receiveMessage(ports, inbound({ body: 'START' }), at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(isOut ? before : restrictions({}));
  });

  test('a STOP delivered again 15 s later gives way to the START that came since', async () => {
    const { ports, store, theyWrote } = stage();
    await store(stored(phone, { facts: wrote(5 * SECOND) }));
    theyWrote(phone, 'STOP', 15 * SECOND, { messageSid: SID });
    theyWrote(phone, 'START', 5 * SECOND);
    await receiveMessage(ports, inbound({ body: 'STOP' }), at);
    expect((await ports.windows.read(phone))?.restrictions).toEqual(restrictions({}));
  });
});

describe('a late webhook', () => {
  test.each([
    ['a minute after its message is not late', MINUTE, false],
    ['1 ms later it is', MINUTE + 1, true],
  ])('%s', async (_says, ago, late) => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', ago, { messageSid: SID });
    expect([await receiveMessage(ports, inbound(), at), await ports.windows.read(phone)]).toEqual([
      { ...nothing, late },
      recorded({ facts: late ? fromLog(ago) : wrote(0) }),
    ]);
  });

  test('that the log knows nothing of, or that it cannot be asked for, is taken for one in time', async () => {
    const { ports } = stage();
    const messageLog = { ...ports.messageLog, find: failing('STATE_UNAVAILABLE') };
    expect(await receiveMessage({ ...ports, messageLog }, inbound(), at)).toEqual(nothing);
    expect(await ports.windows.read(phone)).toEqual(recorded());
  });

  test('opens nothing that had closed', async () => {
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

  test('gives way to the newest message that the log has', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    theyWrote(phone, 'since', HOUR, { messageSid: messageSid(8) });
    await receiveMessage(ports, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(
      recorded({ facts: fromLog(HOUR), messageSid: messageSid(8) }),
    );
  });

  test('counts as of its own time where the newest is not to be had', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    await ports.windows.record(stored(phone, { facts: wrote(3 * DAY) }));
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    await receiveMessage({ ...ports, messageLog }, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(recorded({ facts: fromLog(2 * DAY) }));
  });

  test('of somebody unknown is not stored while the log cannot tell whether they opted out', async () => {
    const { ports } = stage();
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, messageLog }, inbound(), at)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
    expect(await ports.windows.read(phone)).toBeUndefined();
  });

  test.each<readonly [string, number, boolean]>([
    ['of a message sent since the newest inbound stands', HOUR, true],
    ['of one sent before is out of date', 2 * DAY + 1, false],
  ])('WhatsApp’s verdict %s', async (_says, ago, closed) => {
    const { ports, theyWrote, weWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    weWrote(phone, 'refused', ago, { errorCode: 63016 });
    await receiveMessage(ports, inbound(), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(
      closed ? closedByWhatsApp(2 * DAY) : fromLog(2 * DAY),
    );
  });

  test('does not wait for a verdict that cannot be looked up', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
    await receiveMessage({ ...ports, messageLog }, inbound(), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(fromLog(2 * DAY));
  });

  test('corrects nothing that another message wrote meanwhile', async () => {
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

  test('nor the same message that was delivered again meanwhile', async () => {
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

  test('comes again where it cannot be corrected: the window is known to be wrong', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', 2 * DAY, { messageSid: SID });
    const windows = { ...ports.windows, change: failing('STATE_UNAVAILABLE') };
    await expect(receiveMessage({ ...ports, windows }, inbound(), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });

  test('under the BSUID restarts the number as of its own time only', async () => {
    const { ports, store, theyWrote } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(3 * DAY), externalUserId: bsuid.user }));
    theyWrote(bsuid, 'Hello', 2 * DAY, { messageSid: SID });
    await receiveMessage(ports, inbound({ pair: bsuid }), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(fromLog(2 * DAY));
  });

  describe('of a STOP or START gives way to what was said since', () => {
    type Row = readonly [string, string, readonly (readonly [string, number])[], boolean];
    test.each<Row>([
      ['a STOP, and nothing since', 'STOP', [], true],
      ['a STOP, and another message since', 'STOP', [['Hello', HOUR]], true],
      ['a STOP, and a START since', 'STOP', [['START', HOUR]], false],
      ['a STOP, and a START before', 'STOP', [['START', 3 * DAY]], true],
      ['a START, and nothing since', 'START', [], false],
      ['a START, and a STOP since', 'START', [['STOP', HOUR]], true],
    ])('%s', async (_says, body, others, expected) => {
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
          scheduledCancelled: expected ? true : null,
          consent: consentIn(body, DEFAULT_CONSENT_WORDS),
        },
        expected ? before : restrictions({}),
      ]);
    });

    test('a STOP that the list of the log does not have yet is obeyed', async () => {
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

    test('and comes again where the log cannot tell', async () => {
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
      ['where it is the newest that is known', wrote(3 * DAY), null, { facts: fromLog(2 * DAY) }],
      ['where it is newer by 1 ms', wrote(2 * DAY + 1), null, { facts: fromLog(2 * DAY) }],
      ['not where something as new is known', wrote(2 * DAY), null, {}],
      ['not where something newer is', wrote(HOUR), null, {}],
      [
        'closed, where WhatsApp has refused a message since',
        wrote(3 * DAY),
        DAY,
        { facts: closedByWhatsApp(2 * DAY) },
      ],
    ])('a late STOP starts the window when it was written: %s', async (_says, facts, refusedAgo, changes) => {
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
    });

    test('and under the BSUID that of the number', async () => {
      const { ports, store, theyWrote } = stage();
      await ports.windows.link(bsuid.user, phone.user);
      const before = stored(phone, { facts: wrote(3 * DAY), externalUserId: bsuid.user });
      await store(before);
      theyWrote(bsuid, 'STOP', 2 * DAY, { messageSid: SID });
      await receiveMessage(ports, inbound({ pair: bsuid, body: 'STOP' }), at);
      expect(await ports.windows.read(phone)).toEqual({
        ...before,
        ...{ facts: fromLog(2 * DAY), messageSid: SID, restrictions: stopped },
      });
    });
  });
});

describe('a write that took long may have overtaken that of a newer message', () => {
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
    ['a second is not long', SECOND, -SECOND, false],
    ['1 ms more is: the log’s newer one counts', SECOND + 1, -SECOND, true],
    ['one that is newer by 1 ms', 2 * SECOND, -1, true],
    ['not one that is as new', 2 * SECOND, 0, false],
    ['not one that is older', 2 * SECOND, SECOND, false],
  ])('%s', async (_says, ms, ago, corrected) => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'newer', ago, { messageSid: messageSid(8) });
    const windows = slow(ports, ms);
    expect([
      await receiveMessage({ ...ports, windows }, inbound(), at),
      await ports.windows.read(phone),
    ]).toEqual([nothing, recorded(corrected ? { facts: fromLog(ago), messageSid: messageSid(8) } : {})]);
  });

  test('WhatsApp’s verdict is not looked for: that is about messages before', async () => {
    const { ports, theyWrote, weWrote } = stage();
    theyWrote(phone, 'newer', -SECOND);
    weWrote(phone, 'refused', -2 * SECOND, { errorCode: 63016 });
    await receiveMessage({ ...ports, windows: slow(ports, 2 * SECOND) }, inbound(), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(fromLog(-SECOND));
  });

  test('the log has this message as the newest, by a clock that is ahead: it stays', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', -SECOND, { messageSid: SID });
    await receiveMessage({ ...ports, windows: slow(ports, 2 * SECOND) }, inbound(), at);
    expect(await ports.windows.read(phone)).toEqual(recorded());
  });

  test.each<readonly [string, 'newestInbound' | 'change']>([
    ['the log is away', 'newestInbound'],
    ['it cannot be changed', 'change'],
  ])('the window is stored, so it need not come again, where %s', async (_says, method) => {
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
