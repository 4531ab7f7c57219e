/**
 * What no request may bring about, whatever it is: judged from the answer, the log, and what changed at Twilio. Only
 * what must always hold; which answer a request deserves is for the other tests.
 */
import { problemsOf } from './answer-keys';
import { bodyParameters, type HostileRequest, hasAuthority, type Keys } from './hostile-requests';
import { PRIVATE } from './hostile-values';

/** What Twilio has: everything that was sent, and everything that is stored. */
export interface Holdings {
  readonly sent: readonly { readonly sid: string; readonly usedSampleValues: boolean }[];
  readonly documents: readonly {
    readonly uniqueName: string;
    readonly data: Readonly<Record<string, unknown>>;
  }[];
  /** Lists, maps and the rest. */
  readonly others: unknown;
}

export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON parsed, anything else as text. */
  readonly body: unknown;
  /** Null where a line cannot be told from that of another call. */
  readonly log: readonly string[] | null;
  /** Requests made to Twilio. */
  readonly requests: number;
  readonly before: Holdings;
  readonly after: Holdings;
}

const STATUS_OF: Readonly<Record<string, number>> = {
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  WINDOW_NOT_OPEN: 409,
  HELD_LIMIT_REACHED: 409,
  OPTED_OUT: 409,
  IDEMPOTENCY_CONFLICT: 409,
  TEMPLATE_PROBLEM: 422,
  MISCONFIGURED: 500,
  TWILIO_REJECTED: 502,
};

type Json = Readonly<Record<string, unknown>>;
const asJson = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** @returns what is wrong, a sentence each */
export function problemsWith(request: HostileRequest, exchange: Exchange, keys: Keys): readonly string[] {
  return [
    ...(request.target.path === '/messages' ? wrongTwilioStatus(exchange) : wrongStatus(exchange)),
    ...wrongShape(request, exchange),
    ...wrongEffects(request, exchange),
    ...leaks(request, exchange, keys),
    ...wrongLog(request, exchange),
  ];
}

/** /messages answers as Twilio's own API does. */
function wrongTwilioStatus({ status, body }: Exchange): string[] {
  const answer = asJson(body);
  if (status === 201) return 'more_info' in answer ? ['A success carries an error.'] : [];
  const isError = typeof answer.code === 'number' && answer.status === status && status >= 400;
  return isError ? [] : [`Status ${status} comes with ${JSON.stringify(answer.code)}.`];
}

function wrongStatus({ status, body }: Exchange): string[] {
  const error = asJson(asJson(body).error);
  const code = error.code as string | undefined;
  if (status === 200) {
    const { outcome } = asJson(body);
    // A refusal to a flow, and a text that is held although nobody could be asked to answer.
    const mayNameError = outcome === 'refused' || outcome === 'held';
    return code === undefined || mayNameError ? [] : [`A success carries the error ${code}.`];
  }
  if (code === undefined || STATUS_OF[code] !== status)
    return [`Status ${status} comes with the error ${String(code)}.`];
  const problems = (Array.isArray(error.problems) ? error.problems : []) as {
    field?: unknown;
    message?: unknown;
  }[];
  const isNamed = problems.every(
    ({ field, message }) => typeof field === 'string' && typeof message === 'string',
  );
  if (!isNamed) return ['A problem has no field or no message.'];
  if (status === 400 && problems.length === 0) return ['No problem is named.'];
  if (status === 500 && !problems.some(({ field }) => /^[A-Z_]{5,}$/.test(String(field))))
    return ['No setting is named.'];
  // Twilio refuses a message with a code; where it refuses anything else, the mistake is ours.
  return status === 502 && typeof error.twilioCode !== 'number'
    ? ['Twilio refused what is not a message.']
    : [];
}

function wrongShape(request: HostileRequest, { status, headers, body }: Exchange): string[] {
  const { target } = request;
  const problems = [];
  const isTwiML = target.path === '/incoming-message' && status === 200;
  const type = isTwiML ? 'text/xml' : 'application/json';
  if (!headers['content-type']?.startsWith(type)) problems.push(`The type is ${headers['content-type']}.`);
  if (!headers['cache-control']?.includes('no-store')) problems.push('The answer may be cached.');
  if (headers['x-content-type-options'] !== 'nosniff') problems.push('The type may be guessed.');
  if (headers['access-control-allow-origin']) problems.push('Another origin is let in.');
  if (isTwiML) {
    if (body !== '<?xml version="1.0" encoding="UTF-8"?><Response/>')
      problems.push('This is no empty TwiML.');
    return problems;
  }
  return [...problems, ...problemsOf(target.path, methodOf(request, body), status, body)];
}

/** As the function understood it: the platform does not tell, and whoever names a message to cancel does not list. */
function methodOf(request: HostileRequest, body: unknown): 'GET' | 'POST' {
  if (request.target.path === '/held-messages') return 'cancelled' in asJson(body) ? 'POST' : 'GET';
  return request.method === 'GET' ? 'GET' : 'POST';
}

function wrongEffects(request: HostileRequest, exchange: Exchange): string[] {
  return [
    ...wrongAuthority(request, exchange),
    ...wrongSends(request, exchange),
    ...wrongWrites(request, exchange),
  ];
}

function wrongAuthority(request: HostileRequest, { status, requests }: Exchange): string[] {
  if (hasAuthority(request)) return [];
  const isRefused = status === 401 || status === 403 || (status === 500 && requests === 0);
  return [
    ...(isRefused ? [] : ['Without authority it was let in.']),
    ...(requests > 0 ? ['Without authority Twilio was asked.'] : []),
  ];
}

