/**
 * Reads what the page shows into the book of people, in calls of a bounded number: the first rows, then everybody, then the
 * newest messages back in Twilio's log, then what is new. It must not touch the document.
 */
import { isOpen } from '../../../domain/customer-service-window';
import type { Caller, HeldAnswer, RecentMessage, TemplateAnswer, WindowsPage } from '../service/answers';
import type { ServiceClock } from '../service/clock';
import type { PairName } from '../service/requests';
import type { Service } from '../service/service';
import { keyOf, type PeopleBook, type Person } from './people-book';

/** As many rows as a screen has: on a slow network they are there a second before a whole page of them. */
const FIRST_ROWS = 30;
const LOG_PAGE = 500;
/** The log is read back so far at most, 500 messages each: whoever has not written since is found by name and number. */
const MOST_LOG_PAGES = 60;
const NEWS_PAGE = 60;
/** The log lists a message a moment after it was sent. */
const OVERLAP_MS = 15_000;
const MOST_HELD_PAGES = 5;
/** Held for people whom the list has not brought yet: so many of them are looked up one by one, each time. */
const MOST_LOOKED_UP = 20;
/** As long as a warm function remembers them. */
const TEMPLATES_KEEP_MS = 60_000;

export interface Progress {
  /** The whole list of people was read once. */
  readonly hasEverybody: boolean;
  /** The newest message of everybody is known, or the log has no more, or is read back far enough. */
  readonly hasMessages: boolean;
  /** How far back the log is read; null before its first page. */
  readonly readBackTo: number | null;
}

export interface ReaderEvents {
  /** The book has changed. */
  readonly onChange: () => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onCaller: (caller: Caller) => void;
  /** A message that came while the page was open. */
  readonly onArrival: (person: Person) => void;
  /** Resolves when somebody looks at the page: a hidden tab reads nothing. */
  readonly whileShown: () => Promise<void>;
}

export class Reader {
  private progress: Progress = { hasEverybody: false, hasMessages: false, readBackTo: null };
  private since: number | null = null;
  private openedAt = Number.POSITIVE_INFINITY;
  private walkCursor: string | null = null;
  private isLoading = false;
  /** The newest message of each person that was noticed as it arrived, by its SID. */
  private readonly noticed = new Map<string, string>();
  private templatesRead: {
    readonly at: number;
    readonly templates: Promise<readonly TemplateAnswer[]>;
  } | null = null;

  constructor(
    readonly service: Service,
    private readonly book: PeopleBook,
    private readonly clock: ServiceClock,
    private readonly events: ReaderEvents,
  ) {}

  get hasBegun(): boolean {
    return this.since !== null;
  }

  /** The first rows, quickly, and the service's clock. */
  async begin(): Promise<void> {
    const page = await this.read(() => this.service.windows(null, FIRST_ROWS));
    this.openedAt = this.clock.now();
    this.since = this.openedAt - OVERLAP_MS;
    if (page.nextCursor === null) this.tell({ hasEverybody: true });
  }

