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
/** For so long after a message left its fate is asked for every moment. */
const FOLLOW_MS = 45_000;

export class ThreadModel {
  readonly thread = signal<Thread | null>(null);
  private readonly kept = new Map<string, Thread>();
  private followUntil = 0;

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
    await this.read(pair, null);
  }

  async readOlder(pair: PairName): Promise<void> {
    const cursor = this.thread.peek()?.older;
    if (cursor) await this.read(pair, cursor);
  }

  private async read(pair: PairName, cursor: string | null): Promise<void> {
    const key = keyOf(pair);
    try {
      const page = await this.service().thread(pair, cursor);
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
