/**
 * Port: what Twilio's log has of a conversation, a page at a time. The log is asked for one direction and one name of the
 * person at once, because it knows a message only by the addresses it came or went with.
 */
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';

export type Direction = 'inbound' | 'outbound';

export interface ThreadMessage {
  readonly sid: MessageSid;
  readonly direction: Direction;
  /** When it came or left, or was accepted where it has not left; milliseconds since the epoch, whole seconds. */
  readonly at: number;
  /** Null where the log has no text and no media: redacted, discarded, or never kept. */
  readonly body: string | null;
  readonly mediaCount: number;
  /** Twilio's, such as `delivered`. */
  readonly status: string;
  readonly errorCode: number | null;
}

export interface ThreadLogPage {
  /** Newest first. */
  readonly messages: readonly ThreadMessage[];
  /** Where the next page begins; opaque, null at the end. */
  readonly next: string | null;
}

/** One attachment. Twilio keeps no name of it. */
export interface Media {
  /** `ME…` */
  readonly sid: string;
  /** Such as `image/jpeg`. */
  readonly contentType: string;
}

/** How many messages a page has. */
export const LOG_PAGE = 100;

/** The method throws a Failure `STATE_UNAVAILABLE` where the log cannot be read, `INVALID_REQUEST` where it does not take `position`. */
export interface ThreadLog {
  /** @param position where the page begins: `next` of another one, null for the newest */
  page(direction: Direction, pair: Pair, position: string | null): Promise<ThreadLogPage>;
}

export interface ThreadMedia {
  /** What is attached to a message. @throws Failure `STATE_UNAVAILABLE` where the log cannot be read */
  of(sid: MessageSid): Promise<readonly Media[]>;
}
