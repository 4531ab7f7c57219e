/** Who is behind an address: every name that is theirs, what the message log knows, and what is asked for it. */
import { NO_FACTS, type WindowFacts, windowAt } from '../../../src/domain/customer-service-window';
import type { Pair } from '../../../src/domain/whatsapp-address';
import { type Person, readFromLog, readPerson } from '../../../src/use-cases/contacts/read-person';
import type { FailureCode } from '../../../src/use-cases/failure';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import {
  at,
  bsuid,
  closedByWhatsApp,
  DAY,
  failing,
  failure,
  HOUR,
  MINUTE,
  messageSid,
  NOON,
  noting,
  phone,
  restrictions,
  stage,
  stored,
  stranger,
  wrote,
} from '../stage';

const person = (facts: WindowFacts, changes: Partial<Person> = {}): Person => ({
  window: windowAt(facts, at.now, at.marginSeconds),
  optedOut: false,
  externalUserId: null,
  holding: false,
  promptedAt: null,
  promptSid: null,
  cancelScheduled: false,
  ...changes,
});
const FRESH = { remember: true, fresh: true };
/** As one whose BSUID is known. */
const named = { externalUserId: bsuid.user };
const held = restrictions({ holding: true });
const askedFor = restrictions({ holding: true, promptedAt: NOON - HOUR });

describe('a person with one record', () => {
  type Row = readonly [string, ContactRecord, boolean, Person, readonly string[]];
  const reads = (pair: Pair, fresh: boolean) => [`read ${pair.user}${fresh ? ' fresh' : ''}`];
  test.each<Row>([
    [
      'the record of a number is enough',
      stored(phone, { facts: wrote(HOUR) }),
      false,
      person(wrote(HOUR)),
      reads(phone, false),
    ],
    [
      'the record of a number is enough where the answer must be exact and the window is closed',
      stored(phone, { facts: wrote(2 * DAY) }),
      true,
      person(wrote(2 * DAY)),
      reads(phone, true),
    ],
    [
      'the record of a number names the BSUID, which is not read',
      stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user }),
      true,
      person(wrote(2 * DAY), named),
      reads(phone, true),
    ],
    [
      'the record of a number says that they opted out',
      stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON - HOUR }) }),
      false,
      person(wrote(HOUR), { optedOut: true }),
      reads(phone, false),
    ],
    [
      'the record of a BSUID says that the window is open',
      stored(bsuid, { facts: wrote(HOUR) }),
      false,
      person(wrote(HOUR), named),
      reads(bsuid, false),
    ],
  ])('is read as the record says: %s', async (_says, record, fresh, expected, asked) => {
    const { ports, store } = stage();
    await store(record);
    const note = noting(ports.windows);
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    const found = await readPerson({ ...ports, windows: note.windows, messageLog }, record.pair, at, {
      remember: true,
      fresh,
    });
    expect([found, note.asked]).toEqual([expected, asked]);
  });
});

