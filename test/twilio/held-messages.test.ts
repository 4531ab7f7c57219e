/** What every store of held messages must do, whichever it is: Lists in Sync, and one without Twilio. */
import type { MessageSid } from '../../src/domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { syncHeldMessages } from '../../src/twilio/sync/held-messages';
import { type HeldMessage, type HeldMessages, MAX_HELD } from '../../src/use-cases/ports/held-messages';
import { clientOf, useEmulator } from '../emulator/emulator-client';
import { inMemoryHeld } from './in-memory-ports';

const { emulator, control } = useEmulator();
const NOW = Date.now();
const sender = 'whatsapp:+14155238886' as WhatsAppAddress;
const pair: Pair = { sender, user: 'whatsapp:+4915550000001' as WhatsAppAddress };
const sid = `SM${'a'.repeat(32)}` as MessageSid;

function text(body: string, changes: Partial<HeldMessage> = {}): Parameters<HeldMessages['append']>[0] {
  return {
    pair,
    to: pair.user,
    message: { kind: 'free-form', body, mediaUrls: [] },
    template: null,
    group: 'a-call',
    acceptedAt: NOW,
    repairs: null,
    statusCallback: null,
    heldAt: NOW,
    expiresAt: NOW + 600_000,
    sendAt: null,
    externalUserId: null,
    key: null,
    ...changes,
  };
}

const sync = () => syncHeldMessages(clientOf(emulator), emulator.syncServiceSid);
const implementations: readonly (readonly [string, () => HeldMessages])[] = [
  ['in Sync', sync],
  ['without Twilio', inMemoryHeld],
];

