/** Releasing: in order, each once, to whom it was meant for, only while the window is open, and by one container at a time. */
import fc from 'fast-check';
import type { WindowFacts } from '../../../src/domain/customer-service-window';
import type { MessageSid } from '../../../src/domain/twilio-sid';
import type { Pair } from '../../../src/domain/whatsapp-address';
import { Failure, type FailureCode } from '../../../src/use-cases/failure';
import { cancelHeld } from '../../../src/use-cases/hold/cancel-held';
import { heldFor } from '../../../src/use-cases/hold/held-queue';
import { releaseHeld, sentCount } from '../../../src/use-cases/hold/release-held';
import type { Restrictions } from '../../../src/use-cases/ports/contact-store';
import type { HeldMessage, HeldMessages } from '../../../src/use-cases/ports/held-messages';
import type { SendPorts } from '../../../src/use-cases/ports/send-ports';
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
  moody,
  NOON,
  noting,
  phone,
  restrictions,
  SECOND,
  sender,
  stage,
  stored,
  stranger,
  text,
  wrote,
} from '../stage';

const holding = restrictions({ holding: true, promptedAt: NOON - DAY, promptSid: messageSid(77) });
const NONE = { results: new Map(), state: 'none' };
/** Twilio refuses it for good: the person cannot be reached. */
const unreachable = () => new Failure('TWILIO_REJECTED', 'as the test wants it', [], 63024);
const to = (pair: Pair, ...bodies: readonly string[]) => bodies.map((body) => [pair.user, body]);

/** A person who wrote an hour ago, and for whom these texts are held. */
async function waiting(
  bodies: readonly (string | (Partial<HeldMessage> & { readonly body: string }))[],
  changes: {
    readonly facts?: WindowFacts;
    readonly restrictions?: Restrictions;
    readonly externalUserId?: Pair['user'];
  } = {},
) {
  const staged = stage();
  const record = stored(phone, { facts: wrote(HOUR), restrictions: holding, ...changes });
  await staged.store(record);
  for (const one of bodies) {
    const { body, ...rest } = typeof one === 'string' ? { body: one } : one;
    await staged.ports.held.append(held(phone, body, rest));
  }
  const left = async () => (await staged.ports.held.list(phone)).map(({ message }) => message.body);
  const careOf = async (pair: Pair = phone) => (await staged.ports.windows.read(pair))?.restrictions;
  return { ...staged, record, left, careOf };
}

/** The first of them is being sent, since then. */
async function marked(ports: SendPorts, since: number, notThese: readonly MessageSid[] = []) {
  const [first] = await ports.held.list(phone);
  if (first) await ports.held.mark(first, since, notThese);
}

