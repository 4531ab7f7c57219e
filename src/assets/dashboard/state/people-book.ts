/**
 * Every person that this page knows: what the service's list has told, who was looked up alone, the newest message of each,
 * and how many messages are held for them. It must not fetch. It keeps facts, not states: the window at any moment follows
 * from them by the domain.
 */
import {
  type CustomerServiceWindow,
  type WindowFacts,
  windowAt,
} from '../../../domain/customer-service-window';
import { factsOf, type HeldAnswer, type LoggedMessage, type PairAnswer } from '../service/answers';
import type { PairName } from '../service/requests';
import { foldedFacts } from '../words/whatsapp-person';

export interface Person extends PairName {
  readonly key: string;
  readonly profileName: string | null;
  readonly facts: WindowFacts;
  /** Whether they said STOP, as far as the service told. */
  readonly optedOut: boolean;
  /** The newest message either way; null where it is not known. */
  readonly last: LoggedMessage | null;
  /** What a search looks through. */
  readonly folded: string;
}

/** By which the page tells how near the end of a window is; the service has them from its settings. */
export interface Thresholds {
  readonly marginSeconds: number;
  /** A window that closes within this is closing soon: amber. */
  readonly soonSeconds: number;
  /** Red. */
  readonly urgentSeconds: number;
}

/** The service's own defaults; until it has answered with its settings. */
const USUAL: Thresholds = { marginSeconds: 300, soonSeconds: 7200, urgentSeconds: 1800 };

export function keyOf(pair: PairName): string {
  return `${pair.sender} ${pair.user}`;
}

export class PeopleBook implements Thresholds {
  marginSeconds = USUAL.marginSeconds;
  soonSeconds = USUAL.soonSeconds;
  urgentSeconds = USUAL.urgentSeconds;
  private readonly people = new Map<string, Person>();
  /** Messages that were read before their people. */
  private readonly early = new Map<string, LoggedMessage>();
  private heldCounts: ReadonlyMap<string, number> = new Map();
  /** Seen since the reading of the whole list began. */
  private seen = new Set<string>();
  /** Looked up by hand: no list has them, perhaps. */
  private readonly pinned = new Set<string>();

  /** Takes over what a page of the service says of its settings. */
  follow(page: { readonly [Name in keyof Thresholds]: number | null }): void {
    this.marginSeconds = page.marginSeconds ?? this.marginSeconds;
    this.soonSeconds = page.soonSeconds ?? this.soonSeconds;
    this.urgentSeconds = page.urgentSeconds ?? this.urgentSeconds;
  }

  get size(): number {
    return this.people.size;
  }

  get(key: string): Person | undefined {
    return this.people.get(key);
  }

  /** By their address alone: the first towards any sender. */
  find(user: string): Person | undefined {
    for (const person of this.people.values()) if (person.user === user) return person;
    return undefined;
  }

  all(): readonly Person[] {
    return [...this.people.values()];
  }

  /** @param now the service's clock when it answered */
  put(answers: readonly PairAnswer[], now: number): void {
    for (const answer of answers) {
      const key = keyOf(answer);
      this.seen.add(key);
      const known = this.people.get(key);
      this.set({
        key,
        sender: answer.sender,
        user: answer.user,
        facts: factsOf(answer.window, now),
        profileName: answer.profileName ?? known?.profileName ?? null,
        optedOut: answer.optedOut ?? known?.optedOut ?? false,
        last: newest(known?.last ?? this.early.get(key) ?? null, answer.lastMessage),
      });
      this.early.delete(key);
    }
  }

  /**
   * Messages of the log, newest first, as it has them: of one second, too.
   * @returns whether they told something new
   */
  putMessages(messages: readonly (PairName & LoggedMessage)[]): boolean {
    const newestOfEach = new Map<string, LoggedMessage>();
    for (const { sender, user, ...message } of messages) {
      const key = keyOf({ sender, user });
      if (!newestOfEach.has(key)) newestOfEach.set(key, message);
    }
    let isNew = false;
    for (const [key, message] of newestOfEach) isNew = this.putNewest(key, message) || isNew;
    return isNew;
  }

  private putNewest(key: string, message: LoggedMessage): boolean {
    const known = this.people.get(key);
    if (!known) {
      this.early.set(key, newest(this.early.get(key) ?? null, message) ?? message);
      return false;
    }
    const last = newest(known.last, message);
    if (JSON.stringify(last) === JSON.stringify(known.last)) return false;
    this.set({ ...known, last });
    return true;
  }

  putHeld(held: readonly HeldAnswer[]): void {
    const counts = new Map<string, number>();
    for (const message of held) {
      const key = keyOf({ sender: message.from, user: message.to });
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    this.heldCounts = counts;
  }

  forget(user: string): void {
    for (const person of this.all()) if (person.user === user) this.people.delete(person.key);
  }

  heldFor(key: string): number {
    return this.heldCounts.get(key) ?? 0;
  }

  get heldKeys(): readonly string[] {
    return [...this.heldCounts.keys()];
  }

  /** How many people's newest message is not known. */
  get unread(): number {
    let count = 0;
    for (const { last } of this.people.values()) if (last === null) count += 1;
    return count;
  }

  beginWalk(): void {
    this.seen = new Set();
  }

  /** Keeps somebody whom no list may have. */
  pin(key: string): void {
    this.pinned.add(key);
  }

  /** The whole list was read: whom it no longer has, and who was not met otherwise since, is forgotten. */
  endWalk(): void {
    for (const key of this.people.keys())
      if (!this.seen.has(key) && !this.pinned.has(key)) this.people.delete(key);
  }

  windowOf(person: Person, now: number): CustomerServiceWindow {
    return windowAt(person.facts, now, this.marginSeconds);
  }

  /** The one sender of all people, or '' (the service's default) where there is none or more than one. */
  usualSender(): string {
    const senders = new Set([...this.people.values()].map((person) => person.sender));
    const [only] = senders;
    return senders.size === 1 && only !== undefined ? only : '';
  }

  private set(person: Omit<Person, 'folded'>): void {
    const folded = foldedFacts([person.profileName, person.user, person.sender, person.last?.body ?? null]);
    this.people.set(person.key, { ...person, folded });
  }
}

/** What is told is the newest of its page of the log: it loses against a page that was newer. */
function newest(known: LoggedMessage | null, told: LoggedMessage | null): LoggedMessage | null {
  if (known === null || told === null) return told ?? known;
  return told.at >= known.at ? told : known;
}
