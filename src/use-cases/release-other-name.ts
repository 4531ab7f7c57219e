/**
 * One person, one window: what opened it under one name (a phone number, a BSUID) releases what is held under the other
 * as well. A phone number's window starts anew even where nothing is held, because readers ask for the number alone.
 */
import { newerFacts, type WindowFacts } from '../domain/customer-service-window';
import { isPhone, type Pair } from '../domain/whatsapp-address';
import type { Moment } from './read-person';
import { type ReleasePorts, releaseHeld } from './release-held';

/**
 * @param facts of the window that was just opened
 * @returns how many messages were sent
 * @throws Failure `STATE_UNAVAILABLE` where the store could not be reached; what was not sent stays held
 */
export async function releaseOtherName(
  ports: ReleasePorts,
  other: Pair,
  facts: WindowFacts,
  at: Moment,
): Promise<number> {
  const { window } = await ports.windows.change(other, (current) => {
    const isRead = current.care.holding || isPhone(other.user);
    return isRead && newerFacts(facts, current.facts) === facts ? { ...current, facts } : null;
  });
  return window.care.holding ? (await releaseHeld(ports, other, at)).size : 0;
}