describe('what is held for a person whose window is open', () => {
  test('leaves in order, each once, and nothing needs restrictions any more', async () => {
    const { ports, record, sent, everything } = await waiting(['one', 'two', 'three']);
    const released = await releaseHeld(ports, phone, at);
    const sentAs = (number: number) => ({ sid: messageSid(number), status: 'queued', contentSid: null });
    expect(released).toEqual({
      results: new Map(
        [1, 2, 3].map((number) => [`${phone.user} ${number - 1}`, { kind: 'sent', message: sentAs(number) }]),
      ),
      state: 'done',
    });
    expect(
      sent.map(({ pair, message, sendAt, validSeconds }) => ({ pair, message, sendAt, validSeconds })),
    ).toEqual(
      ['one', 'two', 'three'].map((body) => ({
        pair: phone,
        message: text(body),
        sendAt: null,
        validSeconds: null,
      })),
    );
    expect(await everything()).toEqual({
      windows: [{ ...record, restrictions: restrictions({}) }],
      held: [],
    });
    expect(await releaseHeld(ports, phone, at)).toEqual(NONE);
  });

  test('leaves as a text that its own status callback can repair', async () => {
    const { ports, sent } = await waiting(['one']);
    await releaseHeld(ports, phone, at);
    expect(sent.map(({ sentAs, releases, repairs }) => ({ sentAs, releases, repairs }))).toEqual([
      {
        sentAs: { as: 'text', attempt: 1, acceptedAt: NOON - HOUR },
        releases: { id: '0', token: expect.stringMatching(/^[0-9a-f]{24}$/), isJoint: false },
        repairs: [],
      },
    ]);
  });

  test('expires with the window, where that closes within hours', async () => {
    const { ports, sent } = await waiting(['one'], { facts: wrote(DAY - HOUR) });
    await releaseHeld(ports, phone, at);
    expect(sent.map(({ validSeconds }) => validSeconds)).toEqual([3600]);
  });

  test.each([
    [['one'], [false]],
    [
      ['one', 'two'],
      [true, false],
    ],
  ])('says of each whether there is more behind it: %p', async (bodies, expected) => {
    const { ports, sent } = await waiting(bodies);
    await releaseHeld(ports, phone, at);
    expect(sent.map(({ continuesRelease }) => continuesRelease)).toEqual(expected);
  });

  test('whoever knows for certain what is stored is not made to read it again', async () => {
    const { ports, record, went } = await waiting(['one']);
    const note = noting(ports.windows);
    await releaseHeld({ ...ports, windows: note.windows }, phone, at, record);
    const changes = [`change ${phone.user}`, `change ${phone.user}`];
    expect([went(), note.asked.splice(0)]).toEqual([to(phone, 'one'), changes]);
    // Everybody else does, and not from memory.
    await ports.windows.change(phone, () => record);
    await releaseHeld({ ...ports, windows: note.windows }, phone, at);
    expect(note.asked).toEqual([`read ${phone.user} fresh`, ...changes]);
  });

  test('whatever was held meanwhile leaves as well', async () => {
    const { ports, went } = await waiting(['one']);
    const messenger = {
      ...ports.messenger,
      send: async (dispatch: Parameters<typeof ports.messenger.send>[0]) => {
        if (went().length === 0) await ports.held.append(held(phone, 'meanwhile'));
        return ports.messenger.send(dispatch);
      },
    };
    await releaseHeld({ ...ports, messenger }, phone, at);
    expect(went()).toEqual(to(phone, 'one', 'meanwhile'));
  });
});

describe('a release of held messages leaves nothing', () => {
  type Row = readonly [string, WindowFacts, Restrictions, boolean];
  test.each<Row>([
    ['1 ms before the margin it still does', wrote(DAY - 5 * MINUTE - 1), holding, true],
    ['in the margin', wrote(DAY - 5 * MINUTE), holding, false],
    ['once the window is closed', wrote(DAY), holding, false],
    ['once WhatsApp closed it', closedByWhatsApp(HOUR), holding, false],
    ['to one who never wrote', { ...wrote(0), lastInboundAt: null }, holding, false],
    ['to one who opted out', wrote(HOUR), { ...holding, optedOutAt: NOON }, false],
    ['where the record says that nothing is held', wrote(HOUR), restrictions({}), false],
    ['while another container has the lease', wrote(HOUR), { ...holding, releasingUntil: NOON + 1 }, false],
    ['as soon as the lease has ended it does', wrote(HOUR), { ...holding, releasingUntil: NOON }, true],
  ])('%s', async (_says, facts, before, leaves) => {
    const { ports, record, went, left, everything } = await waiting(['one'], { facts, restrictions: before });
    const released = await releaseHeld(ports, phone, at);
    expect([sentCount(released), went().length, await left()]).toEqual(leaves ? [1, 1, []] : [0, 0, ['one']]);
    if (!leaves) expect((await everything()).windows).toEqual([record]);
  });

  test('where nothing is known of the person', async () => {
    const { ports } = stage();
    await ports.held.append(held(phone, 'one'));
    expect([await releaseHeld(ports, phone, at), await ports.windows.read(phone)]).toEqual([NONE, undefined]);
  });

  test('a second time, where two containers release at once', async () => {
    const { ports, went } = await waiting(['one', 'two', 'three']);
    await Promise.all([releaseHeld(ports, phone, at), releaseHeld(ports, phone, at)]);
    expect(went()).toEqual(to(phone, 'one', 'two', 'three'));
  });

  test('while one container is at it: the lease is 15 s long, and ends with it', async () => {
    const { ports, careOf } = await waiting(['one']);
    const seen: unknown[] = [];
    const messenger = {
      ...ports.messenger,
      send: async (dispatch: Parameters<typeof ports.messenger.send>[0]) => {
        seen.push(await careOf());
        return ports.messenger.send(dispatch);
      },
    };
    await releaseHeld({ ...ports, messenger }, phone, at);
    expect([seen, await careOf()]).toEqual([
      [{ ...holding, releasingUntil: NOON + 15 * SECOND }],
      restrictions({}),
    ]);
  });

  test('that the person of a STOP meanwhile would get: it comes between two looks', async () => {
    const { ports, record, went, store } = await waiting(['one']);
    // Read while the person had not said STOP, leased when they had.
    const windows = {
      ...ports.windows,
      change: async (...[pair, change]: Parameters<typeof ports.windows.change>) => {
        if (pair === phone && (await ports.windows.read(phone))?.restrictions.optedOutAt === null) {
          await store({ ...record, restrictions: { ...holding, optedOutAt: NOON } });
        }
        return ports.windows.change(pair, change);
      },
    };
    expect([await releaseHeld({ ...ports, windows }, phone, at), went()]).toEqual([NONE, []]);
  });
});

