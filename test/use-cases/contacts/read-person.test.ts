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

describe('what one record tells', () => {
  type Row = readonly [string, ContactRecord, boolean, Person, readonly string[]];
  const reads = (pair: Pair, fresh: boolean) => [`read ${pair.user}${fresh ? ' fresh' : ''}`];
  test.each<Row>([
    [
      'that of a number is all there is to know',
      stored(phone, { facts: wrote(HOUR) }),
      false,
      person(wrote(HOUR)),
      reads(phone, false),
    ],
    [
      'also where it has to be exact, and closed',
      stored(phone, { facts: wrote(2 * DAY) }),
      true,
      person(wrote(2 * DAY)),
      reads(phone, true),
    ],
    [
      'and it names the BSUID, which need not be asked for',
      stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user }),
      true,
      person(wrote(2 * DAY), named),
      reads(phone, true),
    ],
    [
      'and that they opted out',
      stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON - HOUR }) }),
      false,
      person(wrote(HOUR), { optedOut: true }),
      reads(phone, false),
    ],
    [
      'that of a BSUID tells that the window is open',
      stored(bsuid, { facts: wrote(HOUR) }),
      false,
      person(wrote(HOUR), unnamed),
      reads(bsuid, false),
    ],
  ])('%s', async (_says, record, fresh, expected, asked) => {
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
    ['where it has to be exact', { facts: wrote(HOUR) }, true],
    ['where it is in its margin', { facts: wrote(DAY - 5 * MINUTE) }, false],
    ['where it is closed', { facts: wrote(DAY) }, false],
    ['where they opted out', { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON }) }, false],
    ['where something is held', { facts: wrote(HOUR), restrictions: held }, false],
  ])(
    'that of a BSUID does not tell for how long, so the number is asked for: %s',
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
      'asked for by the BSUID has the window of the number, if that is newer',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY) }), stored(phone, { facts: wrote(HOUR) })],
      person(wrote(HOUR), numbered),
    ],
    [
      'and their own, if that is',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY) }), stored(phone, { facts: wrote(3 * DAY) })],
      person(wrote(2 * DAY), numbered),
    ],
    [
      'and that of the number, if nothing is stored under the BSUID',
      bsuid,
      [stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user })],
      person(wrote(HOUR), numbered),
    ],
    [
      'is not taken for somebody else who has the number now',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(HOUR), externalUserId: stranger.user }),
      ],
      person(wrote(2 * DAY), unnamed),
    ],
    [
      'who opted out under one name has under both',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON }) }),
      ],
      person(wrote(HOUR), { ...numbered, optedOut: true }),
    ],
    [
      'whose messages are held under the number has them held there, whichever is asked for',
      bsuid,
      [
        stored(bsuid, { facts: wrote(2 * DAY) }),
        stored(phone, { facts: wrote(2 * DAY), restrictions: askedFor }),
      ],
      person(wrote(2 * DAY), { ...numbered, holdingAs: phone, promptedAt: NOON - HOUR }),
    ],
    [
      'or for the number',
      phone,
      [stored(phone, { facts: wrote(2 * DAY), restrictions: held, externalUserId: bsuid.user })],
      person(wrote(2 * DAY), { ...named, holdingAs: phone }),
    ],
    [
      'who was asked once, and for whom nothing is held any more, is not asked',
      bsuid,
      [stored(bsuid, { facts: wrote(2 * DAY), restrictions: restrictions({ promptedAt: NOON }) })],
      person(wrote(2 * DAY), numbered),
    ],
    [
      'whose newest message WhatsApp contradicts has no open window, whichever name that stands under',
      bsuid,
      [
        stored(bsuid, { facts: wrote(HOUR), restrictions: held }),
        stored(phone, { facts: closedByWhatsApp(HOUR) }),
      ],
      person(closedByWhatsApp(HOUR), { ...numbered, holdingAs: phone }),
    ],
    [
      'who wrote since WhatsApp said so has',
      bsuid,
      [
        stored(bsuid, { facts: wrote(HOUR), restrictions: held }),
        stored(phone, { facts: closedByWhatsApp(HOUR + 1) }),
      ],
      person(wrote(HOUR), { ...numbered, holdingAs: phone }),
    ],
  ])('%s', async (_says, pair, records, expected) => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(...records);
    expect(await readPerson(ports, pair, at)).toEqual(expected);
  });

  test('is the same person after what was stored under both has expired', async () => {
    const { ports, theyWrote } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    theyWrote(bsuid, 'Hello', HOUR);
    expect(await readPerson(ports, bsuid, at)).toEqual(
      person({ ...wrote(HOUR), source: 'message-log' }, numbered),
    );
  });

  test('is asked for by the BSUID in one round trip less, where it has to be exact', async () => {
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
  ])('is remembered by the name that is asked for only, not by the other: %s', async (_says, pair, other) => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(pair, { facts: wrote(2 * DAY), restrictions: held, externalUserId: bsuid.user }));
    const note = noting(ports.windows);
    await readPerson({ ...ports, windows: note.windows }, pair, at);
    expect(note.asked.filter((what) => what.startsWith('read'))).toEqual([
      `read ${pair.user}`,
      `read ${other.user} fresh`,
    ]);
  });

  test('has held messages under the BSUID, where no number is known', async () => {
    const { ports, store } = stage();
    await store(stored(bsuid, { facts: wrote(HOUR), restrictions: held }));
    expect(await readPerson(ports, bsuid, at)).toEqual(person(wrote(HOUR), { ...unnamed, holdingAs: bsuid }));
  });
});

