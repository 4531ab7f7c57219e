/**
 * Port: where last-seen times are kept, and what else has to be known before anything goes out to a person: that they
 * opted out, that something is held for them. A person is one, whichever of their names they are asked for by, see
 * `personPorts`.
 */
import { NO_FACTS, type WindowFacts } from '../../domain/customer-service-window';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../domain/whatsapp-address';

export interface ContactRecord {
  readonly pair: Pair;
  readonly facts: WindowFacts;
  /** The message that opened the window, where known. */
  readonly messageSid: MessageSid | null;
  readonly profileName: string | null;
  readonly externalUserId: WhatsAppAddress | null;
  /** Their id for all accounts of a company, where a message told it. */
  readonly parentUserId?: WhatsAppAddress;
  /** Messages that are known to be older than that one; kept while something restricts the person, or WhatsApp closed the window. */
  readonly earlierSids?: readonly MessageSid[];
  readonly restrictions: Restrictions;
}

/** As many as one record remembers; it has to stay well under 1 KiB. */
export const MAX_EARLIER = 8;

/** What an inbound message tells of a person's other names. */
export type OtherNames = Pick<ContactRecord, 'externalUserId' | 'parentUserId'>;

/** Longer than a function may live (10 s), in milliseconds: whoever holds `releasingUntil` after that is dead. */
export const RELEASE_LEASE_MS = 15_000;

/** WhatsApp takes one message in 6 s for one person once it had too many at once (63018), in milliseconds; some more, as clocks differ. */
export const PAUSE_MS = 6500;

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
  /**
   * Until when nothing that is held leaves, because a message failed for the moment or there were too many at once. From
   * then on they leave one by one, each after a pause, until nothing is held. Null where nothing failed.
   */
  readonly pausedUntil: number | null;
  /** After a STOP, scheduled messages are left that could not be cancelled yet. */
  readonly cancelScheduled: boolean;
}

export const UNRESTRICTED: Restrictions = {
  optedOutAt: null,
  holding: false,
  promptedAt: null,
  promptSid: null,
  releasingUntil: null,
  pausedUntil: null,
  cancelScheduled: false,
};

/** Of somebody of whom nothing is stored. */
export function emptyRecord(pair: Pair): ContactRecord {
  return {
    ...{ pair, facts: NO_FACTS, messageSid: null, profileName: null, externalUserId: null },
    restrictions: UNRESTRICTED,
  };
}

export function isRestricted({ optedOutAt, holding }: Restrictions): boolean {
  return optedOutAt !== null || holding;
}

export interface WindowPage {
  readonly windows: readonly ContactRecord[];
  /** Opaque; null at the end. */
  readonly nextCursor: string | null;
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface ContactStore {
  /**
   * @param fresh as it is stored now, whatever is remembered
   * @returns undefined where nothing was ever stored, or where it expired. Its `pair` is the one that the person is stored
   * under
   */
  read(pair: Pair, fresh?: boolean): Promise<ContactRecord | undefined>;
  /**
   * Whether this may well be the first message of the person: this container never met them, and one request of each kind
   * tells all there is. Then `record` asks beside its first write for what it needs if that is so, and whoever calls it does
   * well to do the same.
   */
  seemsNew(window: Pick<ContactRecord, 'pair'> & OtherNames): boolean;
  /**
   * Stores what a new inbound message says, the person's names included. It replaces what was known of the window, and
   * keeps the restrictions, but not those of somebody who had the number before.
   * @param restrictionsElsewhere asked only where nothing is stored about the person; without it nothing restricts them
   * @returns what is known now
   */
  record(window: ContactRecord, restrictionsElsewhere?: () => Promise<Restrictions>): Promise<ContactRecord>;
  /** An inbound message told the person's names: all that is stored about them becomes one. */
  meet(pair: Pair, names: OtherNames): Promise<void>;
  /** Stores what was learnt elsewhere, only where nothing is stored yet: an inbound message that came meanwhile wins. */
  remember(window: ContactRecord): Promise<void>;
  /**
   * Changes a record under a lock; `change` may be called several times and must not have effects of its own.
   * @param change gets what is stored, or an empty record, and gives what is to be stored, or null to leave it
   * @returns what is stored afterwards, and whether it was this call that changed it
   */
  change(pair: Pair, change: (current: ContactRecord) => ContactRecord | null): Promise<Changed>;
  /** @param limit 1 to 100 */
  page(limit: number, cursor: string | null): Promise<WindowPage>;
  /** All addresses under which the person is known, the given one first: every spelling of their number, and their user ids. */
  namesOf(pair: Pair): Promise<readonly WhatsAppAddress[]>;
}

export interface Changed {
  readonly window: ContactRecord;
  readonly changed: boolean;
}
