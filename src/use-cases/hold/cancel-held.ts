/** Takes a held message off the queue before it is sent. */
import type { Pair } from '../../domain/whatsapp-address';
import type { Moment } from '../contacts/read-person';
import { Failure } from '../failure';
import type { HeldMessage } from '../ports/held-messages';
import type { SendPorts } from '../ports/send-ports';
import { heldFor } from './held-queue';
import { evidenceOf } from './release-evidence';
import { endHolding } from './release-held';

/**
 * Takes one message, and what was held by the same call, off the person's queue.
 * @throws Failure `NOT_FOUND` where it is not held any more, `BEING_SENT` where it may be on its way
 */
export async function cancelHeld(ports: SendPorts, pair: Pair, id: string, at: Moment): Promise<void> {
  const queue = await heldFor(ports, pair);
  const wanted = queue.find((held) => held.id === id);
  if (!wanted || !(await takeOff(ports, wanted, at))) {
    throw new Failure('NOT_FOUND', 'No held message with this id exists for this user.');
  }
  for (const held of queue) {
    if (held.group === wanted.group && held !== wanted) await takeOff(ports, held, at);
  }
  if ((await ports.held.list(pair)).length > 0) return;
  await endHolding(ports, pair, ({ releasingUntil }) => (releasingUntil ?? 0) <= at.now);
}

/** @returns false where it left, or is gone */
async function takeOff(ports: SendPorts, held: HeldMessage, at: Moment): Promise<boolean> {
  if (held.sendingSince !== null) {
    const evidence = await evidenceOf(ports, held, at);
    if (evidence === 'unknown') {
      throw new Failure(
        'BEING_SENT',
        'This message is being sent, or may have been; look at it again in a minute.',
      );
    }
    if (evidence === 'left') {
      await ports.held.remove(held.pair, held.id, true);
      return false;
    }
    if (!(await ports.held.mark(held, null, []))) return false;
  }
  return ports.held.remove(held.pair, held.id, false);
}
