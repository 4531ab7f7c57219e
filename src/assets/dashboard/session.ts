/**
 * One stretch of work with a token that the service takes: it fetches what the page shows, a bounded number of requests
 * at a time, and keeps the service's clock. It must not touch the document.
 */
import { isOpen } from '../../domain/customer-service-window';
import { keyOf, type PairBook } from './pair-book';
import type { Service } from './service';
import type { HeldAnswer, TemplateAnswer } from './service-answers';
import type { ServiceClock } from './service-clock';
import type { PairName } from './service-requests';

/** 100 pairs each. So many are loaded without being asked for, and so many are read again at every poll. */
const PAGES_AT_ONCE = 5;
/** Held messages change when someone here acts, when a user writes, or slowly by expiring. */
const POLLS_BETWEEN_HELD = 5;
const MOST_HELD_PAGES = 5;
/** Held for people of pages that are not loaded: so many of them are looked up one by one, each time. */
const MOST_LOOKED_UP = 20;
/** As long as a warm function remembers them. */
const TEMPLATES_KEEP_MS = 60_000;

export class Session {
  private nextPage = 1;
  private polls = 0;
  /** The pairs of which the pages of this poll told all. */
  private readonly seen = new Set<string>();
  private templatesRead: {
    readonly at: number;
    readonly templates: Promise<readonly TemplateAnswer[]>;
  } | null = null;

  constructor(
    readonly service: Service,
    private readonly book: PairBook,
    private readonly clock: ServiceClock,
  ) {}

  /** @param chosen read by itself where no page that was read told all of it */
  async poll(chosen: PairName | null): Promise<void> {
    this.seen.clear();
    if (this.book.pageCount === 0) await this.loadMore();
    else await this.readAgain();
    if (chosen && !this.seen.has(keyOf(chosen))) await this.lookUp(chosen);
    const unlisted = this.book.unlisted();
    const next = unlisted[this.polls % unlisted.length];
    if (next && (!chosen || next.key !== keyOf(chosen))) await this.lookUp(next);
    if (this.polls % POLLS_BETWEEN_HELD === 0 || this.isReleasing()) await this.readHeld();
    this.polls += 1;
  }

  /** Something is held for someone who has answered: it is about to go. */
  private isReleasing(): boolean {
    const now = this.clock.now();
    return this.book
      .all()
      .some((pair) => this.book.heldFor(pair.key) > 0 && isOpen(this.book.windowOf(pair, now)));
  }

  /** The next pages of the list. */
  async loadMore(): Promise<void> {
    for (let pages = 0; pages < PAGES_AT_ONCE; pages += 1) {
      const index = this.book.pageCount;
      const cursor = this.book.nextCursor;
      if (index > 0 && cursor === null) return;
      await this.readPage(index, cursor);
    }
  }

  async lookUp(pair: PairName): Promise<void> {
    const answer = await this.service.window(pair);
    this.book.putPair({ ...pair, profileName: null, ...answer }, this.clock.now());
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
      await this.lookUpUnknown(all);
    } catch {
      // Counts that are a little old do no harm.
    }
  }

  /** Whoever something is held for belongs into the list, also where no loaded page has them. */
  private async lookUpUnknown(held: readonly HeldAnswer[]): Promise<void> {
    const pairs = new Map(
      held.map(({ from: sender, to: user }) => [keyOf({ sender, user }), { sender, user }]),
    );
    const unknown = [...pairs].filter(([key]) => !this.book.get(key)).slice(0, MOST_LOOKED_UP);
    for (const [, pair] of unknown) await this.lookUp(pair);
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

  /** The first page is read at every poll, the others in turn. */
  private async readAgain(): Promise<void> {
    await this.readPage(0, null);
    const others = Math.min(PAGES_AT_ONCE, this.book.pageCount) - 1;
    for (let read = 0; read < others && this.book.pageCount > 1; read += 1) {
      if (this.nextPage >= this.book.pageCount) this.nextPage = 1;
      await this.readPage(this.nextPage, this.book.cursorOfPage(this.nextPage));
      this.nextPage += 1;
    }
  }

  private async readPage(index: number, cursor: string | null): Promise<void> {
    const promptedAt = Date.now();
    const page = await this.service.windows(cursor);
    for (const pair of page.pairs) if (pair.optedOut !== null) this.seen.add(keyOf(pair));
    if (page.now !== null) this.clock.learn(page.now, promptedAt, Date.now());
    if (page.marginSeconds !== null) this.book.marginSeconds = page.marginSeconds;
    this.book.putPage(index, cursor, page.pairs, page.nextCursor, page.now ?? this.clock.now());
  }
}
