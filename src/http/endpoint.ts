/**
 * The one wrapper around every function: it guards, hands over parsed parameters, turns failures into answers, and calls
 * the platform's callback exactly once. It is the only file that knows `callback`; it must not know any use case.
 */
import type {
  Context,
  ServerlessCallback,
  ServerlessFunctionSignature,
} from '@twilio-labs/serverless-runtime-types/types';
import type { Problem } from '../domain/template-preflight';
import { InvocationBudget } from '../twilio/client';
import { isSignedByTwilio } from '../twilio/webhooks/signature';
import { Failure } from '../use-cases/failure';
import { type Answer, type LogFields, statusOf, type XmlAnswer } from './answers';
import { type ApiToken, readApiTokens } from './api-tokens';
import { tokenOf } from './bearer-token';
import { Parameters } from './parameters';
import { connect, type Services } from './services';
import { readSettings, type Settings, type SettingsResult } from './settings';

export interface Caller {
  /** As API_TOKENS has it; null for API_TOKEN. */
  readonly name: string | null;
  readonly readOnly: boolean;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly parameters: Parameters;
  readonly settings: Settings;
  readonly services: Services;
  /** Whose token it was, and whether that may only read; for a signed call the defaults. */
  readonly caller: Caller;
  /** Of the request, by their names in small letters. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** This service's own address, without a slash at its end. */
  readonly baseUrl: string;
  /** Milliseconds since the epoch: one reading of the clock for the whole invocation. */
  readonly now: number;
}

export interface Endpoint {
  /** Such as `/send-message`: the address under which Twilio signs. */
  readonly path: string;
  readonly methods: readonly ('GET' | 'POST')[];
  /** `bearer`: HTTP callers with API_TOKEN or one of API_TOKENS. `signature`: Twilio itself. */
  readonly guard: 'bearer' | 'signature';
  /** Which POST changes nothing, so that a token with the right `read` may call it, as it may every GET; none by default. */
  readonly reads?: {
    readonly isRead: (parameters: Parameters) => boolean;
    /** A sentence for whoever is refused: how to ask so that nothing changes. */
    readonly hint?: string;
  };
  readonly respond: (call: Call) => Promise<Answer | XmlAnswer>;
  /** The answer's JSON where the call failed. */
  readonly failed: (failure: Failure) => object;
  /** The HTTP status of a failure, where it is another than usual. */
  readonly statusOf?: (failure: Failure) => number;
}

/** What is known of one call before its parameters are read. */
interface Invocation {
  readonly budget: InvocationBudget;
  readonly now: number;
  /** The name that API_TOKENS has for the caller. */
  caller: string | null;
}

interface PlatformEvent {
  readonly request?: { readonly headers?: Readonly<Record<string, unknown>> };
}

/** @example export const handler = endpoint({ path: '/window', methods: ['GET', 'POST'], guard: 'bearer', respond, failed }) */
export function endpoint(spec: Endpoint): ServerlessFunctionSignature {
  return async (context: Context, event: PlatformEvent, callback: ServerlessCallback) => {
    const invocation: Invocation = { budget: new InvocationBudget(), now: Date.now(), caller: null };
    let answer: Answer | XmlAnswer;
    try {
      answer = await respond(spec, context, event, invocation);
    } catch (error) {
      const failure = asFailure(error);
      answer = {
        status: (spec.statusOf ?? statusOf)(failure),
        json: spec.failed(failure),
        log: { error: failure.code, ...unexpected(error) },
      };
    }
    logInvocation(spec, answer, invocation);
    callback(null, toResponse(answer));
  };
}

async function respond(
  spec: Endpoint,
  context: Context,
  event: PlatformEvent,
  invocation: Invocation,
): Promise<Answer | XmlAnswer> {
  const env: Readonly<Record<string, unknown>> = context;
  const headers = headersOf(event);
  const result = readSettings(env);
  const token = spec.guard === 'bearer' ? demandBearer(env, headers) : null;
  invocation.caller = token?.name ?? null;
  if (spec.guard === 'signature') demandSignature(spec, env, result, headers, event);
  const method = demandMethod(spec, headers);
  const parameters = new Parameters(event);
  if (token?.readOnly) demandRead(spec, method, parameters);

  if (!result.ok) throw misconfigured(result.problems);
  const { settings } = result;
  const { budget, now } = invocation;
  const [baseUrl = ''] = addresses(env, headers);
  const services = connect(settings, budget, baseUrl, now);
  const caller = { name: token?.name ?? null, readOnly: token?.readOnly ?? false };
  return spec.respond({ method, parameters, settings, services, caller, headers, baseUrl, now });
}

/** A body field named `request` replaces the headers on the platform; what is left then is no proof of anything. */
function headersOf(event: PlatformEvent): Readonly<Record<string, unknown>> {
  const headers = Object.hasOwn(event, 'request') ? event.request?.headers : undefined;
  return typeof headers === 'object' && headers !== null ? headers : {};
}

function demandBearer(
  env: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, unknown>>,
): ApiToken {
  const { tokens, problems } = readApiTokens(env);
  if (problems.length > 0) throw misconfigured(problems);
  if (tokens.length === 0) {
    throw new Failure(
      'UNAUTHORIZED',
      'API_TOKEN is not set, nor is API_TOKENS, so everyone is refused: set it to a secret of 24 characters or more.',
    );
  }
  const token = tokenOf(tokens, headers.authorization);
  if (!token) {
    throw new Failure(
      'UNAUTHORIZED',
      'Send the API token: "Authorization: Bearer API_TOKEN", or as the password of HTTP Basic. A parameter named "request" hides the header.',
    );
  }
  return token;
}

