/**
 * Makes a failing trace small: first without the other users, then without events, then without what each event has
 * beyond the ordinary, as long as the same row is still found. What is left is a regression test. It must not change a
 * trace in any way but by leaving something out.
 */
import type { SendEvent, Trace, TraceEvent } from './trace-event';

/** Whether the row is found in this trace. */
export type Fails = (trace: Trace) => Promise<boolean>;

/**
 * @param user whose trouble it is, -1 where that is not known
 * @param plays how many traces may be played at most; what is left by then is returned
 */
export async function shrink(trace: Trace, user: number, fails: Fails, plays = 400): Promise<Trace> {
  let left = plays;
  const stillFails = async (smaller: Trace) => {
    if (left <= 0) return false;
    left -= 1;
    return fails(smaller);
  };
  const withEvents = (events: readonly TraceEvent[]): Trace => ({ ...trace, events });
  const failsWith = (events: readonly TraceEvent[]) => stillFails(withEvents(events));

  let events = await withFewerUsers(trace.events, user, failsWith);
  events = await leaveOut(events, failsWith);
  events = await simplify(events, failsWith);
  events = await leaveOut(events, failsWith);
  return withoutStrangers(withEvents(events));
}

/** Most often it is one user's trouble alone, without anything that befell everybody. */
async function withFewerUsers(
  events: readonly TraceEvent[],
  user: number,
  fails: (events: readonly TraceEvent[]) => Promise<boolean>,
): Promise<readonly TraceEvent[]> {
  const alone = events.filter((event) => 'user' in event && event.user === user);
  if (await fails(alone)) return alone;
  const of = (users: readonly number[]) => {
    const kept = new Set(users);
    return events.filter((event) => !('user' in event) || kept.has(event.user));
  };
  if (await fails(of([user]))) return of([user]);
  const users = [...new Set(events.flatMap((event) => ('user' in event ? [event.user] : [])))];
  return of(await leaveOut(users, (fewer) => fails(of(fewer))));
}

/**
 * Delta debugging: leaves out ever smaller pieces, until not even a single one can be spared.
 * https://www.st.cs.uni-saarland.de/papers/tse2002/
 */
async function leaveOut<T>(
  all: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = all;
  let piece = Math.ceil(kept.length / 2);
  while (piece >= 1) {
    let isSmaller = false;
    for (let from = 0; from < kept.length; ) {
      const without = [...kept.slice(0, from), ...kept.slice(from + piece)];
      if (await fails(without)) {
        kept = without;
        isSmaller = true;
      } else from += piece;
    }
    if (piece === 1 && !isSmaller) break;
    piece = piece === 1 ? 1 : Math.ceil(piece / 2);
  }
  return kept;
}

/** What an event has beyond the ordinary, and how it looks without. */
const ORDINARY: readonly Partial<SendEvent & { webhookAfterMs: readonly number[] }>[] = [
  { callFault: null },
  { delivery: null },
  { callbacks: null },
  { callbackFault: null },
  { again: 'no' },
  { keyed: false, again: 'no' },
  { sendInMs: null },
  { template: 'lesson_code' },
  { webhookAfterMs: [250] },
];

async function simplify(
  all: readonly TraceEvent[],
  fails: (events: readonly TraceEvent[]) => Promise<boolean>,
): Promise<readonly TraceEvent[]> {
  let events = all;
  for (const [index, event] of all.entries()) {
    let simple = event;
    for (const ordinary of ORDINARY) {
      const changes = Object.entries(ordinary).filter(
        ([name, value]) =>
          name in simple && JSON.stringify(Reflect.get(simple, name)) !== JSON.stringify(value),
      );
      if (changes.length === 0) continue;
      const candidate = { ...simple, ...Object.fromEntries(changes) } as TraceEvent;
      const changed = events.with(index, candidate);
      if (!(await fails(changed))) continue;
      events = changed;
      simple = candidate;
    }
  }
  return events;
}

/** Users of whom no event is left are left out, and the others move up. */
function withoutStrangers(trace: Trace): Trace {
  const places = new Map<number, number>();
  for (const event of trace.events) {
    if ('user' in event && !places.has(event.user)) places.set(event.user, places.size);
  }
  return {
    ...trace,
    users: [...places.keys()].flatMap((index) => trace.users[index] ?? []),
    events: trace.events.map((event) =>
      'user' in event ? { ...event, user: places.get(event.user) ?? 0 } : event,
    ),
  };
}
