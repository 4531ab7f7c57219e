/**
 * What the service answers, as openapi.yaml says it. A key that only newer services send is optional: a client meets
 * older ones. Times are ISO 8601 in UTC, as they came.
 */

export type WindowState = 'open' | 'closing' | 'closed' | 'never';

export interface CustomerServiceWindow {
  /** `closing` is the safety margin before the end, and counts as not open. */
  readonly state: WindowState;
  readonly lastInboundAt: string | null;
  /** Exactly 24 hours after `lastInboundAt`. */
  readonly closesAt: string | null;
  /** Until `closesAt`, never below 0. */
  readonly secondsLeft: number;
  readonly source: 'sync' | 'message-log' | 'whatsapp' | 'none';
}

export interface Problem {
  readonly field: string;
  readonly message: string;
}

export type ErrorClass = 'window' | 'template' | 'recipient' | 'sender' | 'transient' | 'unknown';

export interface ErrorAnswer {
  readonly code: string;
  /** A sentence for a person. */
  readonly message: string;
  readonly problems: readonly Problem[];
  /** Twilio's own code, where Twilio gave one: https://www.twilio.com/docs/api/errors */
  readonly twilioCode?: number;
  readonly class?: ErrorClass;
}

export interface Decision {
  readonly action: 'free-form' | 'template' | 'hold' | 'refuse';
  readonly reason:
    | 'WINDOW_OPEN'
    | 'TEMPLATE_REQUESTED'
    | 'WINDOW_CLOSED'
    | 'WINDOW_CLOSING'
    | 'NO_INBOUND'
    | 'CLOSED_BY_WHATSAPP'
    | 'BODY_MATCHES_TEMPLATE'
    | 'OPTED_OUT'
    | 'STATE_UNAVAILABLE';
  /** One sentence for a person. */
  readonly explanation: string;
}

export interface SentMessage {
  readonly sid: string;
  readonly status: string;
  readonly contentSid: string | null;
}

/** What the messages of a call cost by the operator's own `prices.json`, if they arrive. */
export interface Cost {
  /** `twilio` and `meta` together. */
  readonly amount: number;
  readonly currency: string;
  /** Twilio's fee. */
  readonly twilio: number;
  /** Meta's price. */
  readonly meta: number;
  readonly basis: 'service' | 'utility' | 'marketing' | 'authentication';
  /** The day on which the prices were true; null where the file does not say. */
  readonly asOf: string | null;
}

interface SendFacts {
  /** Null where nothing was decided, or where a message was found in Twilio's log under its idempotency key. */
  readonly decision: Decision | null;
  readonly window: CustomerServiceWindow | null;
  /** Of the template that goes out, or would. */
  readonly preview: {
    readonly contentSid: string;
    readonly contentVariables: Readonly<Record<string, string>>;
    readonly text: string;
  } | null;
  readonly cost: Cost | null;
}

/** It was sent, scheduled or held, or it would be (`dry-run`). */
export interface SendDone extends SendFacts {
  readonly outcome: 'sent' | 'scheduled' | 'held' | 'dry-run';
  readonly message: SentMessage | null;
  /** All that went out, where one call made several messages: one for each attachment. */
  readonly messages: readonly SentMessage[];
  readonly held: { readonly id: string; readonly expiresAt: string } | null;
  /** What did not work beside it: a text is held but nobody could be asked, or not every attachment went out. */
  readonly error: ErrorAnswer | null;
}

/** Codes of a refusal: the request as it is leads to nothing, and another one may. */
export const REFUSALS = [
  'WINDOW_NOT_OPEN',
  'OPTED_OUT',
  'HELD_LIMIT_REACHED',
  'IDEMPOTENCY_CONFLICT',
  'TEMPLATE_PROBLEM',
  'INVALID_REQUEST',
] as const;
export type RefusalCode = (typeof REFUSALS)[number];

/** Nothing was sent and nothing is held. */
export interface SendRefused extends SendFacts {
  readonly outcome: 'refused' | 'failed';
  readonly message: null;
  /** Empty. */
  readonly messages: readonly SentMessage[];
  readonly held: null;
  readonly error: ErrorAnswer & { readonly code: RefusalCode };
}

/** `isRefused(answer)`, or `answer.outcome`, tells the two apart. */
export type SendAnswer = SendDone | SendRefused;

/** Whether nothing was sent and nothing is held. */
export function isRefused(answer: SendAnswer): answer is SendRefused {
  return answer.outcome === 'refused' || answer.outcome === 'failed';
}

