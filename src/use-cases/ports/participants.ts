/** Port: who takes part in a conversation of Twilio Conversations, as far as it tells which sender a user writes to. */
import type { ConversationServiceSid, ConversationSid, ParticipantSid } from '../../domain/twilio-sid';
import type { WhatsAppAddress } from '../../domain/whatsapp-address';

export interface Participant {
  /** Null where the webhook did not say: the account's default service. */
  readonly serviceSid: ConversationServiceSid | null;
  readonly conversationSid: ConversationSid;
  readonly participantSid: ParticipantSid;
}

export interface Participants {
  /**
   * @returns the sender that this user writes to, or null where the participant is not this user on WhatsApp
   * @throws Failure `STATE_UNAVAILABLE` where it cannot be found out now, `TWILIO_REJECTED` where there is no such participant
   */
  senderOf(participant: Participant, user: WhatsAppAddress): Promise<WhatsAppAddress | null>;
}
