/** One direction and one name of a conversation, read from the log page by page, from wherever a reader left it. */
import type { Pair } from '../../domain/whatsapp-address';
import type { ThreadLog, ThreadMessage } from '../ports/thread-log';
import type { Place } from './thread-cursor';

export class LogStream {
  /** What is read of the log and not yet taken, newest first. */
  private unread: readonly ThreadMessage[] = [];
  private position: string | null;
  private after: Place['after'];
  /** Where the page after the one in hand begins; undefined before the first is there. */
  private next: string | null | undefined;
  /** What comes now was not read before. */
  private isMarkPassed = false;

  constructor(
    private readonly log: ThreadLog,
    private readonly sender: Pair['sender'],
    private readonly place: Place,
  ) {
    this.position = place.position;
    this.after = place.after;
  }

  /** The newest message that was not taken yet. */
  get head(): ThreadMessage | undefined {
    return this.unread[0];
  }

  /** All that is in hand and was not taken yet. */
  get ahead(): readonly ThreadMessage[] {
    return this.unread;
  }

  /** Nothing is in hand, and the log may have more. */
  get isWaiting(): boolean {
    return this.unread.length === 0 && this.next !== null;
  }

  get isAtEnd(): boolean {
    return this.unread.length === 0 && this.next === null;
  }

  /** Reads one page: the one where the reader stands, or the next. */
  async advance(): Promise<void> {
    if (typeof this.next === 'string') {
      this.position = this.next;
      // The mark is behind: it must not be looked for on this page when the reader comes back.
      if (this.isMarkPassed) this.after = null;
    }
    const { direction, user } = this.place;
    const page = await this.log.page(direction, { sender: this.sender, user }, this.position);
    this.next = page.next;
    this.unread = this.afterMark(page.messages);
  }

  take(): void {
    const [taken, ...rest] = this.unread;
    if (!taken) return;
    this.unread = rest;
    this.after = { sid: taken.sid, at: taken.at };
  }

  /** Where to go on later. */
  get lastPlace(): Place {
    const { direction, user } = this.place;
    if (this.unread.length === 0 && this.isMarkPassed && typeof this.next === 'string')
      return { direction, user, position: this.next, after: null };
    return { direction, user, position: this.position, after: this.after };
  }

  /** The page in hand without what was read of it before. */
  private afterMark(messages: readonly ThreadMessage[]): readonly ThreadMessage[] {
    const mark = this.isMarkPassed ? null : this.after;
    if (mark === null) {
      this.isMarkPassed = true;
      return messages;
    }
    const place = messages.findIndex(({ sid }) => sid === mark.sid);
    const oldest = messages.at(-1);
    // New messages have pushed it on to a later page.
    if (place < 0 && oldest && oldest.at >= mark.at && this.next !== null) return [];
    this.isMarkPassed = true;
    if (place >= 0) return messages.slice(place + 1);
    // It was deleted from the log: rather once more what is of the same second than not at all.
    return messages.filter(({ at }) => at <= mark.at);
  }
}
