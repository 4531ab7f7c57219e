/**
 * The decision: free-form message, template message, hold or refuse, as a plan that carries its message, with a closed
 * list of reasons. It knows neither Twilio nor the template's text; it must not throw.
 */
import { type CustomerServiceWindow, isOpen } from './customer-service-window';
import type { FreeFormMessage } from './outbound-message';

/** What a caller wants done with a free-form message while the window is not open. */
export const WHEN_CLOSED = ['template', 'hold', 'refuse'] as const;
export type WhenClosed = (typeof WHEN_CLOSED)[number];

/** Why the window does not allow a free-form message. */
export type NotOpenReason = 'WINDOW_CLOSED' | 'WINDOW_CLOSING' | 'NO_INBOUND' | 'CLOSED_BY_WHATSAPP';

/** Why a template message goes out. */
export type TemplateReason =
  /** Only a template was asked for. */
  | 'TEMPLATE_REQUESTED'
  | NotOpenReason
  /** The text is, word for word, that of an approved template with its placeholders filled. */
  | 'BODY_MATCHES_TEMPLATE'
  | 'STATE_UNAVAILABLE';

export type RefusalReason =
  | NotOpenReason
  /** The user said STOP. */
  | 'OPTED_OUT'
  /** Neither Sync nor the message log could say whether the window is open. */
  | 'STATE_UNAVAILABLE';

/** `WINDOW_OPEN`: the user wrote within the last 24 hours, less the margin. */
export type Reason = 'WINDOW_OPEN' | TemplateReason | RefusalReason;

/** What a caller wants to say. A template beside a text is for the case that the text is not allowed. */
export type Content<T> =
  | { readonly kind: 'free-form'; readonly message: FreeFormMessage; readonly template: T | null }
  | { readonly kind: 'template'; readonly template: T };

/** What to do. `T` is how a template is known: as the caller asked for it, or looked up and filled. */
export type Plan<T> =
  | {
      readonly action: 'free-form';
      readonly reason: 'WINDOW_OPEN';
      readonly message: FreeFormMessage;
      readonly window: CustomerServiceWindow;
    }
  | {
      readonly action: 'template';
      readonly reason: TemplateReason;
      readonly template: T;
      /** The text that waits until the user answers; null where there is none, or where the template replaces it. */
      readonly hold: FreeFormMessage | null;
    }
  | {
      readonly action: 'hold';
      readonly reason: NotOpenReason;
      readonly message: FreeFormMessage;
      /** The template that goes out now to ask the user to answer. */
      readonly prompt: T | null;
    }
  | { readonly action: 'refuse'; readonly reason: RefusalReason };

/** A plan as an answer tells it: without its message. */
export type Decision =
  | { readonly action: 'free-form'; readonly reason: 'WINDOW_OPEN' }
  | { readonly action: 'template'; readonly reason: TemplateReason; readonly holdBody: boolean }
  | { readonly action: 'hold'; readonly reason: NotOpenReason; readonly withPrompt: boolean }
  | { readonly action: 'refuse'; readonly reason: RefusalReason };

/** What is known of the person at the moment of sending. */
export type KnownState =
  | { readonly known: true; readonly window: CustomerServiceWindow; readonly optedOut: boolean }
  | { readonly known: false };

/**
 * Decides by the table of the README ("What is sent"). The plan holds with no prompt, and never recognises a text as a
 * template: both need a catalogue, see `withPrompt` and `asRecognised`.
 */
export function decide<T>(content: Content<T>, whenClosed: WhenClosed, state: KnownState): Plan<T> {
  const template = content.template;
  if (!state.known) {
    return template === null
      ? { action: 'refuse', reason: 'STATE_UNAVAILABLE' }
      : { action: 'template', reason: 'STATE_UNAVAILABLE', template, hold: null };
  }
  if (state.optedOut) return { action: 'refuse', reason: 'OPTED_OUT' };
  if (content.kind === 'template') {
    return { action: 'template', reason: 'TEMPLATE_REQUESTED', template: content.template, hold: null };
  }
  const { message } = content;
  if (isOpen(state.window)) {
    return { action: 'free-form', reason: 'WINDOW_OPEN', message, window: state.window };
  }
  const reason = notOpenReason(state.window);
  if (whenClosed === 'refuse') return { action: 'refuse', reason };
  if (template !== null) {
    return { action: 'template', reason, template, hold: whenClosed === 'hold' ? message : null };
  }
  return whenClosed === 'hold'
    ? { action: 'hold', reason, message, prompt: null }
    : { action: 'refuse', reason };
}

/** Whether a text without a template may be looked for among the approved ones: only where it cannot go out as it is. */
export function mayBeRecognised<T>(plan: Plan<T>): boolean {
  const isStopped = plan.action === 'hold' || plan.action === 'refuse';
  return isStopped && plan.reason !== 'OPTED_OUT' && plan.reason !== 'STATE_UNAVAILABLE';
}

/** The text goes out as the template that it was recognised as. */
export function asRecognised<T>(template: T): Plan<T> {
  return { action: 'template', reason: 'BODY_MATCHES_TEMPLATE', template, hold: null };
}

/** Content without approval inside the window, which only an ordinary text may be as it is: it goes out as one. */
export function asOrdinaryText<T>(body: string, window: CustomerServiceWindow): Plan<T> {
  return {
    ...{ action: 'free-form', reason: 'WINDOW_OPEN', window },
    message: { kind: 'free-form', body, mediaUrls: [] },
  };
}

/** The user was asked to answer already: the text waits with the others, and no further template goes out. */
export function withoutAskingAgain<T>(plan: Plan<T>, window: CustomerServiceWindow): Plan<T> {
  if (plan.action !== 'template' || plan.hold === null) return plan;
  return { action: 'hold', reason: notOpenReason(window), message: plan.hold, prompt: null };
}

/** Holding asks the user to answer. */
export function withPrompt<T>(plan: Plan<T>, prompt: T | null): Plan<T> {
  return plan.action === 'hold' ? { ...plan, prompt } : plan;
}

/** A plan as it is told. */
export function decisionOf<T>(plan: Plan<T>): Decision {
  switch (plan.action) {
    case 'free-form':
      return { action: 'free-form', reason: plan.reason };
    case 'template':
      return { action: 'template', reason: plan.reason, holdBody: plan.hold !== null };
    case 'hold':
      return { action: 'hold', reason: plan.reason, withPrompt: plan.prompt !== null };
    case 'refuse':
      return { action: 'refuse', reason: plan.reason };
  }
}

/** Why this window, which is not open, is not. */
export function notOpenReason(window: CustomerServiceWindow): NotOpenReason {
  if (window.closedByWhatsApp) return 'CLOSED_BY_WHATSAPP';
  if (window.state === 'never') return 'NO_INBOUND';
  return window.state === 'closing' ? 'WINDOW_CLOSING' : 'WINDOW_CLOSED';
}