describe('one of them is dropped', () => {
  type Row = readonly [string, Partial<HeldMessage>, Pair['user'] | undefined, boolean];
  test.each<Row>([
    ['that expires now', { expiresAt: NOON }, undefined, true],
    ['not that expires in 1 ms', { expiresAt: NOON + 1 }, undefined, false],
    [
      'that was meant for an earlier owner of the number',
      { externalUserId: bsuid.user },
      stranger.user,
      true,
    ],
    ['not that was meant for this one', { externalUserId: bsuid.user }, bsuid.user, false],
    ['not that was meant for whoever has the number', {}, stranger.user, false],
    ['not where it is not known who has the number', { externalUserId: bsuid.user }, undefined, false],
  ])('%s', async (_says, message, externalUserId, dropped) => {
    const { ports, went, left, careOf } = await waiting(
      [{ body: 'one', ...message }, 'two'],
      externalUserId && { externalUserId },
    );
    await releaseHeld(ports, phone, at);
    expect([went(), await left(), await careOf()]).toEqual([
      dropped ? to(phone, 'two') : to(phone, 'one', 'two'),
      [],
      restrictions({}),
    ]);
  });
});

describe('one that a container was sending when it died', () => {
  const since = NOON - HOUR;
  type Logged = readonly [string, number, object?];
  type Row = readonly [string, Logged | null, readonly MessageSid[], boolean];
  test.each<Row>([
    ['leaves, where the log does not have it', null, [], true],
    ['does not leave again, where the log has it since then', ['one', HOUR], [], false],
    ['or by the log’s clock 2 s earlier', ['one', HOUR + 2 * SECOND], [], false],
    ['leaves, where that one left before', ['one', HOUR + 2 * SECOND + 1], [], true],
    ['leaves, where another text left', ['two', HOUR], [], true],
    ['leaves, where the one in the log is known to be another', ['one', HOUR], [messageSid(77)], true],
    ['does not, where yet another is', ['one', HOUR], [messageSid(78)], false],
    [
      'does not, where the log does not say which it is',
      ['one', HOUR, { messageSid: null }],
      [messageSid(77)],
      false,
    ],
  ])('%s', async (_says, logged, notThese, leaves) => {
    const { ports, weWrote, went, left } = await waiting(['one']);
    if (logged) weWrote(phone, logged[0], logged[1], { messageSid: messageSid(77), ...logged[2] });
    await marked(ports, since, notThese);
    const released = await releaseHeld(ports, phone, at);
    expect([went(), sentCount(released), await left()]).toEqual([
      leaves ? to(phone, 'one') : [],
      leaves ? 1 : 0,
      [],
    ]);
  });

  test('is not mistaken for a text that waits, and that they got once before', async () => {
    const { ports, weWrote, went } = await waiting(['one']);
    weWrote(phone, 'one', MINUTE);
    await releaseHeld(ports, phone, at);
    expect(went()).toEqual(to(phone, 'one'));
  });

  test('is looked for where it would have gone, not with somebody else', async () => {
    const { ports, weWrote, went } = await waiting([{ body: 'one', to: bsuid.user }]);
    weWrote(phone, 'one', MINUTE);
    await marked(ports, since);
    await releaseHeld(ports, phone, at);
    expect(went()).toEqual(to(bsuid, 'one'));
  });

  test('stays, with all that follow it, where the log is away', async () => {
    const { ports, went, left } = await waiting(['one', 'two']);
    await marked(ports, since);
    const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
    await expect(releaseHeld({ ...ports, messageLog }, phone, at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect([went(), await left()]).toEqual([[], ['one', 'two']]);
  });

  test('is told from those of the same text that left before it', async () => {
    const { ports } = await waiting(['same', 'other', 'same', 'same']);
    const marks: unknown[] = [];
    const noting: HeldMessages = {
      ...ports.held,
      mark: (message, sendingSince, notThese) => {
        marks.push([message.message.body, sendingSince, notThese]);
        return ports.held.mark(message, sendingSince, notThese);
      },
    };
    await releaseHeld({ ...ports, held: noting }, phone, at);
    expect(marks).toEqual([
      ['same', NOON, []],
      ['other', NOON, []],
      ['same', NOON, [messageSid(1)]],
      ['same', NOON, [messageSid(1), messageSid(3)]],
    ]);
  });
});

test('one that is cancelled meanwhile does not leave, the next one does', async () => {
  const { ports, went, careOf } = await waiting(['one', 'two']);
  const cancelling: HeldMessages = {
    ...ports.held,
    async mark(message, sendingSince, notThese) {
      if (message.message.body === 'one') await ports.held.remove(phone, message.id, false);
      return ports.held.mark(message, sendingSince, notThese);
    },
  };
  const released = await releaseHeld({ ...ports, held: cancelling }, phone, at);
  expect([went(), sentCount(released), await careOf()]).toEqual([to(phone, 'two'), 1, restrictions({})]);
});

describe('Twilio does not take one', () => {
  type Row = readonly [FailureCode, readonly string[], readonly (readonly [string, number | null])[]];
  test.each<Row>([
    [
      'OUTCOME_UNKNOWN',
      ['one'],
      [
        ['two', NOON],
        ['three', null],
      ],
    ],
    [
      'RATE_LIMITED',
      ['one'],
      [
        ['two', null],
        ['three', null],
      ],
    ],
    [
      'STATE_UNAVAILABLE',
      ['one'],
      [
        ['two', null],
        ['three', null],
      ],
    ],
    [
      'MISCONFIGURED',
      ['one'],
      [
        ['two', null],
        ['three', null],
      ],
    ],
    [
      'TWILIO_REJECTED',
      ['one'],
      [
        ['two', null],
        ['three', null],
      ],
    ],
  ])('%s', async (code, gone, stays) => {
    const { ports, went, careOf } = await waiting(['one', 'two', 'three']);
    const messenger = moody(ports.messenger, [null, code]);
    const released = await releaseHeld({ ...ports, messenger }, phone, at);
    const left = await ports.held.list(phone);
    expect({
      went: went(),
      released: sentCount(released),
      left: left.map(({ message, sendingSince }) => [message.body, sendingSince]),
      restrictions: await careOf(),
    }).toEqual({
      went: to(phone, ...gone),
      released: gone.length,
      left: stays,
      // Whoever comes next may go on at once.
      restrictions: stays.length > 0 ? holding : restrictions({}),
    });
  });

  test('for good: it is held no more, and the others leave', async () => {
    const { ports, went, left } = await waiting(['one', 'two', 'three']);
    const messenger = moody(ports.messenger, [null, unreachable()]);
    const { results, state } = await releaseHeld({ ...ports, messenger }, phone, at);
    expect([went(), [...results.values()].map(({ kind }) => kind), state, await left()]).toEqual([
      to(phone, 'one', 'three'),
      ['sent', 'refused', 'sent'],
      'done',
      [],
    ]);
  });

  test('a mistake of ours is thrown, and neither takes it off the queue nor sends it again', async () => {
    const { ports, went } = await waiting(['one', 'two']);
    const mistake = new TypeError('a mistake');
    const messenger = moody(ports.messenger, [mistake]);
    await expect(releaseHeld({ ...ports, messenger }, phone, at)).rejects.toBe(mistake);
    const left = await ports.held.list(phone);
    expect([went(), left.map(({ message, sendingSince }) => [message.body, sendingSince])]).toEqual([
      [],
      [
        ['one', NOON],
        ['two', null],
      ],
    ]);
  });
});

test('an invocation without time for another leaves the rest, and the person still needs restrictions', async () => {
  const { ports, went, left, careOf } = await waiting(['one', 'two', 'three']);
  const hasTime = () => went().length < 2;
  const released = await releaseHeld({ ...ports, hasTime }, phone, at);
  expect([sentCount(released), await left(), await careOf()]).toEqual([2, ['three'], holding]);
  await releaseHeld(ports, phone, at);
  expect([went(), await careOf()]).toEqual([to(phone, 'one', 'two', 'three'), restrictions({})]);
});

describe('one that was wanted for a certain time', () => {
  /** The window closes in 23 hours, its margin begins 5 minutes before. */
  const end = NOON + 23 * HOUR - 5 * MINUTE;
  test.each<readonly [string, number, boolean]>([
    ['leaves at once, where that has passed', NOON - HOUR, false],
    [
      'leaves at once, where it is 5 minutes ahead: Twilio schedules nothing so near',
      NOON + 5 * MINUTE,
      false,
    ],
    ['is scheduled 1 ms beyond', NOON + 5 * MINUTE + 1, true],
    ['is scheduled for as long as the window will be open', end - 1, true],
    ['leaves at once, where it will not be', end, false],
  ])('%s', async (_says, sendAt, scheduled) => {
    const { ports, sent } = await waiting([{ body: 'one', sendAt, heldAt: NOON - 2 * HOUR }]);
    const released = await releaseHeld(ports, phone, at);
    expect([sent.map((one) => one.sendAt), sentCount(released)]).toEqual([[scheduled ? sendAt : null], 1]);
  });

  test('expires with the window as it will be then', async () => {
    const { ports, sent } = await waiting([{ body: 'one', sendAt: end - HOUR }]);
    await releaseHeld(ports, phone, at);
    expect(sent.map((one) => one.validSeconds)).toEqual([3600 + 300]);
  });
});

describe('a person with two names', () => {
  /** Wrote under the BSUID, has a queue under the number, and perhaps one under the BSUID. */
  async function twice(canonical: readonly [string, number][], alias: readonly [string, number][]) {
    const staged = stage();
    await staged.link();
    await staged.store(
      stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user, restrictions: holding }),
      stored(bsuid, { facts: wrote(HOUR), restrictions: restrictions({ holding: true }) }),
    );
    for (const [body, heldAt] of canonical) await staged.ports.queues.append(held(phone, body, { heldAt }));
    for (const [body, heldAt] of alias) await staged.ports.queues.append(held(bsuid, body, { heldAt }));
    return staged;
  }

  test('gets all, and has one window and one record afterwards', async () => {
    const { ports, went, everything } = await twice([['one', 1]], []);
    await releaseHeld(ports, bsuid, at);
    expect([went(), await everything()]).toEqual([
      to(phone, 'one'),
      { windows: [stored(phone, { facts: wrote(HOUR), externalUserId: bsuid.user })], held: [] },
    ]);
  });

  test('gets what was held under both, oldest first, to the name that it was held for', async () => {
    const { ports, went, everything } = await twice(
      [
        ['a1', 1],
        ['a4', 4],
        ['a5', 5],
      ],
      [
        ['b2', 2],
        ['b3', 3],
        ['b5', 5],
        ['b6', 6],
      ],
    );
    await releaseHeld(ports, bsuid, at);
    expect([went(), (await everything()).held]).toEqual([
      [...to(phone, 'a1'), ...to(bsuid, 'b2', 'b3'), ...to(phone, 'a4', 'a5'), ...to(bsuid, 'b5', 'b6')],
      [],
    ]);
  });

  test('has each taken from its queue once', async () => {
    const { ports } = await twice(
      [
        ['a1', 1],
        ['a4', 4],
      ],
      [['b2', 2]],
    );
    const marks: string[] = [];
    const noting: HeldMessages = {
      ...ports.held,
      mark(message, ...rest) {
        marks.push(message.message.body);
        return ports.held.mark(message, ...rest);
      },
    };
    await releaseHeld({ ...ports, held: noting }, bsuid, at);
    expect(marks).toEqual(['a1', 'b2', 'a4']);
  });

  test('gets nothing after a STOP under either name', async () => {
    const { ports, store, went } = await twice([['one', 1]], []);
    await store(
      stored(bsuid, { facts: wrote(HOUR), restrictions: restrictions({ holding: true, optedOutAt: NOON }) }),
    );
    expect([await releaseHeld(ports, phone, at), went()]).toEqual([NONE, []]);
  });
});