describe('one of whom nothing is stored', () => {
  const fromLog = (ago: number): WindowFacts => ({ ...wrote(ago), source: 'message-log' });

  test('is known to the message log, which is remembered', async () => {
    const { ports, theyWrote, everything } = stage();
    theyWrote(phone, 'first', 2 * HOUR);
    theyWrote(phone, 'second', HOUR, { messageSid: messageSid(2) });
    expect([await readPerson(ports, phone, at), await everything()]).toEqual([
      person(fromLog(HOUR)),
      { windows: [stored(phone, { facts: fromLog(HOUR), messageSid: messageSid(2) })], held: [] },
    ]);
  });

  test('or to nobody, which is remembered as well', async () => {
    const { ports, everything } = stage();
    expect([await readPerson(ports, phone, at), await everything()]).toEqual([
      person(NO_FACTS),
      { windows: [stored(phone)], held: [] },
    ]);
  });

  test('is not remembered for a dry run', async () => {
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
    ['50 messages ago', ['STOP', ...Array.from({ length: 49 }, () => 'Hello')], true],
    [
      '51 messages ago, beyond one page of the log',
      ['STOP', ...Array.from({ length: 50 }, () => 'Hello')],
      false,
    ],
  ])('opted out %s: %p %p', async (_says, bodies, optedOut) => {
    const { ports, theyWrote } = stage();
    for (const [index, body] of bodies.entries()) theyWrote(phone, body, (bodies.length - index) * MINUTE);
    const found = await readPerson(ports, phone, at);
    const optedOutAt = optedOut ? NOON - MINUTE : null;
    expect([found, (await ports.windows.read(phone))?.restrictions]).toEqual([
      person(fromLog(MINUTE), { optedOut }),
      restrictions({ optedOutAt }),
    ]);
  });

  test('cannot be told of while the log is away', async () => {
    const { ports } = stage();
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    await expect(readPerson({ ...ports, messageLog }, phone, at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });

  test('unless it is known under the other name: then the log is not needed', async () => {
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
  ])('that cannot be remembered (%s) is known none the less: %s', async (code, known) => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', HOUR);
    const windows = { ...ports.windows, remember: failing(code) };
    const found = await readPerson({ ...ports, windows }, phone, at).catch((error: unknown) => error);
    expect(found).toEqual(known ? person(fromLog(HOUR)) : failure(code));
  });
});

test.each<FailureCode>(['STATE_UNAVAILABLE', 'RATE_LIMITED'])(
  'a store that is away is told: %s',
  async (code) => {
    const { ports } = stage();
    const windows = { ...ports.windows, read: failing(code) };
    await expect(readPerson({ ...ports, windows }, phone, at, FRESH)).rejects.toEqual(failure(code));
  },
);

describe('the other name', () => {
  const record = stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user });

  test.each<readonly [string, Pair, readonly ContactRecord[], Awaited<ReturnType<typeof alias>>]>([
    ['of a number is the BSUID in its record', phone, [record], { pair: bsuid, record: undefined }],
    [
      'with what is stored under that',
      phone,
      [record, stored(bsuid, { facts: wrote(DAY) })],
      { pair: bsuid, record: stored(bsuid, { facts: wrote(DAY) }) },
    ],
    ['of a number that nobody noted is not known', phone, [stored(phone)], undefined],
    ['of a BSUID that nobody noted is not known', bsuid, [stored(bsuid)], undefined],
  ])('%s', async (_says, pair, records, expected) => {
    const { ports, store } = stage();
    await store(...records);
    expect(await alias(ports.windows, pair, records[0])).toEqual(expected);
  });

  test.each<readonly [string, Pair, readonly ContactRecord[], Awaited<ReturnType<typeof alias>>]>([
    ['of a BSUID is the number', bsuid, [record], { pair: phone, record }],
    ['also where the number’s record has expired', bsuid, [], { pair: phone, record: undefined }],
    ['also where that record names nobody', bsuid, [stored(phone)], { pair: phone, record: stored(phone) }],
    [
      'but not where it names somebody else',
      bsuid,
      [{ ...record, externalUserId: stranger.user }],
      undefined,
    ],
  ])('that was noted, %s', async (_says, pair, records, expected) => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(...records);
    expect(await alias(ports.windows, pair, undefined)).toEqual(expected);
  });
});

