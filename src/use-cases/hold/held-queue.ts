/** What is held for a person. Reading only; nothing is released here. */
import type { Pair } from '../../domain/whatsapp-address';
import type { ContactStore } from '../ports/contact-store';
import type { HeldMessage, HeldMessages } from '../ports/held-messages';

export interface QueuePorts {
  readonly windows: Pick<ContactStore, 'read'>;
  readonly held: Pick<HeldMessages, 'list'>;
}

/** All that is held, in the order in which the texts were first accepted; as the record of the person stands now. */
export async function heldFor({ windows, held }: QueuePorts, pair: Pair): Promise<readonly HeldMessage[]> {
  await windows.read(pair, true);
  return held.list(pair);
}
