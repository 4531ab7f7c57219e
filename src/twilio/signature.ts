/**
 * Twilio's webhooks: who signed them, and what an inbound message says. Parsing only, nothing is stored here.
 */
import twilio from 'twilio';
import type { Problem } from '../domain/template-preflight';
import { type MessageSid, parseMessageSid } from '../domain/twilio-sid';
import {
  type Pair,
  parseExternalUserId,
  parseWhatsAppAddress,
  type WhatsAppAddress,
} from '../domain/whatsapp-address';
import type { SentAs } from '../use-cases/ports/messenger';
import type { InboundMessage } from '../use-cases/receive/receive-message';

/** Query parameters in a webhook's URL are few; trying more splits than this would only serve someone who guesses. */
const MAX_QUERY_PARAMETERS = 8;
/** Node.js takes no longer address (`--max-http-header-size`), so what is longer came in the body. */
const MAX_QUERY_CHARACTERS = 16_384;
/** Far beyond what Twilio posts; each split costs the hashing of it all, and anybody can ask for that. */
const MAX_CHARACTERS = 500_000;

export interface SignedRequest {
  /** The header `X-Twilio-Signature`. */
  readonly signature: string;
  /** The addresses under which Twilio may know this function, without a query. */
  readonly urls: readonly string[];
  /** Query and body parameters, in the order of the platform's event: the query's come first. */
  readonly parameters: readonly (readonly [string, unknown])[];
}

/**
 * Whether Twilio signed this request: HMAC-SHA1 over the URL with its query and, for a form, the body's parameters
 * (docs/usage/security#validating-requests). The platform hands a function query and body as one, so each way to part
 * them again is tried; each needs the auth token to forge.
 *
 * For a JSON body the signed URL carries `bodySHA256` in the query and there are no parameters; the raw body, whose
 * hash that is, never reaches a function, so there the platform's own check has to cover it.
 */
export function isSignedByTwilio(request: SignedRequest, authToken: string): boolean {
  const { signature, urls, parameters } = request;
  if (!signature) return false;
  const form = parameters.filter(isFlat);
  const isForm = form.length === parameters.length && charactersIn(form) <= MAX_CHARACTERS;
  const query = longestQuery(parameters);
  const hashAt = query.findIndex(([name]) => name === 'bodySHA256');
  // On a developer's machine the address comes from the Host header, which may be anything.
  for (const url of urls.filter((text) => URL.canParse(text))) {
    const isSignature = (queryLength: number, body: object) =>
      withQuery(url, query.slice(0, queryLength)).some((spelling) =>
        twilio.validateRequest(authToken, signature, spelling, body),
      );
    for (let length = 0; isForm && length <= Math.min(query.length, MAX_QUERY_PARAMETERS); length += 1) {
      if (isSignature(length, Object.fromEntries(form.slice(length)))) return true;
    }
    const longest = hashAt < 0 ? -1 : Math.min(query.length, hashAt + MAX_QUERY_PARAMETERS);
    for (let length = hashAt + 1; length <= longest; length += 1) {
      if (isSignature(length, {})) return true;
    }
  }
  return false;
}

type FlatParameter = readonly [string, string | readonly string[]];

