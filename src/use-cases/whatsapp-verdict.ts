/** WhatsApp's verdict as Twilio's message log keeps it: the error 63016 of a message that was sent to the user. */
import { OUTSIDE_WINDOW } from '../domain/error-class';
import type { Pair } from '../domain/whatsapp-address';
import type { MessageLog } from './message-log';

/** How many of our own messages are looked at. */
const HISTORY = 50;

/**
 * Whether WhatsApp said that the window is closed, of a message that left at this moment or later.
 * @param since milliseconds since the epoch
 * @throws Failure `STATE_UNAVAILABLE` where the log cannot be read
 */
export async function wasRefusedSince(messageLog: MessageLog, pair: Pair, since: number): Promise<boolean> {
  const sent = await messageLog.newestOutbound(pair, HISTORY);
  return sent.some(({ errorCode, at }) => errorCode === OUTSIDE_WINDOW && at >= since);
}
