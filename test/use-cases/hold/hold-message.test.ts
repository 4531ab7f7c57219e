/** Holding: what stands in the queue, what the records say, whose turn it is to ask, and who wrote meanwhile. */
import { type WindowFacts, windowAt } from '../../../src/domain/customer-service-window';
import type { Pair } from '../../../src/domain/whatsapp-address';
import type { FailureCode } from '../../../src/use-cases/failure';
import { type HoldRequest, holdMessage } from '../../../src/use-cases/hold/hold-message';
import { sendPrompt } from '../../../src/use-cases/hold/reply-prompt';
import type { ContactStore } from '../../../src/use-cases/ports/contact-store';
import { type HeldMessage, type HeldMessages, MAX_HELD } from '../../../src/use-cases/ports/held-messages';
import {
  at,
  bsuid,
  closedByWhatsApp,
  contentSid,
  DAY,
  failing,
  failure,
  HOUR,
  held,
  MINUTE,
  messageSid,
  moody,
  NOON,
  phone,
  question,
  restrictions,
  SECOND,
  sender,
  stage,
  stored,
  stranger,
  text,
  wrote,
} from '../stage';

const request = (changes: Partial<HoldRequest> = {}): HoldRequest => ({
  ...{ pair: phone, message: text('Hello'), sendAt: null, externalUserId: null, key: null },
  ...{ template: null, acceptedAt: NOON, repairs: null, statusCallback: null, ttlSeconds: 3600 },
  ...{ asks: false, unsentPromptSince: null },
  ...changes,
});
const holding = restrictions({ holding: true });
const item = (pair: Pair, to: Pair, changes: object = {}) => ({
  ...held(pair, 'Hello', { to: to.user, heldAt: NOON, acceptedAt: NOON, expiresAt: NOON + HOUR }),
  ...{
    id: '0',
    sendingSince: null,
    notThese: [],
    joint: null,
    group: expect.any(String),
    token: expect.any(String),
  },
  ...changes,
});

describe('a message is held', () => {
  const before = stored(phone, { facts: wrote(2 * DAY), profileName: 'Ada', messageSid: messageSid(1) });

  test('in the queue of its user, and the record says so', async () => {
    const { ports, store, everything, went } = stage();
    await store(before);
    const hold = await holdMessage(ports, request({ sendAt: NOON + DAY, key: 'k', asks: true }), at);
    const expected = item(phone, phone, { sendAt: NOON + DAY, key: 'k' });
    expect([hold, await everything(), went()]).toEqual([
      { held: [expected], shouldPrompt: true, opened: null, beginsPause: false },
      {
        windows: [{ ...before, restrictions: restrictions({ holding: true, promptedAt: NOON }) }],
        held: [expected],
      },
      [],
    ]);
  });

  test('for a user of whom nothing is stored', async () => {
    const { ports, everything } = stage();
    await holdMessage(ports, request(), at);
    expect(await everything()).toEqual({
      windows: [stored(phone, { restrictions: holding })],
      held: [item(phone, phone)],
    });
  });

  test.each([
    ['for the number', phone],
    ['for the BSUID', bsuid],
  ])('of a person with two names in the one queue of theirs: %s', async (_says, pair) => {
    const { ports, store, link, everything } = stage();
    await link(sender);
    await store(before);
    const hold = await holdMessage(ports, request({ pair, externalUserId: bsuid.user, asks: true }), at);
    const expected = item(phone, pair, { externalUserId: bsuid.user });
    const asked = restrictions({ holding: true, promptedAt: NOON });
    expect([hold, await everything()]).toEqual([
      { held: [expected], shouldPrompt: true, opened: null, beginsPause: false },
      { windows: [{ ...before, externalUserId: bsuid.user, restrictions: asked }], held: [expected] },
    ]);
  });

  test.each<readonly [string, Pair, Pair['user'] | undefined, Pair['user'] | null]>([
    ['that of a number names them, so that a later owner is told from them', phone, undefined, bsuid.user],
    ['that of a number which names somebody already keeps naming them', phone, stranger.user, stranger.user],
    ['that of a BSUID need not', bsuid, undefined, null],
  ])('with a record that names the person: %s', async (_says, pair, before, expected) => {
    const { ports, store } = stage();
    if (before) await store(stored(pair, { externalUserId: before }));
    await holdMessage(ports, request({ pair, externalUserId: bsuid.user }), at);
    expect((await ports.windows.read(pair))?.externalUserId).toBe(expected);
  });
});

