/**
 * Whether an interrupted release sent its message. A message of unknown text is never taken for the absence of one:
 * what may have left is not sent a second time.
 */
import type { MessageSid } from '../../domain/twilio-sid';
import type { Moment } from '../contacts/read-person';
import type { HeldMessage } from '../ports/held-messages';
import type { LoggedMessage, MessageLog } from '../ports/message-log';
import { addressed } from './held-name';
import { isSentAs } from './joint-message';

/** The log knows whole seconds, and its clock is not ours. */
export const LOG_TOLERANCE_MS = 2000;
/** A function lives 10 s, and what it handed to Twilio is in the log 15 s later: only then does absence mean something. */
export const SETTLED_MS = 25_000;
/** A message that left has had a status callback by then, which takes it off the queue. */
const CALLBACK_MS = 10 * 60 * 1000;

export type Evidence = 'left' | 'not-left' | 'unknown';

/**
 * @param held marked as being sent
 * @throws Failure `STATE_UNAVAILABLE` where the log cannot be read
 */
export async function evidenceOf(
  { messageLog }: { readonly messageLog: MessageLog },
  held: HeldMessage,
  { now }: Moment,
): Promise<Evidence> {
  const since = held.sendingSince ?? now;
  const messages = await messageLog.newestOutbound(addressed(held), 50);
  const later = messages.filter(
    ({ at, messageSid }) => at >= since - LOG_TOLERANCE_MS && !isOneOf(held.notThese, messageSid),
  );
  if (later.some(({ body }) => isSentAs(held, body))) return 'left';
  if (now - since < SETTLED_MS) return 'unknown';
  return later.some((message) => mayBeIt(held, message)) && now - since < CALLBACK_MS
    ? 'unknown'
    : 'not-left';
}

const isOneOf = (sids: readonly MessageSid[], sid: MessageSid | null) => sid !== null && sids.includes(sid);

/** A text that the log does not have, or an attachment without one. */
function mayBeIt({ message }: HeldMessage, { body, mediaCount }: LoggedMessage): boolean {
  return body === '' && (message.mediaUrls.length > 0 || mediaCount === 0);
}
