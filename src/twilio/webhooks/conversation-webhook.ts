/**
 * The post-event webhook `onMessageAdded` of Twilio Conversations, as far as it says that a user wrote on WhatsApp
 * (https://www.twilio.com/docs/conversations/conversations-webhooks). Parsing only, nothing is stored here.
 */
import type { Problem } from '../../domain/template-preflight';
import {
  parseConversationServiceSid,
  parseConversationSid,
  parseParticipantSid,
} from '../../domain/twilio-sid';
import { parseWhatsAppAddress } from '../../domain/whatsapp-address';
import type { ConversationMessage } from '../../use-cases/receive/receive-conversation';

export type ConversationWebhook =
  /** It may be: whether the participant is this user on WhatsApp, only Conversations knows. */
  | { readonly kind: 'user-message'; readonly message: ConversationMessage }
  /** Another event, an agent's message, or one of another channel: no window of WhatsApp's. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly problems: readonly Problem[] };

/** ISO 8601 in UTC or with an offset, as Conversations writes `DateCreated`. */
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/;

/**
 * A user of WhatsApp is the author by their address. An agent is by an identity, a user of SMS by a bare number, and what
 * a program adds has no participant, or a `Source` that says so: a program may name anybody as the author.
 */
export function parseConversationWebhook(parameters: ReadonlyMap<string, unknown>): ConversationWebhook {
  const text = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value : '';
  };
  const problems: Problem[] = [];
  const eventType = text('EventType');
  if (!/^on[A-Z][A-Za-z]+$/.test(eventType)) {
    problems.push({
      field: 'EventType',
      message: 'EventType must be onMessageAdded, as Conversations posts it.',
    });
  } else if (eventType !== 'onMessageAdded') return { kind: 'other' };

  const conversationSid = parseConversationSid(text('ConversationSid'));
  if (!conversationSid) {
    problems.push({
      field: 'ConversationSid',
      message: 'ConversationSid must be CH and 32 hexadecimal digits.',
    });
  }
  const participantSid = parseParticipantSid(text('ParticipantSid'));
  if (text('ParticipantSid') !== '' && !participantSid) {
    problems.push({
      field: 'ParticipantSid',
      message: 'ParticipantSid must be MB and 32 hexadecimal digits.',
    });
  }
  const writtenAt = DATE.test(text('DateCreated')) ? Date.parse(text('DateCreated')) : Number.NaN;
  if (Number.isNaN(writtenAt)) {
    problems.push({
      field: 'DateCreated',
      message: 'DateCreated must be when the message was written, such as 2026-03-01T12:00:00.000Z.',
    });
  }
  if (!conversationSid || problems.length > 0) return { kind: 'malformed', problems };

  const author = text('Author').startsWith('whatsapp:') ? parseWhatsAppAddress(text('Author')) : undefined;
  if (!author || !participantSid || /^(?:api|sdk)$/i.test(text('Source'))) return { kind: 'other' };
  const serviceSid = parseConversationServiceSid(text('ChatServiceSid')) ?? null;
  const participant = { serviceSid, conversationSid, participantSid };
  return { kind: 'user-message', message: { participant, author, body: text('Body'), writtenAt } };
}
