/**
 * Port: what is stored about one person beside their windows and held messages, and where any of it stands. Looking
 * through everything takes a time that grows with it, so it stops when there is no more; what it found is still true.
 */
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../domain/whatsapp-address';

/** What is stored, as far as it was looked through. */
export interface Traces {
  /** Of windows and of queues. The user is as it is filed, in one spelling. */
  readonly pairs: readonly Pair[];
  readonly links: readonly TracedLink[];
  readonly records: readonly TracedRecord[];
  /** Nothing was left out. */
  readonly isComplete: boolean;
}

/** Which name leads to which, see `NameLink`. */
export interface TracedLink {
  /** A BSUID, or a parent id. */
  readonly externalUserId: WhatsAppAddress;
  readonly phone: WhatsAppAddress;
  /** Towards whom a parent id is linked; a BSUID's link is for all senders. */
  readonly sender?: WhatsAppAddress;
  /** The BSUID with which a parent id came. */
  readonly with?: WhatsAppAddress;
}

/** An idempotency key, or what a repair needs: whom and which messages it names. */
export interface TracedRecord {
  readonly id: string;
  readonly addresses: readonly WhatsAppAddress[];
  readonly messageSids: readonly MessageSid[];
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface PersonTraces {
  /** @param hasTime asked before every further step */
  lookThrough(hasTime: () => boolean): Promise<Traces>;
  /** One that is not there is as good as erased. */
  erase(record: TracedRecord): Promise<void>;
  /** Notes under which names a person is about to be forgotten: where that is cut short, the next call still knows them. */
  begin(person: WhatsAppAddress, names: readonly WhatsAppAddress[]): Promise<void>;
  /** The names that an earlier call noted and did not finish with. */
  unfinished(person: WhatsAppAddress): Promise<readonly WhatsAppAddress[]>;
  finish(person: WhatsAppAddress): Promise<void>;
}
