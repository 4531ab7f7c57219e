/** Port: free-form messages that wait, per pair and in order, until the user answers. */
import type { FreeFormMessage } from '../../domain/outbound-message';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../domain/whatsapp-address';
import { Failure } from '../failure';
import type { FallbackTemplate } from '../send/choose-template';
import type { ReleasedName } from './messenger';

/** A pair's queue is capped: beyond it something is wrong, and a person would not want that many at once. */
export const MAX_HELD = 100;

export interface HeldMessage {
  /** Unique for the person. It stays the same where the message is moved to another queue. */
  readonly id: string;
  /** Whose queue it stands in: that under which the person is stored. */
  readonly pair: Pair;
  /** The address that it was held for, and goes out to. */
  readonly to: WhatsAppAddress;
  /** With one attachment at most: several are held as several messages. */
  readonly message: FreeFormMessage;
  /** The template that the caller gave for the case that the text is refused. */
  readonly template: FallbackTemplate | null;
  /** What the messages of one call have in common: they are cancelled together. */
  readonly group: string;
  /** Known to nobody else: in the status callback URL it proves that this message left. */
  readonly token: string;
  /** When the text was first accepted, which is its place in the queue: a refused text is held later than newer ones. */
  readonly acceptedAt: number;
  /** How often it was tried, with the next time; 1 where left out. */
  readonly attempt?: number;
  /** The refused message that it is to repair. */
  readonly repairs: MessageSid | null;
  /** The address to which its status callbacks go on. */
  readonly statusCallback: string | null;
  /** Times are milliseconds since the epoch. */
  readonly heldAt: number;
  readonly expiresAt: number;
  /** Where the caller wanted it to leave at a certain time; null for as soon as possible. */
  readonly sendAt: number | null;
  /** The person it was meant for, where known: whoever has the number later must not get it. */
  readonly externalUserId: WhatsAppAddress | null;
  /** The idempotency key of the call that held it: a repeated call finds it here instead of holding it again. */
  readonly key: string | null;
  /** Since when a container has been sending it; null while it waits. */
  readonly sendingSince: number | null;
  /** Messages with the same text that left before it: not it, when the message log is asked whether it left. */
  readonly notThese: readonly MessageSid[];
  /** The one message that it is being sent in together with others; null where it is sent by itself, or waits. */
  readonly joint: Joint | null;
}

/** One message that is made of several held texts. */
export interface Joint {
  /** In the status callback URL it proves that they all left. */
  readonly token: string;
  /** SHA-256 of the message's text, by which the message log is asked whether it left. */
  readonly textHash: string;
}

export interface HeldPage {
  readonly held: readonly HeldMessage[];
  /** Opaque; null at the end. */
  readonly nextCursor: string | null;
}

/** What is held, before it is. */
export type NewHeldMessage = Omit<HeldMessage, 'id' | 'token' | 'sendingSince' | 'notThese' | 'joint'>;

/** What may be held must not be held a second time: it would be sent twice. */
export function isHeldUnknown(): Failure {
  return new Failure(
    'OUTCOME_UNKNOWN',
    'Twilio Sync did not say whether the message is held now. GET /held-messages tells; look there before sending it again.',
  );
}

/** What was held, and is not there any more, may have been sent by whoever was faster. */
export function mayHaveLeft(): Failure {
  return new Failure(
    'OUTCOME_UNKNOWN',
    'The message was held, and it is not known whether it was sent since. GET /held-messages and GET /thread tell; look there before sending it again.',
  );
}

/** Every method throws a Failure `STATE_UNAVAILABLE` where the store cannot be reached. */
export interface HeldMessages {
  /**
   * Appends to the pair's queue.
   * @param wasReleased asked where the store did not answer and does not have the message now: whether it may have been
   * released since. Without it nothing is ever released so soon
   * @throws Failure `OUTCOME_UNKNOWN` where it may be held or sent, or not
   */
  append(held: NewHeldMessage, wasReleased?: () => Promise<boolean>): Promise<HeldMessage>;
  /** A new name, for the messages of one call or for a joint message, see `HeldMessage.group` and `Joint.token`. */
  newName(): string;
  /** The pair's queue, oldest first by when the texts were accepted; more than `MAX_HELD` where it has more. */
  list(pair: Pair): Promise<readonly HeldMessage[]>;
  /**
   * Marks that it is being sent, or with null that it waits again. @param notThese @param joint see `HeldMessage`
   * @returns false where it is gone or was changed since it was listed
   */
  mark(
    held: HeldMessage,
    sendingSince: number | null,
    notThese: readonly MessageSid[],
    joint?: Joint | null,
  ): Promise<boolean>;
  /** @returns false where it was gone already, or is being sent and `evenWhileSending` is not set */
  remove(pair: Pair, id: string, evenWhileSending: boolean): Promise<boolean>;
  /** It left, or all of a joint message: a status callback named it. Without effect where the token is another, or it is gone. */
  settle(pair: Pair, released: ReleasedName): Promise<void>;
  /** The queues of all pairs, some at a time. */
  page(cursor: string | null): Promise<HeldPage>;
}

/** The queues under `HeldMessages`, one for each name; see `ContactRecords` for who may use them. */
export interface HeldQueues extends HeldMessages {
  /** Appends a message of another queue as it is, its id and token included. @param now milliseconds since the epoch */
  adopt(held: HeldMessage, pair: Pair, now: number): Promise<void>;
  /** Erases the pair's queue with all that is in it. @returns how many messages that were */
  erase(pair: Pair): Promise<number>;
}
