/**
 * Port: the records under `ContactStore`, one for each name. Whether two names are one person is not known here: only
 * `personPorts`, and what erases or seeds records by name, may use it.
 */
import type { Pair } from '../../domain/whatsapp-address';
import type { Changed, ContactRecord, Restrictions, WindowPage } from './contact-store';

/** What restricts the pair, as it was stored when it was asked for; undefined where nothing was. */
export type LookedAhead = Promise<{ readonly record: ContactRecord; readonly revision: string } | undefined>;

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface ContactRecords {
  /** @param fresh as it is stored now, whatever is remembered */
  read(pair: Pair, fresh?: boolean): Promise<ContactRecord | undefined>;
  /**
   * Writes the window of somebody whom nothing restricts, blindly and in one round trip.
   * @returns false where something restricts them, or nothing is stored yet: nothing was written then
   */
  overwrite(window: ContactRecord): Promise<boolean>;
  /** Whether this container wrote or read them before, so that `overwrite` will very likely do. */
  isMet(pair: Pair): boolean;
  /** Reads what `open` looks at first. Asked for together with `overwrite`, it saves whoever has to open one request in a row. */
  lookAhead(pair: Pair): LookedAhead;
  /**
   * Writes the window where `overwrite` could not, and keeps the restrictions and the BSUID that are stored.
   * @param restrictionsElsewhere asked only where nothing is stored; without it nothing restricts them
   * @param ahead what was read beside `overwrite`; what came since is seen all the same
   * @returns what is known now
   */
  open(
    window: ContactRecord,
    restrictionsElsewhere?: () => Promise<Restrictions>,
    ahead?: LookedAhead,
  ): Promise<ContactRecord>;
  /** As `ContactStore.remember`. */
  remember(window: ContactRecord): Promise<void>;
  /** As `ContactStore.change`. */
  change(pair: Pair, change: (current: ContactRecord) => ContactRecord | null): Promise<Changed>;
  /** @param limit 1 to 100 */
  page(limit: number, cursor: string | null): Promise<WindowPage>;
  /**
   * Removes a record whose content was moved elsewhere.
   * @param asRead what was moved
   * @returns false where something else stands there now: then it stays
   */
  retire(pair: Pair, asRead: ContactRecord): Promise<boolean>;
  /**
   * Erases what is stored about the pair. Of somebody who opted out a bare note of that remains, and at no moment less.
   * @param optedOutAt what is known of it elsewhere, as under their other name; null where nothing is
   * @returns whether there was more than such a note
   */
  erase(pair: Pair, optedOutAt: number | null): Promise<boolean>;
}
