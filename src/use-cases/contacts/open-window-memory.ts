/**
 * A warm container's memory of open windows, in front of the store: an open window can only get longer, so it is safe
 * to believe for a moment. Only open windows of unrestricted people, and for 10 seconds at most, because a STOP or
 * WhatsApp's own 63016 has to take hold in every container; everything else is read every time.
 */
import { isOpen, windowAt } from '../../domain/customer-service-window';
import { filingName, type Pair } from '../../domain/whatsapp-address';
import type { ContactRecords } from '../ports/contact-records';
import type { ContactRecord } from '../ports/contact-store';

/** A STOP that another container stored takes hold here within this time. */
const BELIEVED_MS = 10_000;
/** About 5 MB; beyond it the pairs that were learnt first are forgotten. */
const MAX_PAIRS = 10_000;

export class OpenWindowMemory {
  private readonly learnt = new Map<string, { readonly window: ContactRecord; readonly at: number }>();
  /** How often anything was forgotten: what was asked for before may be out of date by the time it is answered. */
  private forgettings = 0;

  get(pair: Pair, now: number, marginSeconds: number): ContactRecord | undefined {
    const entry = this.learnt.get(keyOf(pair));
    if (!entry || Math.abs(now - entry.at) >= BELIEVED_MS) return undefined;
    return isOpen(windowAt(entry.window.facts, now, marginSeconds)) ? { ...entry.window, pair } : undefined;
  }

  /** Whether anything was learnt of them, however long ago. */
  has(pair: Pair): boolean {
    return this.learnt.has(keyOf(pair));
  }

  /** @returns to be handed to `remember` with what was asked for after it */
  beginRead(): number {
    return this.forgettings;
  }

  remember(window: ContactRecord, now: number, begun: number): void {
    if (begun !== this.forgettings) return;
    const key = keyOf(window.pair);
    this.learnt.delete(key);
    if (window.restrictions.optedOutAt !== null || window.restrictions.holding) return;
    this.learnt.set(key, { window, at: now });
    const [oldest] = this.learnt.keys();
    if (this.learnt.size > MAX_PAIRS && oldest !== undefined) this.learnt.delete(oldest);
  }

  forget(pair: Pair): void {
    this.forgettings += 1;
    this.learnt.delete(keyOf(pair));
  }
}

const keyOf = (pair: Pair) => `${filingName(pair.sender)}.${filingName(pair.user)}`;

/** @param at.now milliseconds since the epoch, of this invocation */
export function withMemory(
  records: ContactRecords,
  memory: OpenWindowMemory,
  at: { readonly now: number; readonly marginSeconds: number },
): ContactRecords {
  /** Whoever asked while it was being changed may have been told what was there before. */
  const forgetting = async <T>(pair: Pair, write: () => Promise<T>): Promise<T> => {
    memory.forget(pair);
    const result = await write();
    memory.forget(pair);
    return result;
  };
  return {
    ...records,
    async read(pair, fresh = false) {
      const remembered = fresh ? undefined : memory.get(pair, at.now, at.marginSeconds);
      if (remembered) return remembered;
      const begun = memory.beginRead();
      const window = await records.read(pair);
      if (window) memory.remember(window, at.now, begun);
      return window;
    },
    async overwrite(window) {
      memory.forget(window.pair);
      const begun = memory.beginRead();
      const isWritten = await records.overwrite(window);
      if (isWritten) memory.remember(window, at.now, begun);
      return isWritten;
    },
    isMet: (pair) => memory.has(pair),
    async open(window, ...how) {
      memory.forget(window.pair);
      const begun = memory.beginRead();
      const recorded = await records.open(window, ...how);
      memory.remember(recorded, at.now, begun);
      return recorded;
    },
    erase: (pair, optedOutAt) => forgetting(pair, () => records.erase(pair, optedOutAt)),
    retire: (pair, asRead) => forgetting(pair, () => records.retire(pair, asRead)),
    async change(pair, change) {
      const result = await forgetting(pair, () => records.change(pair, change));
      memory.remember(result.window, at.now, memory.beginRead());
      return result;
    },
  };
}
