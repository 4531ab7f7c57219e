/** What goes out over HTTP: statuses of failures and the JSON shapes that callers rely on. Nothing is decided here. */
import type * as Json from '../../client/answers';
import type { ErrorAnswer, SendDone, SendRefused } from '../../client/answers';
import type { CustomerServiceWindow } from '../domain/customer-service-window';
import { explain } from '../domain/decision-explanation';
import { errorClass } from '../domain/error-class';
import type { Cost } from '../domain/prices';
import type { Failure, FailureCode } from '../use-cases/failure';
import { NO_EFFECTS, type SendResult } from '../use-cases/send/send-request';

/** What a handler answers, and what the log line says of it. */
export interface Answer<Json extends object = object> {
  readonly status: number;
  readonly json: Json;
  readonly log?: LogFields;
}

export interface XmlAnswer {
  readonly status: number;
  readonly xml: string;
  readonly log?: LogFields;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** The answer where a call failed: the keys of its success with harmless values, and the error. */
export type Failed<Json extends object> = Json & { readonly error: ErrorAnswer };

/** Every key of the two answers of /send-message, whichever of them it is. */
type SendJson = { readonly [Key in keyof SendDone]: SendDone[Key] | SendRefused[Key] };

const STATUS: Readonly<Record<FailureCode, number>> = {
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  WINDOW_NOT_OPEN: 409,
  HELD_LIMIT_REACHED: 409,
  OPTED_OUT: 409,
  BEING_SENT: 409,
  IDEMPOTENCY_CONFLICT: 409,
  TEMPLATE_PROBLEM: 422,
  RATE_LIMITED: 429,
  MISCONFIGURED: 500,
  INTERNAL_ERROR: 500,
  TWILIO_REJECTED: 502,
  OUTCOME_UNKNOWN: 502,
  STATE_UNAVAILABLE: 503,
};

export function statusOf(failure: Failure): number {
  return STATUS[failure.code];
}

export function errorJson(failure: Failure): ErrorAnswer {
  const { code, message, problems, twilioCode } = failure;
  return {
    code,
    message,
    problems,
    ...(twilioCode !== null && { twilioCode, class: errorClass(twilioCode) }),
  };
}

export function windowJson(window: CustomerServiceWindow): Json.CustomerServiceWindow {
  return {
    state: window.state,
    lastInboundAt: isoOrNull(window.lastInboundAt),
    closesAt: isoOrNull(window.closesAt),
    secondsLeft: window.secondsLeft,
    source: window.source,
  };
}

/** @param time milliseconds since the epoch @returns ISO 8601 in UTC */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}

export function isoOrNull(time: number | null): string | null {
  return time === null ? null : isoTime(time);
}

/** The answer of /send-message. Every key is always there: Studio merges answers of a widget that runs again. */
export function sendJson(result: SendResult): SendJson {
  const { decision, window, preview, failure } = result;
  return {
    outcome: result.outcome,
    decision: decision && {
      action: decision.action,
      reason: decision.reason,
      explanation: explain(decision, window),
    },
    window: window && windowJson(window),
    // The first; several attachments are several messages.
    message: result.messages[0] ?? null,
    messages: result.messages,
    held: result.held && { id: result.held.id, expiresAt: isoTime(result.held.expiresAt) },
    preview: preview && {
      contentSid: preview.message.contentSid,
      contentVariables: preview.message.contentVariables,
      text: preview.text,
    },
    // By the operator's own prices only.
    cost: result.cost ? costJson(result.cost) : null,
    error: failure && errorJson(failure),
  };
}

function costJson({ amount, currency, twilio, meta, basis, asOf }: Cost): Json.Cost {
  return { amount, currency, twilio, meta, basis, asOf };
}

/** The answer of /send-message where nothing could be decided. */
export function sendFailedJson(failure: Failure): SendJson {
  return sendJson({
    outcome: 'failed',
    decision: null,
    window: null,
    ...NO_EFFECTS,
    preview: null,
    failure,
  });
}
