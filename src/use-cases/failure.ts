/**
 * What goes wrong, with a stable code that callers can rely on. A decision not to send is no failure: that is a value
 * (see domain/send-decision). Messages must never carry a secret, a stack or the text of a message.
 */
import type { Problem } from '../domain/template-preflight';

export type FailureCode =
  | 'INVALID_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'WINDOW_NOT_OPEN'
  /** As many messages are held for the user as may be. */
  | 'HELD_LIMIT_REACHED'
  | 'OPTED_OUT'
  | 'IDEMPOTENCY_CONFLICT'
  /** A held message that is on its way cannot be cancelled. */
  | 'BEING_SENT'
  | 'TEMPLATE_PROBLEM'
  | 'MISCONFIGURED'
  | 'RATE_LIMITED'
  | 'TWILIO_REJECTED'
  | 'STATE_UNAVAILABLE'
  /** Twilio may or may not have taken the message: it is never sent a second time. */
  | 'OUTCOME_UNKNOWN'
  /** A mistake of ours. */
  | 'INTERNAL_ERROR';

export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: FailureCode,
    message: string,
    readonly problems: readonly Problem[] = [],
    /** Twilio's own error code, where Twilio gave one. */
    readonly twilioCode: number | null = null,
  ) {
    super(message);
  }
}

/** Whether an error says that a service could not be asked just now, as against being asked wrongly. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'STATE_UNAVAILABLE' || error.code === 'RATE_LIMITED');
}
