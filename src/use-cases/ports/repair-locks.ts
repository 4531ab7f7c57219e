/**
 * Port: who repairs a message that WhatsApp refused, and what came of it. One lock per MessageSid, made when the refusal
 * comes: a repair is rare, and most messages never need one.
 */
import type { MessageSid } from '../../domain/twilio-sid';

export interface RepairLock {
  /** Milliseconds since the epoch. */
  readonly claimedAt: number;
  /** What was done, or why nothing was; null while it is under way, or was left behind by a container that died. */
  readonly outcome: string | null;
  /** The message that went out instead; null where none did. */
  readonly repairedBy: MessageSid | null;
  /** Twilio's error code for the refused message. */
  readonly errorCode: number;
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface RepairLocks {
  read(messageSid: MessageSid): Promise<RepairLock | undefined>;
  /** @returns the lock that is there already, or undefined where it was claimed by this call */
  claim(messageSid: MessageSid, mine: RepairLock): Promise<RepairLock | undefined>;
  /** Claims it anew from a container that died. @returns false where somebody else was faster */
  takeOver(messageSid: MessageSid, left: RepairLock, mine: RepairLock): Promise<boolean>;
  settle(messageSid: MessageSid, settled: RepairLock): Promise<void>;
  /** Nothing was done: the next callback may try again. */
  release(messageSid: MessageSid): Promise<void>;
}
