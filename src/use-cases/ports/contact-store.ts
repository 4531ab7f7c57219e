/**
 * Port: where last-seen times are kept, and what else has to be known before anything goes out to a person: that they
 * opted out, that something is held for them. Owned by the use cases that read and write it.
 */
import type { WindowFacts } from '../../domain/customer-service-window';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../domain/whatsapp-address';

export interface ContactRecord {
  readonly pair: Pair;
  readonly facts: WindowFacts;
  /** The message that opened the window, where known. */
  readonly messageSid: MessageSid | null;
  readonly profileName: string | null;
  readonly externalUserId: WhatsAppAddress | null;
  readonly restrictions: Restrictions;
}

/** What forbids simply sending. Times are milliseconds since the epoch. */
export interface Restrictions {
  /** When the user said STOP; null where they did not, or said START since. */
  readonly optedOutAt: number | null;
  /** Messages are held, so that a later one has to queue behind them. */
  readonly holding: boolean;
  /** Since when the user is being asked, by a template, to answer so that the held messages can follow. */
  readonly promptedAt: number | null;
  /** The template message that asks; null while it is not known whether it left. */
  readonly promptSid: MessageSid | null;
  /** Until when one container has the release of the held messages to itself. */
  readonly releasingUntil: number | null;
  /** After a STOP, scheduled messages are left that could not be cancelled yet. */
  readonly cancelScheduled: boolean;
}

export const UNRESTRICTED: Restrictions = {
  optedOutAt: null,
  holding: false,
  promptedAt: null,
  promptSid: null,
  releasingUntil: null,
  cancelScheduled: false,
};

export interface WindowPage {
  readonly windows: readonly ContactRecord[];
  /** Opaque; null at the end. */
  readonly nextCursor: string | null;
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface ContactStore {
  /**
   * @param fresh as it is stored now, whatever is remembered
   * @returns undefined where nothing was ever stored, or where it expired
   */
  read(pair: Pair, fresh?: boolean): Promise<ContactRecord | undefined>;
  /**
   * Stores what a new inbound message says. It replaces what was known of the window, and keeps the restrictions.
   * Where the number changed hands (another `externalUserId`), the restrictions of the former owner are dropped.
   * @param restrictionsElsewhere asked only where nothing is stored about the pair; without it nothing restricts them
   * @returns what is known now
   */
  record(window: ContactRecord, restrictionsElsewhere?: () => Promise<Restrictions>): Promise<ContactRecord>;
  /** Stores what was learnt elsewhere, only where nothing is stored yet: an inbound message that came meanwhile wins. */
  remember(window: ContactRecord): Promise<void>;
  /**
   * Changes a record under a lock; `change` may be called several times and must not have effects of its own.
   * @param change gets what is stored, or an empty record, and gives what is to be stored, or null to leave it
   * @returns what is stored afterwards, and whether it was this call that changed it
   */
  change(
    pair: Pair,
    change: (current: ContactRecord) => ContactRecord | null,
  ): Promise<{ readonly window: ContactRecord; readonly changed: boolean }>;
  /** @param limit 1 to 100 */
  page(limit: number, cursor: string | null): Promise<WindowPage>;
  /**
   * Notes that a BSUID and a phone number are one person; what is noted already stays.
   * @returns whether it was noted now
   */
  link(externalUserId: WhatsAppAddress, phone: WhatsAppAddress): Promise<boolean>;
  /** The phone number that was noted for a BSUID. */
  phoneOf(externalUserId: WhatsAppAddress): Promise<WhatsAppAddress | undefined>;
  /**
   * Erases what is stored about the pair. Of somebody who opted out a bare note of that remains, and at no moment less.
   * @param optedOutAt what is known of it elsewhere, as under their other name; null where nothing is
   * @returns whether there was more than such a note
   */
  erase(pair: Pair, optedOutAt: number | null): Promise<boolean>;
  /** Forgets which phone number was noted for a BSUID. @returns whether one was */
  unlink(externalUserId: WhatsAppAddress): Promise<boolean>;
}
