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

describe('a contact (a call, for example) an hour ago', () => {
  const knownBy = (facts: WindowFacts) =>
    stored(phone, {
      facts,
      messageSid: messageSid(1),
      profileName: 'Ada',
      restrictions: restrictions({ promptedAt: NOON }),
    });
  type Row = readonly [string, ContactRecord | null, boolean];
  test.each<Row>([
    ['it starts the window of a stranger', null, true],
    ['it starts a closed window again', knownBy(wrote(2 * DAY)), true],
    ['it starts a window again that is 1 ms older', knownBy(wrote(HOUR + 1)), true],
    ['it keeps a window that is equally new', knownBy(wrote(HOUR)), false],
    ['it keeps a window that is newer', knownBy(wrote(HOUR - 1)), false],
  ])(
    'starts the user’s window only where it is newer than what is stored: %s',
    async (_says, known, recorded) => {
      const { ports, store, everything } = stage();
      if (known) await store(known);
      const received = await receiveContact(ports, contact(HOUR), at);
      const after = recorded ? { ...(known ?? stored(phone)), facts: wrote(HOUR), messageSid: null } : known;
      expect([received, await everything()]).toEqual([
        { window: windowOf(after?.facts ?? wrote(HOUR)), recorded, released: 0 },
        { windows: [after], held: [] },
      ]);
    },
  );

  test('does not replace a newer message that only the log has', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'Hello', MINUTE);
    const facts: WindowFacts = { ...wrote(MINUTE), source: 'message-log' };
    expect([
      await receiveContact(ports, contact(HOUR), at),
      (await ports.windows.read(phone))?.facts,
    ]).toEqual([{ window: windowOf(facts), recorded: false, released: 0 }, facts]);
  });

  test('does not replace a newer message that arrives while the contact is recorded', async () => {
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

  test('is recorded as the last contact also where it is so long ago that the window has closed again', async () => {
    const { ports } = stage();
    expect(await receiveContact(ports, contact(2 * DAY), at)).toEqual({
      window: windowOf(wrote(2 * DAY)),
      recorded: true,
      released: 0,
    });
  });

  test('does not opt in a user who said STOP before this software was installed', async () => {
    const { ports, theyWrote } = stage();
    theyWrote(phone, 'STOP', 2 * DAY);
    await receiveContact(ports, contact(HOUR), at);
    expect(await ports.windows.read(phone)).toEqual(
      stored(phone, { facts: wrote(HOUR), restrictions: restrictions({ optedOutAt: NOON - 2 * DAY }) }),
    );
  });

  test('does not opt in a user who has opted out', async () => {
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
    ['it stays closed, where WhatsApp refused a message sent since the contact', HOUR - 1, true],
    ['it stays closed, where WhatsApp refused a message sent at the moment of the contact', HOUR, true],
    ['it opens, where WhatsApp refused only an earlier message', HOUR + 1, false],
  ])('opens only by a contact after WhatsApp’s refusal: %s', async (_says, refusedAgo, closed) => {
    const { ports, store, weWrote } = stage();
    await store(stored(phone, { facts: closedByWhatsApp(2 * HOUR) }));
    weWrote(phone, 'refused', refusedAgo, { errorCode: 63016 });
    const facts = closed ? closedByWhatsApp(HOUR) : wrote(HOUR);
    expect([
      await receiveContact(ports, contact(HOUR), at),
      (await ports.windows.read(phone))?.facts,
    ]).toEqual([{ window: windowOf(facts), recorded: true, released: 0 }, facts]);
  });

  test('is known from the record alone, so older refusals in the log are not looked up', async () => {
    const { ports, store, weWrote } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY) }));
    weWrote(phone, 'refused', MINUTE, { errorCode: 63016 });
    await receiveContact(ports, contact(HOUR), at);
    expect((await ports.windows.read(phone))?.facts).toEqual(wrote(HOUR));
  });
});

