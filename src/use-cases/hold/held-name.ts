/** One held message: the name that tells it from all others, and to whom it goes. */
import type { Pair } from '../../domain/whatsapp-address';
import type { HeldMessage } from '../ports/held-messages';

/** Unique among all held messages: ids are unique within the queues of a person only. */
export function heldName({ pair, id }: HeldMessage): string {
  return `${pair.user} ${id}`;
}

/** To whom it goes: the name that it was held for. */
export function addressed({ pair, to }: HeldMessage): Pair {
  return { sender: pair.sender, user: to };
}
