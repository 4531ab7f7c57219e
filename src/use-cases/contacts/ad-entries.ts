/**
 * Who came from an ad, as this container has heard of it, in front of the store. Each inbound message overwrites the
 * record without reading it, so the note of an ad would be lost with the next one; here it outlives that at no further
 * request. It is about prices only: where no container remembers, a message is taken for dearer than it is.
 */
import { FREE_ENTRY_HOURS } from '../../domain/customer-service-window';
import { filingName, type Pair } from '../../domain/whatsapp-address';
import type { ContactRecords } from '../ports/contact-records';
import type { ContactRecord } from '../ports/contact-store';

/** A note is 100 bytes or so; beyond it those that were noted first are forgotten. */
const MAX_PAIRS = 10_000;
/** As long as an ad can matter. */
const MATTERS_MS = FREE_ENTRY_HOURS * 3_600_000;

export class AdEntries {
  private readonly noted = new Map<string, number>();

  /** Notes what a record says, and adds to it what was noted before. */
  carry(record: ContactRecord, now: number): ContactRecord {
    const key = keyOf(record.pair);
    const before = this.noted.get(key);
    const { fromAdAt } = record.facts;
    const newest = Math.max(fromAdAt ?? 0, before ?? 0);
    if (now - newest >= MATTERS_MS) {
      this.noted.delete(key);
      return record;
    }
    if (newest !== before) this.note(key, newest);
    return newest === fromAdAt ? record : { ...record, facts: { ...record.facts, fromAdAt: newest } };
  }

  /** What a webhook that came late was found to say, in place of what was noted of it. */
  correct({ pair, facts }: ContactRecord): void {
    if (facts.fromAdAt !== undefined) this.note(keyOf(pair), facts.fromAdAt);
  }

  forget(pair: Pair): void {
    this.noted.delete(keyOf(pair));
  }

  private note(key: string, at: number): void {
    this.noted.set(key, at);
    const [oldest] = this.noted.keys();
    if (this.noted.size > MAX_PAIRS && oldest !== undefined) this.noted.delete(oldest);
  }
}

const keyOf = (pair: Pair) => `${filingName(pair.sender)}.${filingName(pair.user)}`;

/** @param now milliseconds since the epoch, of this invocation */
export function withAdEntries(records: ContactRecords, entries: AdEntries, now: number): ContactRecords {
  return {
    ...records,
    async read(pair, fresh) {
      const record = await records.read(pair, fresh);
      return record && entries.carry(record, now);
    },
    overwrite: (window) => records.overwrite(entries.carry(window, now)),
    open: (window, ...how) => records.open(entries.carry(window, now), ...how),
    async change(pair, change) {
      const result = await records.change(pair, change);
      if (result.changed) entries.correct(result.window);
      return result;
    },
    erase(pair, optedOutAt) {
      entries.forget(pair);
      return records.erase(pair, optedOutAt);
    },
  };
}