describe('a held message sends the reply prompt', () => {
  const asked = (ago: number) => restrictions({ holding: true, promptedAt: NOON - ago });
  /** When another message that is held expires. */
  const waiting = NOON + 1;
  type Row = readonly [string, boolean, ReturnType<typeof restrictions>, readonly number[], boolean];
  test.each<Row>([
    ['nobody asked yet', true, restrictions({}), [], true],
    ['nobody has anything to ask with', false, restrictions({}), [], false],
    ['nobody asked, though another waits', true, holding, [waiting], true],
    ['asked, and another waits for the answer', true, asked(DAY), [waiting], false],
    ['asked, but what waited expires now', true, asked(DAY), [NOON], true],
    ['asked, and of two that waited one has expired', true, asked(DAY), [NOON - 1, waiting], false],
    ['asked, but nothing waits any more', true, asked(DAY), [], true],
    ['asked 1 ms less than 15 s ago by a call at the same time', true, asked(15 * SECOND - 1), [], false],
    ['asked 15 s ago', true, asked(15 * SECOND), [], true],
    ['asked by a call whose clock is ahead', true, asked(1 - 15 * SECOND), [], false],
    ['asked by one whose clock is 15 s ahead: no such call', true, asked(-15 * SECOND), [], true],
  ])('%s', async (_says, ask, before, others, shouldPrompt) => {
    const { ports, store } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), restrictions: before }));
    for (const expiresAt of others) await ports.held.append(held(phone, 'another', { expiresAt }));
    const hold = await holdMessage(ports, request({ asks: ask }), at);
    expect([hold.shouldPrompt, (await ports.windows.read(phone))?.restrictions]).toEqual([
      shouldPrompt,
      { ...before, holding: true, promptedAt: shouldPrompt ? NOON : before.promptedAt },
    ]);
  });

  test('one at a time, of several that hold at once', async () => {
    const { ports } = stage();
    const holds = await Promise.all([1, 2, 3].map(() => holdMessage(ports, request({ asks: true }), at)));
    expect(holds.map(({ shouldPrompt }) => shouldPrompt).sort()).toEqual([false, false, true]);
  });

  test('after another one’s reply prompt certainly did not leave', async () => {
    const { ports, store } = stage();
    const before = stored(phone, {
      facts: wrote(2 * DAY),
      restrictions: restrictions({ holding: true, promptedAt: NOON }),
    });
    await store(before);
    const message = { kind: 'template', contentSid: contentSid(9), contentVariables: {} } as const;
    const prompt = { message, name: 'question', category: 'UTILITY', text: question.text };
    const alias = { ...ports, messenger: moody(ports.messenger, ['RATE_LIMITED']) };
    await expect(sendPrompt(alias, phone, prompt, [], at)).rejects.toEqual(failure('RATE_LIMITED'));
    expect(await ports.windows.read(phone)).toEqual({ ...before, restrictions: holding });
  });

  test('of somebody who was about to ask, where it is known that nothing left', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { restrictions: restrictions({ holding: true, promptedAt: NOON - DAY }) }));
    await ports.held.append(held(phone, 'another'));
    const known = request({ asks: true, unsentPromptSince: NOON - DAY });
    const other = request({ asks: true, unsentPromptSince: NOON - DAY - 1 });
    expect((await holdMessage(ports, other, at)).shouldPrompt).toBe(false);
    expect((await holdMessage(ports, known, at)).shouldPrompt).toBe(true);
  });
});