describe('a person with two names', () => {
  type Row = readonly [string, Pair, readonly ContactRecord[], Person];
  test.each<Row>([
    [
      'the BSUID has the window of the number, if that is newer',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY) }), stored(phone, { facts: wrote(HOUR) })],
      person(wrote(HOUR), named),
    ],
    [
      'the BSUID has its own window, if that is newer',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY) }), stored(phone, { facts: wrote(3 * DAY) })],
      person(wrote(2 * DAY), named),
    ],
    [
      'the BSUID has the window of the number, if nothing is stored under the BSUID',
      bsuid,
      [stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user })],
      person(wrote(HOUR), named),
    ],
    [
      'the BSUID is not merged with somebody else who has the number now',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(HOUR), externalUserId: stranger.user }),
      ],
      person(wrote(2 * DAY), named),
    ],
    [
      'an opt-out under one name holds under both',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON }) }),
      ],
      person(wrote(HOUR), { ...named, optedOut: true }),
    ],
    [
      'messages held under the number are found there by the BSUID',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(2 * DAY), restrictions: askedFor }),
      ],
      person(wrote(2 * DAY), { ...named, holding: true, promptedAt: NOON - HOUR }),
    ],
    [
      'messages held under the number are found there by the number',
      phone,
      [stored(phone, { facts: wrote(2 * DAY), restrictions: held, externalUserId: bsuid.user })],
      person(wrote(2 * DAY), { ...named, holding: true }),
    ],
    [
      'a reply prompt counts no more where nothing is held',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY), restrictions: restrictions({ promptedAt: NOON }) })],
      person(wrote(2 * DAY), named),
    ],
    [
      'a window that WhatsApp closed after its newest message is closed under both names',
      bsuid,
      [
        stored(bsuid, { facts: wrote(HOUR), restrictions: held }),
        stored(phone, { facts: closedByWhatsApp(HOUR) }),
      ],
      person(closedByWhatsApp(HOUR), { ...named, holding: true }),
    ],
    [
      'a message after WhatsApp’s refusal opens the window under both names',
      bsuid,
      [
        stored(bsuid, { facts: wrote(HOUR), restrictions: held }),
        stored(phone, { facts: closedByWhatsApp(HOUR + 1) }),
      ],
      person(wrote(HOUR), { ...named, holding: true }),
    ],
  ])('%s', async (_says, pair, records, expected) => {
    const { ports, store, link } = stage();
    await link();
    await store(...records);
    expect(await readPerson(ports, pair, at)).toEqual(expected);
  });

  test('is still one person after both records have expired', async () => {
    const { ports, theyWrote, link } = stage();
    await link();
    theyWrote(bsuid, 'Hello', HOUR);
    expect(await readPerson(ports, bsuid, at)).toEqual(
      person({ ...wrote(HOUR), source: 'message-log' }, named),
    );
  });

  test('has held messages under the BSUID, where no number is known', async () => {
    const { ports, store } = stage();
    await store(stored(bsuid, { facts: wrote(HOUR), restrictions: held }));
    expect(await readPerson(ports, bsuid, at)).toEqual(person(wrote(HOUR), { ...named, holding: true }));
  });
});

describe('a person of whom nothing is stored', () => {
  const fromLog = (ago: number): WindowFacts => ({ ...wrote(ago), source: 'message-log' });

  test('is found in the message log, and the result is remembered', async () => {
    const { ports, theyWrote, everything } = stage();
    theyWrote(phone, 'first', 2 * HOUR);
    theyWrote(phone, 'second', HOUR, { messageSid: messageSid(2) });
    expect([await readPerson(ports, phone, at), await everything()]).toEqual([
      person(fromLog(HOUR)),
      { windows: [stored(phone, { facts: fromLog(HOUR), messageSid: messageSid(2) })], held: [] },
    ]);
  });

  test('is remembered as unknown where the message log has nothing either', async () => {
    const { ports, everything } = stage();
    expect([await readPerson(ports, phone, at), await everything()]).toEqual([
      person(NO_FACTS),
      { windows: [stored(phone)], held: [] },
    ]);
  });

  test('is not remembered by a dry run', async () => {
    const { ports, theyWrote, everything } = stage();
    theyWrote(phone, 'Hello', HOUR);
    const how = { remember: false, fresh: false };
    expect([await readPerson(ports, phone, at, how), await everything()]).toEqual([
      person(fromLog(HOUR)),
      { windows: [], held: [] },
    ]);
  });

  test.each<readonly [string, readonly string[], boolean]>([
    ['who said STOP last', ['STOP'], true],
    ['who said STOP, and then something else', ['STOP', 'Hello'], true],
    ['who said START since', ['STOP', 'START'], false],
    ['who said STOP again', ['START', 'STOP'], true],
    ['who only spoke of it', ['Please stop'], false],
    ['who said STOP 50 messages ago', ['STOP', ...Array.from({ length: 49 }, () => 'Hello')], true],
    [
      'who said STOP 51 messages ago, beyond one page of the log',
      ['STOP', ...Array.from({ length: 50 }, () => 'Hello')],
      false,
    ],
  ])('has the opt-out that the message log shows: one %s', async (_says, bodies, optedOut) => {
    const { ports, theyWrote } = stage();
    for (const [index, body] of bodies.entries()) theyWrote(phone, body, (bodies.length - index) * MINUTE);
    const found = await readPerson(ports, phone, at);
    const optedOutAt = optedOut ? NOON - MINUTE : null;
    expect([found, (await ports.windows.read(phone))?.restrictions]).toEqual([
      person(fromLog(MINUTE), { optedOut }),
      restrictions({ optedOutAt }),
    ]);
  });

  test('is refused as unknown while the log is unavailable', async () => {
    const { ports } = stage();
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    await expect(readPerson({ ...ports, messageLog }, phone, at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });

  test('is known without the log where a record exists under the other name', async () => {
    const { ports, store, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(HOUR) }));
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    expect(await readPerson({ ...ports, messageLog }, bsuid, at)).toEqual(person(wrote(HOUR), named));
  });

  test.each<readonly [FailureCode, boolean]>([
    ['STATE_UNAVAILABLE', true],
    ['RATE_LIMITED', true],
    ['MISCONFIGURED', false],
  ])('is known although the result cannot be remembered (%s): %s', async (code, known) => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', HOUR);
    const windows = { ...ports.windows, remember: failing(code) };
    const found = await readPerson({ ...ports, windows }, phone, at).catch((error: unknown) => error);
    expect(found).toEqual(known ? person(fromLog(HOUR)) : failure(code));
  });
});

