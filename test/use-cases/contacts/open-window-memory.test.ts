/** What a warm container believes without asking: open windows that need no care, for less than 10 seconds. */
import type { Pair } from '../../../src/domain/whatsapp-address';
import { OpenWindowMemory, withMemory } from '../../../src/use-cases/contacts/open-window-memory';
import type { ContactRecords } from '../../../src/use-cases/ports/contact-records';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import {
  at,
  closedByWhatsApp,
  DAY,
  failing,
  failure,
  HOUR,
  MINUTE,
  NOON,
  phone,
  restrictions,
  SECOND,
  sender,
  stage,
  stored,
  wrote,
} from '../stage';

const open = stored(phone, { facts: wrote(HOUR), profileName: 'Ada' });
const readsOf = (asked: readonly string[]) => asked.filter((what) => what.startsWith('read')).length;
const later = (ms: number) => ({ ...at, now: NOON + ms });

/** A container that asks a store which somebody else may change. */
function container() {
  const { ports, store } = stage();
  const asked: string[] = [];
  const records: ContactRecords = {
    ...ports.records,
    read(pair, fresh) {
      asked.push(`read ${pair.user}`);
      return ports.records.read(pair, fresh);
    },
  };
  const memory = new OpenWindowMemory();
  return {
    store,
    behind: ports.records,
    memory,
    note: { asked, records },
    seen: (when = at) => withMemory(records, memory, when),
  };
}

describe('a stored window that the container has read', () => {
  test.each<readonly [string, ContactRecord, number, number]>([
    ['it is used at once', open, 0, 1],
    ['it is used 1 ms before 10 seconds have passed', open, 10 * SECOND - 1, 1],
    ['it is read afresh when 10 seconds have passed', open, 10 * SECOND, 2],
    ['it is read afresh by a clock that was put back 10 seconds', open, -10 * SECOND, 2],
    ['it is used by a clock that was put back by less than 10 seconds', open, 1 - 10 * SECOND, 1],
    [
      'it is read afresh where the margin has begun meanwhile',
      { ...open, facts: wrote(DAY - 5 * MINUTE - 1) },
      1,
      2,
    ],
    ['it is used until 1 ms before the margin begins', { ...open, facts: wrote(DAY - 5 * MINUTE - 2) }, 1, 1],
    ['it is read afresh where the window is closed', { ...open, facts: wrote(DAY) }, 0, 2],
    ['it is read afresh where WhatsApp closed the window', { ...open, facts: closedByWhatsApp(HOUR) }, 0, 2],
    [
      'it is read afresh where the user opted out',
      { ...open, restrictions: restrictions({ optedOutAt: NOON }) },
      0,
      2,
    ],
    [
      'it is read afresh where a message is held for the user',
      { ...open, restrictions: restrictions({ holding: true }) },
      0,
      2,
    ],
    [
      'it is used where a reply prompt was sent',
      { ...open, restrictions: restrictions({ promptedAt: NOON }) },
      0,
      1,
    ],
  ])('is used again without asking Sync, or read afresh: %s', async (_says, record, ms, reads) => {
    const { store, note, seen } = container();
    await store(record);
    const answers = [await seen().read(phone), await seen(later(ms)).read(phone)];
    expect([answers, readsOf(note.asked)]).toEqual([[record, record], reads]);
  });

  test('is given for either spelling of the number, in the spelling that the caller uses', async () => {
    const [long, short] = ['whatsapp:+5491155550001', 'whatsapp:+541155550001'].map(
      (user): Pair => ({ sender, user: user as Pair['user'] }),
    ) as [Pair, Pair];
    const { store, note, seen } = container();
    await store({ ...open, pair: long });
    expect([await seen().read(long), await seen().read(short), readsOf(note.asked)]).toEqual([
      { ...open, pair: long },
      { ...open, pair: short },
      1,
    ]);
  });

  test('is not given for the same user with another sender', async () => {
    const { store, note, seen } = container();
    await store(open);
    await seen().read(phone);
    const other = { ...phone, sender: 'whatsapp:+14155550101' as Pair['sender'] };
    expect([await seen().read(other), readsOf(note.asked)]).toEqual([undefined, 2]);
  });

  test('is read every time where nothing is stored for the user', async () => {
    const { note, seen } = container();
    expect([await seen().read(phone), await seen().read(phone), readsOf(note.asked)]).toEqual([
      undefined,
      undefined,
      2,
    ]);
  });
});

test('the container reads afresh what must be current, and uses that answer from then on', async () => {
  const { store, note, seen } = container();
  await store(open);
  await seen().read(phone);
  const newer = { ...open, facts: wrote(MINUTE) };
  await store(newer);
  expect([await seen().read(phone), await seen().read(phone, true), await seen().read(phone)]).toEqual([
    open,
    newer,
    newer,
  ]);
  expect(readsOf(note.asked)).toBe(2);
});

