/** The parameters of /send-message, read into a request; every problem is reported, none is guessed away. */
import type { FreeFormMessage } from '../domain/outbound-message';
import { MAX_AHEAD_MS, MAX_BODY_CHARACTERS, MAX_MEDIA, MIN_AHEAD_MS } from '../domain/outbound-message';
import type { Content } from '../domain/send-decision';
import { WHEN_CLOSED } from '../domain/send-decision';
import { fitsIntoCallback } from '../domain/status-callbacks';
import type { Problem, VariableValue } from '../domain/template-preflight';
import { isLocalHost, isPrivateAddress } from '../twilio/webhooks/private-network';
import type { TemplateRequest } from '../use-cases/send/choose-template';
import type { SendRequest } from '../use-cases/send/send-request';
import { isIdempotencyKey, isMediaUrl, MAX_URL_CHARACTERS, textProblem } from './parameter-rules';
import { kindOf, type Parameters, type SenderSettings } from './parameters';
import { isWebUrl } from './settings';

/** The names that /send-message knows. */
export const SEND_PARAMETERS = [
  'to',
  'from',
  'body',
  'mediaUrl',
  'template',
  'language',
  'contentVariables',
  'whenClosed',
  'sendAt',
  'idempotencyKey',
  'dryRun',
  'statusCallback',
] as const;

/**
 * @param settings the sender where `from` is left out, the Messaging Service that stands for it, and the service's host
 * @param now milliseconds since the epoch
 * @throws Failure `INVALID_REQUEST` with all problems; a `sendAt` out of reach is left to the caller where there is a key
 */
export function readSendParameters(
  parameters: Parameters,
  settings: SenderSettings & { readonly ownHost: string },
  now: number,
): SendRequest {
  const user = parameters.to();
  const sender = parameters.from(settings);
  if (user === sender) parameters.add('to', 'to is the sender itself.');
  const freeForm = readFreeForm(parameters);
  const ref = parameters.text('template', 512)?.trim();
  const language = parameters.text('language', 20) ?? null;
  const variables = readVariables(parameters, 'contentVariables', (field, message) =>
    parameters.add(field, message),
  );
  const whenClosed = parameters.choice('whenClosed', WHEN_CLOSED, 'template');
  const sendAt = parameters.time('sendAt') ?? null;
  const dryRun = parameters.flag('dryRun');
  const callback = readStatusCallback(
    parameters.text('statusCallback', MAX_URL_CHARACTERS),
    settings.ownHost,
  );
  if (callback.problem !== null) parameters.add('statusCallback', `statusCallback ${callback.problem}`);
  const statusCallback = callback.url;
  const key = parameters.text('idempotencyKey', 1000) ?? null;
  if (key !== null && !isIdempotencyKey(key)) {
    parameters.add('idempotencyKey', 'idempotencyKey must be 1 to 128 of the characters A-Z a-z 0-9 _ . : -');
  }

  if (ref === '')
    parameters.add('template', 'template is blank: give a Content SID or a friendly name, or leave it out.');
  refuseNothingToSend(parameters, freeForm === null);
  const unschedulable = sendAtProblem(sendAt, now);
  // Under a key the same request may come again when its time is near or over: it gets the answer of the first then.
  if (unschedulable && (key === null || dryRun || parameters.hasProblems())) {
    parameters.add(unschedulable.field, unschedulable.message);
  }
  const content = contentOf(freeForm, ref ? { ref, language, variables } : null);
  const read = parameters.finish(SEND_PARAMETERS, { user, content });
  return {
    pair: { sender, user: read.user },
    content: read.content,
    language,
    whenClosed,
    sendAt,
    validSeconds: null,
    statusCallback,
    key,
    dryRun,
  };
}

function refuseNothingToSend(parameters: Parameters, isNoFreeForm: boolean): void {
  const isAsked = (name: string) => parameters.raw(name) !== undefined;
  const isNoMedia = Array.isArray(parameters.raw('mediaUrl')) && isNoFreeForm;
  if (!isAsked('body') && (!isAsked('mediaUrl') || isNoMedia) && !isAsked('template')) {
    parameters.add('body', 'Give body, mediaUrl or template: there is nothing to send.');
  }
  if (isAsked('contentVariables') && !isAsked('template')) {
    parameters.add('contentVariables', 'contentVariables fill a template: give template as well.');
  }
}

/**
 * @param ownHost of this service: its status callbacks would come back to it without end
 * @returns the address, or what is wrong with it, as the end of a sentence
 */
export function readStatusCallback(
  url: string | undefined,
  ownHost: string,
): { readonly url: string | null; readonly problem: string | null } {
  if (url === undefined) return { url: null, problem: null };
  const problem = (text: string) => ({ url: null, problem: text });
  const wrongText = textProblem(url, MAX_URL_CHARACTERS);
  if (wrongText !== undefined) return problem(wrongText);
  if (/\s/.test(url) || !isWebUrl(url))
    return problem('must be an https:// address (http:// for localhost only).');
  if (!fitsIntoCallback([url])) return problem('is too long once it is encoded: leave out what it repeats.');
  const { host, hostname, username } = new URL(url);
  if (host === ownHost) return problem('is an address of this service itself.');
  if (isPrivateAddress(hostname) && !isLocalHost(hostname))
    return problem('is an address of a private network.');
  if (username !== '')
    return problem('has a user name in it: leave it out, because the address stands in logs.');
  return { url, problem: null };
}

