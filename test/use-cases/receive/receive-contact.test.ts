/** A contact that is no message: it only moves a window forward, tells consent nothing, and a call counts once. */
import { type WindowFacts, windowAt } from '../../../src/domain/customer-service-window';
import type { CallSid } from '../../../src/domain/twilio-sid';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import { type Contact, receiveContact } from '../../../src/use-cases/receive/receive-contact';
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
  stage,
  stored,
  stranger,
  wrote,
} from '../stage';

const CALL = `CA${'1'.repeat(32)}` as CallSid;
const contact = (ago: number, changes: Partial<Contact> = {}): Contact => ({
  ...{ pair: phone, contactAt: NOON - ago, callSid: null },
  ...changes,
});
const windowOf = (facts: WindowFacts) => windowAt(facts, at.now, at.marginSeconds);
const holding = restrictions({ holding: true });

describe('a contact an hour ago', () => {
  const knownBy = (facts: WindowFacts) =>
    stored(phone, {
      facts,
      messageSid: messageSid(1),
      profileName: 'Ada',
      restrictions: restrictions({ promptedAt: NOON }),
    });
  type Row = readonly [string, ContactRecord | null, boolean];
  test.each<Row>([
    ['starts the window of a stranger', null, true],
    ['starts one again that was closed', knownBy(wrote(2 * DAY)), true],
    ['starts one again that is 1 ms older', knownBy(wrote(HOUR + 1)), true],
    ['tells nothing new of one that is as new', knownBy(wrote(HOUR)), false],
    ['tells nothing new of one that is newer', knownBy(wrote(HOUR - 1)), false],
  ])('%s', async (_says, known, recorded) => {
    const { ports, store, everything } = stage();
    if (known) await store(known);
    const received = await receiveContact(ports, contact(HOUR), at);
    const after = recorded ? { ...(known ?? stored(phone)), facts: wrote(HOUR), messageSid: null } : known;
    expect([received, await everything()]).toEqual([
      { window: windowOf(after?.facts ?? wrote(HOUR)), recorded, released: 0 },
      { windows: [after], held: [] },
    ]);
  });

  test('is older than a message that only the log knows', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', MINUTE);
    const facts: WindowFacts = { ...wrote(MINUTE), source: 'message-log' };
    expect([
      await receiveContact(ports, contact(HOUR), at),
      (await ports.windows.read(phone))?.facts,
    ]).toEqual([{ window: windowOf(facts), recorded: false, released: 0 }, facts]);
  });

  test('gives way to a message that comes while it is recorded', async () => {
    const { ports, store } = stage();
    const newer = stored(phone, { facts: wrote(0), messageSid: messageSid(2) });
    const windows = {
      ...ports.windows,
      change: async (...asked: Parameters<typeof ports.windows.change>) => {
        await store(newer);
        return ports.windows.change(...asked);
      },
    };
    expect([
      await receiveContact({ ...ports, windows }, contact(HOUR), at),
      await ports.windows.read(phone),
    ]).toEqual([{ window: windowOf(wrote(0)), recorded: false, released: 0 }, newer]);
  });

  test('so long ago that the window has closed again is recorded as that', async () => {
    const { ports } = stage();
    expect(await receiveContact(ports, contact(2 * DAY), at)).toEqual({
      window: windowOf(wrote(2 * DAY)),
      recorded: true,
      released: 0,
    });
  });

  test('does not opt in again whoever said STOP before this software was there', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'STOP', 2 * DAY);
    await receiveContact(ports, contact(HOUR), at);
    expect(await ports.windows.read(phone)).toEqual(
      stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON - 2 * DAY }) }),
    );
  });

  test('does not opt in again whoever opted out', async () => {
    const { ports, store } = stage();
    const optedOut = restrictions({ optedOutAt: NOON - DAY });
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: optedOut }));
    await receiveContact(ports, contact(HOUR), at);
    expect(await ports.windows.read(phone)).toEqual(
      stored(phone, { facts: wrote(HOUR), restrictions: optedOut }),
    );
  });
});

describe('a window that WhatsApp closed', () => {
  test.each<readonly [string, number, boolean]>([
    ['stays closed, where it refused a message since the contact', HOUR - 1, true],
    ['stays closed, where that left at the moment of the contact', HOUR, true],
    ['opens, where it refused an earlier one only', HOUR + 1, false],
  ])('%s', async (_says, refusedAgo, closed) => {
    const { ports, store, weWrote } = stage();
    await store(stored(phone, { facts: closedByWhatsApp(2 * HOUR) }));
    weWrote(phone, 'refused', refusedAgo, { errorCode: 63016 });
    const facts = closed ? closedByWhatsApp(HOUR) : wrote(HOUR);
    expect([
      await receiveContact(ports, contact(HOUR), at),
      (await ports.windows.read(phone))?.facts,
    ]).toEqual([{ window: windowOf(facts), recorded: true, released: 0 }, facts]);
  });

  test('is not looked into otherwise: what was refused long ago says nothing', async () => {
    const { ports, store, weWrote } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY) }));
    weWrote(phone, 'refused', MINUTE, { errorCode: 63016 });
    await receiveContact(ports, contact(HOUR), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(wrote(HOUR));
  });
});