test.each<readonly [string, Pair, Pair | null, Pair]>([
  ['a number of which nothing else is known', phone, null, phone],
  ['a BSUID of which nothing else is known', bsuid, null, bsuid],
  ['a number whose BSUID is known', phone, bsuid, phone],
  ['a BSUID whose number is known', bsuid, phone, phone],
])('messages are held under the number, where there is one: %s', (_says, pair, other, home) => {
  expect(homeOf(pair, other)).toBe(home);
});

test.each([
  ['that names them', bsuid.user, true],
  ['that names nobody', null, true],
  ['that names somebody else', stranger.user, false],
])('a record belongs to a person: one %s', (_says, externalUserId, expected) => {
  expect(belongsTo(stored(phone, { externalUserId }), bsuid.user)).toBe(expected);
});

describe('by the message log alone', () => {
  type Row = readonly [string, Pair, readonly (readonly [string, number])[], Person | null];
  const fromLog = (ago: number): WindowFacts => ({ ...wrote(ago), source: 'message-log' });
  test.each<Row>([
    ['the last message opens the window', phone, [['Hi', HOUR]], person(fromLog(HOUR))],
    ['the last STOP is the consent', phone, [['STOP', HOUR]], person(fromLog(HOUR), { optedOut: true })],
    [
      'a STOP of a BSUID counts as well',
      bsuid,
      [['STOP', HOUR]],
      person(fromLog(HOUR), { optedOut: true, externalUserId: bsuid.user }),
    ],
    ['of a number without a message nobody wrote', phone, [], person(NO_FACTS)],
    [
      'of a BSUID without a message nothing is known: they may have written under their number',
      bsuid,
      [],
      null,
    ],
  ])('%s', async (_says, pair, said, expected) => {
    const { ports, theyWrote, everything } = stage();
    for (const [body, ago] of said) theyWrote(pair, body, ago);
    expect([await readFromLog(ports, pair, at), await everything()]).toEqual([
      expected,
      { windows: [], held: [] },
    ]);
  });
});
