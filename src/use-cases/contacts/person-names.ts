/** All addresses under which one person is known: every spelling of their number, and their BSUID where it was learnt. */
import { isPhone, type Pair, spellings, type WhatsAppAddress } from '../../domain/whatsapp-address';
import type { ContactStore } from '../ports/contact-store';
import { alias } from './read-person';

/**
 * @returns the given address first
 * @throws Failure `STATE_UNAVAILABLE` where the store cannot be reached
 */
export async function personNames(
  windows: Pick<ContactStore, 'read' | 'phoneOf'>,
  pair: Pair,
): Promise<readonly WhatsAppAddress[]> {
  if (isPhone(pair.user)) {
    const externalUserId = (await windows.read(pair))?.externalUserId;
    return [...spellings(pair.user), ...(externalUserId ? [externalUserId] : [])];
  }
  const phone = (await alias(windows, pair, undefined))?.pair.user;
  return [pair.user, ...(phone ? spellings(phone) : [])];
}
