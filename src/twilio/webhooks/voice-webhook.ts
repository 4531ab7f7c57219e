/**
 * Twilio's Voice webhooks and call status callbacks, as far as they say that a user called on WhatsApp
 * (https://www.twilio.com/docs/voice/whatsapp-business-calling). Parsing only, nothing is stored here.
 */
import type { Problem } from '../../domain/template-preflight';
import { parseCallSid } from '../../domain/twilio-sid';
import { parseWhatsAppAddress } from '../../domain/whatsapp-address';
import type { Contact } from '../../use-cases/receive/receive-contact';

export type VoiceWebhook =
  | { readonly kind: 'inbound-call'; readonly contact: Contact }
  /** A call that we made, or one of the telephone network: no window of WhatsApp's. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly problems: readonly Problem[] };

/**
 * Reads the parameters of a Voice request or of a status callback (https://www.twilio.com/docs/voice/twiml#twilios-request-to-your-application,
 * https://www.twilio.com/docs/voice/api/call-resource#statuscallback). For an incoming call the callback comes when the call is over, so the
 * time at which it began is told from `Timestamp` less `CallDuration`; the answer of Twilio's first request has neither,
 * and comes as the call does.
 * @param now milliseconds since the epoch
 */
export function parseVoiceWebhook(parameters: ReadonlyMap<string, unknown>, now: number): VoiceWebhook {
  const text = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value : '';
  };
  const problems: Problem[] = [];
  const callSid = parseCallSid(text('CallSid'));
  if (!callSid) problems.push({ field: 'CallSid', message: 'CallSid must be CA and 32 hexadecimal digits.' });
  if (!/^(?:inbound|outbound-(?:api|dial))$/.test(text('Direction'))) {
    problems.push({
      field: 'Direction',
      message: 'Direction must be inbound, outbound-api or outbound-dial, as in every request of Voice.',
    });
  }
  if (callSid && problems.length === 0 && (text('Direction') !== 'inbound' || !isWhatsApp(text('From')))) {
    return { kind: 'other' };
  }
  const user = parseWhatsAppAddress(text('From'));
  if (!user)
    problems.push({ field: 'From', message: 'From must be the caller, such as whatsapp:+15551234567.' });
  const sender = parseWhatsAppAddress(text('To'));
  if (!sender) problems.push({ field: 'To', message: 'To must be the sender: whatsapp:+ and its digits.' });
  if (!callSid || !user || !sender || problems.length > 0) return { kind: 'malformed', problems };
  if (user === sender) return { kind: 'other' };
  const contactAt = Math.min(now, endOf(text('Timestamp'), now) - durationOf(text('CallDuration')));
  return { kind: 'inbound-call', contact: { pair: { sender, user }, contactAt, callSid } };
}

const isWhatsApp = (address: string) => address.startsWith('whatsapp:');

/** `Timestamp` is RFC 2822 in UTC: when the event was fired. */
function endOf(timestamp: string, now: number): number {
  const time = Date.parse(timestamp);
  return Number.isNaN(time) ? now : time;
}

/** `CallDuration` is in seconds, and given once the call is completed. */
function durationOf(seconds: string): number {
  return /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1000 : 0;
}