const sentBy = ({ before, after }: Exchange) => after.sent.slice(before.sent.length);

function wrongSends({ method }: HostileRequest, exchange: Exchange): string[] {
  const { status, body, after } = exchange;
  const problems = [];
  const sent = sentBy(exchange);
  if (sent.some(({ usedSampleValues }) => usedSampleValues)) problems.push('Sample values were sent.');
  if (sent.length > 0 && (status >= 400 || method === 'GET'))
    problems.push(`${sent.length} sent with status ${status}.`);
  const { outcome, message } = asJson(body);
  const isDelivered = outcome === 'sent' || outcome === 'scheduled';
  const { sid } = asJson(message);
  if (isDelivered && !after.sent.some((one) => one.sid === sid))
    problems.push('What is called sent was not.');
  return problems;
}

function wrongWrites({ target }: HostileRequest, exchange: Exchange): string[] {
  const { status, body, before, after } = exchange;
  const problems = [];
  // What was looked up in the message log may be remembered: it makes no difference to anybody.
  const mayRemember = status === 409 || status === 422 || target.path === '/messages';
  if (status >= 400 && status < 500 && state(before, mayRemember) !== state(after, mayRemember))
    problems.push(`Something was stored with status ${status}.`);
  const hasChanged = () => sentBy(exchange).length > 0 || state(before, false) !== state(after, false);
  if (asJson(body).outcome === 'dry-run' && hasChanged()) problems.push('A dry run left something behind.');
  return problems;
}

function state({ documents, others }: Holdings, exceptRemembered: boolean): string {
  const isRemembered = ({ uniqueName, data }: Holdings['documents'][number]) =>
    uniqueName.startsWith('window.') && (data.source === 'message-log' || data.source === 'none');
  const counted = exceptRemembered ? documents.filter((document) => !isRemembered(document)) : documents;
  return JSON.stringify([counted, withoutEmptyMaps(others)]);
}

/** The fixed set of Maps is created when first needed; an empty one says nothing about anybody. */
function withoutEmptyMaps(others: unknown): unknown {
  if (typeof others !== 'object' || others === null || !('maps' in others)) return others;
  const { maps } = others;
  const full = Array.isArray(maps) ? maps.filter(({ items }) => items.length > 0) : maps;
  return { ...others, maps: Array.isArray(full) ? full.map(({ items }) => items) : full };
}

/** A line of a stack, or a path of this machine. */
const STACK = /(?:\n|\\n)\s+at |node_modules|\.[cm]?[jt]s:\d+/;

function leaks(request: HostileRequest, { status, body, log }: Exchange, keys: Keys): string[] {
  const answer = typeof body === 'string' ? body : JSON.stringify(body);
  const rest = withoutListed(request.target.path, status, asJson(body));
  const said = JSON.stringify(rest);
  const lines = (log ?? []).join('\n');
  return [
    ...secretsIn(answer, 'answer', keys),
    ...secretsIn(lines, 'log', keys),
    ...personalDataIn(said, 'answer', request),
    ...personalDataIn(lines, 'log', request),
  ];
}

/** What an answer is there to show: held messages, people, what was said. */
function withoutListed(path: string, status: number, answer: Json): Json {
  const { preview, held, windows, templates, ...unlisted } = answer;
  const rest = withoutTwiliosWords(unlisted);
  const { messages, ...notSaid } = rest;
  if (path === '/thread' || path === '/recent-messages') return notSaid;
  // A Message of Twilio's tells whom it goes to, and what it says.
  const { body, to, from, ...message } = rest;
  return path === '/messages' && status === 201 ? message : rest;
}

/** A refusal of Twilio's is given with its message, which may name the address that the caller gave. */
function withoutTwiliosWords({ error, ...rest }: Json): Json {
  const { message, ...told } = asJson(error);
  return { ...rest, error: told.code === 'TWILIO_REJECTED' ? told : error };
}

function secretsIn(text: string, name: string, keys: Keys): string[] {
  const problems = [];
  if (text.includes(keys.authToken)) problems.push(`The auth token is in the ${name}.`);
  if (text.includes(keys.apiToken)) problems.push(`The API token is in the ${name}.`);
  if (STACK.test(text)) problems.push(`A stack is in the ${name}.`);
  return problems;
}

function personalDataIn(text: string, name: string, request: HostileRequest): string[] {
  const hasNumber = numbersIn(request).some((digits) => text.includes(digits));
  return [
    ...(text.includes(PRIVATE) ? [`Text of a message is in the ${name}.`] : []),
    ...(hasNumber ? [`A number is in the ${name}.`] : []),
  ];
}

/** Phone numbers and BSUIDs that the caller gave as addresses. */
function numbersIn(request: HostileRequest): readonly string[] {
  const given = {
    ...Object.fromEntries(new URLSearchParams(request.query)),
    ...bodyParameters(request),
  } as Json;
  return ['to', 'from', 'From', 'To'].flatMap((name) => {
    const value = given[name];
    return typeof value === 'string' ? (/\d{7,}/.exec(value)?.[0] ?? []) : [];
  });
}

function wrongLog({ target }: HostileRequest, { log, status }: Exchange): string[] {
  if (log === null) return [];
  if (log.length !== 1) return [`${log.length} lines were logged: ${log.join('\n').slice(0, 500)}`];
  try {
    const line = asJson(JSON.parse(log[0] ?? ''));
    return line.function === target.path && line.status === status
      ? []
      : ['The log line tells of something else.'];
  } catch {
    return [`This log line is no JSON: ${log[0]}`];
  }
}
