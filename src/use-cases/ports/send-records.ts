/**
 * Port: what was sent, as far as a repair needs it and Twilio's own log cannot tell it: the template that a caller gave for
 * the case of refusal, and media. Kept for as long as WhatsApp may still refuse the message. The id travels in the status
 * callback URL; text and variables never do, because URLs end up in logs.
 */
import type { FreeFormMessage } from '../../domain/outbound-message';
import type { Pair } from '../../domain/whatsapp-address';
import type { FallbackTemplate } from '../send/choose-template';

export interface SendRecord {
  readonly id: string;
  readonly pair: Pair;
  /** When it left or will leave; milliseconds since the epoch. */
  readonly at: number;
  /** When it was first accepted; milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** What was sent; null for a template message, which is not repaired. */
  readonly freeForm: FreeFormMessage | null;
  /** The template that the caller gave for the case that free-form is not allowed. */
  readonly template: FallbackTemplate | null;
  /** 1 for what a caller sent, one more with each further try of a free-form message. */
  readonly attempt: number;
  /** The held texts that a joint message is made of, in order: only here are they told apart. Null for any other message. */
  readonly parts: readonly JoinedPart[] | null;
  /** Version 0.1 kept its locks here: such a message is repaired already. */
  readonly wasRepaired: boolean;
}

/** What was a held text's own before it left in one message with others, and is again where that is refused. */
export interface JoinedPart {
  readonly message: FreeFormMessage;
  readonly template: FallbackTemplate | null;
  readonly statusCallback: string | null;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly expiresAt: number;
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface SendRecords {
  newId(): string;
  /** Keeps a new record. One that is there already stays. */
  save(record: SendRecord, now: number): Promise<void>;
  read(id: string): Promise<SendRecord | undefined>;
}
