/** Port: which phone number a BSUID came with, and the other way round. Only an inbound message tells. */
import type { WhatsAppAddress } from '../../domain/whatsapp-address';

export interface NameLink {
  readonly phone: WhatsAppAddress;
  /** The senders towards whom all that was stored under the BSUID has been moved to the number. */
  readonly joined: readonly WhatsAppAddress[];
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface NameLinks {
  read(externalUserId: WhatsAppAddress): Promise<NameLink | undefined>;
  /**
   * @param before what was read; undefined where nothing was there
   * @returns false where somebody else wrote it meanwhile
   */
  write(externalUserId: WhatsAppAddress, link: NameLink, before: NameLink | undefined): Promise<boolean>;
  /** @returns the BSUID that the number came with last, in whichever spelling; undefined where none is known */
  bsuidOf(phone: WhatsAppAddress): Promise<WhatsAppAddress | undefined>;
  /** From now on `bsuidOf` answers this BSUID. */
  rememberBsuid(phone: WhatsAppAddress, externalUserId: WhatsAppAddress): Promise<void>;
  /**
   * In both directions.
   * @returns whether there was one
   */
  erase(externalUserId: WhatsAppAddress): Promise<boolean>;
}