describe('a call that is repeated with its key', () => {
  test.each([
    ['and asks where the first is known not to have asked', NOON, true],
    ['and asks nobody twice where the first may have asked', null, false],
  ])('finds its message instead of holding it again, %s', async (_says, unsentPromptSince, shouldPrompt) => {
    const { ports, everything } = stage();
    const first = await holdMessage(ports, request({ key: 'k', asks: true }), at);
    const later = { ...at, now: NOON + HOUR - 1 };
    const again = await holdMessage(ports, request({ key: 'k', asks: true, unsentPromptSince }), later);
    expect([again, (await everything()).held]).toEqual([
      { held: first.held, shouldPrompt, opened: null, beginsPause: false },
      [...first.held],
    ]);
  });

  test('asks anew where what was asked for expired before this was held', async () => {
    const { ports, store } = stage();
    await store(stored(phone, { restrictions: restrictions({ holding: true, promptedAt: NOON - DAY }) }));
    await ports.held.append(held(phone, 'Hello', { key: 'k', heldAt: NOON - MINUTE }));
    const hold = await holdMessage(ports, request({ key: 'k', asks: true }), at);
    expect(hold.shouldPrompt).toBe(true);
  });

  test('holds the attachment that an earlier try did not come to, and no other', async () => {
    const { ports } = stage();
    const two = { ...text('Hello'), mediaUrls: ['https://example.com/1', 'https://example.com/2'] };
    const first = await holdMessage(ports, request({ key: 'k', message: two }), at);
    await ports.held.remove(phone, first.held[1]?.id ?? '', true);
    const again = await holdMessage(ports, request({ key: 'k', message: two }), at);
    const queue = await ports.held.list(phone);
    expect([queue, new Set(queue.map(({ group }) => group)).size]).toEqual([[...again.held], 1]);
    expect(queue.map(({ message }) => message.mediaUrls)).toEqual(two.mediaUrls.map((url) => [url]));
  });

  test.each([
    ['another key', 'k2'],
    ['no key', null],
  ])('not with %s', async (_says, key) => {
    const { ports } = stage();
    await holdMessage(ports, request(), at);
    await holdMessage(ports, request({ key: 'k1' }), at);
    await holdMessage(ports, request({ key }), at);
    expect((await ports.held.list(phone)).length).toBe(3);
  });
});

describe('a queue is full', () => {
  async function queueOf(count: number) {
    const staged = stage();
    for (let index = 0; index < count; index += 1) {
      await staged.ports.held.append(held(phone, String(index), { key: `k${index}` }));
    }
    return staged;
  }

  test.each([
    ['not with one less', MAX_HELD - 1, 'k', MAX_HELD],
    ['not for a repeated call', MAX_HELD, 'k7', MAX_HELD],
  ])('%s', async (_says, before, key, after) => {
    const { ports } = await queueOf(before);
    await holdMessage(ports, request({ key, message: text(key.slice(1)) }), at);
    expect((await ports.held.list(phone)).length).toBe(after);
  });

  test('with 100: it says what to do, and nothing is stored', async () => {
    const { ports } = await queueOf(MAX_HELD);
    await expect(holdMessage(ports, request({ key: 'k', asks: true }), at)).rejects.toMatchObject({
      code: 'HELD_LIMIT_REACHED',
      message: expect.stringMatching(/^100 messages are held .* POST \/held-messages/),
    });
    expect([(await ports.held.list(phone)).length, await ports.windows.read(phone)]).toEqual([
      100,
      undefined,
    ]);
  });
});