describe('what the container itself writes', () => {
  test.each<readonly [string, readonly ContactRecord[], 'overwrite' | 'open']>([
    ['of one who is known', [stored(phone, { facts: wrote(2 * DAY) })], 'overwrite'],
    ['of a stranger', [], 'open'],
  ])('is known to it at once: a window that it recorded, %s', async (_says, before, method) => {
    const { store, note, seen } = container();
    await store(...before);
    await seen()[method](open);
    expect([await seen().read(phone), readsOf(note.asked)]).toEqual([open, 0]);
  });

  test('is not believed where there was nothing to overwrite', async () => {
    const { note, seen } = container();
    expect([await seen().overwrite(open), await seen().read(phone), readsOf(note.asked)]).toEqual([
      false,
      undefined,
      1,
    ]);
  });

  test.each<readonly [string, (records: ContactRecords) => Promise<unknown>]>([
    ['erased', (records) => records.erase(phone, null)],
    ['retired', (records) => records.retire(phone, open)],
  ])('is not believed any more where it has %s it', async (_says, remove) => {
    const { store, note, seen } = container();
    await store(open);
    await seen().read(phone);
    await remove(seen());
    expect([await seen().read(phone), readsOf(note.asked)]).toEqual([undefined, 2]);
  });

  test('is known to it at once: a record that it changed', async () => {
    const { store, note, seen } = container();
    await store(open);
    await seen().read(phone);
    const changed = { ...open, facts: wrote(MINUTE) };
    expect(await seen().change(phone, () => changed)).toEqual({ window: changed, changed: true });
    expect([await seen().read(phone), readsOf(note.asked)]).toEqual([changed, 1]);
  });

  test('is known to it at once: a STOP', async () => {
    const { store, note, seen } = container();
    await store(open);
    await seen().read(phone);
    const stopped = { ...open, restrictions: restrictions({ optedOutAt: NOON }) };
    await seen().change(phone, () => stopped);
    expect([await seen().read(phone), readsOf(note.asked)]).toEqual([stopped, 2]);
  });

  test('leaves nothing to use again where the recording or the change failed', async () => {
    const { store, note, memory, seen } = container();
    await store(open);
    const away: ContactRecords = {
      ...note.records,
      overwrite: failing('STATE_UNAVAILABLE'),
      open: failing('STATE_UNAVAILABLE'),
      change: failing('STATE_UNAVAILABLE'),
    };
    for (const attempt of [
      () => withMemory(away, memory, at).overwrite(open),
      () => withMemory(away, memory, at).open(open),
      () => withMemory(away, memory, at).change(phone, () => open),
    ]) {
      await seen().read(phone);
      const before = readsOf(note.asked);
      await expect(attempt()).rejects.toEqual(failure('STATE_UNAVAILABLE'));
      await seen().read(phone);
      expect(readsOf(note.asked) - before).toBe(1);
    }
  });
});

describe('an answer of Sync that was requested before a change', () => {
  /** A store that answers when it is told to. */
  function slow(store: ContactRecords) {
    const waiting: (() => void)[] = [];
    const held = <T>(answer: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push(() => void answer.then(resolve, reject));
      });
    const windows: ContactRecords = {
      ...store,
      read: (pair) => held(store.read(pair)),
      overwrite: (window) => held(store.overwrite(window)),
      open: (...parameters) => held(store.open(...parameters)),
      change: (pair, change) => held(store.change(pair, change)),
    };
    return {
      windows,
      answer: () => {
        for (const resume of waiting.splice(0)) resume();
      },
    };
  }
  const stop = (window: ContactRecord) => ({ ...window, restrictions: restrictions({ optedOutAt: NOON }) });

  test.each<readonly [string, (windows: ContactRecords) => Promise<unknown>]>([
    ['a read', (windows) => windows.read(phone, true)],
    ['a recording', (windows) => windows.overwrite(open)],
    ['the recording of a new one', (windows) => windows.open(open)],
  ])('%s', async (_says, ask) => {
    const { store, behind, memory, note, seen } = container();
    await store(open);
    const { windows, answer } = slow(behind);
    const reading = ask(withMemory(windows, memory, at));
    await Promise.resolve();
    await seen().change(phone, stop);
    answer();
    await reading;
    const before = readsOf(note.asked);
    expect([(await seen().read(phone))?.restrictions, readsOf(note.asked) - before]).toEqual([
      restrictions({ optedOutAt: NOON }),
      1,
    ]);
  });

  test('is not used again where the change was still under way', async () => {
    const { store, behind, memory, note, seen } = container();
    await store(open);
    const { windows, answer } = slow(behind);
    // Begins its change, of which the store has not told yet.
    const changing = withMemory(windows, memory, at).change(phone, stop);
    const asked = memory.beginRead();
    answer();
    await changing;
    memory.remember(open, NOON, asked);
    const before = readsOf(note.asked);
    expect([(await seen().read(phone))?.restrictions, readsOf(note.asked) - before]).toEqual([
      restrictions({ optedOutAt: NOON }),
      1,
    ]);
  });
});

test('the container forgets the oldest of more than 10,000 windows first', () => {
  const memory = new OpenWindowMemory();
  const pair = (index: number): Pair => ({
    sender,
    user: `whatsapp:+4917${String(index).padStart(9, '0')}` as Pair['user'],
  });
  const remember = (index: number) =>
    memory.remember({ ...open, pair: pair(index) }, NOON, memory.beginRead());
  const known = (index: number) => memory.get(pair(index), NOON, 300) !== undefined;
  for (let index = 0; index < 10_000; index += 1) remember(index);
  const full = [known(0), known(1), known(9999)];
  // Learnt again, it is the newest.
  remember(0);
  remember(10_000);
  expect([full, known(0), known(1), known(2), known(10_000)]).toEqual([
    [true, true, true],
    true,
    false,
    true,
    true,
  ]);
});

test('all other calls go to the store unchanged', async () => {
  const { store, seen } = container();
  await store(open);
  expect(await seen().page(10, null)).toEqual({ windows: [open], nextCursor: null });
});