describe('a call', () => {
  test('began when its first report says, and never again', async () => {
    const { ports } = stage();
    const ringing = await receiveContact(ports, contact(2 * HOUR, { callSid: CALL }), at);
    const completed = await receiveContact(ports, contact(0, { callSid: CALL }), at);
    expect([ringing, completed]).toEqual([
      { window: windowOf(wrote(2 * HOUR)), recorded: true, released: 0 },
      { window: windowOf(wrote(2 * HOUR)), recorded: false, released: 0 },
    ]);
  });

  test('that is none to be reported again is not looked up', async () => {
    const { ports } = stage();
    const seenCalls = { startOf: failing('STATE_UNAVAILABLE') };
    expect((await receiveContact({ ...ports, seenCalls }, contact(HOUR), at)).recorded).toBe(true);
  });
});

describe('a person with two names', () => {
  test('has the number’s window started as well, by a call under the BSUID', async () => {
    const { ports, store, everything } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(
      stored(phone, { facts: wrote(2 * DAY), messageSid: messageSid(1), externalUserId: bsuid.user }),
    );
    await receiveContact(ports, contact(HOUR, { pair: bsuid }), at);
    expect((await everything()).windows).toEqual([
      stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user }),
      stored(bsuid, { facts: wrote(HOUR) }),
    ]);
  });

  test('has not, where somebody else has the number now', async () => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    const theirs = stored(phone, { facts: wrote(2 * DAY), externalUserId: stranger.user });
    await store(theirs);
    await receiveContact(ports, contact(HOUR, { pair: bsuid }), at);
    expect(await ports.windows.read(phone)).toEqual(theirs);
  });

  test('is told of a newer window of the number', async () => {
    const { ports, store } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(MINUTE), externalUserId: bsuid.user }));
    expect(await receiveContact(ports, contact(HOUR, { pair: bsuid }), at)).toEqual({
      window: windowOf(wrote(MINUTE)),
      recorded: false,
      released: 0,
    });
  });
});

describe('what is held', () => {
  test.each([
    ['under the number', phone],
    ['under the BSUID', bsuid],
  ])('leaves, %s', async (_says, pair) => {
    const { ports, store, went } = stage();
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user, restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    const { released } = await receiveContact(ports, contact(HOUR, { pair }), at);
    expect([released, went()]).toEqual([1, [[phone.user, 'one']]]);
  });

  test('since the person was looked up leaves as well', async () => {
    const { ports, store, went } = stage();
    const windows = {
      ...ports.windows,
      change: async (...asked: Parameters<typeof ports.windows.change>) => {
        if ((await ports.held.list(phone)).length === 0 && went().length === 0) {
          await ports.held.append(held(phone, 'one'));
          await store(stored(phone, { restrictions: holding }));
        }
        return ports.windows.change(...asked);
      },
    };
    const { released } = await receiveContact({ ...ports, windows }, contact(HOUR), at);
    expect([released, went()]).toEqual([1, [[phone.user, 'one']]]);
  });

  test('is not looked for where nothing is', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY) }));
    const note = noting(ports.windows);
    await receiveContact({ ...ports, windows: note.windows }, contact(HOUR), at);
    expect(note.asked).toEqual([`read ${phone.user} fresh`, `change ${phone.user}`]);
  });
});

describe('is told again where it could not be stored', () => {
  const away = failing('STATE_UNAVAILABLE');
  test.each<readonly [string, (ports: ReturnType<typeof stage>['ports']) => object]>([
    ['the calls', () => ({ seenCalls: { startOf: away } })],
    ['the window', ({ windows }) => ({ windows: { ...windows, change: away } })],
    ['the person', ({ windows }) => ({ windows: { ...windows, read: away } })],
    ['the log', ({ messageLog }) => ({ messageLog: { ...messageLog, newestInbound: away } })],
  ])('%s', async (_says, changes) => {
    const { ports } = stage();
    await expect(
      receiveContact({ ...ports, ...changes(ports) }, contact(HOUR, { callSid: CALL }), at),
    ).rejects.toEqual(failure('STATE_UNAVAILABLE'));
  });

  test('the verdict of WhatsApp', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: closedByWhatsApp(2 * HOUR) }));
    const messageLog = { ...ports.messageLog, newestOutbound: away };
    await expect(receiveContact({ ...ports, messageLog }, contact(HOUR), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });
});
