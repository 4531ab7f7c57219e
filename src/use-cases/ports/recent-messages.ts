/** Port: what was said lately with everybody, over all senders, from Twilio's log. */
import type { Pair } from '../../domain/whatsapp-address';
import type { ThreadMessage } from './thread-log';

export interface RecentMessage extends ThreadMessage {
  readonly pair: Pair;
}

export interface RecentMessages {
  /** Newest first; the same pair may come often. */
  readonly messages: readonly RecentMessage[];
  /** Nothing was left out. */
  readonly isComplete: boolean;
}

export interface RecentMessagesPage {
  /** Newest first; fewer than asked for, or none, where the log's page has messages of other channels. */
  readonly messages: readonly RecentMessage[];
  /** Where the next page begins; opaque, null at the end. */
  readonly next: string | null;
}

/** The methods throw a Failure `STATE_UNAVAILABLE` where the log cannot be read. */
export interface RecentMessageLog {
  /**
   * @param time milliseconds since the epoch; the log knows whole seconds, so messages of the same second count
   * @param hasTime asked before every further page
   */
  since(time: number, hasTime: () => boolean): Promise<RecentMessages>;

  /**
   * One request, however many people the messages are of.
   * @param position where the page begins: `next` of another one, null for the newest
   * @throws Failure `INVALID_REQUEST` where the log does not take `position`
   */
  page(limit: number, position: string | null): Promise<RecentMessagesPage>;
}
