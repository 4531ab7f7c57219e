/**
 * One person, one window: what opened it under one name (a phone number, a BSUID) releases what is held under the other
 * as well. It must not touch a record under which nothing is held.
 */
import { newerFacts, type WindowFacts } from '../domain/customer-service-window';
import type { Pair } from '../domain/whatsapp-address';
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
  const { window } = await ports.windows.change(other, (current) =>
    current.care.holding && newerFacts(facts, current.facts) === facts ? { ...current, facts } : null,
  );
  return window.care.holding ? (await releaseHeld(ports, other, at)).size : 0;
}