export function contentOf(
  message: FreeFormMessage | null,
  template: TemplateRequest | null,
): Content<TemplateRequest> | undefined {
  if (message !== null) return { kind: 'free-form', message, template };
  return template === null ? undefined : { kind: 'template', template };
}

function readFreeForm(parameters: Parameters): FreeFormMessage | null {
  const body = parameters.text('body', MAX_BODY_CHARACTERS);
  const mediaUrls = readMediaUrls(parameters);
  if (body !== undefined && body.trim() === '' && mediaUrls.length === 0) {
    parameters.add('body', 'body is blank: give it a text.');
  }
  if (body === undefined && mediaUrls.length === 0) return null;
  return { kind: 'free-form', body: body ?? '', mediaUrls };
}

function readMediaUrls(parameters: Parameters): readonly string[] {
  const value = parameters.raw('mediaUrl');
  if (value === undefined) return [];
  const urls: unknown[] = Array.isArray(value) ? value : [value];
  if (urls.length > MAX_MEDIA)
    parameters.add('mediaUrl', `mediaUrl has ${urls.length} addresses; ${MAX_MEDIA} are allowed.`);
  return urls.slice(0, MAX_MEDIA).flatMap((url) => {
    if (isMediaUrl(url)) return [url];
    const problem = typeof url === 'string' ? textProblem(url, MAX_URL_CHARACTERS) : undefined;
    parameters.add('mediaUrl', `mediaUrl ${problem ?? 'must be an https:// address, or several.'}`);
    return [];
  });
}

/** @param refuse is told of each problem, by its field */
export function readVariables(
  parameters: Parameters,
  parameter: string,
  refuse: (field: string, message: string) => void,
): Readonly<Record<string, VariableValue>> {
  const value = parameters.raw(parameter);
  if (value === undefined) return {};
  const object = typeof value === 'string' ? parseJson(value) : value;
  const isJsonBody = typeof value !== 'string';
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    const what = typeof value === 'string' ? 'this text is not one' : `not ${kindOf(value)}`;
    refuse(parameter, `${parameter} must be an object such as {"1":"hacker","2":"1337"}; ${what}.`);
    return {};
  }
  const variables: Record<string, VariableValue> = Object.create(null);
  for (const [name, item] of Object.entries(object)) {
    const field = `${parameter}.${name.toWellFormed().slice(0, 40)}`;
    for (const problem of variableProblems(name, item, isJsonBody)) refuse(field, problem);
    variables[name] = variableOf(item);
  }
  return variables;
}

function variableProblems(name: string, item: unknown, isJsonBody: boolean): readonly string[] {
  const problem =
    textProblem(name, 1000) ?? (typeof item === 'string' ? textProblem(item, 100_000) : undefined);
  const isShortened = isJsonBody && typeof item === 'number' && hasLostDigits(item);
  return [
    ...(problem ? [`The value or its name ${problem}`] : []),
    ...(isShortened
      ? ['A number of this length loses digits on its way in JSON: write it as a text, in quotes.']
      : []),
  ];
}

function variableOf(item: unknown): VariableValue {
  if (typeof item === 'number') return String(item);
  return item === null || typeof item === 'string' || typeof item === 'boolean' ? item : { nested: true };
}

/** Numbers become texts with the digits as they are written: JavaScript keeps some 15 of them. */
function parseJson(text: string): unknown {
  try {
    JSON.parse(text);
    return JSON.parse(
      text.replace(JSON_TOKEN, (token) => (token.startsWith('"') || token === '' ? token : `"${token}"`)),
    );
  } catch {
    return undefined;
  }
}

/** A text or a number of valid JSON. */
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Whether a number is no longer what a caller wrote: beyond 2^53, not finite, or told with an exponent. */
function hasLostDigits(number: number): boolean {
  const digits = String(Math.abs(number)).replace(/[.]|^0\.0*/g, '');
  return (
    !Number.isFinite(number) ||
    Math.abs(number) > Number.MAX_SAFE_INTEGER ||
    /\D/.test(digits) ||
    digits.length > 16
  );
}

/** Why nothing can be scheduled for that time any more, or yet. @param sendAt and now milliseconds since the epoch */
export function sendAtProblem(sendAt: number | null, now: number): Problem | null {
  if (sendAt === null || (sendAt - now > MIN_AHEAD_MS && sendAt - now <= MAX_AHEAD_MS)) return null;
  return { field: 'sendAt', message: 'sendAt must be more than 5 minutes and at most 35 days ahead.' };
}
