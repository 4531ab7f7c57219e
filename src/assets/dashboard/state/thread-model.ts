/** The conversation with the chosen person: the newest page read again and again, older ones on demand. */
import { signal } from '@preact/signals';
import type { ThreadMessage } from '../service/answers';
import type { PairName } from '../service/requests';
import { type Service, ServiceError } from '../service/service';
import { fateOf, isSettled } from '../words/message-words';
import { keyOf } from './people-book';

export interface Thread {
  readonly key: string;
  /** Oldest first. */
  readonly messages: readonly ThreadMessage[];
  /** Where older ones begin; null where there are none, undefined before the first page. */
  readonly older: string | null | undefined;
  readonly trouble: string | null;
}

/** How many threads stay in memory, so that going back to one shows it at once. */
const MOST_KEPT = 50;
/** A page of the thread, as long as the service makes it where nobody says more. */
const NEWEST = 20;
/** So often is the kind of an attachment asked for: Twilio does not know it at once of what was just sent. */
const MEDIA_TRIES = 3;
/** For so long after a message left its fate is asked for every moment. */
const FOLLOW_MS = 45_000;

export class ThreadModel {
  readonly thread = signal<Thread | null>(null);
  readonly isReadingOlder = signal(false);
  private readonly kept = new Map<string, Thread>();
  private followUntil = 0;
  /** How often the attachments of a message were asked for in vain, by its SID. */
  private readonly tries = new Map<string, number>();

  constructor(private readonly service: () => Service) {}

  choose(pair: PairName | null): void {
    const key = pair && keyOf(pair);
    if (key === (this.thread.peek()?.key ?? null)) return;
    this.followUntil = 0;
    this.thread.value =
      key === null ? null : (this.kept.get(key) ?? { key, messages: [], older: undefined, trouble: null });
  }

  /** Something was just sent: what becomes of it is worth asking for often. */
  follow(): void {
    this.followUntil = Date.now() + FOLLOW_MS;
  }

  get isFollowing(): boolean {
    const last = this.thread.peek()?.messages.findLast(({ direction }) => direction === 'outbound');
    return Date.now() < this.followUntil && last !== undefined && !isSettled(fateOf(last));
  }

  /** Never throws but where the token is not taken: the pane says it. */
  async refresh(pair: PairName): Promise<void> {
    const thread = this.thread.peek();
    const known = thread?.key === keyOf(pair) ? thread.messages : [];
    const unknown = known.slice(-NEWEST).filter((message) => this.isWorthAsking(message));
    for (const { sid } of unknown) this.tries.set(sid, (this.tries.get(sid) ?? 0) + 1);
    await this.read(pair, null, known.length === 0 || unknown.length > 0);
  }

  async readOlder(pair: PairName): Promise<void> {
    const cursor = this.thread.peek()?.older;
    if (!cursor || this.isReadingOlder.peek()) return;
    this.isReadingOlder.value = true;
    await this.read(pair, cursor, true).finally(() => (this.isReadingOlder.value = false));
  }

  private isWorthAsking({ sid, mediaCount, media }: ThreadMessage): boolean {
    return mediaCount > 0 && media === null && (this.tries.get(sid) ?? 0) < MEDIA_TRIES;
  }

  private async read(pair: PairName, cursor: string | null, withMedia: boolean): Promise<void> {
    const key = keyOf(pair);
    try {
      const page = await this.service().thread(pair, cursor, withMedia);
      this.put(key, page.messages, page.nextCursor, cursor !== null);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.kind === 'unauthorized') throw error;
      const thread = this.thread.peek();
      if (thread?.key === key) this.thread.value = { ...thread, trouble: error.message };
    }
  }

  private put(
    key: string,
    messages: readonly ThreadMessage[],
    nextCursor: string | null,
    isOlder: boolean,
  ): void {
    const thread = this.thread.peek();
    const known = thread?.key === key ? thread : this.kept.get(key);
    const bySid = new Map(known?.messages.map((message) => [message.sid, message]));
    const page = [...messages].reverse().map((message) => ({
      ...message,
      // That it repairs another is told only while the log's page has both.
      repairOf: message.repairOf ?? bySid.get(message.sid)?.repairOf ?? null,
      media: message.media ?? bySid.get(message.sid)?.media ?? null,
    }));
    const inPage = new Set(page.map(({ sid }) => sid));
    const others = (known?.messages ?? []).filter(({ sid }) => !inPage.has(sid));
    const next: Thread = {
      key,
      // In the service's own order: the log knows whole seconds only.
      messages: isOlder ? [...page, ...others] : [...others, ...page],
      older: isOlder || known?.older === undefined ? nextCursor : known.older,
      trouble: null,
    };
    this.kept.delete(key);
    this.kept.set(key, next);
    const [oldestKept] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldestKept !== undefined) this.kept.delete(oldestKept);
    if (thread?.key === key && JSON.stringify(thread) !== JSON.stringify(next)) this.thread.value = next;
  }
}
