/** Port: hands a message to Twilio. It must not decide anything, and must never send twice. */
import type { OutboundMessage } from '../../domain/outbound-message';
import type { ContentSid, MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';

/** What a status callback has to say about the message it is for: how it was sent, never what it said. */
export type SentAs =
  /** What a repair needs is stored in the send record of this id (24 hexadecimal digits). */
  | { readonly as: 'record'; readonly id: string }
  /**
   * A text and nothing else, which Twilio's own log has. `attempt` is 1, and one more with each further try;
   * `acceptedAt` says when it was first accepted, in milliseconds since the epoch.
   */
  | { readonly as: 'text'; readonly attempt: number; readonly acceptedAt: number | null }
  /** A template message, which is not repaired. */
  | { readonly as: 'template' };

export interface Dispatch {
  readonly pair: Pair;
  readonly message: OutboundMessage;
  /** Milliseconds since the epoch; null to send now. */
  readonly sendAt: number | null;
  /** Seconds until the message must not be delivered any more, where that is soon; null where it does not matter. */
  readonly validSeconds: number | null;
  readonly sentAs: SentAs;
  /** Its status callback is to go on with the release of what is held, where one invocation had no time for all. */
  readonly continuesRelease: boolean;
  /** Then only the next message follows, after a pause. */
  readonly isOneByOne?: boolean;
  /** The held message that this is: its status callback proves that it left. */
  readonly releases: ReleasedName | null;
  /** The refused messages that this repairs: its status callback proves that the repair left. */
  readonly repairs: readonly MessageSid[];
  /** The addresses that callers named for the status callbacks of this message; they go on to them. */
  readonly statusCallbacks: readonly string[];
}

/** Names a held message, see `HeldMessage.id` and `HeldMessage.token`, or a joint one. */
export interface ReleasedName {
  /** Of a joint message, that of its first text. */
  readonly id: string;
  /** Of a joint message, `Joint.token`. */
  readonly token: string;
  readonly isJoint: boolean;
}

export interface Dispatched {
  readonly sid: MessageSid;
  /** Twilio's first status, such as `queued`, `accepted` or `scheduled`. */
  readonly status: string;
}

/** A message that left. */
export interface SentMessage extends Dispatched {
  /** Null for a free-form message. */
  readonly contentSid: ContentSid | null;
}

export interface Messenger {
  /**
   * @throws Failure `TWILIO_REJECTED`, `RATE_LIMITED` or `STATE_UNAVAILABLE` where it is sure that nothing left,
   *   `OUTCOME_UNKNOWN` where Twilio may have taken the message (timeouts and 5xx: `POST Messages` is not idempotent)
   */
  send(dispatch: Dispatch): Promise<Dispatched>;
  /**
   * Cancels a scheduled message. @returns false where it is too late (https://www.twilio.com/docs/api/errors/30409)
   * @throws Failure `STATE_UNAVAILABLE` where it is not known whether it is cancelled
   */
  cancel(messageSid: MessageSid): Promise<boolean>;
}
