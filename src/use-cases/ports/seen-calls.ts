/**
 * Port: the calls that were heard of, each with the time that was told of it first. A call is reported several times
 * (ringing, answered, completed), the last time hours later, and it opens a window only once: when it came.
 */
import type { CallSid } from '../../domain/twilio-sid';

/** The method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface SeenCalls {
  /**
   * @param startedAt what this report says of when the call came, in milliseconds since the epoch
   * @returns what the first report said
   */
  startOf(callSid: CallSid, startedAt: number): Promise<number>;
}
