/**
 * Finishes a release that another invocation left behind: whoever reads of a person for whom something is held in an open
 * window goes on with it.
 */

import { isOpen } from '../../domain/customer-service-window';
import type { Pair } from '../../domain/whatsapp-address';
import type { Moment, Person } from '../contacts/read-person';
import type { SendPorts } from '../ports/send-ports';
import { releaseHeld } from './release-held';

/** Best effort: the reader's answer does not depend on it. */
export async function sweepHeld(ports: SendPorts, pair: Pair, person: Person, at: Moment): Promise<void> {
  if (!person.holding || person.optedOut || !isOpen(person.window)) return;
  await releaseHeld(ports, pair, at).catch(() => undefined);
}
