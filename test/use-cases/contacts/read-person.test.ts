/** Who is behind an address: every name that is theirs, what the message log knows, and what is asked for it. */
import { NO_FACTS, type WindowFacts, windowAt } from '../../../src/domain/customer-service-window';
import type { Pair } from '../../../src/domain/whatsapp-address';
import {
  alias,
  belongsTo,
  homeOf,
  type Person,
  readFromLog,
  readPerson,
} from '../../../src/use-cases/contacts/read-person';
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
  holdingAs: null,
  alias: null,
  promptedAt: null,
  promptSid: null,
  cancelScheduled: false,
  ...changes,
});
const FRESH = { remember: true, fresh: true };
/** As a number whose BSUID is known, as a BSUID, and as one whose number is known. */
const named = { externalUserId: bsuid.user, alias: bsuid };
const unnamed = { externalUserId: bsuid.user };
const numbered = { externalUserId: bsuid.user, alias: phone };
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
      person(wrote(HOUR), unnamed),
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

  test.each<readonly [string, Partial<ContactRecord>, boolean]>([
    ['the answer must be exact', { facts: wrote(HOUR) }, true],
    ['the window is in its margin', { facts: wrote(DAY - 5 * MINUTE) }, false],
    ['the window is closed', { facts: wrote(DAY) }, false],
    ['they opted out', { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON }) }, false],
    ['a message is held', { facts: wrote(HOUR), restrictions: held }, false],
  ])(
    'has an exact window only in the record of the number, which is read as well: %s',
    async (_says, record, fresh) => {
      const { ports, store } = stage();
      await store(stored(bsuid, record));
      const note = noting(ports.windows);
      await readPerson({ ...ports, windows: note.windows }, bsuid, at, { remember: true, fresh });
      expect(note.asked.sort()).toEqual([
        `phoneOf ${bsuid.user}`,
        `read ${bsuid.user}${fresh ? ' fresh' : ''}`,
      ]);
    },
  );
});

describe('a person with two names', () => {
  type Row = readonly [string, Pair, readonly ContactRecord[], Person];
  test.each<Row>([
    [
      'the BSUID has the window of the number, if that is newer',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY) }), stored(phone, { facts: wrote(HOUR) })],
      person(wrote(HOUR), numbered),
    ],
    [
      'the BSUID has its own window, if that is newer',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY) }), stored(phone, { facts: wrote(3 * DAY) })],
      person(wrote(2 * DAY), numbered),
    ],
    [
      'the BSUID has the window of the number, if nothing is stored under the BSUID',
      bsuid,
      [stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user })],
      person(wrote(HOUR), numbered),
    ],
    [
      'the BSUID is not merged with somebody else who has the number now',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(HOUR), externalUserId: stranger.user }),
      ],
      person(wrote(2 * DAY), unnamed),
    ],
    [
      'an opt-out under one name holds under both',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON }) }),
      ],
      person(wrote(HOUR), { ...numbered, optedOut: true }),
    ],
    [
      'messages held under the number are found there by the BSUID',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(2 * DAY), restrictions: askedFor }),
      ],
      person(wrote(2 * DAY), { ...numbered, holdingAs: phone, promptedAt: NOON - HOUR }),
    ],
    [
      'messages held under the number are found there by the number',
      phone,
      [stored(phone, { facts: wrote(2 * DAY), restrictions: held, externalUserId: bsuid.user })],
      person(wrote(2 * DAY), { ...named, holdingAs: phone }),
    ],
    [
      'a reply prompt counts no more where nothing is held',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY), restrictions: restrictions({ promptedAt: NOON }) })],
      person(wrote(2 * DAY), numbered),
    ],
    [
      'a window that WhatsApp closed after its newest message is closed under both names',
      bsuid,
      [
        stored(bsuid, { facts: wrote(HOUR), restrictions: held }),
        stored(phone, { facts: closedByWhatsApp(HOUR) }),
      ],
      person(closedByWhatsApp(HOUR), { ...numbered, holdingAs: phone }),
    ],
    [
      'a message after WhatsApp’s refusal opens the window under both names',
      bsuid,
      [
        stored(bsuid, { facts: wrote(HOUR), restrictions: held }),
        stored(phone, { facts: closedByWhatsApp(HOUR + 1) }),
      ],
      person(wrote(HOUR), { ...numbered, holdingAs: phone }),
    ],
  ])('is read as one person: %s', async (_says, pair, records, expected) => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(...records);
    expect(await readPerson(ports, pair, at)).toEqual(expected);
  });

  test('is still one person after both records have expired', async () => {
    const { ports, theyWrote } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    theyWrote(bsuid, 'Hello', HOUR);
    expect(await readPerson(ports, bsuid, at)).toEqual(
      person({ ...wrote(HOUR), source: 'message-log' }, numbered),
    );
  });

  test('is read by the BSUID in one round trip less where the answer must be exact', async () => {
    const { ports, store } = stage();
    await store(stored(bsuid, { facts: wrote(HOUR) }));
    const begun: string[] = [];
    const never = (what: string) => () => {
      begun.push(what);
      return new Promise<never>(() => undefined);
    };
    const windows = { ...ports.windows, read: never('read'), phoneOf: never('phoneOf') };
    void readPerson({ ...ports, windows }, bsuid, at, FRESH);
    await Promise.resolve();
    expect(begun.sort()).toEqual(['phoneOf', 'read']);
  });

  test.each<readonly [string, Pair, Pair]>([
    ['the number', phone, bsuid],
    ['the BSUID', bsuid, phone],
  ])(
    'is remembered only by the name that was looked up, not by the other: %s',
    async (_says, pair, other) => {
      const { ports, store } = stage();
      await ports.windows.link(bsuid.user, phone.user);
      await store(stored(pair, { facts: wrote(2 * DAY), restrictions: held, externalUserId: bsuid.user }));
      const note = noting(ports.windows);
      await readPerson({ ...ports, windows: note.windows }, pair, at);
      expect(note.asked.filter((what) => what.startsWith('read'))).toEqual([
        `read ${pair.user}`,
        `read ${other.user} fresh`,
      ]);
    },
  );

  test('has held messages under the BSUID, where no number is known', async () => {
    const { ports, store } = stage();
    await store(stored(bsuid, { facts: wrote(HOUR), restrictions: held }));
    expect(await readPerson(ports, bsuid, at)).toEqual(person(wrote(HOUR), { ...unnamed, holdingAs: bsuid }));
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
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(HOUR) }));
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    expect(await readPerson({ ...ports, messageLog }, bsuid, at)).toEqual(person(wrote(HOUR), numbered));
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