export interface WindowAnswer {
  readonly window: CustomerServiceWindow;
  readonly freeFormAllowed: boolean;
  readonly templateRequired: boolean;
  /** The user said STOP: nothing goes out. */
  readonly optedOut: boolean;
  /** They came from an ad: until then Meta charges nothing. It is about the price only, and never allows free-form. */
  readonly freeEntryUntil?: string | null;
  readonly error: null;
}

export interface ListedWindow {
  readonly sender: string;
  readonly user: string;
  readonly profileName: string | null;
  readonly optedOut: boolean;
  /** Stands for this one window, and is another once the user writes again; valid as `idempotencyKey`. */
  readonly windowKey: string | null;
  readonly window: CustomerServiceWindow;
  /** With `since`, the newest message since then; null, or not there, without it. */
  readonly lastMessage?: LoggedMessage | null;
}

export interface WindowsPage {
  readonly windows: readonly ListedWindow[];
  readonly nextCursor: string | null;
  /** The service's clock. */
  readonly now: string;
  readonly marginSeconds: number;
  /** A window that closes within this is marked on the desk, and within `urgentSeconds` in red. */
  readonly soonSeconds: number;
  readonly urgentSeconds: number;
  /** Whose token the call had: the name that API_TOKENS has for it, null for API_TOKEN. */
  readonly caller?: { readonly name: string | null; readonly readOnly: boolean };
  readonly error: null;
}

export interface Template {
  readonly name: string;
  /** Null for a template of the Sandbox's lesson that this account has still to create. */
  readonly contentSid: string | null;
  readonly language: string;
  readonly category: string | null;
  readonly type: string;
  readonly status:
    | 'unsubmitted'
    | 'received'
    | 'pending'
    | 'approved'
    | 'rejected'
    | 'paused'
    | 'disabled'
    | 'unknown';
  readonly placeholders: readonly string[];
  /** What was submitted as an example, by placeholder; Twilio sends it where a value is missing. */
  readonly samples?: Readonly<Record<string, string>>;
  readonly text: string;
  readonly usableInside: boolean;
  readonly usableOutside: boolean;
  /** Why it may not be sent outside the window. */
  readonly reason: string | null;
}

export interface TemplatesAnswer {
  readonly templates: readonly Template[];
  readonly error: null;
}

export interface HeldMessage {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly mediaUrl: readonly string[];
  readonly heldAt: string;
  readonly expiresAt: string;
}

export interface HeldPage {
  readonly held: readonly HeldMessage[];
  readonly nextCursor: string | null;
  readonly error: null;
}

export interface CancelAnswer {
  readonly cancelled: true;
  readonly error: null;
}

/** A message as Twilio's log has it. */
export interface LoggedMessage {
  readonly sid: string;
  readonly direction: 'inbound' | 'outbound';
  readonly at: string;
  /** Null where Twilio no longer has it. */
  readonly body: string | null;
  readonly mediaCount: number;
  readonly status: string;
  readonly error: { readonly code: number; readonly class: ErrorClass; readonly message: string } | null;
}

export interface ThreadMessage extends LoggedMessage {
  readonly repairOf: string | null;
  /** Null where it was not asked for, or the log does not tell. */
  readonly media: readonly { readonly sid: string; readonly contentType: string }[] | null;
}

/** Newest first. */
export interface ThreadPage {
  readonly messages: readonly ThreadMessage[];
  readonly nextCursor: string | null;
  readonly error: null;
}

/** A message of Twilio's log, and whom it is with. */
export interface RecentMessage extends LoggedMessage {
  readonly sender: string;
  readonly user: string;
}

/** Newest first. */
export interface RecentMessagesPage {
  readonly messages: readonly RecentMessage[];
  readonly nextCursor: string | null;
  readonly error: null;
}

/** Of /contact and /conversations/message-added: the window afterwards. */
export interface ContactAnswer {
  /** Null where it was no contact of a user. */
  readonly window: CustomerServiceWindow | null;
  readonly recorded: boolean;
  readonly error: null;
}

export interface ForgetAnswer {
  /** How many objects of each kind are gone. */
  readonly erased: {
    readonly windows: number;
    readonly held: number;
    readonly links: number;
    readonly keys: number;
  };
  /** What is still stored, here and in Twilio's own log, and how to delete it there. */
  readonly kept: string;
  readonly error: null;
}