test('a queue of 98 takes no more than two of four that come at once', async () => {
  const { ports } = stage();
  for (let index = 0; index < MAX_HELD - 2; index += 1) await ports.held.append(held(phone, String(index)));
  const results = await Promise.allSettled(
    [1, 2, 3, 4].map((now) => holdMessage(ports, request({ acceptedAt: NOON + now }), at)),
  );
  const kept = results.filter(({ status }) => status === 'fulfilled').length;
  expect([(await ports.held.list(phone)).length <= MAX_HELD, kept <= 2]).toEqual([true, true]);
  expect((await ports.held.list(phone)).length).toBe(MAX_HELD - 2 + kept);
});

describe('a message that is reported as not held, because the store fails, is not held', () => {
  const failingFor = (windows: ContactStore, name: Pair): ContactStore => ({
    ...windows,
    change: (pair, change) =>
      pair.user === name.user ? failing('STATE_UNAVAILABLE')() : windows.change(pair, change),
  });

  test('the record', async () => {
    const { ports } = stage();
    const alias = { ...ports, windows: failingFor(ports.windows, phone) };
    await expect(holdMessage(alias, request({ asks: true }), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(await ports.held.list(phone)).toEqual([]);
  });

  test('while what an earlier call held stays', async () => {
    const { ports } = stage();
    await holdMessage(ports, request({ key: 'k' }), at);
    const alias = { ...ports, windows: failingFor(ports.windows, phone) };
    await expect(holdMessage(alias, request({ key: 'k' }), at)).rejects.toEqual(failure('STATE_UNAVAILABLE'));
    expect((await ports.held.list(phone)).length).toBe(1);
  });

  test('where it can be removed; otherwise the caller learns that it may be held', async () => {
    const { ports } = stage();
    const heldMessages = { ...ports.held, remove: failing('RATE_LIMITED') };
    const alias = { ...ports, held: heldMessages, windows: failingFor(ports.windows, phone) };
    await expect(holdMessage(alias, request({ asks: true }), at)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
  });

  test.each<readonly [string, (held: HeldMessages, mine: HeldMessage) => Promise<unknown>, number]>([
    ['has sent it', (held, { pair, id }) => held.remove(pair, id, true), 0],
    ['is sending it', (held, mine) => held.mark(mine, NOON, []), 1],
  ])('where no release was faster; otherwise the caller learns that one %s', async (_says, release, left) => {
    const { ports } = stage();
    const windows: ContactStore = {
      ...ports.windows,
      async change() {
        const [mine] = await ports.held.list(phone);
        if (mine) await release(ports.held, mine);
        throw failure('STATE_UNAVAILABLE');
      },
    };
    await expect(holdMessage({ ...ports, windows }, request({ asks: true }), at)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    expect((await ports.held.list(phone)).length).toBe(left);
  });

  test.each<readonly [string, WindowFacts, number, FailureCode]>([
    ['the window is closed', wrote(2 * DAY), 1, 'STATE_UNAVAILABLE'],
    ['the one before it still waits', wrote(MINUTE), 0, 'STATE_UNAVAILABLE'],
    ['the window opened, and the one before it has left', wrote(MINUTE), 1, 'OUTCOME_UNKNOWN'],
  ])('where it cannot have been released since it was stored: %s', async (_says, facts, left, code) => {
    const { ports, store } = stage();
    await holdMessage(ports, request(), at);
    await store(stored(phone, { facts, restrictions: restrictions({ holding: true }) }));
    const queue: HeldMessages = {
      ...ports.held,
      async append(_message, wasReleased = async () => false) {
        for (const { pair, id } of (await ports.held.list(phone)).slice(0, left))
          await ports.held.remove(pair, id, true);
        throw failure((await wasReleased()) ? 'OUTCOME_UNKNOWN' : 'STATE_UNAVAILABLE');
      },
    };
    await expect(holdMessage({ ...ports, held: queue }, request(), at)).rejects.toMatchObject({ code });
  });

  test.each<readonly ['list' | 'append', FailureCode]>([
    ['list', 'STATE_UNAVAILABLE'],
    ['append', 'RATE_LIMITED'],
  ])('the queue cannot be reached: %s', async (method, code) => {
    const { ports, everything } = stage();
    const alias = { ...ports, held: { ...ports.held, [method]: failing(code) } };
    await expect(holdMessage(alias, request({ asks: true }), at)).rejects.toEqual(failure(code));
    expect(await everything()).toEqual({ windows: [], held: [] });
  });
});

describe('a user’s message that no webhook brought is found when another is held', () => {
  type Row = readonly [string, WindowFacts, number, 'opens' | 'recorded' | 'known'];
  const fromLog = (ago: number): WindowFacts => ({ ...wrote(ago), source: 'message-log' });
  test.each<Row>([
    ['newer by 1 ms than the one that is known', wrote(2 * DAY), 2 * DAY - 1, 'recorded'],
    ['newer, and so new that the window is open', wrote(2 * DAY), MINUTE, 'opens'],
    ['as new as the one that is known', wrote(2 * DAY), 2 * DAY, 'known'],
    ['older by 1 ms', wrote(2 * DAY), 2 * DAY + 1, 'known'],
    ['of one of whom none is known', { ...wrote(0), lastInboundAt: null, source: 'none' }, MINUTE, 'opens'],
    ['so old that the window is closed again', wrote(9 * DAY), 2 * DAY, 'recorded'],
    ['newer, but WhatsApp closed the window', closedByWhatsApp(HOUR), MINUTE, 'known'],
  ])('%s', async (_says, facts, ago, expected) => {
    const { ports, store, theyWrote, went } = stage();
    const before = stored(phone, { facts, messageSid: messageSid(1) });
    await store(before);
    theyWrote(phone, 'Hi', ago, { messageSid: messageSid(2) });
    const hold = await holdMessage(ports, request(), at);
    const isOpened = expected === 'opens';
    expect([await ports.windows.read(phone), went(), hold.opened]).toEqual([
      {
        ...before,
        ...(expected !== 'known' && { facts: fromLog(ago), messageSid: messageSid(2) }),
        restrictions: holding,
      },
      [],
      isOpened ? windowAt(fromLog(ago), NOON, at.marginSeconds) : null,
    ]);
  });

  test.each<readonly [string, object, number]>([
    ['that the log has and Sync does not', {}, NOON - MINUTE],
    ['that Sync has', { restrictions: restrictions({ optedOutAt: NOON - DAY }) }, NOON - DAY],
  ])('is a STOP %s: nothing is held, and nothing leaves', async (_says, changes, optedOutAt) => {
    const { ports, store, theyWrote, went } = stage();
    await store(stored(phone, { facts: wrote(2 * DAY), ...changes }));
    theyWrote(phone, 'stop', MINUTE);
    await expect(holdMessage(ports, request({ asks: true }), at)).rejects.toMatchObject({
      code: 'OPTED_OUT',
    });
    expect([
      (await ports.windows.read(phone))?.restrictions.optedOutAt,
      went(),
      await ports.held.list(phone),
    ]).toEqual([optedOutAt, [], []]);
  });

  test.each<readonly [string, Pair]>([
    ['the number', phone],
    ['the BSUID', bsuid],
  ])('is found under either name of the person: %s', async (_says, name) => {
    const { ports, theyWrote, link } = stage();
    await link(sender);
    theyWrote(name, 'Hi', MINUTE);
    const hold = await holdMessage(ports, request({ externalUserId: bsuid.user }), at);
    expect(hold.opened?.lastInboundAt).toBe(NOON - MINUTE);
  });

  test('cannot be found while the log is away; the message is held none the less', async () => {
    const { ports } = stage();
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    const hold = await holdMessage({ ...ports, messageLog }, request({ asks: true }), at);
    expect([hold.shouldPrompt, await ports.held.list(phone)]).toEqual([true, [...hold.held]]);
  });
});