describe('one that is held between the last look and the end of the restrictions', () => {
  test('is found later: the restrictions go on', async () => {
    const { ports, left, careOf } = await waiting(['one']);
    const late: HeldMessages = {
      ...ports.held,
      async list(pair) {
        const queue = await ports.held.list(pair);
        if (queue.length === 0) await ports.held.append(held(phone, 'late'));
        return queue;
      },
    };
    await releaseHeld({ ...ports, held: late }, phone, at);
    expect([await left(), await careOf()]).toEqual([['late'], restrictions({ holding: true })]);
  });
});

describe('cancelling', () => {
  const idOf = async (ports: SendPorts, body: string, pair: Pair = phone) =>
    (await ports.held.list(pair)).find(({ message }) => message.body === body)?.id ?? '';

  test('takes one off the queue; the others wait on', async () => {
    const { ports, left, careOf } = await waiting(['one', 'two']);
    expect([
      await cancelHeld(ports, phone, await idOf(ports, 'one'), at),
      await left(),
      await careOf(),
    ]).toEqual([undefined, ['two'], holding]);
  });

  test('the last one ends the restrictions, but not an opt-out', async () => {
    const optedOutAt = NOON - HOUR;
    const { ports, record, everything } = await waiting(['one'], {
      restrictions: { ...holding, optedOutAt },
    });
    expect([await cancelHeld(ports, phone, await idOf(ports, 'one'), at), await everything()]).toEqual([
      undefined,
      { windows: [{ ...record, restrictions: restrictions({ optedOutAt }) }], held: [] },
    ]);
  });

  test.each([
    ['that is still running', NOON + 1, { ...holding, releasingUntil: NOON + 1 }],
    ['that is over', NOON, restrictions({})],
  ])('the last one leaves the lease of somebody else alone: one %s', async (_says, releasingUntil, after) => {
    const { ports, careOf } = await waiting(['one'], { restrictions: { ...holding, releasingUntil } });
    await cancelHeld(ports, phone, await idOf(ports, 'one'), at);
    expect(await careOf()).toEqual(after);
  });

  test('by the other name finds it as well, and ends the restrictions, but no opt-out', async () => {
    const { ports, careOf, link } = await waiting(['one'], { externalUserId: bsuid.user });
    await link(sender);
    await cancelHeld(ports, bsuid, await idOf(ports, 'one'), at);
    expect(await careOf()).toEqual(restrictions({}));
  });

  test.each<readonly [string, (ports: SendPorts) => Promise<unknown>, string, FailureCode]>([
    ['one that is gone', async () => undefined, '99', 'NOT_FOUND'],
    ['one that is being sent', (ports) => marked(ports, NOON), '0', 'BEING_SENT'],
    ['one that may have left a moment ago', (ports) => marked(ports, NOON - 24_999), '0', 'BEING_SENT'],
  ])('is too late for %s, and changes nothing', async (_says, before, id, code) => {
    const { ports, record, left, everything } = await waiting(['one']);
    await before(ports);
    await expect(cancelHeld(ports, phone, id, at)).rejects.toMatchObject({ code });
    expect([await left(), (await everything()).windows]).toEqual([['one'], [record]]);
  });

  test('takes off what a release left behind, where the log shows that it did not leave', async () => {
    const { ports, left } = await waiting(['one']);
    await marked(ports, NOON - 25_000);
    await cancelHeld(ports, phone, '0', at);
    expect(await left()).toEqual([]);
  });

  test('finds that one left which a release left behind, and takes it off the list', async () => {
    const { ports, weWrote, left } = await waiting(['one']);
    weWrote(phone, 'one', MINUTE);
    await marked(ports, NOON - MINUTE);
    await expect(cancelHeld(ports, phone, '0', at)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await left()).toEqual([]);
  });

  test('takes off all that one call held, and nothing of another call', async () => {
    const { ports, left } = await waiting([
      { body: 'one', group: 'call' },
      { body: 'two', group: 'call' },
      'three',
    ]);
    await cancelHeld(ports, phone, '0', at);
    expect(await left()).toEqual(['three']);
  });

  test('tells where the queue is away', async () => {
    const { ports } = await waiting(['one']);
    const alias = { ...ports, held: { ...ports.held, remove: failing('STATE_UNAVAILABLE') } };
    await expect(cancelHeld(alias, phone, '0', at)).rejects.toEqual(failure('STATE_UNAVAILABLE'));
  });
});

