/**
 * What a trace is made of: what users write, what callers ask for, and what goes wrong, each at its time. Plain data, so
 * that a trace can be kept in a file and made smaller. It says what happens, never what ought to come of it.
 */

/** Ways in which one request of a function to Twilio can fail, or the container with it. */
export const CALL_FAULTS = [
  'HTTP 500',
  '429',
  'hangs before',
  'hangs after',
  'cut before',
  'cut after',
  'dies before',
  'dies after',
] as const;
export type CallFaultKind = (typeof CALL_FAULTS)[number];

/** Befalls the requests `at` to `at + times - 1` of one invocation, counted from 1. */
export interface CallFault {
  readonly how: CallFaultKind;
  readonly at: number;
  readonly times: number;
}

/** What WhatsApp's side does to one message on its way, in the emulator's words (`emulator/README.md`, faults). */
export interface DeliveryFault {
  readonly do: 'false-63016' | 'status' | 'queue' | 'late' | 'drop';
  readonly seconds?: number;
  readonly code?: number;
}

/** What happens to status callbacks of one message. */
export interface CallbackFault {
  readonly do: 'drop' | 'delay' | 'duplicate' | 'reorder' | 'late';
  readonly status: string;
  readonly seconds?: number;
  readonly concurrently?: boolean;
}

interface Timed {
  /** Unique in the trace; the chance in everything that follows from the event hangs on it. */
  readonly id: number;
  /** Milliseconds from the beginning of the trace. */
  readonly at: number;
}

export interface InboundEvent extends Timed {
  readonly kind: 'inbound';
  readonly user: number;
  readonly type: 'text' | 'image' | 'location' | 'reaction' | 'button';
  readonly body: string;
  /** Whether WhatsApp opens the window, as it rarely does not. */
  readonly opensWindow: boolean;
  /** When the webhook is posted, in milliseconds after the message; more than one where it is repeated, none where it is lost. */
  readonly webhookAfterMs: readonly number[];
  /** Fails the first invocation; the retries are spared. */
  readonly callFault: CallFault | null;
}

export interface SendEvent extends Timed {
  readonly kind: 'send';
  readonly user: number;
  /** By which of the user's names it is sent, where there are two. */
  readonly to: 'phone' | 'bsuid';
  /** `template text`: the body is word for word what the template would say. */
  readonly content: 'body' | 'body and template' | 'template' | 'template text';
  readonly template: string;
  readonly whenClosed: 'template' | 'hold' | 'refuse';
  readonly sendInMs: number | null;
  readonly keyed: boolean;
  /** The caller calls twice: at the same time, or again after success. Only with a key. */
  readonly again: 'no' | 'at once' | 'later';
  readonly callFault: CallFault | null;
  readonly delivery: DeliveryFault | null;
  readonly callbacks: CallbackFault | null;
  /** Fails the first invocation by a callback that reports a failure. */
  readonly callbackFault: CallFault | null;
}

export interface WindowEvent extends Timed {
  readonly kind: 'window';
  readonly user: number;
  readonly to: 'phone' | 'bsuid';
  readonly callFault: CallFault | null;
}

/** Somebody looks at what is held for a user and cancels one of it. */
export interface CancelEvent extends Timed {
  readonly kind: 'cancel';
  readonly user: number;
  readonly to: 'phone' | 'bsuid';
  readonly callFault: CallFault | null;
}

export interface TemplateEvent extends Timed {
  readonly kind: 'template';
  readonly template: string;
  readonly status: 'approved' | 'paused';
}

/** A service fails for a while, for a share of its requests. */
export interface OutageEvent extends Timed {
  readonly kind: 'outage';
  readonly service: 'sync' | 'api' | 'content';
  readonly how: CallFaultKind;
  readonly share: number;
  readonly forMs: number;
}

/** The message log does not show what is younger than this, for a while. */
export interface LogLagEvent extends Timed {
  readonly kind: 'log lag';
  readonly lagMs: number;
  readonly forMs: number;
}

/** Warm containers are given up, as the platform pleases. */
export interface RestartEvent extends Timed {
  readonly kind: 'restart';
  readonly share: number;
}

export type TraceEvent =
  | InboundEvent
  | SendEvent
  | WindowEvent
  | CancelEvent
  | TemplateEvent
  | OutageEvent
  | LogLagEvent
  | RestartEvent;

export interface User {
  /** Such as `whatsapp:+4915100000001`. */
  readonly phone: string;
  /** Without the prefix, such as `DE.1234`; null for whoever has none. */
  readonly bsuid: string | null;
  /**
   * From when on WhatsApp tells only the BSUID, in milliseconds from the beginning; null for never, 0 for always. In
   * between, not before the first message from the phone number.
   */
  readonly hidesPhoneFrom: number | null;
}

export interface Trace {
  readonly seed: string;
  readonly marginSeconds: number;
  /** RELEASE_HELD; left out for `each`. */
  readonly releaseHeld?: 'each' | 'together';
  readonly users: readonly User[];
  /** In order of their time. */
  readonly events: readonly TraceEvent[];
}
