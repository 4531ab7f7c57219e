/**
 * The running functions as a broadcast calls them, over HTTP. Whoever calls too fast is made to wait; a request whose
 * answer never came is repeated only under its idempotency key. It must not decide what is sent.
 */
import { ScriptFailure } from '../command/script-failure';

/** The answer of /send-message, as far as a broadcast needs it (docs/reference/answers.md). */
export interface SendAnswer {
  readonly outcome: 'sent' | 'scheduled' | 'held' | 'refused' | 'dry-run' | 'failed';
  readonly decision: {
    readonly action: 'free-form' | 'template' | 'hold' | 'refuse';
    readonly reason: string;
    readonly explanation: string;
  } | null;
  readonly window: { readonly state: string; readonly closesAt: string | null } | null;
  readonly message: { readonly sid: string } | null;
  readonly held: { readonly expiresAt: string } | null;
  readonly preview: { readonly contentSid: string } | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly problems: readonly { readonly field: string; readonly message: string }[];
  } | null;
}

interface TemplatesAnswer {
  readonly templates: readonly { readonly contentSid: string | null; readonly category: string | null }[];
  readonly error: { readonly message: string } | null;
}

export interface Service {
  /**
   * @returns the answer, or null where none came although the request may have arrived
   * @throws ScriptFailure where the service is not there or takes nobody in
   */
  send(parameters: object): Promise<SendAnswer | null>;
  /** The category of each template by its Content SID. */
  categories(): Promise<ReadonlyMap<string, string>>;
}

/** The functions answer within 8 s; the platform ends them after 10. */
const ANSWER_MS = 15_000;
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1000;

interface ServiceOptions {
  readonly fetch: typeof fetch;
  /** Before a request is repeated; it doubles with each attempt. */
  readonly firstPauseMs?: number;
}

/** @param url the service's address, without a slash at its end */
export function serviceAt(
  url: string,
  token: string,
  { fetch, firstPauseMs = FIRST_PAUSE_MS }: ServiceOptions,
): Service {
  async function ask(path: string, body: object | null): Promise<{ status: number; json: unknown } | null> {
    const response = await fetch(url + path, {
      method: body === null ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch((error: unknown) => {
      if (neverArrived(error)) throw away(url);
      return null;
    });
    if (!response) return null;
    const json: unknown = await response.json().catch(() => null);
    if (response.status === 401) {
      throw new ScriptFailure(
        `${url} does not accept API_TOKEN.`,
        'Put the token that the service was deployed with into the file with the settings.',
      );
    }
    return { status: response.status, json };
  }

  /** What was refused for its rate was not processed, so it may come again; so may what carries a key or only looks. */
  async function patiently(path: string, body: object | null): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(path, body);
      if (answer && answer.status !== 429) return answer.json;
      if (attempt === MAX_ATTEMPTS) {
        // The functions' own refusal is told by the row; anything else stands in front of them and meets every row.
        if (answer && !isAnswer(answer.json)) throw tooFast(url);
        return answer?.json ?? null;
      }
      await new Promise((resolve) =>
        setTimeout(resolve, firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)),
      );
    }
  }

  return {
    async send(parameters) {
      const json = await patiently('/send-message', parameters);
      return isAnswer(json) ? json : null;
    },
    async categories() {
      const json = await patiently('/templates', null);
      if (typeof json !== 'object' || json === null || !('templates' in json)) throw away(url);
      const { templates, error } = json as TemplatesAnswer;
      if (error)
        throw new ScriptFailure(
          `The service says: ${error.message}`,
          'Run the same command again once it is in order.',
        );
      return new Map(
        templates.flatMap(({ contentSid, category }) =>
          contentSid && category ? [[contentSid, category]] : [],
        ),
      );
    },
  };
}

function isAnswer(json: unknown): json is SendAnswer {
  return (
    typeof json === 'object' && json !== null && 'outcome' in json && 'decision' in json && 'error' in json
  );
}

const NEVER_CONNECTED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

function neverArrived(error: unknown): boolean {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  return (
    typeof cause === 'object' && cause !== null && 'code' in cause && NEVER_CONNECTED.test(String(cause.code))
  );
}

function tooFast(url: string): ScriptFailure {
  return new ScriptFailure(
    `${url} limits the rate of requests (HTTP 429), also after several tries.`,
    'Run the same command again in a minute, with a lower --per-second: it goes on where it stopped.',
  );
}

function away(url: string): ScriptFailure {
  return new ScriptFailure(
    `There is no service of this project at ${url}.`,
    'Look after --url and the service, then run the same command again: it goes on where it stopped.',
  );
}
