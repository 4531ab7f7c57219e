/**
 * Every pair that this page knows: the loaded pages of the service's list, the pairs that were looked up by themselves,
 * and how many messages are held for each. It must not fetch, and it never forgets the rule of the 24 hours to the
 * domain: it keeps facts, and the window at any moment follows from them.
 */
import {
  type CustomerServiceWindow,
  type WindowFacts,
  type WindowState,
  windowAt,
} from '../../domain/customer-service-window';
import { factsOf, type HeldAnswer, type PairAnswer } from './service-answers';
import type { PairName } from './service-requests';

export interface Pair extends PairName {
  readonly key: string;
  readonly profileName: string | null;
  readonly facts: WindowFacts;
  /** Whether they said STOP, as far as the service told. */
  readonly optedOut: boolean;
}

interface Page {
  /** null: the first. */
  readonly cursor: string | null;
  readonly keys: readonly string[];
  readonly next: string | null;
}

/** The service's own default; until it has answered with its margin. */
const USUAL_MARGIN_SECONDS = 300;

export function keyOf(pair: PairName): string {
  return `${pair.sender} ${pair.user}`;
}

export class PairBook {
  marginSeconds = USUAL_MARGIN_SECONDS;
  private readonly pages: Page[] = [];
  private readonly pairs = new Map<string, Pair>();
  private readonly pinned = new Set<string>();
  private heldCounts: ReadonlyMap<string, number> = new Map();

  get pageCount(): number {
    return this.pages.length;
  }

  /** Where the list goes on, or null where all of it is loaded. */
  get nextCursor(): string | null {
    return this.pages.at(-1)?.next ?? null;
  }

  cursorOfPage(index: number): string | null {
    return this.pages[index]?.cursor ?? null;
  }

  /** @param now the service's clock when it answered */
  putPage(
    index: number,
    cursor: string | null,
    pairs: readonly PairAnswer[],
    next: string | null,
    now: number,
  ): void {
    const keys = pairs.map((answer) => {
      this.remember({ ...answer, facts: factsOf(answer.window, now) });
      return keyOf(answer);
    });
    this.pages[index] = { cursor, keys, next };
    const following = this.pages[index + 1];
    // The list has become shorter, or its later pages begin elsewhere now.
    if (next === null) this.pages.length = index + 1;
    else if (following && following.cursor !== next) this.pages[index + 1] = { ...following, cursor: next };
    this.dropUnlisted();
  }

  /** A pair that is looked at by itself, on whatever page it may be. */
  putPair(answer: PairAnswer, now: number): void {
    this.pinned.add(keyOf(answer));
    this.remember({ ...answer, facts: factsOf(answer.window, now) });
  }

  putHeld(held: readonly HeldAnswer[]): void {
    const counts = new Map<string, number>();
    for (const message of held) {
      const key = keyOf({ sender: message.from, user: message.to });
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    this.heldCounts = counts;
  }

  get(key: string): Pair | undefined {
    return this.pairs.get(key);
  }

  all(): readonly Pair[] {
    return [...this.pairs.values()];
  }

  heldFor(key: string): number {
    return this.heldCounts.get(key) ?? 0;
  }

  /** The pairs that no loaded page brings news of. */
  unlisted(): readonly Pair[] {
    const listed = new Set(this.pages.flatMap((page) => page.keys));
    return [...this.pinned].flatMap((key) => (listed.has(key) ? [] : (this.pairs.get(key) ?? [])));
  }

  windowOf(pair: Pair, now: number): CustomerServiceWindow {
    return windowAt(pair.facts, now, this.marginSeconds);
  }

  /** The one sender of all pairs, or '' (the service's default) where there is none or more than one. */
  usualSender(): string {
    const senders = new Set([...this.pairs.values()].map((pair) => pair.sender));
    const [only] = senders;
    return senders.size === 1 && only !== undefined ? only : '';
  }

  /** The next moment at which some window changes its state, or Infinity. */
  nextChange(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const pair of this.pairs.values()) {
      const { closesAt, state } = this.windowOf(pair, now);
      if (closesAt === null) continue;
      if (state === 'open') next = Math.min(next, closesAt - this.marginSeconds * 1000);
      else if (state === 'closing') next = Math.min(next, closesAt);
    }
    return next;
  }

  private remember(pair: Omit<PairAnswer, 'window'> & Pick<Pair, 'facts'>): void {
    const key = keyOf(pair);
    const known = this.pairs.get(key);
    const { sender, user, facts } = pair;
    this.pairs.set(key, {
      key,
      sender,
      user,
      facts,
      profileName: pair.profileName ?? known?.profileName ?? null,
      optedOut: pair.optedOut ?? known?.optedOut ?? false,
    });
  }

  private dropUnlisted(): void {
    const listed = new Set(this.pages.flatMap((page) => page.keys));
    for (const key of this.pairs.keys())
      if (!listed.has(key) && !this.pinned.has(key)) this.pairs.delete(key);
  }
}

export interface Placed {
  readonly pair: Pair;
  readonly state: WindowState;
}

const RANK: Readonly<Record<WindowState, number>> = { closing: 0, open: 0, closed: 1, never: 2 };

/** Those closing soonest first, then the closed ones, the latest first, then those who never wrote. */
export function soonestFirst(book: PairBook, now: number): readonly Placed[] {
  const placed = book.all().map((pair) => {
    const { state, closesAt } = book.windowOf(pair, now);
    return { pair, state, closesAt: closesAt ?? 0 };
  });
  return placed.sort((a, b) => {
    const rank = RANK[a.state] - RANK[b.state];
    if (rank !== 0) return rank;
    const byTime = RANK[a.state] === 0 ? a.closesAt - b.closesAt : b.closesAt - a.closesAt;
    return byTime !== 0 ? byTime : a.pair.key < b.pair.key ? -1 : 1;
  });
}