test('what was held under each name before the two were known as one is listed in order, and each cancelled by its own id', async () => {
  const { ports, store, link } = stage();
  await ports.queues.append(held(bsuid, 'one', { heldAt: NOON - 3 }));
  await ports.queues.append(held(phone, 'two', { heldAt: NOON - 2 }));
  await ports.queues.append(held(bsuid, 'three', { heldAt: NOON - 1 }));
  await link();
  await store(stored(phone, { externalUserId: bsuid.user }));
  const listed = async (pair: Pair) =>
    (await heldFor(ports, pair)).map(({ id, message }) => [id, message.body]);
  const all = [
    ['b0', 'one'],
    ['0', 'two'],
    ['b1', 'three'],
  ];
  expect([await listed(bsuid), await listed(phone)]).toEqual([all, all]);
  await cancelHeld(ports, phone, 'b0', at);
  await cancelHeld(ports, bsuid, '0', at);
  expect(await listed(phone)).toEqual([['b1', 'three']]);
});

test('whatever Twilio says and whenever time runs out: in order, none twice, none lost', async () => {
  const code = fc.constantFrom<FailureCode | Error | null>(
    ...([null, null, null, 'RATE_LIMITED', 'TWILIO_REJECTED', 'OUTCOME_UNKNOWN'] as const),
    unreachable(),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(code, { maxLength: 8 }),
      fc.integer({ min: 1, max: 6 }),
      async (moods, count) => {
        const bodies = Array.from({ length: count }, (_, index) => String(index));
        const { ports, left, went, careOf } = await waiting(bodies);
        const rejected: string[] = [];
        const inner = moody(ports.messenger, moods);
        const messenger = {
          ...ports.messenger,
          send: (dispatch: Parameters<typeof inner.send>[0]) =>
            inner.send(dispatch).catch((error: unknown) => {
              const body = dispatch.message.kind === 'free-form' ? dispatch.message.body : '';
              if (error instanceof Failure && error.twilioCode !== null) rejected.push(body);
              throw error;
            }),
        };
        for (let invocation = 0; invocation <= moods.length; invocation += 1) {
          let sends = 0;
          const hasTime = () => {
            sends += 1;
            return sends <= 2 + (invocation % 2);
          };
          await releaseHeld({ ...ports, messenger, hasTime }, phone, {
            ...at,
            now: NOON + invocation * 30 * SECOND,
          });
          // Whatever is left, the person still needs care for it, and nobody has the lease.
          const needs = (await left()).length > 0;
          expect(await careOf()).toEqual(needs ? holding : restrictions({}));
        }
        await releaseHeld(ports, phone, { ...at, now: NOON + HOUR });
        const gone = went().map(([, body]) => body);
        expect(gone).toEqual(bodies.filter((body) => !rejected.includes(body)));
        expect(await left()).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test('a STOP that comes during a release ends it: at most the message that is on its way leaves after it', async () => {
  const { ports, went, left, record, store } = await waiting(['one', 'two', 'three']);
  const messenger = {
    ...ports.messenger,
    send: async (dispatch: Parameters<typeof ports.messenger.send>[0]) => {
      const sent = await ports.messenger.send(dispatch);
      if (went().length === 1) await store({ ...record, restrictions: { ...holding, optedOutAt: NOON } });
      return sent;
    },
  };
  const { state } = await releaseHeld({ ...ports, messenger }, phone, at);
  expect([went(), await left(), state]).toEqual([to(phone, 'one'), ['two', 'three'], 'stopped']);
  expect((await ports.held.list(phone)).map(({ sendingSince }) => sendingSince)).toEqual([null, null]);
});

test('where consent cannot be looked up again, nothing more leaves, and nothing stays marked', async () => {
  const { ports, went } = await waiting(['one', 'two']);
  let reads = 0;
  const windows = {
    ...ports.windows,
    read: (...asked: Parameters<typeof ports.windows.read>) => {
      reads += 1;
      return reads > 1 ? failing('STATE_UNAVAILABLE')() : ports.windows.read(...asked);
    },
  };
  const { state } = await releaseHeld({ ...ports, windows }, phone, at);
  const left = await ports.held.list(phone);
  expect([went(), state, left.map(({ message, sendingSince }) => [message.body, sendingSince])]).toEqual([
    to(phone, 'one'),
    'stopped',
    [['two', null]],
  ]);
});

describe('one that was wanted for a time at which the window will be closed', () => {
  test.each<readonly [string, number, readonly string[]]>([
    ['waits until the person has answered', NOON - HOUR + 1, ['later']],
    ['leaves once they have answered since it was held', NOON - HOUR, []],
  ])('%s, and holds up nothing behind it', async (_says, heldAt, waits) => {
    const later = { body: 'later', heldAt, sendAt: NOON + 30 * HOUR };
    const { ports, went, left, careOf } = await waiting([later, { body: 'now', heldAt: NOON }]);
    await releaseHeld(ports, phone, at);
    expect([went(), await left(), (await careOf())?.holding]).toEqual([
      waits.length > 0 ? to(phone, 'now') : to(phone, 'later', 'now'),
      waits,
      waits.length > 0,
    ]);
  });
});

describe('an attachment without a text that a container was sending when it died', () => {
  const picture = {
    body: '',
    message: { kind: 'free-form', body: '', mediaUrls: ['https://example.com/a'] },
  } as const;
  const minutes = 60 * SECOND;
  test.each<readonly [string, boolean, number, readonly string[], string]>([
    ['leaves, where the log has nothing since', false, 25 * SECOND, [''], 'done'],
    ['waits for 25 s before the log is believed', false, 25 * SECOND - 1, [], 'stopped'],
    ['waits, where the log has one that may be it', true, 10 * minutes - 1, [], 'stopped'],
    ['leaves, where no status callback of it came in ten minutes', true, 10 * minutes, [''], 'done'],
  ])('%s', async (_says, isLogged, ago, leaves, state) => {
    const { ports, went, weWrote } = await waiting([picture]);
    await marked(ports, NOON - ago);
    if (isLogged) weWrote(phone, '', ago, { mediaCount: 1 });
    const release = await releaseHeld(ports, phone, at);
    expect([went(), release.state]).toEqual([to(phone, ...leaves), state]);
  });

  test('is taken off the queue by its own status callback', async () => {
    const { ports, left } = await waiting([picture]);
    const [held] = await ports.held.list(phone);
    const { id = '', token = '' } = held ?? {};
    await ports.held.settle(phone, { id, token: `${token}0`, isJoint: false });
    expect(await left()).toEqual(['']);
    await ports.held.settle(phone, { id, token, isJoint: false });
    expect(await left()).toEqual([]);
  });
});
