/** What a row is marked with, which filters show it, and who stands first. Pure: by facts and a moment. */
import type { WindowState } from '../../../domain/customer-service-window';
import { fateOf } from '../words/message-words';
import type { PeopleBook, Person, Thresholds } from './people-book';

export interface Placed {
  readonly person: Person;
  readonly state: WindowState;
  readonly closesAt: number;
  /** The last word was theirs, or ours did not arrive; null where it is not known. */
  readonly needsAnswer: boolean | null;
  readonly isSoon: boolean;
  readonly hasFailed: boolean;
  readonly held: number;
}

export const FILTERS = [
  ['all', 'All'],
  ['answer', 'Needs answer'],
  ['soon', 'Closing soon'],
  ['open', 'Open'],
  ['closed', 'Closed'],
  ['held', 'Held'],
  ['failed', 'Failed'],
  ['opted-out', 'Opted out'],
] as const;
export type Filter = (typeof FILTERS)[number][0];

export function isFilter(value: unknown): value is Filter {
  return FILTERS.some(([filter]) => filter === value);
}

export function place(book: PeopleBook, person: Person, now: number): Placed {
  const { state, closesAt } = book.windowOf(person, now);
  const { last } = person;
  const isOpen = state === 'open' || state === 'closing';
  const hasFailed = last !== null && last.direction === 'outbound' && fateOf(last) === 'failed';
  const needsAnswer = last === null ? null : last.direction === 'inbound' || hasFailed;
  return {
    person,
    state,
    closesAt: closesAt ?? 0,
    needsAnswer: needsAnswer && !person.optedOut,
    isSoon: isOpen && !person.optedOut && (closesAt ?? 0) - now <= book.soonSeconds * 1000,
    hasFailed,
    held: book.heldFor(person.key),
  };
}

export function isShownBy(filter: Filter, placed: Placed): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'answer':
      return placed.needsAnswer === true;
    case 'soon':
      return placed.isSoon;
    case 'open':
      return placed.state === 'open' && !placed.person.optedOut;
    case 'closed':
      return (placed.state === 'closed' || placed.state === 'never') && !placed.person.optedOut;
    case 'held':
      return placed.held > 0;
    case 'failed':
      return placed.hasFailed;
    case 'opted-out':
      return placed.person.optedOut;
  }
}

export interface Mark {
  readonly kind: 'opted-out' | 'failed' | 'soon' | 'answer' | 'held';
  readonly words: string;
}

/** There is room for one: what most changes what to do next. */
export function markOf({ person, hasFailed, isSoon, state, needsAnswer, held }: Placed): Mark | null {
  if (person.optedOut) return { kind: 'opted-out', words: 'Opted out' };
  if (hasFailed) return { kind: 'failed', words: 'Failed' };
  if (isSoon && needsAnswer !== false)
    return { kind: 'soon', words: state === 'closing' ? 'Closing' : 'Closing soon' };
  if (needsAnswer === true) return { kind: 'answer', words: 'Needs an answer' };
  if (held > 0) return { kind: 'held', words: `${held} held` };
  return null;
}

/** Lost first: an open window in which they wait; then other open ones; then the closed, the latest first. */
function rankOf({ person, state, needsAnswer }: Placed): number {
  if (person.optedOut) return 3;
  if (state === 'never') return 4;
  if (state === 'closed') return 2;
  // As long as nothing is known of an answer, they may be waiting.
  return needsAnswer === false ? 1 : 0;
}

export function lostFirst(placed: readonly Placed[]): readonly Placed[] {
  return placed
    .map((entry) => ({ entry, rank: rankOf(entry) }))
    .sort((a, b) => {
      if (a.rank !== b.rank) return a.rank - b.rank;
      const byTime = a.rank < 2 ? a.entry.closesAt - b.entry.closesAt : b.entry.closesAt - a.entry.closesAt;
      return byTime !== 0 ? byTime : a.entry.person.key < b.entry.person.key ? -1 : 1;
    })
    .map(({ entry }) => entry);
}

/** The next moment at which some row changes its state or its mark, or Infinity. */
export function nextChange(placed: readonly Placed[], now: number, at: Thresholds): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { state, closesAt } of placed) {
    if (state !== 'open' && state !== 'closing') continue;
    for (const before of [at.soonSeconds, at.urgentSeconds, at.marginSeconds, 0]) {
      const moment = closesAt - before * 1000;
      if (moment > now && moment < next) next = moment;
    }
  }
  return next;
}
