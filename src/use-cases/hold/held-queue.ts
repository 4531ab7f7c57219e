/**
 * Where a person's held messages stand: one queue for both their names. Reading only; nothing is released here.
 */
import type { Pair } from '../../domain/whatsapp-address';
import { alias, homeOf } from '../contacts/read-person';
import type { ContactRecord, ContactStore } from '../ports/contact-store';
import type { HeldMessage, HeldMessages } from '../ports/held-messages';

export interface QueuePorts {
  readonly windows: ContactStore;
  readonly held: HeldMessages;
}

/** The queue of one name, with a mark on the other. */
export interface Queues {
  readonly home: Pair;
  /** The other name. Something stands there only if it was held before the two were known as one. */
  readonly away: Pair | null;
}

/** @param other the pair of the person's other name, where it is known */
export function queuesOf(pair: Pair, other: Pair | null): Queues {
  const home = homeOf(pair, other);
  return { home, away: home === pair ? other : pair };
}

export function namesOf({ home, away }: Queues): readonly Pair[] {
  return away ? [home, away] : [home];
}

/** @param known what is stored under `pair`, where that is known for certain */
export async function findQueues(
  { windows }: Pick<QueuePorts, 'windows'>,
  pair: Pair,
  known?: ContactRecord,
): Promise<{ readonly queues: Queues; readonly records: readonly ContactRecord[] }> {
  const own = known ?? (await windows.read(pair, true));
  const other = await alias(windows, pair, own);
  return {
    queues: queuesOf(pair, other?.pair ?? null),
    records: [own, other?.record].filter((record) => record !== undefined),
  };
}

/** All that is held for the person, in the order in which the texts were first accepted. */
export async function listAll(
  { held }: Pick<QueuePorts, 'held'>,
  queues: Queues,
): Promise<readonly HeldMessage[]> {
  const lists = await Promise.all(namesOf(queues).map((name) => held.list(name)));
  // The sort is stable: of one moment, the queue's own order counts.
  return lists.flat().sort((a, b) => a.acceptedAt - b.acceptedAt);
}

/** What is held for a person, whichever of their names they are asked for by. */
export async function heldFor(ports: QueuePorts, pair: Pair): Promise<readonly HeldMessage[]> {
  return listAll(ports, (await findQueues(ports, pair)).queues);
}