describe('a person of whom somebody died who held a text and was about to ask them', () => {
  const asked = (ago: number) => restrictions({ holding: true, promptedAt: NOON - ago });
  const left = { facts: wrote(2 * DAY), restrictions: asked(15_000) };
  const fromLog = (ago: number): WindowFacts => ({ ...wrote(ago), source: 'message-log' });

  test.each<readonly [string, Partial<ContactRecord>, boolean]>([
    ['15 s ago', left, true],
    ['14,999 ms ago, which somebody may still be at', { ...left, restrictions: asked(14_999) }, false],
    ['who was asked', { ...left, restrictions: { ...asked(15_000), promptSid: messageSid(1) } }, false],
    ['whose window WhatsApp closed', { ...left, facts: closedByWhatsApp(2 * DAY) }, false],
    ['who is known to have written since', { ...left, facts: wrote(MINUTE) }, false],
  ])(
    'is known by the log as well, where a message of theirs was overlooked: %s',
    async (_says, changes, isLearnt) => {
      const { ports, store, theyWrote } = stage();
      const before = stored(phone, changes);
      await store(before);
      theyWrote(phone, 'Hello', 20_000, { messageSid: messageSid(5) });
      const { window } = await readPerson(ports, phone, at);
      const facts = isLearnt ? fromLog(20_000) : before.facts;
      expect([window, (await ports.windows.read(phone))?.facts]).toEqual([
        windowAt(facts, at.now, at.marginSeconds),
        facts,
      ]);
    },
  );

  test('has opted out where that message was a STOP', async () => {
    const { ports, store, theyWrote } = stage();
    await store(stored(phone, left));
    theyWrote(phone, 'STOP', 20_000);
    expect((await readPerson(ports, phone, at)).optedOut).toBe(true);
  });

  test('stays as they are known where the log is away, and in a dry run', async () => {
    const { ports, store, theyWrote } = stage();
    await store(stored(phone, left));
    theyWrote(phone, 'Hello', 20_000);
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    const before = windowAt(left.facts, at.now, at.marginSeconds);
    expect([
      (await readPerson({ ...ports, messageLog }, phone, at)).window,
      (await readPerson(ports, phone, at, { remember: false, fresh: true })).window,
    ]).toEqual([before, before]);
  });
});

test.each<FailureCode>(['STATE_UNAVAILABLE', 'RATE_LIMITED'])(
  'reports that the store of contacts is unavailable: %s',
  async (code) => {
    const { ports } = stage();
    const windows = { ...ports.windows, read: failing(code) };
    await expect(readPerson({ ...ports, windows }, phone, at, FRESH)).rejects.toEqual(failure(code));
  },
);

describe('a person who is read from the message log alone', () => {
  type Row = readonly [string, Pair, readonly (readonly [string, number])[], Person | null];
  const fromLog = (ago: number): WindowFacts => ({ ...wrote(ago), source: 'message-log' });
  test.each<Row>([
    ['the last message opens the window', phone, [['Hi', HOUR]], person(fromLog(HOUR))],
    ['the last STOP opts them out', phone, [['STOP', HOUR]], person(fromLog(HOUR), { optedOut: true })],
    [
      'a STOP of a BSUID opts them out as well',
      bsuid,
      [['STOP', HOUR]],
      person(fromLog(HOUR), { optedOut: true, externalUserId: bsuid.user }),
    ],
    ['a number without a message never wrote', phone, [], person(NO_FACTS)],
    [
      'a BSUID without a message is unknown, because they may have written under their number',
      bsuid,
      [],
      null,
    ],
  ])('is known as far as the log tells: %s', async (_says, pair, said, expected) => {
    const { ports, theyWrote, everything } = stage();
    for (const [body, ago] of said) theyWrote(pair, body, ago);
    expect([await readFromLog(ports, pair, at), await everything()]).toEqual([
      expected,
      { windows: [], held: [] },
    ]);
  });
});
