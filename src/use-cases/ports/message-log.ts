/** Port: Twilio's own log of messages: the witness of what came and went, also from before this software. */
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';

export interface LoggedMessage {
  readonly messageSid: MessageSid | null;
  /** Milliseconds since the epoch; the log knows whole seconds. */
  readonly at: number;
  /** Empty as well where Twilio keeps no text: redacted, discarded, or a template message of a Messaging Service. */
  readonly body: string;
  readonly mediaCount: number;
  readonly status: string;
  readonly errorCode: number | null;
}

export interface FoundMessage extends LoggedMessage {
  /** Of an outbound message: its sender and user. Null where either is no WhatsApp address. */
  readonly pair: Pair | null;
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the log cannot be read. */
export interface MessageLog {
  /** The user's newest messages to the sender, newest first; under every spelling of the user's number. */
  newestInbound(pair: Pair, limit: number): Promise<readonly LoggedMessage[]>;
  /** The sender's newest messages to the user, newest first. */
  newestOutbound(pair: Pair, limit: number): Promise<readonly LoggedMessage[]>;
  /** The messages to the user that Twilio has scheduled and not sent yet. */
  scheduled(pair: Pair): Promise<readonly MessageSid[]>;
  /** One message, or undefined where the log has none of this SID. */
  find(messageSid: MessageSid): Promise<FoundMessage | undefined>;
}
