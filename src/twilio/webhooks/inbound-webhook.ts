/** What Twilio's "a message comes in" webhook says. Parsing only: nothing is stored here, and nobody's signature is checked. */
import type { Problem } from '../../domain/template-preflight';
import { parseMessageSid } from '../../domain/twilio-sid';
import {
  isParentId,
  parseExternalUserId,
  parseWhatsAppAddress,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import type { InboundMessage } from '../../use-cases/receive/receive-message';

export type InboundWebhook =
  | { readonly kind: 'inbound'; readonly message: InboundMessage }
  /** A status, or an echo of a sender of ours: nothing to record, and nothing to forward. */
  | { readonly kind: 'other' }
  /** An inbound message of another channel, such as SMS: forwarded, but no window of WhatsApp. */
  | { readonly kind: 'other-channel' }
  | { readonly kind: 'malformed'; readonly problems: readonly Problem[] };

/**
 * Reads the parameters of "a message comes in" (https://www.twilio.com/docs/messaging/guides/webhook-request). Parameters may be added by
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
      ...namesOf(sender, user, text),
      messageSid,
      profileName: readable(text('ProfileName')),
      body: text('Body'),
      // The click that Meta names (https://www.twilio.com/docs/messaging/guides/webhook-request).
      ...(text('ReferralCtwaClid') && { isFromAd: true as const }),
      optOutType: optOutType(text('OptOutType')),
    },
  };
}

/** Who wrote from their parent id wrote from the BSUID that it came with. */
function namesOf(
  sender: WhatsAppAddress,
  user: WhatsAppAddress,
  text: (name: string) => string,
): Pick<InboundMessage, 'pair' | 'externalUserId' | 'parentUserId'> {
  // One of Twilio's pages spells them ExternalUserIdentifier.
  const userId = (name: string) => parseExternalUserId(text(name) || text(`${name}entifier`));
  const externalUserId = userId('ExternalUserId') ?? null;
  const parentUserId = isParentId(user) ? user : userId('ParentExternalUserId');
  return {
    pair: { sender, user: isParentId(user) ? (externalUserId ?? user) : user },
    externalUserId,
    ...(parentUserId && { parentUserId }),
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
