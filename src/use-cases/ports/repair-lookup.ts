/**
 * Port: what is known of the repair of a message that WhatsApp refused. It knows that a repair sent something and when it
 * began; which message that was, only where it was noted.
 */
import type { MessageSid } from '../../domain/twilio-sid';

export interface KnownRepair {
  /** What went out: the same text once more, or a template in its place. */
  readonly sent: 'same-text' | 'template';
  /** When the repair began; milliseconds since the epoch. It ends within a function's life of 10 s. */
  readonly startedAt: number;
  /** The message that was sent instead, where it was noted. */
  readonly repairSid: MessageSid | null;
}

/** The method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface RepairLookup {
  /** @returns undefined where no repair of this message sent anything, or where none is known (any more) */
  repairOf(refused: MessageSid): Promise<KnownRepair | undefined>;
}