  /** Everything else, in the order in which it is missed most. It may be called again after a failure. */
  async load(): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      if (!this.progress.hasEverybody)
        await this.read(() => this.service.closingWindows(this.book.soonSeconds));
      await this.readHeld();
      // What the last thousand messages tell is worth more than the list's end; all of it is worth less.
      let cursor = this.progress.readBackTo === null ? await this.readLog(null) : null;
      await this.readEverybody();
      for (let pages = 1; cursor !== null && pages < MOST_LOG_PAGES && this.book.unread > 0; pages += 1) {
        await this.events.whileShown();
        cursor = await this.readLog(cursor);
      }
      this.tell({ hasMessages: true });
    } finally {
      this.isLoading = false;
    }
  }

  /** Whoever wrote or was written to since the last time: one call, however many people there are. */
  async readNews(): Promise<void> {
    const { since } = this;
    if (since === null) return;
    const promptedAt = Date.now();
    const page = await this.service.activeSince(since);
    if (page === null) {
      // Too many for one page: the list is read anew, and the log's newest messages tell who they were.
      this.since = this.clock.now() - OVERLAP_MS;
      await this.readLog(null);
      await this.readListPage();
      return;
    }
    this.take(page, promptedAt);
    this.since = Math.max(since, (page.now ?? this.clock.now()) - OVERLAP_MS);
  }

  /** What became of the newest messages: `since` has none that never left. */
  async readNewestMessages(): Promise<void> {
    const { messages } = await this.service.recentMessages(null, NEWS_PAGE);
    this.takeMessages(messages);
  }

  /** One page of the list of all, from where the last time ended: windows also change without a message. */
  async readListPage(): Promise<void> {
    if (this.walkCursor === null) this.book.beginWalk();
    const cursor = this.walkCursor;
    const page = await this.read(() => this.service.windows(cursor));
    this.walkCursor = page.nextCursor;
    if (this.walkCursor === null) this.endWalk();
  }

  async lookUp(pair: PairName): Promise<void> {
    const answer = await this.service.window(pair);
    this.book.pin(keyOf(pair));
    this.book.put([{ ...pair, profileName: null, lastMessage: null, ...answer }], this.clock.now());
    this.events.onChange();
  }

  /** Never throws: what is held is worth less than the windows, and the pane of a person says it if it cannot be read. */
  async readHeld(): Promise<void> {
    try {
      const all: HeldAnswer[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages < MOST_HELD_PAGES; pages += 1) {
        const page = await this.service.held(null, cursor);
        all.push(...page.held);
        cursor = page.nextCursor;
        if (cursor === null) break;
      }
      this.book.putHeld(all);
      this.events.onChange();
      await this.lookUpUnknown(all);
    } catch {
      // Counts that are a little old do no harm.
    }
  }

  /** Something is held for someone who has answered: it is about to go. */
  isReleasing(): boolean {
    const now = this.clock.now();
    return this.book.heldKeys.some((key) => {
      const person = this.book.get(key);
      return person !== undefined && isOpen(this.book.windowOf(person, now));
    });
  }

  templates(): Promise<readonly TemplateAnswer[]> {
    const known = this.templatesRead;
    if (known && Date.now() - known.at < TEMPLATES_KEEP_MS) return known.templates;
    const templates = this.service.templates();
    this.templatesRead = { at: Date.now(), templates };
    templates.catch(() => {
      this.templatesRead = null;
    });
    return templates;
  }

  private async readEverybody(): Promise<void> {
    while (!this.progress.hasEverybody) {
      await this.events.whileShown();
      await this.readListPage();
    }
  }

  private async readLog(cursor: string | null): Promise<string | null> {
    const { messages, nextCursor } = await this.service.recentMessages(cursor, LOG_PAGE);
    this.takeMessages(messages);
    const oldest = messages.at(-1);
    if (oldest && (cursor !== null || this.progress.readBackTo === null))
      this.tell({ readBackTo: oldest.at });
    return nextCursor;
  }

  /** Whoever something is held for belongs into the list, also where the list has not brought them. */
  private async lookUpUnknown(held: readonly HeldAnswer[]): Promise<void> {
    const pairs = new Map(
      held.map(({ from: sender, to: user }) => [keyOf({ sender, user }), { sender, user }]),
    );
    const unknown = [...pairs].filter(([key]) => !this.book.get(key)).slice(0, MOST_LOOKED_UP);
    for (const [, pair] of unknown) await this.lookUp(pair);
  }

  private takeMessages(messages: readonly RecentMessage[]): void {
    if (!this.book.putMessages(messages)) return;
    this.events.onChange();
    this.noticeArrivals(messages);
  }

  private async read(ask: () => Promise<WindowsPage>): Promise<WindowsPage> {
    const promptedAt = Date.now();
    const page = await ask();
    this.take(page, promptedAt);
    return page;
  }

  private take(page: WindowsPage, promptedAt: number): void {
    if (page.now !== null) this.clock.follow(page.now, promptedAt, Date.now());
    this.book.follow(page);
    if (page.caller !== null) this.events.onCaller(page.caller);
    this.book.put(page.pairs, page.now ?? this.clock.now());
    this.events.onChange();
    this.noticeArrivals(page.pairs);
  }

  /** Whichever way a message came here first: each is noticed once. */
  private noticeArrivals(pairs: readonly PairName[]): void {
    for (const key of new Set(pairs.map(keyOf))) {
      const person = this.book.get(key);
      const last = person?.last ?? null;
      if (!person || last?.direction !== 'inbound' || last.at < this.openedAt) continue;
      if (this.noticed.get(key) === last.sid) continue;
      this.noticed.set(key, last.sid);
      this.events.onArrival(person);
    }
  }

  private endWalk(): void {
    this.book.endWalk();
    if (!this.progress.hasEverybody) this.tell({ hasEverybody: true });
    this.events.onChange();
  }

  private tell(progress: Partial<Progress>): void {
    this.progress = { ...this.progress, ...progress };
    this.events.onProgress(this.progress);
  }
}
