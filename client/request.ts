/**
 * One request to the service, repeated where that is safe: reading, and sending under an idempotency key. Anything else
 * goes out once, because a lost answer does not say that nothing happened.
 */
import type { ErrorAnswer } from './answers.ts';
import { WindowError } from './window-error.ts';

export interface Wire {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  /** For each attempt. The functions answer within 8 s; the platform ends them after 10. */
  readonly timeoutMs: number;
  /** Before the first repetition; it doubles with each. */
  readonly pauseMs: number;
}

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The query of a GET, the JSON of a POST. What is undefined is left out. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly isRepeatable: boolean;
}

export interface WireAnswer {
  readonly status: number;
  readonly json: unknown;
}

const MAX_REPETITIONS = 3;
/** A service that asks for more patience than this is reported instead. */
const MAX_PAUSE_MS = 10_000;

/** @throws WindowError `NO_ANSWER` where none came, after the last attempt too */
export async function ask(wire: Wire, request: WireRequest): Promise<WireAnswer> {
  for (let repetition = 0; ; repetition += 1) {
    const isLast = !request.isRepeatable || repetition === MAX_REPETITIONS;
    const attempt = await attemptOnce(wire, request);
    if (isLast || !isWorthRepeating(attempt)) {
      if ('lost' in attempt) throw lost(wire, attempt.lost);
      return attempt.answer;
    }
    await pause(pauseBefore(repetition, wire.pauseMs, 'answer' in attempt ? attempt.retryAfterMs : null));
  }
}

type Attempt =
  | { readonly answer: WireAnswer; readonly retryAfterMs: number | null }
  | { readonly lost: unknown };

async function attemptOnce(wire: Wire, request: WireRequest): Promise<Attempt> {
  // Without its object: a browser's own `fetch` refuses to be called as a method of another.
  const { fetch: send } = wire;
  try {
    const response = await send(addressOf(wire, request), {
      method: request.method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${wire.token}`,
        ...(request.method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(request.method === 'POST' && { body: JSON.stringify(request.parameters) }),
      // No address of this service redirects, and a token is not to follow one.
      redirect: 'error',
      signal: AbortSignal.timeout(wire.timeoutMs),
    });
    const text = await response.text();
    const answer = { status: response.status, json: parsed(text) };
    return { answer, retryAfterMs: retryAfterMs(response.headers.get('retry-after')) };
  } catch (error) {
    return { lost: error };
  }
}

function addressOf({ url }: Wire, { method, path, parameters }: WireRequest): string {
  if (method === 'POST') return url + path;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? url + path : `${url}${path}?${text}`;
}

function isWorthRepeating(attempt: Attempt): boolean {
  return 'lost' in attempt || attempt.answer.status === 429 || attempt.answer.status === 503;
}

function pauseBefore(repetition: number, firstMs: number, askedMs: number | null): number {
  const growing = firstMs * 2 ** repetition * (0.5 + Math.random() / 2);
  return Math.min(Math.max(growing, askedMs ?? 0), MAX_PAUSE_MS);
}

/** `Retry-After` in seconds; its other form, a date, depends on two clocks and is passed over. */
function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function lost(wire: Wire, cause: unknown): WindowError {
  const error = {
    code: 'NO_ANSWER',
    message: `No answer came from ${wire.url}. Look after the address and the connection.`,
    problems: [],
  };
  return new WindowError(error, null, { cause });
}

/** The error of an answer; null where it has none, or is not an answer of this service. */
export function errorOf(json: unknown): ErrorAnswer | null {
  if (!isObject(json)) return null;
  const { error } = json;
  return isErrorAnswer(error) ? error : null;
}

function isErrorAnswer(error: unknown): error is ErrorAnswer {
  return (
    isObject(error) &&
    typeof error.code === 'string' &&
    typeof error.message === 'string' &&
    Array.isArray(error.problems)
  );
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
