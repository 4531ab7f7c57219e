/**
 * Which sender a participant of a conversation writes to. The webhook does not say it, so the participant is read from
 * Conversations, once, and the sender kept in Sync
 * (https://www.twilio.com/docs/conversations/api/conversation-participant-resource).
 */
import { createHash } from 'node:crypto';
import { filingName, parseWhatsAppAddress, type WhatsAppAddress } from '../domain/whatsapp-address';
import type { Participant, Participants } from '../use-cases/ports/participants';
import { asFailure, isStatus, type TwilioSdk } from './client';
import type { VersionedRecords } from './sync/documents';

const SERVICE = 'Twilio Conversations';

/** In seconds. Conversations lets a participant's sender be changed, so it is asked again after some days. */
const KEEP_SECONDS = 7 * 24 * 3600;

export function conversationParticipants(sdk: TwilioSdk, items: VersionedRecords): Participants {
  return {
    async senderOf(participant, user) {
      const name = nameOf(participant, user);
      const known = senderIn((await items.fetch(name))?.data);
      if (known) return known;
      const sender = senderIn(await binding(participant), user);
      // Another invocation may have been faster; what it keeps is the same.
      if (sender) await items.create(name, { proxy_address: sender }, KEEP_SECONDS);
      return sender;
    },
  };

  async function binding({ serviceSid, conversationSid, participantSid }: Participant): Promise<unknown> {
    const { v1 } = sdk.conversations;
    try {
      return await fetchBinding(v1.conversations(conversationSid).participants(participantSid)).catch(
        (error: unknown) => {
          // The short address knows the conversations of the default service only.
          if (serviceSid === null || !isStatus(error, 404)) throw error;
          const { conversations } = v1.services(serviceSid);
          return fetchBinding(conversations(conversationSid).participants(participantSid));
        },
      );
    } catch (error) {
      throw asFailure(error, SERVICE);
    }
  }
}

async function fetchBinding(participant: {
  fetch(): Promise<{ readonly messagingBinding: unknown }>;
}): Promise<unknown> {
  return (await participant.fetch()).messagingBinding;
}

/** A hash that nobody undoes without the participant's SID, which is not kept: the record tells nothing about the user. */
function nameOf({ participantSid }: Participant, user: WhatsAppAddress): string {
  const hash = createHash('sha256')
    .update(`${participantSid} ${filingName(user)}`)
    .digest('hex');
  return `participant.${hash.slice(0, 48)}`;
}

/**
 * @param binding `{ type, address, proxy_address }`, or what was kept of one
 * @param user where given, the binding has to be theirs
 */
function senderIn(binding: unknown, user?: WhatsAppAddress): WhatsAppAddress | null {
  const text = (name: string) => {
    const value: unknown =
      typeof binding === 'object' && binding !== null ? Reflect.get(binding, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const sender = whatsApp(text('proxy_address'));
  if (user === undefined || sender === null) return sender;
  const address = whatsApp(text('address'));
  const isTheirs =
    text('type') === 'whatsapp' && address !== null && filingName(address) === filingName(user);
  return isTheirs ? sender : null;
}

function whatsApp(text: string): WhatsAppAddress | null {
  return (text.startsWith('whatsapp:') ? parseWhatsAppAddress(text) : undefined) ?? null;
}
