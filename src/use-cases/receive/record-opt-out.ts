/**
 * Twilio itself has a person opted out (error 21610, https://www.twilio.com/docs/api/errors/21610): that withdraws consent
 * as a STOP does.
 */
import type { Pair } from '../../domain/whatsapp-address';
import type { ContactStore } from '../ports/contact-store';

/** Twilio's "Attempt to send to unsubscribed recipient". */
export const OPTED_OUT_AT_TWILIO = 21610;

/**
 * @param now milliseconds since the epoch; an earlier opt-out keeps its time
 * @throws Failure `STATE_UNAVAILABLE` where it could not be stored
 */
export async function recordOptOut(windows: ContactStore, pair: Pair, now: number): Promise<void> {
  await windows.change(pair, (current) =>
    current.restrictions.optedOutAt === null
      ? { ...current, restrictions: { ...current.restrictions, optedOutAt: now } }
      : null,
  );
}
