/**
 * The SDK's client for one invocation, on one budget: it counts requests, ends each in time for the function to answer,
 * and repeats only what is safe to repeat. It must not know what the requests are for.
 */
import twilio from 'twilio';
import { Failure } from '../use-cases/failure';

/** The answer has to leave within 8 s (Functions' own limit is 10 s, then 504); this leaves time to write it. */
const INVOCATION_MS = 6500;
/** No single read or Sync write may use up the whole invocation. */
const REQUEST_MS = 2500;
const MAX_ATTEMPTS = 4;
/** Doubles with each attempt. */
const FIRST_BACKOFF_MS = 150;

export type TwilioSdk = InstanceType<typeof twilio.Twilio>;
type RequestOptions<TData> = Parameters<typeof twilio.RequestClient.prototype.request<TData>>[0];
type TwilioResponse<TData> = Awaited<ReturnType<typeof twilio.RequestClient.prototype.request<TData>>>;

/** One connection pool for the container. An idle socket is closed after as long as a request may take, so that a container that was frozen does not wake up with dead ones. */
const pool = new twilio.RequestClient({ timeout: REQUEST_MS, keepAlive: true });

/** The time and the number of requests that one invocation has used. */
export class InvocationBudget {
  /** Requests made to Twilio's APIs so far, repetitions included. */
  requests = 0;
  // A duration, not a time of day: a moved clock must not shorten or lengthen it.
  private readonly startedAt = performance.now();

  millisecondsLeft(): number {
    return INVOCATION_MS - this.millisecondsUsed();
  }

  millisecondsUsed(): number {
    return performance.now() - this.startedAt;
  }
}

/**
 * The pool, with this invocation's budget in front. One of its own would cost every invocation an axios instance, an
 * agent, and the opening of a connection.
 */
