/**
 * A message under the BSUID starts the window of the phone number as well, so that whoever asks for the number, as
 * nearly everyone does, need not ask for both. It must not touch a number that belongs to somebody else now.
 */
import { newerFacts, type WindowFacts } from '../../domain/customer-service-window';
import type { Pair } from '../../domain/whatsapp-address';
import type { ContactRecord, ContactStore } from '../ports/contact-store';
import { belongsTo } from './read-person';

/**
 * @param phone the pair of the phone number
 * @returns what is stored under the number now, and whether the number still is this person's
 * @throws Failure `STATE_UNAVAILABLE` where it could not be stored
 */
export async function restartAlias(
  windows: ContactStore,
  phone: Pair,
  restart: {
    readonly facts: WindowFacts;
    readonly messageSid: ContactRecord['messageSid'];
    readonly externalUserId: Pair['user'];
  },
): Promise<{ readonly window: ContactRecord; readonly isTheirs: boolean }> {
  const { facts, messageSid, externalUserId } = restart;
  let isTheirs = false;
  const { window } = await windows.change(phone, (current) => {
    isTheirs = belongsTo(current, externalUserId);
    if (!isTheirs || newerFacts(current.facts, facts) === current.facts) return null;
    return { ...current, facts, messageSid, externalUserId };
  });
  return { window, isTheirs };
}