function isFlat(parameter: readonly [string, unknown]): parameter is FlatParameter {
  const value = parameter[1];
  return (
    typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}

const charactersIn = (parameters: readonly FlatParameter[]) =>
  parameters.reduce((sum, [name, value]) => sum + name.length + [value].flat().join('').length, 0);

/** As many of the first parameters as can stand in an address. */
function longestQuery(parameters: readonly (readonly [string, unknown])[]): readonly FlatParameter[] {
  const query: FlatParameter[] = [];
  let characters = 0;
  for (const parameter of parameters) {
    if (!isFlat(parameter)) break;
    characters += charactersIn([parameter]);
    if (characters > MAX_QUERY_CHARACTERS) break;
    query.push(parameter);
  }
  return query;
}

/** The platform decodes the query and its spelling is lost; these are the usual ones: percent signs, a form's plus, and as typed. */
const ENCODERS: readonly ((text: string) => string)[] = [
  encodeURIComponent,
  (text) => encodeURIComponent(text).replace(/%20/g, '+'),
  (text) => encodeURI(text),
];

function withQuery(url: string, query: readonly FlatParameter[]): readonly string[] {
  if (query.length === 0) return [url];
  const pairs = query.flatMap(([name, value]) => [value].flat().map((item) => [name, String(item)] as const));
  try {
    const spellings = ENCODERS.map(
      (encode) => `${url}?${pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')}`,
    );
    return [...new Set(spellings)];
  } catch {
    // A lone surrogate cannot stand in a URL, so nobody signed one.
    return [];
  }
}

export type InboundWebhook =
  | { readonly kind: 'inbound'; readonly message: InboundMessage }
  /** A status, or an echo of a sender of ours: nothing to record, and nothing to forward. */
  | { readonly kind: 'other' }
  /** An inbound message of another channel, such as SMS: forwarded, but no window of WhatsApp. */
  | { readonly kind: 'other-channel' }
  | { readonly kind: 'malformed'; readonly problems: readonly Problem[] };

/**
 * Reads the parameters of "a message comes in" (docs/messaging/guides/webhook-request). Parameters may be added by
 * Twilio at any time: unknown ones are ignored.
 * @param ourSender a message from this address is an echo of our own
 */
export function parseInbound(
  parameters: ReadonlyMap<string, unknown>,
  ourSender: WhatsAppAddress,
): InboundWebhook {
  const text = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value : '';
  };
  if (text('MessageStatus') || (text('SmsStatus') && text('SmsStatus') !== 'received'))
    return { kind: 'other' };

  const [from, to] = [text('From'), text('To')];
  // A number, a short code, a word such as SUPPORT: whatever does not claim to be WhatsApp.
  const isOtherChannel = (address: string) => address.trim() !== '' && !/^whatsapp:/i.test(address);
  if (isOtherChannel(from) && isOtherChannel(to)) return { kind: 'other-channel' };

  const problems: Problem[] = [];
  const address = (name: string, value: string) => {
    const parsed = value.startsWith('whatsapp:') ? parseWhatsAppAddress(value) : undefined;
    if (!parsed) {
      problems.push({
        field: name,
        message: `${name} must be a WhatsApp address such as whatsapp:+15551234567.`,
      });
    }
    return parsed;
  };
  const user = address('From', from);
  const sender = address('To', to);
  const messageSid = parseMessageSid(text('MessageSid') || text('SmsSid') || text('SmsMessageSid'));
  if (!messageSid)
    problems.push({ field: 'MessageSid', message: 'MessageSid must be SM or MM and 32 hexadecimal digits.' });
  if (!text('SmsStatus')) {
    problems.push({
      field: 'SmsStatus',
      message: 'SmsStatus must be "received", as it is for every inbound message.',
    });
  }
  if (!user || !sender || !messageSid || problems.length > 0) return { kind: 'malformed', problems };
  if (user === sender || user === ourSender) return { kind: 'other' };

  return {
    kind: 'inbound',
    message: {
      pair: { sender, user },
      messageSid,
      profileName: readable(text('ProfileName')),
      // One of Twilio's pages spells it otherwise.
      externalUserId: parseExternalUserId(text('ExternalUserId') || text('ExternalUserIdentifier')) ?? null,
      body: text('Body'),
      optOutType: optOutType(text('OptOutType')),
    },
  };
}

/**
 * What the account's own opt-out words, in any language, make of the message
 * (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
 */
function optOutType(value: string): InboundMessage['optOutType'] {
  const kinds = { STOP: 'stop', START: 'start', HELP: 'help' } as const;
  const name = value.toUpperCase();
  return name === 'STOP' || name === 'START' || name === 'HELP' ? kinds[name] : null;
}

/** A name for people to read: whole characters, no control characters, and short enough to keep a record well under 1 KiB. */
function readable(name: string): string | null {
  const plain = name
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .trim();
  return [...plain].slice(0, 80).join('') || null;
}

export type StatusCallback =
  | {
      readonly ok: true;
      readonly messageSid: MessageSid;
      readonly status: string;
      readonly errorCode: number | null;
      /** The message's sender and user, where both are WhatsApp addresses. */
      readonly pair: Pair | null;
      /** From our own status callback URL; null where this software did not send the message. */
      readonly sentAs: SentAs | null;
      /** Our own URL asks to go on with the release of what is held. */
      readonly continuesRelease: boolean;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a status callback (docs/messaging/api/message-resource#twilios-request-to-the-statuscallback-url). */
export function parseStatusCallback(parameters: ReadonlyMap<string, unknown>): StatusCallback {
  const text = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value : '';
  };
  const problems: Problem[] = [];
  const messageSid = parseMessageSid(text('MessageSid') || text('SmsSid') || text('SmsMessageSid'));
  if (!messageSid)
    problems.push({ field: 'MessageSid', message: 'MessageSid must be SM or MM and 32 hexadecimal digits.' });
  const status = text('MessageStatus') || text('SmsStatus');
  if (!/^[a-z_-]{1,40}$/.test(status)) {
    problems.push({ field: 'MessageStatus', message: 'MessageStatus must be a status such as delivered.' });
  }
  const errorCode = text('ErrorCode');
  if (errorCode && !/^\d{1,9}$/.test(errorCode)) {
    problems.push({ field: 'ErrorCode', message: 'ErrorCode must be a number.' });
  }
  if (!messageSid || problems.length > 0) return { ok: false, problems };
  const sender = parseWhatsAppAddress(text('From'));
  const user = parseWhatsAppAddress(text('To'));
  return {
    ok: true,
    messageSid,
    status,
    errorCode: errorCode ? Number(errorCode) : null,
    pair: sender && user ? { sender, user } : null,
    continuesRelease: text('then') === 'release',
    sentAs: sentAs(text),
  };
}

function sentAs(text: (name: string) => string): SentAs | null {
  // Version 0.1 sent every message with a record.
  if (/^[0-9a-f]{24}$/.test(text('send'))) return { as: 'record', id: text('send') };
  if (text('as') === 'template') return { as: 'template' };
  return text('as') === 'text' ? { as: 'text', attempt: text('attempt') === '2' ? 2 : 1 } : null;
}