/** A token with the right `read` may call what changes nothing: every GET, and the POSTs that the endpoint names. */
function demandRead({ path, reads }: Endpoint, method: 'GET' | 'POST', parameters: Parameters): void {
  if (method === 'GET' || reads?.isRead(parameters)) return;
  throw new Failure(
    'FORBIDDEN',
    `This token may only read, and POST ${path} changes something. ${reads?.hint ?? 'Use a token that API_TOKENS has without :read, or API_TOKEN.'}`,
  );
}

/** `twilio-run` does not enforce `.protected`, so the functions do. */
function demandSignature(
  spec: Endpoint,
  env: Readonly<Record<string, unknown>>,
  result: SettingsResult,
  headers: Readonly<Record<string, unknown>>,
  event: PlatformEvent,
): void {
  const authToken = typeof env.AUTH_TOKEN === 'string' ? env.AUTH_TOKEN.trim() : '';
  if (authToken === '') throw misconfigured(result.ok ? [] : result.problems);
  const signature = headers['x-twilio-signature'];
  const signed = isSignedByTwilio(
    {
      signature: typeof signature === 'string' ? signature : '',
      contentType: typeof headers['content-type'] === 'string' ? headers['content-type'] : '',
      urls: addresses(env, headers).map((address) => address + spec.path),
      parameters: Object.entries(event).filter(([name]) => name !== 'request'),
    },
    authToken,
  );
  if (!signed) {
    throw new Failure(
      'FORBIDDEN',
      'This address takes only what Twilio signed with the auth token of this account (X-Twilio-Signature).',
    );
  }
}

/**
 * Under which addresses Twilio may know this service, the most likely first: `https://` and the domain of the service;
 * on a developer's machine the plain local one, or that of a tunnel, which only the Host header names.
 */
function addresses(
  env: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, unknown>>,
): readonly string[] {
  const domain = typeof env.DOMAIN_NAME === 'string' ? env.DOMAIN_NAME : '';
  if (!/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(domain)) return [`https://${domain}`];
  const host = typeof headers.host === 'string' ? headers.host : domain;
  return [`http://${domain}`, `http://${host}`, `https://${host}`];
}

/**
 * The platform does not tell the method. A POST announces the length of its body, be it 0, and a GET has none; some
 * clients announce a type with a GET as well, so a type alone says nothing and is taken for what the function takes.
 */
function demandMethod(spec: Endpoint, headers: Readonly<Record<string, unknown>>): 'GET' | 'POST' {
  const has = (name: string) => headers[name] !== undefined;
  const hasLength = has('content-length') || has('transfer-encoding');
  const fallback = has('content-type') ? (spec.methods[0] ?? 'GET') : 'GET';
  const method = hasLength ? 'POST' : fallback;
  if (!spec.methods.includes(method)) {
    throw new Failure('METHOD_NOT_ALLOWED', `${spec.path} takes ${spec.methods.join(' or ')} only.`);
  }
  return method;
}

function misconfigured(problems: readonly Problem[]): Failure {
  return new Failure('MISCONFIGURED', problems.map((problem) => problem.message).join(' '), problems);
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(
    'INTERNAL_ERROR',
    'Something went wrong inside this function. Look at its log, and at the message log before sending again.',
  );
}

/** A mistake of ours: its kind, and where it was made. Its message might quote a user, so it stays out of the log. */
function unexpected(error: unknown): LogFields {
  if (error instanceof Failure) return {};
  if (!(error instanceof Error)) return { unexpected: typeof error };
  const code =
    'code' in error && /^[A-Z0-9_]{1,40}$/.test(String(error.code)) ? String(error.code) : undefined;
  return { unexpected: error.name, code, at: framesOf(error) };
}

/** How many of the innermost calls are told. */
const FRAMES = 8;

/** Functions with file, line and column; the lines before them are the message. */
function framesOf({ stack = '' }: Error): readonly string[] {
  const frames = stack.split('\n').flatMap((line) => {
    const [, name = '', place = ''] = /^ +at (?:(.+?) \()?.*?([^/\\():,\s]+:\d+:\d+)\)?$/.exec(line) ?? [];
    return place === '' ? [] : [name === '' ? place : `${name} ${place}`];
  });
  return frames.slice(0, FRAMES);
}

function toResponse(answer: Answer | XmlAnswer): InstanceType<typeof Twilio.Response> {
  const response = new Twilio.Response();
  response.setStatusCode(answer.status);
  response.appendHeader('Cache-Control', 'no-store');
  response.appendHeader('X-Content-Type-Options', 'nosniff');
  if (answer.status === 401) response.appendHeader('WWW-Authenticate', 'Bearer');
  // The platform recognises JSON by this very spelling of the header.
  response.appendHeader('Content-Type', 'xml' in answer ? 'text/xml' : 'application/json');
  response.setBody('xml' in answer ? answer.xml : answer.json);
  return response;
}

/** One line per invocation; no text, no number in clear, no secret. */
function logInvocation(spec: Endpoint, answer: Answer | XmlAnswer, { budget, caller }: Invocation): void {
  const line = {
    function: spec.path,
    ...(caller !== null && { caller }),
    status: answer.status,
    ...answer.log,
    milliseconds: Math.round(budget.millisecondsUsed()),
    twilioRequests: budget.requests,
  };
  console.log(JSON.stringify(line));
}
