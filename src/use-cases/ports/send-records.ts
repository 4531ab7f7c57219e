/**
 * Port: what was sent, as far as a repair needs it and Twilio's own log cannot tell it: the template that a caller gave for
 * the case of refusal, and media. Kept for as long as WhatsApp may still refuse the message. The id travels in the status
 * callback URL; text and variables never do, because URLs end up in logs. A refused text without either gets its record,
 * under its MessageSid, when the refusal comes.
 */
import type { FreeFormMessage } from '../../domain/outbound-message';
import type { Pair } from '../../domain/whatsapp-address';
import type { TemplateRequest } from '../send/choose-template';

export interface SendRecord {
  readonly id: string;
  readonly pair: Pair;
  /** When it left or will leave; milliseconds since the epoch. */
  readonly at: number;
  /** What was sent, as far as a repair needs it: null for a template message, which is not repaired. */
  readonly freeForm: FreeFormMessage | null;
  /** The template that the caller gave for the case that free-form is not allowed. */
  readonly template: TemplateRequest | null;
  /** 1 for what a caller sent, 2 for the one more try of a free-form message. */
  readonly attempt: number;
  readonly repair: Repair | null;
}

export interface Repair {
  /** Milliseconds since the epoch. */
  readonly claimedAt: number;
  /** Null while it is under way; otherwise what was done, or by the class of the error, why nothing was. */
  readonly outcome: string | null;
  /** Twilio's error code for the message. */
  readonly errorCode: number;
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface SendRecords {
  newId(): string;
  /** Keeps a new record. One that is there already stays. */
  save(record: SendRecord, now: number): Promise<void>;
  read(id: string): Promise<SendRecord | undefined>;
  /**
   * Changes the repair of a record under a lock. @param change null leaves it
   * @returns whether it was this call that changed it
   */
  changeRepair(id: string, change: (current: Repair | null) => Repair | null): Promise<boolean>;
}
