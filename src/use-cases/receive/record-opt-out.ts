/**
 * Twilio itself has a person opted out (error 21610, https://www.twilio.com/docs/api/errors/21610): that withdraws consent
 * as a STOP does. It is stored under every name of the person.
 */
import type { Pair } from '../../domain/whatsapp-address';
import { alias } from '../contacts/read-person';
import type { ContactRecord, ContactStore } from '../ports/contact-store';

/** Twilio's "Attempt to send to unsubscribed recipient". */
export const OPTED_OUT_AT_TWILIO = 21610;

/**
 * @param now milliseconds since the epoch; an earlier opt-out keeps its time
 * @throws Failure `STATE_UNAVAILABLE` where it could not be stored
 */
export async function recordOptOut(windows: ContactStore, pair: Pair, now: number): Promise<void> {
  const withdraw = (current: ContactRecord) =>
    current.restrictions.optedOutAt === null
      ? { ...current, restrictions: { ...current.restrictions, optedOutAt: now } }
      : null;
  const { window } = await windows.change(pair, withdraw);
  const other = await alias(windows, pair, window);
  if (other) await windows.change(other.pair, withdraw);
}
