/**
 * The decision: free-form message, template message, hold or refuse, as a value with a closed list of reasons.
 * It knows neither Twilio nor the template's text; it must not throw.
 */
import { type CustomerServiceWindow, isOpen } from './customer-service-window';

/** What a caller wants done with a free-form message while the window is not open. */
export const WHEN_CLOSED = ['template', 'hold', 'refuse'] as const;
export type WhenClosed = (typeof WHEN_CLOSED)[number];

/** Why the window does not allow a free-form message. */
export type NotOpenReason = 'WINDOW_CLOSED' | 'WINDOW_CLOSING' | 'NO_INBOUND' | 'CLOSED_BY_WHATSAPP';

export type Reason =
  /** The user wrote within the last 24 hours, less the margin. */
  | 'WINDOW_OPEN'
  /** Only a template was asked for. */
  | 'TEMPLATE_REQUESTED'
  | NotOpenReason
  /** The text is, word for word, that of an approved template with its placeholders filled. */
  | 'BODY_MATCHES_TEMPLATE'
  /** The user said STOP. */
  | 'OPTED_OUT'
  /** Neither Sync nor the message log could say whether the window is open. */
  | 'STATE_UNAVAILABLE';

export type Decision =
  | { readonly action: 'free-form'; readonly reason: 'WINDOW_OPEN' }
  | {
      readonly action: 'template';
      readonly reason: 'TEMPLATE_REQUESTED' | NotOpenReason | 'BODY_MATCHES_TEMPLATE' | 'STATE_UNAVAILABLE';
      /** Whether the free-form text is kept as well, until the user answers. */
      readonly holdBody: boolean;
    }
  | {
      readonly action: 'hold';
      readonly reason: NotOpenReason;
      /** Whether a template goes out now that asks the user to answer. */
      readonly asking: boolean;
    }
  | { readonly action: 'refuse'; readonly reason: NotOpenReason | 'OPTED_OUT' | 'STATE_UNAVAILABLE' };

/** What was asked for, as far as the decision depends on it. */
export interface SendIntent {
  /** There is a body or media. */
  readonly freeForm: boolean;
  readonly template: boolean;
  readonly whenClosed: WhenClosed;
}

/** What is known of the person at the moment of sending. */
export type KnownState =
  | { readonly known: true; readonly window: CustomerServiceWindow; readonly optedOut: boolean }
  | { readonly known: false };

/**
 * Decides by the table of the README ("What is sent").
 * A body that is an approved template's text is found by the caller only where this answers `hold` or `refuse` for
 * a window that is not open: looking for it costs a catalogue.
 */
export function decide(wish: SendIntent, standing: KnownState): Decision {
  if (!standing.known) {
    return wish.template
      ? { action: 'template', reason: 'STATE_UNAVAILABLE', holdBody: false }
      : { action: 'refuse', reason: 'STATE_UNAVAILABLE' };
  }
  if (standing.optedOut) return { action: 'refuse', reason: 'OPTED_OUT' };
  if (!wish.freeForm) return { action: 'template', reason: 'TEMPLATE_REQUESTED', holdBody: false };
  if (isOpen(standing.window)) return { action: 'free-form', reason: 'WINDOW_OPEN' };

  const reason = notOpenReason(standing.window);
  if (wish.whenClosed === 'refuse') return { action: 'refuse', reason };
  if (wish.template) return { action: 'template', reason, holdBody: wish.whenClosed === 'hold' };
  return wish.whenClosed === 'hold'
    ? { action: 'hold', reason, asking: false }
    : { action: 'refuse', reason };
}

/** Why this window, which is not open, is not. */
export function notOpenReason(window: CustomerServiceWindow): NotOpenReason {
  if (window.closedByWhatsApp) return 'CLOSED_BY_WHATSAPP';
  if (window.state === 'never') return 'NO_INBOUND';
  return window.state === 'closing' ? 'WINDOW_CLOSING' : 'WINDOW_CLOSED';
}
