/**
 * A warm container's memory of open windows, in front of the store: an open window can only get longer, so it is safe
 * to believe for a moment. Only open windows of unrestricted people, and for 10 seconds at most, because a STOP or
 * WhatsApp's own 63016 has to take hold in every container; everything else is read every time.
 */
import { isOpen, windowAt } from '../../domain/customer-service-window';
import { filingName, type Pair } from '../../domain/whatsapp-address';
import type { ContactRecord, ContactStore } from '../ports/contact-store';

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

  /** @returns to be handed to `learn` with what was asked for after it */
  asking(): number {
    return this.forgettings;
  }

  learn(window: ContactRecord, now: number, asked: number): void {
    if (asked !== this.forgettings) return;
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
  store: ContactStore,
  memory: OpenWindowMemory,
  at: { readonly now: number; readonly marginSeconds: number },
): ContactStore {
  return {
    ...store,
    async read(pair, fresh = false) {
      const remembered = fresh ? undefined : memory.get(pair, at.now, at.marginSeconds);
      if (remembered) return remembered;
      const asked = memory.asking();
      const window = await store.read(pair);
      if (window) memory.learn(window, at.now, asked);
      return window;
    },
    async record(window, restrictionsElsewhere) {
      memory.forget(window.pair);
      const asked = memory.asking();
      const recorded = await store.record(window, restrictionsElsewhere);
      memory.learn(recorded, at.now, asked);
      return recorded;
    },
    async erase(pair, optedOutAt) {
      memory.forget(pair);
      const wasThere = await store.erase(pair, optedOutAt);
      // As in `change`.
      memory.forget(pair);
      return wasThere;
    },
    async change(pair, change) {
      memory.forget(pair);
      const result = await store.change(pair, change);
      // Whoever asked while it was being changed may have been told what was there before.
      memory.forget(pair);
      memory.learn(result.window, at.now, memory.asking());
      return result;
    },
  };
}
