/** What Twilio's status callback says about a message. Parsing only. */
import type { Problem } from '../../domain/template-preflight';
import { type MessageSid, parseMessageSid } from '../../domain/twilio-sid';
import { parseWhatsAppAddress } from '../../domain/whatsapp-address';
import type { ReleasedName, SentAs } from '../../use-cases/ports/messenger';
import type { DeliveryReport } from '../../use-cases/repair/handle-delivery-status';

export type StatusCallback =
  | ({ readonly ok: true } & DeliveryReport)
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What our own status callback URL says; the rest of a callback's parameters is Twilio's. */
const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  ...['send', 'as', 'attempt', 'at', 'then', 'held', 'joint', 'repairs', 'on', 'request'],
]);

/**
 * The parameters as Twilio sent them, to go on to others.
 * @param repairs the refused message in whose place this one was sent
 */
export function forwardedParameters(
  parameters: ReadonlyMap<string, unknown>,
  repairs: MessageSid | null,
): Readonly<Record<string, string>> {
  const own = [...parameters].flatMap(([name, value]) =>
    typeof value === 'string' && !OWN_PARAMETERS.has(name) ? [[name, value] as const] : [],
  );
  return { ...Object.fromEntries(own), ...(repairs && { OriginalMessageSid: repairs }) };
}

/** Reads a status callback (https://www.twilio.com/docs/messaging/api/message-resource#twilios-request-to-the-statuscallback-url). */
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
    continuesRelease: text('then') === 'release' || text('then') === 'next',
    isOneByOne: text('then') === 'next',
    sentAs: sentAs(text),
    releases: releasedName(text('held'), false) ?? releasedName(text('joint'), true),
    repairs: words(text('repairs')).flatMap((sid) => parseMessageSid(sid) ?? []),
    statusCallbacks: words(text('on')),
  };
}

const words = (text: string) => text.split(' ').filter((word) => word !== '');

function sentAs(text: (name: string) => string): SentAs | null {
  // Version 0.1 sent every message with a record.
  if (/^[0-9a-f]{24}$/.test(text('send'))) return { as: 'record', id: text('send') };
  if (text('as') === 'template') return { as: 'template' };
  if (text('as') !== 'text') return null;
  const acceptedAt = /^[0-9a-z]{1,9}$/.test(text('at')) ? Number.parseInt(text('at'), 36) : null;
  return { as: 'text', attempt: /^[2-9]$/.test(text('attempt')) ? Number(text('attempt')) : 1, acceptedAt };
}

function releasedName(text: string, isJoint: boolean): ReleasedName | null {
  const [, id, token] = /^([bp]?\d{1,15})\.([0-9a-f]{24})$/.exec(text) ?? [];
  return id !== undefined && token !== undefined ? { id, token, isJoint } : null;
}
