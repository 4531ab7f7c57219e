/**
 * A thread over a log in memory: every message once and in order, whatever the pages, equal times, and what happens in
 * the log between them.
 */
import fc from 'fast-check';
import type { MessageSid } from '../../../src/domain/twilio-sid';
import type { Pair } from '../../../src/domain/whatsapp-address';
import {
  type Direction,
  LOG_PAGE,
  type ThreadLog,
  type ThreadMessage,
} from '../../../src/use-cases/ports/thread-log';
import { readThread, type ThreadPorts } from '../../../src/use-cases/thread/read-thread';
import { bsuid, failing, messageSid, NOON, phone, SECOND, sender, stage, stored } from '../stage';

interface Row extends ThreadMessage {
  readonly user: Pair['user'];
}
let sids = 0;
const row = (direction: Direction, second: number, changes: Partial<Row> = {}): Row => {
  sids += 1;
  return {
    ...{ sid: messageSid(sids), direction, at: NOON + second * SECOND, user: phone.user },
    ...{ body: `text ${sids}`, mediaCount: 0, status: 'read', errorCode: null, ...changes },
  };
};

/** @param rows newest first; they may change between two calls */
function logOf(rows: Row[], pageSize = LOG_PAGE) {
  const requests: string[] = [];
  const threadLog: ThreadLog = {
    async page(direction, { user }, position) {
      requests.push(`${direction} ${user} ${position}`);
      const all = rows.filter((message) => message.direction === direction && message.user === user);
      // As Twilio's: a token names the message after which a page begins.
      const start = position === null ? 0 : all.findIndex(({ sid }) => sid === position) + 1;
      const page = all.slice(start, start + pageSize);
      const last = page.at(-1);
      return {
        messages: page.map(({ user: _user, ...message }) => message),
        next: last && start + pageSize < all.length ? last.sid : null,
      };
    },
  };
  return { threadLog, requests };
}

const nothingKnown: ThreadPorts['repairLocks'] = { read: async () => undefined };
const ports = (threadLog: ThreadLog, changes: Partial<ThreadPorts> = {}): ThreadPorts => ({
  ...{
    windows: stage().ports.windows,
    threadLog,
    threadMedia: { of: async () => [] },
    repairLocks: nothingKnown,
    hasTime: () => true,
    ...changes,
  },
});

async function readAll(
  using: ThreadPorts,
  limit: number,
  betweenPages: (page: number) => void = () => undefined,
  pair = phone,
) {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof readThread>> = await readThread(using, pair, limit, cursor);
    pages.push(page.messages.map(({ sid }) => sid));
    cursor = page.nextCursor;
    betweenPages(pages.length);
  } while (cursor !== null && pages.length < 200);
  return pages;
}
const newestFirst = (rows: readonly Row[]) => [...rows].sort((a, b) => b.at - a.at);

test('a thread merges both directions, newest first, with the outbound message as the newer of one second', async () => {
  const rows = [row('outbound', 3), row('inbound', 3), row('inbound', 2), row('outbound', 1)];
  const page = await readThread(ports(logOf(rows).threadLog), phone, 20, null);
  expect(page).toEqual({
    messages: rows.map(({ user: _user, ...message }) => ({ ...message, repairOf: null, media: [] })),
    nextCursor: null,
  });
});

test('a thread without messages is empty', async () => {
  const page = await readThread(ports(logOf([]).threadLog), phone, 20, null);
  expect(page).toEqual({ messages: [], nextCursor: null });
});

