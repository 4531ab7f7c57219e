/** Port: who exchanged messages with us lately, over all senders, from Twilio's log. */
import type { Pair } from '../../domain/whatsapp-address';

export interface RecentMessages {
  /** A pair for each message, newest first; the same pair may come often. */
  readonly pairs: readonly Pair[];
  /** Nothing was left out. */
  readonly isComplete: boolean;
}

/** The method throws a Failure `STATE_UNAVAILABLE` where the log cannot be read. */
export interface RecentMessageLog {
  /**
   * @param time milliseconds since the epoch; the log knows whole seconds, so messages of the same second count
   * @param hasTime asked before every further page
   */
  since(time: number, hasTime: () => boolean): Promise<RecentMessages>;
}