describe('the start of a call', () => {
  test('is the time of its first report and never changes with later ones', async () => {
    const { ports } = stage();
    const ringing = await receiveContact(ports, contact(2 * HOUR, { callSid: CALL }), at);
    const completed = await receiveContact(ports, contact(0, { callSid: CALL }), at);
    expect([ringing, completed]).toEqual([
      { window: windowOf(wrote(2 * HOUR)), recorded: true, released: 0 },
      { window: windowOf(wrote(2 * HOUR)), recorded: false, released: 0 },
    ]);
  });

  test('is not looked up for a call that will not be reported again', async () => {
    const { ports } = stage();
    const seenCalls = { startOf: failing('STATE_UNAVAILABLE') };
    expect((await receiveContact({ ...ports, seenCalls }, contact(HOUR), at)).recorded).toBe(true);
  });
});

describe('a call under the BSUID of a person with two names', () => {
  test('starts the number’s window as well', async () => {
    const { ports, store, everything, link } = stage();
    await link();
    await store(
      stored(phone, { facts: wrote(2 * DAY), messageSid: messageSid(1), externalUserId: bsuid.user }),
    );
    await receiveContact(ports, contact(HOUR, { pair: bsuid }), at);
    expect((await everything()).windows).toEqual([
      stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user }),
    ]);
  });

  test('does not start the number’s window, where somebody else has the number now', async () => {
    const { ports, store, link } = stage();
    await link();
    const theirs = stored(phone, { facts: wrote(2 * DAY), externalUserId: stranger.user });
    await store(theirs);
    await receiveContact(ports, contact(HOUR, { pair: bsuid }), at);
    expect(await ports.windows.read(phone)).toEqual(theirs);
  });

  test('uses the number’s window where that is newer', async () => {
    const { ports, store, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(MINUTE), externalUserId: bsuid.user }));
    expect(await receiveContact(ports, contact(HOUR, { pair: bsuid }), at)).toEqual({
      window: windowOf(wrote(MINUTE)),
      recorded: false,
      released: 0,
    });
  });
});

describe('a message that is held for a user who calls', () => {
  test.each([
    ['under the number', phone],
    ['under the BSUID', bsuid],
  ])('leaves, %s', async (_says, pair) => {
    const { ports, store, went, link } = stage();
    await link();
    await store(stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user, restrictions: holding }));
    await ports.held.append(held(phone, 'one'));
    const { released } = await receiveContact(ports, contact(HOUR, { pair }), at);
    expect([released, went()]).toEqual([1, [[phone.user, 'one']]]);
  });

  test('leaves also where it was held while the person was looked up', async () => {
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

  test('is not looked for where nothing is held', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY) }));
    const note = noting(ports.windows);
    await receiveContact({ ...ports, windows: note.windows }, contact(HOUR), at);
    expect(note.asked).toEqual([`read ${phone.user} fresh`, `change ${phone.user}`]);
  });
});

describe('a contact is delivered again by Twilio', () => {
  const away = failing('STATE_UNAVAILABLE');
  test.each<readonly [string, (ports: ReturnType<typeof stage>['ports']) => object]>([
    ['the record of calls', () => ({ seenCalls: { startOf: away } })],
    ['the store of windows', ({ windows }) => ({ windows: { ...windows, change: away } })],
    ['the store of persons', ({ windows }) => ({ windows: { ...windows, read: away } })],
    ['the message log', ({ messageLog }) => ({ messageLog: { ...messageLog, newestInbound: away } })],
  ])('where %s cannot be reached', async (_says, changes) => {
    const { ports } = stage();
    await expect(
      receiveContact({ ...ports, ...changes(ports) }, contact(HOUR, { callSid: CALL }), at),
    ).rejects.toEqual(failure('STATE_UNAVAILABLE'));
  });

  test('where WhatsApp’s verdict cannot be looked up', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: closedByWhatsApp(2 * HOUR) }));
    const messageLog = { ...ports.messageLog, newestOutbound: away };
    await expect(receiveContact({ ...ports, messageLog }, contact(HOUR), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });
});