test.each<FailureCode>(['STATE_UNAVAILABLE', 'RATE_LIMITED'])(
  'reports that the store of contacts is unavailable: %s',
  async (code) => {
    const { ports } = stage();
    const windows = { ...ports.windows, read: failing(code) };
    await expect(readPerson({ ...ports, windows }, phone, at, FRESH)).rejects.toEqual(failure(code));
  },
);

describe('the alias', () => {
  const record = stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user });

  test.each<readonly [string, Pair, readonly ContactRecord[], Awaited<ReturnType<typeof alias>>]>([
    ['that of a number is the BSUID in its record', phone, [record], { pair: bsuid, record: undefined }],
    [
      'that of a number comes with what is stored under the BSUID',
      phone,
      [record, stored(bsuid, { facts: wrote(DAY) })],
      { pair: bsuid, record: stored(bsuid, { facts: wrote(DAY) }) },
    ],
    ['that of a number is unknown where no BSUID was noted', phone, [stored(phone)], undefined],
    ['that of a BSUID is unknown where no number was noted', bsuid, [stored(bsuid)], undefined],
  ])('is found by the record of a person: %s', async (_says, pair, records, expected) => {
    const { ports, store } = stage();
    await store(...records);
    expect(await alias(ports.windows, pair, records[0])).toEqual(expected);
  });

  test.each<readonly [string, Pair, readonly ContactRecord[], Awaited<ReturnType<typeof alias>>]>([
    ['that of a BSUID is the number', bsuid, [record], { pair: phone, record }],
    [
      'that of a BSUID is the number also where the number’s record has expired',
      bsuid,
      [],
      { pair: phone, record: undefined },
    ],
    [
      'that of a BSUID is the number also where its record names nobody',
      bsuid,
      [stored(phone)],
      { pair: phone, record: stored(phone) },
    ],
    [
      'that of a BSUID is unknown where the number’s record names somebody else',
      bsuid,
      [{ ...record, externalUserId: stranger.user }],
      undefined,
    ],
  ])('is found by a noted link: %s', async (_says, pair, records, expected) => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(...records);
    expect(await alias(ports.windows, pair, undefined)).toEqual(expected);
  });
});

test.each<readonly [string, Pair, Pair | null, Pair]>([
  ['a number without a known BSUID', phone, null, phone],
  ['a BSUID without a known number', bsuid, null, bsuid],
  ['a number whose BSUID is known', phone, bsuid, phone],
  ['a BSUID whose number is known', bsuid, phone, phone],
])('holds messages under the number, where one is known: %s', (_says, pair, other, home) => {
  expect(homeOf(pair, other)).toBe(home);
});

test.each([
  ['that names them', bsuid.user, true],
  ['that names nobody', null, true],
  ['that names somebody else', stranger.user, false],
])(
  'a record belongs to a person unless it names somebody else: one %s',
  (_says, externalUserId, expected) => {
    expect(belongsTo(stored(phone, { externalUserId }), bsuid.user)).toBe(expected);
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
