/** Port: what Twilio's log has of one person towards all senders, for whoever forgets them. */
import type { MessageSid } from '../../domain/twilio-sid';
import type { WhatsAppAddress } from '../../domain/whatsapp-address';
import type { Direction } from './thread-log';

export interface PersonMessage {
  readonly sid: MessageSid;
  readonly direction: Direction;
  readonly sender: WhatsAppAddress;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly body: string;
}

export interface PersonMessages {
  /** Newest first. */
  readonly messages: readonly PersonMessage[];
  /** The log may have older ones. */
  readonly hasMore: boolean;
}

/** The method throws a Failure `STATE_UNAVAILABLE` where the log cannot be read. */
export interface PersonLog {
  /** The newest messages from and to this one name. */
  newest(user: WhatsAppAddress): Promise<PersonMessages>;
}