function budgeted(budget: InvocationBudget): typeof pool {
  const view: typeof pool = Object.create(pool);
  view.request = async <TData>(options: RequestOptions<TData>): Promise<TwilioResponse<TData>> => {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await once<TData>(budget, options);
      const again = attempt < MAX_ATTEMPTS && isSafeToRepeat(options, outcome);
      // Full jitter keeps containers that were refused together from coming back together.
      const pause = Math.random() * FIRST_BACKOFF_MS * 2 ** attempt;
      if (!again || budget.millisecondsLeft() < pause + REQUEST_MS / 2) {
        if ('response' in outcome) return outcome.response;
        throw outcome.error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  return view;
}

async function once<TData>(
  budget: InvocationBudget,
  options: RequestOptions<TData>,
): Promise<Outcome<TData>> {
  const left = budget.millisecondsLeft();
  if (left <= 0) return { error: new NoTimeLeft() };
  // Only the sending of a message may take all the time there is: cutting it short makes its outcome unknown.
  const timeout = isMessageCreation(options) ? left : Math.min(left, REQUEST_MS);
  budget.requests += 1;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Outcome<TData>>((resolve) => {
    // The SDK's own timeout restarts with every byte; this one does not.
    timer = setTimeout(() => resolve({ error: new RequestTimeout() }), timeout + 50);
  });
  const answer = pool.request<TData>({ ...options, timeout }).then(
    (response): Outcome<TData> => ({ response }),
    (error: unknown): Outcome<TData> => ({ error }),
  );
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

type Outcome<TData> = { readonly response: TwilioResponse<TData> } | { readonly error: unknown };

/** https://www.twilio.com/docs/api/errors/63038 */
const DAILY_LIMIT = 63038;

class RequestTimeout extends Error {}
class NoTimeLeft extends Error {}

function isMessageCreation(options: { readonly method: string; readonly uri: string }): boolean {
  return options.method === 'post' && options.uri.endsWith('/Messages.json');
}

/**
 * 429 means "not processed" (20429, Sync 54009) and may be repeated whatever it was, save for the account's daily limit
 * (63038), where repeating does not help. A read may also be repeated after
 * a quick failure; after one that used up its time there is no point. Writes are repeated by those who know them.
 */
function isSafeToRepeat(options: { readonly method: string }, outcome: Outcome<unknown>): boolean {
  if ('response' in outcome) {
    if (outcome.response.statusCode === 429) return errorCodeIn(outcome.response.body) !== DAILY_LIMIT;
    return options.method === 'get' && outcome.response.statusCode >= 500;
  }
  return options.method === 'get' && !isTimeout(outcome.error);
}

function errorCodeIn(body: unknown): unknown {
  const parsed = typeof body === 'string' ? parseJson(body) : body;
  return typeof parsed === 'object' && parsed !== null && 'code' in parsed ? parsed.code : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTimeout(error: unknown): boolean {
  const code = errorCode(error);
  return (
    error instanceof RequestTimeout ||
    error instanceof NoTimeLeft ||
    code === 'ECONNABORTED' ||
    code === 'ETIMEDOUT'
  );
}

/**
 * @param credentials the account's SID and auth token
 * @param budget shared by all requests of the invocation
 */
export function createClient(
  credentials: { readonly accountSid: string; readonly authToken: string },
  budget: InvocationBudget,
): TwilioSdk {
  const { accountSid, authToken } = credentials;
  return new twilio.Twilio(accountSid, authToken, { httpClient: budgeted(budget) });
}

/** What Twilio answered, or that it did not. */
export type TwilioFailure =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly code: number | null;
      readonly message: string;
    }
  /** The request certainly did not reach Twilio. */
  | { readonly kind: 'not-sent' }
  /** It may or may not have taken effect. */
  | { readonly kind: 'no-answer' };

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** Reads what the SDK threw. */
export function asTwilioFailure(error: unknown): TwilioFailure {
  if (typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number') {
    const code = 'code' in error && typeof error.code === 'number' ? error.code : null;
    return {
      kind: 'answered',
      status: error.status,
      code,
      // An answer without a message leaves the SDK's error without one, whatever its type says.
      message: error instanceof Error && typeof error.message === 'string' ? error.message : '',
    };
  }
  if (error instanceof NoTimeLeft || NEVER_CONNECTED.has(errorCode(error))) return { kind: 'not-sent' };
  return { kind: 'no-answer' };
}

function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Whether a write may have taken effect all the same: no answer, or an error of Twilio's own (5xx). */
export function isOutcomeUnknown(error: unknown): boolean {
  const failure = asTwilioFailure(error);
  return failure.kind === 'no-answer' || (failure.kind === 'answered' && failure.status >= 500);
}

/** Whether the SDK's error is Twilio's answer with this HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  const failure = asTwilioFailure(error);
  return failure.kind === 'answered' && failure.status === status;
}

/**
 * Turns what the SDK threw into a failure that callers know. For requests whose repetition does no harm; the sending of
 * a message has rules of its own.
 * @param service what was asked, for the sentence: "Twilio Sync"
 */
export function asFailure(error: unknown, service: string): Failure {
  if (error instanceof Failure) return error;
  const failure = asTwilioFailure(error);
  if (failure.kind === 'answered' && (failure.status === 401 || failure.status === 403)) {
    return wrongCredentials();
  }
  if (failure.kind === 'answered' && failure.status === 429) {
    return new Failure('STATE_UNAVAILABLE', `${service} limits the rate of requests (HTTP 429); try again.`);
  }
  if (failure.kind === 'answered' && failure.status < 500) {
    return new Failure('TWILIO_REJECTED', `${service} refused a request: ${describe(failure)}.`);
  }
  return new Failure('STATE_UNAVAILABLE', `${service} could not be reached in time; try again.`);
}

export function wrongCredentials(): Failure {
  return new Failure(
    'MISCONFIGURED',
    'Twilio does not accept the credentials: set ACCOUNT_SID and AUTH_TOKEN to those of the Twilio Console (error 20003).',
    [{ field: 'AUTH_TOKEN', message: 'Set ACCOUNT_SID and AUTH_TOKEN to those of the Twilio Console.' }],
  );
}

/** Twilio's code and message, shortened; never more than a line. */
export function describe(failure: {
  readonly status: number;
  readonly code: number | null;
  readonly message: string;
}): string {
  const message = failure.message.replace(/\s+/g, ' ').slice(0, 300);
  return `${failure.code === null ? `HTTP ${failure.status}` : `error ${failure.code}`}${message ? `, ${message}` : ''}`;
}
