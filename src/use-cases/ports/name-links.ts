/**
 * Port: under which name a person is stored who is asked for by another one: the phone number that a BSUID came with, and
 * the number, or else the BSUID, that a parent id came with; and the BSUID of a number. Only an inbound message tells.
 */
import type { Pair, WhatsAppAddress } from '../../domain/whatsapp-address';

export interface NameLink {
  /** A number, or a BSUID as long as no number is known for it; that of a BSUID may be the BSUID itself then. */
  readonly phone: WhatsAppAddress;
  /** The senders towards whom all that was stored under the name has been moved there. */
  readonly joined: readonly WhatsAppAddress[];
  /** Of a BSUID: the parent id that came with it, and the senders towards whom nothing is stored under that any more. */
  readonly parent?: { readonly userId: WhatsAppAddress; readonly joined: readonly WhatsAppAddress[] };
  /** Of a parent id: the BSUID that came with it. Who has the number with another BSUID is somebody else. */
  readonly externalUserId?: WhatsAppAddress;
}

/**
 * A BSUID has one link for all senders. A parent id has one for each: a company's accounts know the same person by
 * different BSUIDs. Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached.
 */
export interface NameLinks {
  read(name: Pair): Promise<NameLink | undefined>;
  /**
   * @param before what was read; undefined where nothing was there
   * @returns false where somebody else wrote it meanwhile
   */
  write(name: Pair, link: NameLink, before: NameLink | undefined): Promise<boolean>;
  /** @returns the BSUID that the number came with last, in whichever spelling; undefined where none is known */
  bsuidOf(phone: WhatsAppAddress): Promise<WhatsAppAddress | undefined>;
  /** From now on `bsuidOf` answers this BSUID. */
  rememberBsuid(phone: WhatsAppAddress, externalUserId: WhatsAppAddress): Promise<void>;
  /**
   * In both directions.
   * @returns whether there was one
   */
  erase(name: Pair): Promise<boolean>;
}