describe('a thread that is read page by page', () => {
  const conversation = fc.array(
    fc.record({
      direction: fc.constantFrom<Direction>('inbound', 'outbound'),
      second: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 40 },
  );

  test('has every message once and in order, whatever the limit, the log’s page size and the messages in one second', async () => {
    await fc.assert(
      fc.asyncProperty(
        conversation,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        async (said, limit, pageSize) => {
          const rows = newestFirst(said.map(({ direction, second }) => row(direction, second)));
          const pages = await readAll(ports(logOf(rows, pageSize).threadLog), limit);
          const read = pages.flat();
          const at = read.map((sid) => rows.find((message) => message.sid === sid)?.at);
          expect([...read].sort()).toEqual(rows.map(({ sid }) => sid).sort());
          expect(at).toEqual(rows.map((message) => message.at));
          expect(pages.every((page) => page.length <= limit)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('has every message once and in order while messages are written between two pages, which are in neither', async () => {
    await fc.assert(
      fc.asyncProperty(
        conversation,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 6 }),
        async (said, limit, pageSize, arrivals) => {
          const rows = newestFirst(said.map(({ direction, second }) => row(direction, second)));
          const before = rows.map(({ sid }) => sid).sort();
          const pages = await readAll(ports(logOf(rows, pageSize).threadLog), limit, (page) => {
            for (let count = arrivals[page - 1] ?? 0; count > 0; count -= 1) {
              rows.unshift(row(count % 2 === 0 ? 'inbound' : 'outbound', 4));
            }
          });
          const old = pages.flat().filter((sid) => before.includes(messageSid(Number(sid.slice(2)))));
          expect(old.sort()).toEqual(before);
          expect(new Set(pages.flat()).size).toBe(pages.flat().length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a thread whose page ends', () => {
  const sidsOf = (rows: readonly Row[]) => rows.map(({ sid }) => sid as string);
  test.each([
    ['the second has one more message', 3],
    ['the second ends', 4],
    ['the next second has begun', 5],
  ])('loses and repeats no message: the page ends where %s', async (_says, limit) => {
    const rows = [
      ...Array.from({ length: 4 }, () => row('outbound', 2)),
      row('outbound', 1),
      row('outbound', 1),
    ];
    expect((await readAll(ports(logOf(rows).threadLog), limit)).flat()).toEqual(sidsOf(rows));
  });

  test.each([LOG_PAGE - 1, LOG_PAGE, LOG_PAGE + 1])(
    'loses and repeats no message where the log’s page ends too, all of one second, with a limit of 100 and %d messages',
    async (count) => {
      const rows = Array.from({ length: count }, () => row('inbound', 1));
      const pages = await readAll(ports(logOf(rows).threadLog), 100);
      expect(pages.flat()).toEqual(sidsOf(rows));
      expect(pages.map(({ length }) => length)).toEqual(count > 100 ? [100, count - 100] : [count]);
    },
  );

  test('goes on with older messages where the message at the cursor was deleted', async () => {
    const rows = [row('outbound', 4), row('outbound', 3), row('outbound', 2), row('outbound', 1)];
    const expected = sidsOf(rows);
    const pages = await readAll(ports(logOf(rows).threadLog), 2, (page) => {
      if (page === 1) rows.splice(1, 1);
    });
    expect(pages.flat()).toEqual(expected);
  });
});

describe('the number of requests for a thread', () => {
  test('is two a page, one for each direction, and one where a direction has ended', async () => {
    const rows = newestFirst([
      row('inbound', 90),
      ...Array.from({ length: 60 }, (_, index) => row('outbound', index)),
    ]);
    const { threadLog, requests } = logOf(rows);
    const using = ports(threadLog);
    const counts: number[] = [];
    await readAll(using, 20, () => counts.push(requests.length));
    expect(counts).toEqual([2, 3, 4, 5]);
  });

  test('stays small for a reader left far behind by new messages, who gets a short page and a cursor', async () => {
    const rows = newestFirst(Array.from({ length: 3 }, (_, index) => row('inbound', index)));
    const { threadLog, requests } = logOf(rows, 2);
    const using = ports(threadLog);
    const first = await readThread(using, phone, 1, null);
    for (let count = 0; count < 20; count += 1) rows.unshift(row('inbound', 9));
    requests.length = 0;
    const second = await readThread(using, phone, 1, first.nextCursor);
    expect([second.messages, requests.length, second.nextCursor !== null]).toEqual([[], 5, true]);
    const rest: string[] = [];
    for (let cursor = second.nextCursor; cursor !== null; ) {
      const page = await readThread(using, phone, 5, cursor);
      rest.push(...page.messages.map(({ sid }) => sid));
      cursor = page.nextCursor;
    }
    expect(rest).toEqual(rows.slice(-2).map(({ sid }) => sid));
  });

  test('ends after the first where time is short, and what was found is the page', async () => {
    const rows = newestFirst(Array.from({ length: 4 }, (_, index) => row('inbound', index)));
    const using = ports(logOf(rows, 2).threadLog, { hasTime: () => false });
    const page = await readThread(using, phone, 20, null);
    expect([page.messages.length, page.nextCursor !== null]).toEqual([2, true]);
    expect((await readAll(using, 20)).flat()).toEqual(rows.map(({ sid }) => sid));
  });
});

describe('the thread of one person', () => {
  test('is the same by phone number and by BSUID', async () => {
    const { windows } = stage().ports;
    await windows.record(stored(phone, { externalUserId: bsuid.user }));
    const rows = [
      row('outbound', 3, { user: bsuid.user }),
      row('inbound', 2),
      row('inbound', 1, { user: bsuid.user }),
    ];
    const using = ports(logOf(rows).threadLog, { windows });
    const sidsOf = rows.map(({ sid }) => sid);
    expect([(await readAll(using, 2)).flat(), (await readAll(using, 2, undefined, bsuid)).flat()]).toEqual([
      sidsOf,
      sidsOf,
    ]);
  });

  test('is the same in two spellings of a Mexican number', async () => {
    const [short, long] = ['whatsapp:+525512345678', 'whatsapp:+5215512345678'] as Pair['user'][];
    if (!short || !long) throw new Error('no numbers');
    const rows = [row('outbound', 2, { user: short }), row('inbound', 1, { user: long })];
    const using = ports(logOf(rows).threadLog);
    const read = await Promise.all(
      [short, long].map((user) => readAll(using, 20, undefined, { sender, user })),
    );
    expect(read.map((pages) => pages.flat())).toEqual([
      rows.map(({ sid }) => sid),
      rows.map(({ sid }) => sid),
    ]);
  });

  test('is read by the given name where Sync is unavailable, and fails where a setting is wrong', async () => {
    const rows = [row('inbound', 1)];
    const { threadLog } = logOf(rows);
    const away = { namesOf: failing('STATE_UNAVAILABLE') };
    const wrong = { namesOf: failing('MISCONFIGURED') };
    expect((await readThread(ports(threadLog, { windows: away }), phone, 20, null)).messages).toHaveLength(1);
    await expect(readThread(ports(threadLog, { windows: wrong }), phone, 20, null)).rejects.toMatchObject({
      code: 'MISCONFIGURED',
    });
  });
});

describe('a cursor of a thread', () => {
  const firstCursor = async () =>
    (await readThread(ports(logOf([row('inbound', 2), row('inbound', 1)]).threadLog), phone, 1, null))
      .nextCursor ?? '';

  test.each([
    ['of another person', async () => ({ pair: bsuid, cursor: await firstCursor() })],
    ['that was cut short', async () => ({ pair: phone, cursor: (await firstCursor()).slice(0, -4) })],
    ['that is not a cursor', async () => ({ pair: phone, cursor: 'x' })],
    [
      'with impossible positions',
      async () => ({
        pair: phone,
        cursor: Buffer.from(
          JSON.stringify([`14155550100 4915550000001`, ['i', 'me', null, null, null]]),
        ).toString('base64url'),
      }),
    ],
  ])('is refused with its parameter’s name where it is one %s', async (_says, make) => {
    const { pair, cursor } = await make();
    await expect(readThread(ports(logOf([]).threadLog), pair, 20, cursor)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      problems: [{ field: 'cursor', message: expect.any(String) }],
    });
  });
});

describe('the field repairOf', () => {
  const refused = (second: number, body = 'Hello') => row('outbound', second, { body, errorCode: 63016 });
  /** @param known the repair's message, by the refused one */
  const knows = (known: ReadonlyMap<MessageSid, MessageSid>) => ({
    repairLocks: {
      read: async (sid: MessageSid) => {
        const repairedBy = known.get(sid);
        return repairedBy && { claimedAt: NOON, outcome: 'sent-again', repairedBy, errorCode: 63016 };
      },
    },
  });
  const repairsIn = async (rows: Row[], known: ReadonlyMap<MessageSid, MessageSid>, limit = 20) =>
    (await readThread(ports(logOf(rows).threadLog, knows(known)), phone, limit, null)).messages.map(
      ({ repairOf }) => repairOf,
    );

  test('names the refused message whose lock names the repair', async () => {
    const [other, again, lost] = [row('outbound', 9), row('outbound', 5, { body: 'Hello' }), refused(1)];
    expect(await repairsIn([other, again, lost], new Map([[lost.sid, again.sid]]))).toEqual([
      null,
      lost.sid,
      null,
    ]);
  });

  test('names the refused message on the page before that message', async () => {
    const [again, lost] = [row('outbound', 5, { body: 'Hello' }), refused(1)];
    expect(await repairsIn([again, lost], new Map([[lost.sid, again.sid]]), 1)).toEqual([lost.sid]);
  });

  test('is null where nothing is known or the look-up fails', async () => {
    const rows = [row('outbound', 5, { body: 'Hello' }), refused(1)];
    const failed = ports(logOf(rows).threadLog, { repairLocks: { read: failing('STATE_UNAVAILABLE') } });
    expect(await repairsIn(rows, new Map())).toEqual([null, null]);
    expect((await readThread(failed, phone, 20, null)).messages.map(({ repairOf }) => repairOf)).toEqual([
      null,
      null,
    ]);
  });

  test('is looked up for five refused messages a page at most, and for no other kind', async () => {
    const asked: string[] = [];
    const lost = Array.from({ length: 7 }, (_, index) => refused(20 - index));
    const rows = [row('outbound', 30, { errorCode: 63003 }), ...lost];
    const repairLocks = {
      async read(sid: MessageSid) {
        asked.push(sid);
        return undefined;
      },
    };
    await readThread(ports(logOf(rows).threadLog, { repairLocks }), phone, 20, null);
    expect(asked).toEqual(lost.slice(0, 5).map(({ sid }) => sid));
  });
});
