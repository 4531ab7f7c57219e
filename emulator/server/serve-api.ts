/**
 * One request to a Twilio API, from its credentials to its answer, through whatever fault is set for it. It must not
 * serve control requests; `control.ts` does.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Account } from '../account';
import type { Clock } from '../clock';
import type { Settings } from '../settings';
import type { Fault } from './faults';
import { Parameters } from './parameters';
import { type Answer, type Match, notImitated, type Route, serviceOf } from './router';
import { TwilioError } from './twilio-error';

/** A request as it comes off the wire, or from a program that runs in the same process. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The way back to the caller. One that hears neither waits for good. */
export interface ApiReply {
  send(status: number, headers: Readonly<Record<string, string | number>>, text: string): void;
  /** Ends the connection without an answer. */
  cut(): void;
}

interface Request {
  method: string;
  host: string | undefined;
  path: string;
  query: URLSearchParams;
  body: string;
  headers: IncomingHttpHeaders;
}

/** What is still to come keeps no process alive that is done otherwise. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** The account's SID and token, or an API key's SID and secret: https://www.twilio.com/docs/iam/api-keys */
function authorized(header: string | undefined, settings: Settings): boolean {
  const given = Buffer.from(header ?? '');
  const credentials = [
    [settings.accountSid, settings.authToken],
    [settings.apiKeySid, settings.apiKeySecret],
  ];
  return credentials.some(([user, password]) => {
    const expected = Buffer.from(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

async function formOf(request: Request, route: Route): Promise<Parameters> {
  const known = Array.isArray(route.body) ? route.body : [];
  const type = request.headers['content-type'] ?? '';
  const isMultipart = route.isMultipart || (route.takesMultipart && type.startsWith('multipart/form-data'));
  if (isMultipart) return new Parameters(await multipartOf(request.body, type), known, 'form');
  if (request.body !== '' && !type.startsWith('application/x-www-form-urlencoded')) {
    throw new TwilioError(415, 20001, `This request takes a form, not "${type}".`);
  }
  return new Parameters(new URLSearchParams(request.body), known, 'form');
}

/** Kept from the start: Twilio's toolkit puts a class of its own in the place of the global one. */
const WebResponse = globalThis.Response;

async function multipartOf(body: string, type: string): Promise<URLSearchParams> {
  if (!type.startsWith('multipart/form-data')) {
    throw new TwilioError(415, 20001, `This request takes multipart/form-data, not "${type}".`);
  }
  const form = await new WebResponse(body, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new TwilioError(400, 20001, 'The body is not multipart/form-data.');
  });
  const values = new URLSearchParams();
  for (const [name, value] of form)
    values.append(name, typeof value === 'string' ? value : await value.text());
  return values;
}

function jsonOf(request: Request): unknown {
  try {
    return JSON.parse(request.body);
  } catch {
    throw new TwilioError(400, 20001, 'The body is not JSON.');
  }
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

async function handle(route: Route, match: Match, request: Request): Promise<Answer> {
  const takesJson = route.body === 'json';
  return route.handle({
    at: (name) => match.at(name),
    query: new Parameters(request.query, route.query ?? [], 'query'),
    form: takesJson ? new Parameters(new URLSearchParams(), [], 'form') : await formOf(request, route),
    json: takesJson ? jsonOf(request) : undefined,
    ifMatch: header(request.headers['if-match']),
  });
}

async function attempt(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TwilioError) return { status: error.status, body: error.body() };
    throw error;
  }
}

export async function serveApi(
  account: Account,
  settings: Settings,
  clock: Clock,
  incoming: ApiRequest,
  reply: ApiReply,
): Promise<void> {
  const started = performance.now();
  const url = new URL(incoming.url, 'http://emulator');
  const hostHeader = incoming.headers.host ?? '';
  const request: Request = {
    method: incoming.method,
    host:
      header(incoming.headers['x-emulator-host']) ??
      (/\.twilio\.com(:\d+)?$/.test(hostHeader) ? hostHeader : undefined),
    path: url.pathname,
    query: url.searchParams,
    body: incoming.body,
    headers: incoming.headers,
  };
  const service = serviceOf(request.host, request.path);
  const match = account.router.find(service, request.method, request.path);
  const label = match?.route.label ?? request.path;

  let recorded = false;
  const record = (status: number): void => {
    if (recorded) return;
    recorded = true;
    account.requests.add({
      at: new Date(clock.now()).toISOString(),
      service: service ?? 'unknown',
      method: request.method,
      path: request.path,
      query: url.search.slice(1),
      route: `${request.method} ${service ?? 'unknown'} ${label}`,
      status,
      ms: Math.round((performance.now() - started) * 1000) / 1000,
      startedMs: performance.timeOrigin + started,
    });
  };
  const send = (answer: Answer): void => {
    record(answer.status);
    const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
    const headers = {
      ...(text === '' ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
      'Content-Length': Buffer.byteLength(text),
      ...answer.headers,
    };
    reply.send(answer.status, headers, text);
  };
  const cut = (): void => {
    record(0);
    reply.cut();
  };

  // 20003: https://www.twilio.com/docs/api/errors/20003
  if (!authorized(incoming.headers.authorization, settings)) {
    const refusal = new TwilioError(401, 20003, 'Authenticate');
    send({
      status: 401,
      body: refusal.body(),
      headers: { 'WWW-Authenticate': 'Basic realm="Twilio API"' },
    });
    return;
  }
  const fault: Fault | null = account.faults.take('api', {
    service: service ?? 'unknown',
    method: request.method,
    path: `${request.path}${url.search}`,
  });
  if (account.wiring.latencyMs > 0) await pause(account.wiring.latencyMs);
  switch (fault?.do) {
    case 'status':
      send({
        status: fault.status,
        body: new TwilioError(fault.status, fault.code, 'A fault set by control').body(),
      });
      return;
    case 'hang':
      record(0);
      return;
    case 'drop-before':
      cut();
      return;
    case 'hold':
      await account.activity.during(`held ${request.method} ${request.path}`, () => account.faults.cleared());
      break;
    case 'delay':
      // The caller may be gone by then, but what it asked for is still to come.
      await account.activity.during(`delayed ${request.method} ${request.path}`, () => pause(fault.delayMs));
      break;
  }
  const answer = await attempt(async () => {
    if (!match) throw notImitated(request.method, request.host ?? '', request.path);
    return handle(match.route, match, request);
  });
  if (fault?.do === 'drop-after') cut();
  else send(answer);
  answer.after?.();
}
