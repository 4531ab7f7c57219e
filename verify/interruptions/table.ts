/**
 * Makes the table: every kind of work × every request that it makes × every fault × every event that may come next, and
 * every event in the middle of every kind of work. It must not judge.
 */
import { FAULTS, type Fault, MEETINGS } from './faults';
import { NEXT_EVENTS, type NextEvent } from './next-events';
import type { Finding } from './oracle';
import { type Case, interruptOnly, playCase } from './play';
import { WORKS, type Work } from './works';

/** A case, the other interruptions that leave the same behind, and what the oracle found. */
export interface Played {
  readonly one: Case;
  readonly alike: readonly Pick<Case, 'at' | 'how'>[];
  readonly findings: readonly Finding[];
}

/** More than any kind of work needs. */
const MAX_REQUESTS = 120;
const MEETING_EVENTS = NEXT_EVENTS.filter(({ meets }) => meets);

/** The whole table of one kind of work. Interruptions that leave the same behind are played once for each next event. */
export async function* playAll(work: Work): AsyncGenerator<Played> {
  const { states, requests } = await statesLeft(work);
  for (const [one, ...alike] of states) {
    for (const next of NEXT_EVENTS) if (one) yield* played({ work, next, ...one }, alike);
  }
  for (const how of MEETINGS) {
    for (const next of MEETING_EVENTS) {
      for (let at = 1; at <= requests; at += 1) yield* played({ work, at, how, next });
    }
  }
}

async function statesLeft(work: Work) {
  const states = new Map<string, { at: number; how: Fault }[]>();
  let requests = 0;
  for (const how of FAULTS) {
    for (let at = 1; at <= MAX_REQUESTS; at += 1) {
      const left = await interruptOnly({ work, at, how });
      if (left === null) break;
      requests = Math.max(requests, at);
      states.set(left, [...(states.get(left) ?? []), { at, how }]);
    }
  }
  return { states: [...states.values()], requests };
}

/**
 * As much of the table as the slow lane plays: every kind of work × request × fault with one next event, which goes round,
 * and every kind of work × request with one event in the middle of it.
 * @param turn another number, another choice of next events
 * @param isChosen whether the request is interrupted, counted from 1
 */
export async function* playSelection(
  work: Work,
  turn: number,
  isChosen: (at: number) => boolean = () => true,
): AsyncGenerator<Played> {
  const offset = WORKS.indexOf(work) + turn;
  for (let at = 1; at <= MAX_REQUESTS; at += 1) {
    if (!isChosen(at)) continue;
    let isAny = false;
    for (const [index, how] of FAULTS.entries()) {
      // Five and the number of events have no common divisor: each fault meets each event.
      const next = pick(NEXT_EVENTS, offset + at * 5 + index);
      for await (const one of played({ work, at, how, next })) {
        isAny = true;
        yield one;
      }
    }
    if (!isAny) return;
    const next = pick(MEETING_EVENTS, offset + at);
    yield* played({ work, at, how: pick(MEETINGS, offset + at), next });
  }
}

/** Nothing where the work makes fewer requests: there is no such case. */
async function* played(one: Case, alike: Played['alike'] = []): AsyncGenerator<Played> {
  const { isPlayed, findings } = await playCase(one);
  if (isPlayed) yield { one, alike, findings };
}

function pick<T>(choices: readonly T[], index: number): T {
  const chosen = choices[index % choices.length];
  if (chosen === undefined) throw new Error('There is nothing to choose from.');
  return chosen;
}

export function nameOf({ work, at, how, next }: Case): string {
  return [work.name, at, how, next.name].join(' | ');
}

/** @throws Error where there is no such case */
export function caseNamed(name: string): Case {
  const [workName, at, how, nextName] = name.split(' | ');
  const work = WORKS.find((one) => one.name === workName);
  const fault = [...FAULTS, ...MEETINGS].find((one) => one === how);
  const next: NextEvent | undefined = NEXT_EVENTS.find((one) => one.name === nextName);
  if (!work || !fault || !next) throw new Error(`There is no case "${name}".`);
  return { work, at: Number(at), how: fault, next };
}
