/**
 * The customer service window: the half-open interval [last inbound, last inbound + 24 h) in which a free-form
 * message is allowed. The 24 hours are stated here and nowhere else; this file must not read a clock.
 * Source: WhatsApp's rule as Twilio states it under error 63016, and https://www.twilio.com/docs/whatsapp/key-concepts.
 */

/** 24 hours in milliseconds. */
export const WINDOW_MS = 24 * 60 * 60 * 1000;

/** How a fact about a window was learnt. */
export type WindowSource = 'sync' | 'message-log' | 'whatsapp' | 'none';

/** What is known of a pair. Times are milliseconds since the epoch. */
export interface WindowFacts {
  /** When the user last wrote to the sender; null where no inbound message is known. */
  readonly lastInboundAt: number | null;
  /** WhatsApp said by error 63016 that the window is closed, and no inbound message came since. */
  readonly closedByWhatsApp: boolean;
  readonly source: WindowSource;
  /** When a message came from an ad, where that is known; see `freeEntryUntil`. */
  readonly fromAdAt?: number;
}

/** `closing` is the safety margin before the end: WhatsApp's clock decides the last second, so it counts as not open. */
export type WindowState = 'open' | 'closing' | 'closed' | 'never';

export interface CustomerServiceWindow {
  readonly state: WindowState;
  /** Milliseconds since the epoch. */
  readonly lastInboundAt: number | null;
  /** Exactly 24 h after `lastInboundAt`. */
  readonly closesAt: number | null;
  /** Whole seconds until `closesAt`, rounded down, never below 0; 0 as well where WhatsApp closed the window itself. */
  readonly secondsLeft: number;
  readonly closedByWhatsApp: boolean;
  readonly source: WindowSource;
  /** As in `WindowFacts`. */
  readonly fromAdAt?: number;
}

/** Nothing is known of the pair: nobody wrote yet. */
export const NO_FACTS: WindowFacts = { lastInboundAt: null, closedByWhatsApp: false, source: 'none' };

/**
 * The window as it is, or will be, at a moment.
 * @param now milliseconds since the epoch: the moment of sending, which for a scheduled message lies ahead
 * @param marginSeconds how long before the end free-form messages stop
 */
export function windowAt(facts: WindowFacts, now: number, marginSeconds: number): CustomerServiceWindow {
  const { lastInboundAt, closedByWhatsApp, source, fromAdAt } = facts;
  const same = { lastInboundAt, closedByWhatsApp, source, ...(fromAdAt !== undefined && { fromAdAt }) };
  if (lastInboundAt === null) {
    const state = closedByWhatsApp ? 'closed' : 'never';
    return { state, closesAt: null, secondsLeft: 0, ...same };
  }
  const closesAt = lastInboundAt + WINDOW_MS;
  const state =
    closedByWhatsApp || now >= closesAt
      ? 'closed'
      : now >= closesAt - marginSeconds * 1000
        ? 'closing'
        : 'open';
  const secondsLeft = state === 'closed' ? 0 : Math.floor((closesAt - now) / 1000);
  return { state, closesAt, secondsLeft, ...same };
}

/** Meta's, after an ad that opens a chat. */
export const FREE_ENTRY_HOURS = 72;

/**
 * Until when a message to somebody who came from an ad that opens a chat has no charge of Meta's. It is about the price
 * only: free-form still ends with the window (https://developers.facebook.com/docs/whatsapp/pricing).
 * @param hours for how long
 * @returns milliseconds since the epoch, or null where nobody came from an ad in that time
 */
export function freeEntryUntil(
  { fromAdAt }: CustomerServiceWindow,
  now: number,
  hours = FREE_ENTRY_HOURS,
): number | null {
  if (fromAdAt === undefined) return null;
  const until = fromAdAt + hours * 3_600_000;
  return now < until ? until : null;
}

/** Whether a free-form message may go out. */
export function isOpen(window: CustomerServiceWindow): boolean {
  return window.state === 'open';
}

/** Of two sets of facts about one person, those with the newer inbound message; WhatsApp's verdict counts only for its own record. */
export function newerFacts(a: WindowFacts, b: WindowFacts): WindowFacts {
  if (a.lastInboundAt === null) return b.lastInboundAt === null && !b.closedByWhatsApp ? a : b;
  if (b.lastInboundAt === null) return a;
  return b.lastInboundAt > a.lastInboundAt ? b : a;
}