describe.each(implementations)('a store of held messages %s', (_name, create) => {
  let store: HeldMessages;
  beforeEach(() => {
    store = create();
  });
  const bodies = async (of: Pair = pair) => (await store.list(of)).map(({ message }) => message.body);
  const first = async () => {
    const [held] = await store.list(pair);
    if (!held) throw new Error('Nothing is held.');
    return held;
  };

  test('has nothing for a stranger', async () => {
    expect([await store.list(pair), await store.remove(pair, '0', true)]).toEqual([[], false]);
  });

  test('returns all that was held, with an id', async () => {
    const whole = text('Hello', {
      to: 'whatsapp:US.1349' as WhatsAppAddress,
      message: { kind: 'free-form', body: '🦊', mediaUrls: ['https://example.com/a'] },
      sendAt: NOW + 300_000,
      externalUserId: 'whatsapp:US.1349' as WhatsAppAddress,
      key: 'k1',
      template: { ref: 'greeting', language: 'en', variables: { 1: 'Ada' } },
      acceptedAt: NOW - 1000,
      repairs: sid,
      statusCallback: 'https://example.com/status',
    });
    const held = await store.append(whole);
    const names = { id: expect.any(String), token: expect.stringMatching(/^[0-9a-f]{24}$/) };
    const expected = { ...whole, ...names, sendingSince: null, notThese: [], joint: null };
    expect([held, await store.list(pair)]).toEqual([expected, [held]]);
  });

  test('keeps messages in the order in which they came, and apart from other queues', async () => {
    const other = { sender, user: 'whatsapp:+4915550000002' as WhatsAppAddress };
    for (const body of ['one', 'two', 'three']) await store.append(text(body));
    await store.append(text('another', { pair: other, to: other.user }));
    expect([await bodies(), await bodies(other)]).toEqual([['one', 'two', 'three'], ['another']]);
  });

  test('uses one key for both spellings of a number, answers in the requested one, and keeps the recipient’s', async () => {
    const long = { sender, user: 'whatsapp:+5491155550001' as WhatsAppAddress };
    const short = { sender, user: 'whatsapp:+541155550001' as WhatsAppAddress };
    await store.append(text('Hola', { pair: long, to: long.user }));
    expect((await store.list(short)).map(({ pair, to }) => ({ pair, to }))).toEqual([
      { pair: short, to: long.user },
    ]);
  });

  test('marks a message that is being sent, and removes the mark', async () => {
    await store.append(text('Hello'));
    const held = await first();
    const marks = [await store.mark(held, NOW, [sid]), await first()];
    expect(marks).toEqual([true, { ...held, sendingSince: NOW, notThese: [sid] }]);
    expect([await store.mark(held, null, [sid]), await first()]).toEqual([true, held]);
  });

  test('marks several messages for one joint message, and takes all of them off by its name', async () => {
    const joint = { token: 'a'.repeat(24), textHash: 'b'.repeat(64) };
    const another = { ...joint, token: 'c'.repeat(24) };
    for (const body of ['one', 'two', 'three', 'four', 'five']) await store.append(text(body));
    const [one, two, three, four] = await store.list(pair);
    if (!one || !two || !three || !four) throw new Error('Nothing is held.');
    for (const held of [one, three]) await store.mark(held, NOW, [sid], joint);
    await store.mark(two, NOW, [], another);
    await store.mark(four, NOW, [], joint);
    // It waits again.
    await store.mark(four, null, []);
    expect((await store.list(pair)).map((held) => held.joint)).toEqual([joint, another, joint, null, null]);
    await store.settle(pair, { id: one.id, token: joint.token, isJoint: true });
    expect(await bodies()).toEqual(['two', 'four', 'five']);
    await store.settle(pair, { id: two.id, token: another.token, isJoint: false });
    expect(await bodies()).toEqual(['two', 'four', 'five']);
  });

  test('lets only one of two callers mark a message that both have read', async () => {
    await store.append(text('Hello'));
    const [mine, theirs] = [await first(), await first()];
    expect([await store.mark(mine, NOW, []), await store.mark(theirs, NOW + 1, [])]).toEqual([true, false]);
    expect((await first()).sendingSince).toBe(NOW);
  });

  test('marks nothing that was removed', async () => {
    await store.append(text('Hello'));
    const held = await first();
    await store.remove(pair, held.id, true);
    expect(await store.mark(held, NOW, [])).toBe(false);
  });

  test('never uses an id again', async () => {
    const [one, two] = [await store.append(text('one')), await store.append(text('two'))];
    await store.remove(pair, two.id, true);
    const three = await store.append(text('three'));
    expect(new Set([one.id, two.id, three.id]).size).toBe(3);
  });

  test('removes one message once, and keeps the others', async () => {
    for (const body of ['one', 'two']) await store.append(text(body));
    const { id } = await first();
    expect([
      await store.remove(pair, id, false),
      await store.remove(pair, id, false),
      await bodies(),
    ]).toEqual([true, false, ['two']]);
  });

  test('removes a message that is being sent only where that is wanted', async () => {
    await store.append(text('Hello'));
    const held = await first();
    await store.mark(held, NOW, []);
    expect([
      await store.remove(pair, held.id, false),
      await bodies(),
      await store.remove(pair, held.id, true),
      await bodies(),
    ]).toEqual([false, ['Hello'], true, []]);
  });

  test('lists one more message than a queue may have, so that a full queue is recognized', async () => {
    for (let count = 0; count < MAX_HELD + 2; count += 1) await store.append(text(String(count)));
    expect((await store.list(pair)).length).toBeGreaterThan(MAX_HELD);
  });

  test('lists the queues of all pairs page by page', async () => {
    const users = Array.from({ length: 25 }, (_, index) => `whatsapp:+49155500001${10 + index}`);
    for (const user of users as WhatsAppAddress[]) {
      await store.append(text(user, { pair: { sender, user }, to: user }));
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.page(cursor);
      seen.push(...page.held.map((held) => `${held.pair.user} ${held.message.body}`));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen.sort()).toEqual(users.map((user) => `${user} ${user}`));
    await expect(store.page('nonsense')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

test.each<readonly [string, (store: HeldMessages) => Promise<unknown>]>([
  ['list', (store) => store.list(pair)],
  [
    'mark',
    (store) =>
      store.mark(
        { ...text('Hello'), id: '0', token: 't', sendingSince: null, notThese: [], joint: null },
        NOW,
        [],
      ),
  ],
  ['remove', (store) => store.remove(pair, '0', false)],
  ['settle', (store) => store.settle(pair, { id: '0', token: 't', isJoint: false })],
  ['settle', (store) => store.settle(pair, { id: '0', token: 't', isJoint: true })],
  ['page', (store) => store.page(null)],
])('reports that Sync cannot be reached when held messages are used: %s', async (_method, call) => {
  await control.post('faults', {
    target: 'api',
    match: { service: 'sync' },
    do: 'status',
    status: 503,
    times: 0,
  });
  await expect(call(sync())).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
});

test('reports an unknown outcome where Sync can be neither written nor read to hold a message', async () => {
  await control.post('faults', {
    target: 'api',
    match: { service: 'sync' },
    do: 'status',
    status: 503,
    times: 0,
  });
  await expect(sync().append(text('Hello'))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test('holds a message also where its queue is erased between its creation and the writing', async () => {
  const match = { service: 'sync', method: 'POST', path: 'Items' };
  await control.post('faults', { target: 'api', match, do: 'status', status: 404, code: 54150, times: 3 });
  const store = sync();
  const held = await store.append(text('Hello'));
  expect(await store.list(pair)).toEqual([held]);
});

describe('a held message whose writing Sync did not confirm', () => {
  const CREATE = { service: 'sync', method: 'POST', path: 'Items' };
  const LIST = { service: 'sync', method: 'GET', path: 'Items' };
  const lose = (match: object) =>
    control.post('faults', { target: 'api', match, do: 'drop-after', times: 1 });
  const bodies = async () => (await sync().list(pair)).map(({ message }) => message.body);

  test('is found in Sync, and told apart from one with the same text', async () => {
    const store = sync();
    const before = await store.append(text('Hello'));
    await lose(CREATE);
    const held = await store.append(text('Hello'));
    expect([held.id === before.id, (await store.list(pair)).map(({ id }) => id)]).toEqual([
      false,
      [before.id, held.id],
    ]);
  });

  test('is reported as possibly held where Sync cannot be read', async () => {
    const store = sync();
    await store.append(text('Before'));
    await lose(CREATE);
    await lose(LIST);
    await expect(store.append(text('Hello'))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await bodies()).toEqual(['Before', 'Hello']);
  });

  test('is reported as not held where Sync did not store it', async () => {
    const store = sync();
    await store.append(text('Before'));
    await control.post('faults', { target: 'api', match: CREATE, do: 'drop-before', times: 1 });
    await expect(store.append(text('Hello'))).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    expect(await bodies()).toEqual(['Before']);
  });

  test('is reported as possibly sent where a release may have been faster', async () => {
    await lose(CREATE);
    const release = async () => {
      const [held] = await sync().list(pair);
      if (held) await sync().remove(pair, held.id, true);
      return true;
    };
    await control.post('faults', { target: 'api', match: CREATE, do: 'drop-before', times: 1 });
    await expect(sync().append(text('Hello'), release)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });
});
