/**
 * What really happened, written down while a trace is played: every call and its answers, every webhook and what became
 * of it, every invocation with the faults that it met. It must not judge; `oracle/` does.
 */
import type { InboundEvent, SendEvent } from './trace-event';

/** A fault that an invocation met at one of its requests to Twilio. */
export interface Hit {
  readonly what: string;
  /** Such as `sync POST`. */
  readonly request: string;
}

export interface Invocation {
  readonly path: string;
  /** The container that it ran in: what one has read, it may remember. */
  readonly container: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  endedAt: number | null;
  /** Null where it died. */
  status: number | null;
  requests: number;
  readonly hits: Hit[];
  /** The event that everything in it goes back to. */
  readonly event: number;
  /** SIDs of the messages that it made Twilio create, whether or not it heard of it. */
  readonly created: string[];
}

/** One webhook that reached the functions. */
export interface WebhookAttempt {
  readonly invocation: Invocation;
  /** Of a status callback that reports a failure, such as `63016`. */
  readonly errorCode: string | null;
}

export interface Inbound {
  readonly event: InboundEvent;
  readonly sid: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The name it came from. */
  readonly from: string;
  readonly attempts: WebhookAttempt[];
}

export interface CallAttempt {
  readonly invocation: Invocation;
  /** Null where no answer came. */
  answer: { readonly status: number; readonly json: Answer } | null;
}

/** An answer as the contract has it; what is not of this shape is not touched. */
export interface Answer {
  readonly outcome?: string;
  readonly decision?: { readonly action: string; readonly reason: string } | null;
  readonly window?: WindowAnswer | null;
  readonly message?: { readonly sid: string; readonly contentSid: string | null } | null;
  readonly held?: { readonly id: string; readonly expiresAt: string } | readonly HeldAnswer[] | null;
  readonly optedOut?: boolean | null;
  readonly cancelled?: boolean;
  readonly error?: { readonly code: string } | null;
}

export interface WindowAnswer {
  readonly state: string;
  readonly lastInboundAt: string | null;
  readonly closesAt: string | null;
  readonly secondsLeft: number;
  readonly source: string;
}

export interface HeldAnswer {
  readonly id: string;
  readonly body: string;
}

/** One request of a caller, however often it was called. */
export interface Send {
  readonly event: SendEvent;
  readonly to: string;
  /** Stands in everything that is sent for it, and in nothing else. */
  readonly token: string;
  /** Milliseconds since the epoch; null for at once. */
  readonly sendAt: number | null;
  readonly attempts: CallAttempt[];
}

export interface WindowQuestion {
  readonly user: number;
  readonly to: string;
  readonly attempt: CallAttempt;
}

export interface Cancellation {
  readonly user: number;
  /** The message's text, as the list of held messages told it. */
  readonly body: string;
  readonly attempt: CallAttempt;
}

export class Ledger {
  readonly inbounds: Inbound[] = [];
  readonly sends: Send[] = [];
  readonly questions: WindowQuestion[] = [];
  readonly cancellations: Cancellation[] = [];
  readonly invocations: Invocation[] = [];
  /** Status callbacks by the message's SID. */
  readonly callbacks = new Map<string, WebhookAttempt[]>();
  readonly inboundBySid = new Map<string, Inbound>();
  /** Which invocation made Twilio create a message. */
  readonly creators = new Map<string, Invocation>();
}
