/**
 * How many messages may go to one person from one sender in a short time. It must not know what a message says.
 */

/** As many may go at once, and then one in six seconds; what is more is 63018: https://www.twilio.com/docs/api/errors/63018 */
const BURST = 45;
const EVERY_MS = 6000;
/** Replies that follow each other in less than this count on; Twilio's pages say 15, 20 and 30 of them. */
const REPLY_PAUSE_MS = 30_000;
const MAX_REPLIES = 15;

interface Sent {
  /** Of the burst. */
  left: number;
  at: number;
}

interface Replies {
  count: number;
  at: number;
}

export class PairLimits {
  private readonly messages = new Map<string, Sent>();
  private readonly replies = new Map<string, Replies>();

  /** @param pair the two addresses @returns false where it is one too many */
  mayGo(pair: string, at: number): boolean {
    const { left, at: before } = this.messages.get(pair) ?? { left: BURST, at };
    const refilled = Math.min(BURST, left + Math.max(0, at - before) / EVERY_MS);
    this.messages.set(pair, { left: refilled < 1 ? refilled : refilled - 1, at });
    return refilled >= 1;
  }

  /** As for 14107: https://www.twilio.com/docs/api/errors/14107 @returns false where it is one too many */
  mayReply(pair: string, at: number): boolean {
    const { count, at: before } = this.replies.get(pair) ?? { count: 0, at };
    const following = at - before < REPLY_PAUSE_MS ? count + 1 : 1;
    // What is too much does not prolong the pause.
    const isAllowed = following <= MAX_REPLIES;
    if (isAllowed) this.replies.set(pair, { count: following, at });
    return isAllowed;
  }
}
