/**
 * A client of the service: one method for each address, typed, without dependencies. It runs in Node.js 20 and later,
 * Deno, and a browser page that the service itself delivers. What was sent is decided by the service alone.
 */
import {
  type CancelAnswer,
  type ErrorAnswer,
  type HeldPage,
  REFUSALS,
  type SendAnswer,
  type SendDone,
  type SendRefused,
  type Template,
  type TemplatesAnswer,
  type ThreadPage,
  type WindowAnswer,
  type WindowsPage,
} from './answers.ts';
import { ask, errorOf, isObject, type Wire, type WireAnswer, type WireRequest } from './request.ts';
import type {
  CancelRequest,
  HeldRequest,
  PairRequest,
  SendRequest,
  ThreadRequest,
  WindowsRequest,
} from './requests.ts';
import { WindowError } from './window-error.ts';

export type * from './answers.ts';
export type * from './requests.ts';
export { WindowError } from './window-error.ts';

export interface WindowClientOptions {
  /** Where the service is, such as `https://whatsapp-window-1234-dev.twil.io`. */
  readonly url: string;
  /** `API_TOKEN`, or one of `API_TOKENS`. */
  readonly token: string;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch;
  /** How long each attempt waits for its answer; default 15,000. */
  readonly timeoutMs?: number;
  /** Before a request is repeated for the first time; default 500. It doubles with each repetition. */
  readonly pauseMs?: number;
}

/**
 * @example
 * const client = new WindowClient({ url: 'https://whatsapp-window-1234-dev.twil.io', token });
 * const answer = await client.send({ to: '+15551234567', body: 'Hello', template: 'please_answer', idempotencyKey: 'order-17' });
 * if (isRefused(answer)) console.log(answer.error.code); // WINDOW_NOT_OPEN, OPTED_OUT …
 */
export class WindowClient {
  readonly #wire: Wire;

  /** @throws TypeError where the address would send the token in clear, or there is no token */
  constructor(options: WindowClientOptions) {
    if (options.token.trim() === '')
      throw new TypeError('token is empty: give the API_TOKEN of the service.');
    this.#wire = {
      url: addressOf(options.url),
      token: options.token.trim(),
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      timeoutMs: options.timeoutMs ?? 15_000,
      pauseMs: options.pauseMs ?? 500,
    };
  }

  /**
   * Sends free-form while the window is open, else by `template` and `whenClosed`. A refusal is a result, not an error.
   * @throws WindowError where the service, Twilio or the connection failed; `NO_ANSWER` and `OUTCOME_UNKNOWN` leave open
   * whether it was sent: the same call under the same `idempotencyKey` finds out
   */
  async send(request: SendRequest): Promise<SendAnswer> {
    const answer = await ask(this.#wire, {
      method: 'POST',
      path: '/send-message',
      parameters: { ...request },
      isRepeatable: (request.idempotencyKey ?? '') !== '',
    });
    const { status, json } = answer;
    if (status === 200 && isSendDone(json)) return json;
    if (isSendRefused(json)) return json;
    throw failureOf(answer, '/send-message');
  }

  /** Whether a free-form message is allowed now, until when, and how that is known. @throws WindowError */
  window(request: PairRequest): Promise<WindowAnswer> {
    return this.#read('/window', { ...request }, isWindowAnswer);
  }

  /** All windows, a page at a time. @throws WindowError from the step that failed */
  async *windows(request: WindowsRequest = {}): AsyncGenerator<WindowsPage, void, undefined> {
    let cursor = request.cursor ?? null;
    do {
      const page = await this.#read('/windows', { ...request, cursor: cursor ?? undefined }, isWindowsPage);
      yield page;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** The account's templates, and whether each may be sent inside and outside the window. @throws WindowError */
  async templates(): Promise<readonly Template[]> {
    return (await this.#read('/templates', {}, isTemplatesAnswer)).templates;
  }

  /** What waits for users to answer, oldest first. @throws WindowError */
  held(request: HeldRequest = {}): Promise<HeldPage> {
    return this.#read('/held-messages', { ...request }, isHeldPage);
  }

  /** @returns false where it is no longer held @throws WindowError */
  async cancelHeld({ to, from, id }: CancelRequest): Promise<boolean> {
    const path = '/held-messages';
    const parameters = { to, from, cancel: id };
    const answer = await ask(this.#wire, { method: 'POST', path, parameters, isRepeatable: false });
    if (answer.status === 200 && isCancelAnswer(answer.json)) return true;
    if (errorOf(answer.json)?.code === 'NOT_FOUND') return false;
    throw failureOf(answer, path);
  }

  /** What was said with one person, both ways, newest first. @throws WindowError */
  thread(request: ThreadRequest): Promise<ThreadPage> {
    return this.#read('/thread', { ...request }, isThreadPage);
  }

  async #read<T>(
    path: string,
    parameters: WireRequest['parameters'],
    isAnswer: (json: unknown) => json is T,
  ): Promise<T> {
    const answer = await ask(this.#wire, { method: 'GET', path, parameters, isRepeatable: true });
    if (answer.status === 200 && isAnswer(answer.json)) return answer.json;
    throw failureOf(answer, path);
  }
}

function addressOf(url: string): string {
  const { protocol = '', hostname = '', username, password } = URL.canParse(url) ? new URL(url) : {};
  // The address is in messages of errors.
  if (username || password) throw new TypeError('url has a name or password in it: give the token as token.');
  const isHere = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isHere)) return url.replace(/\/+$/, '');
  if (protocol === 'http:') {
    throw new TypeError(
      'url begins with http://, and would send the token in clear: give it with https://; http:// is for localhost only.',
    );
  }
  throw new TypeError('url is no web address: give the address of the service, with https:// before it.');
}

/** Twilio refuses what is more than 30 executions at a time before the service sees it, in an answer of its own. */
const TOO_MANY: ErrorAnswer = {
  code: 'RATE_LIMITED',
  message:
    'Twilio runs 30 functions of a service at a time, and more were asked for. Nothing was done; ask again in a moment.',
  problems: [],
};

function failureOf({ status, json }: WireAnswer, path: string): WindowError {
  const foreign = status === 429 ? TOO_MANY : null;
  const error: ErrorAnswer = errorOf(json) ??
    foreign ?? {
      code: 'UNEXPECTED_ANSWER',
      message: `${path} answered with HTTP ${status} and not as this service does. Look after the address, and deploy a version that has ${path}.`,
      problems: [],
    };
  return new WindowError(error, status);
}

const has = (json: unknown, list: string): boolean =>
  isObject(json) && json.error === null && Array.isArray(json[list]);

const isWindowAnswer = (json: unknown): json is WindowAnswer =>
  isObject(json) && json.error === null && isObject(json.window) && typeof json.freeFormAllowed === 'boolean';
const isWindowsPage = (json: unknown): json is WindowsPage => has(json, 'windows');
const isTemplatesAnswer = (json: unknown): json is TemplatesAnswer => has(json, 'templates');
const isHeldPage = (json: unknown): json is HeldPage => has(json, 'held');
const isThreadPage = (json: unknown): json is ThreadPage => has(json, 'messages');

const DONE: readonly unknown[] = ['sent', 'scheduled', 'held', 'dry-run'];
const isSendDone = (json: unknown): json is SendDone => isObject(json) && DONE.includes(json.outcome);

function isSendRefused(json: unknown): json is SendRefused {
  const code = errorOf(json)?.code;
  return isObject(json) && 'outcome' in json && REFUSALS.some((refusal) => refusal === code);
}

const isCancelAnswer = (json: unknown): json is CancelAnswer => isObject(json) && json.cancelled === true;
