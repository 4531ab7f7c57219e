/**
 * What was said with one person, both ways and under all their names, newest first, from Twilio's own log. Nothing is
 * stored for it. A page costs one request for each direction and name that is not at its end, and more only where the
 * log's own page ends in it.
 */
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../domain/whatsapp-address';
import { Failure, isUnavailable } from '../failure';
import type { ContactStore } from '../ports/contact-store';
import type { RepairLocks } from '../ports/repair-locks';
import type { Media, ThreadLog, ThreadMedia, ThreadMessage } from '../ports/thread-log';
import { LogStream } from './log-stream';
import { mediaAmong } from './media-in-thread';
import { repairsAmong } from './repairs-in-thread';
import { type Place, readThreadCursor, writeThreadCursor } from './thread-cursor';

export interface ThreadPorts {
  readonly windows: Pick<ContactStore, 'namesOf'>;
  readonly threadLog: ThreadLog;
  readonly threadMedia: ThreadMedia;
  readonly repairLocks: Pick<RepairLocks, 'read'>;
  /** Whether the invocation still has time for another request. */
  readonly hasTime: () => boolean;
}

export interface ThreadEntry extends ThreadMessage {
  /** The refused message in whose place this one was sent; null where it is none, or not known. */
  readonly repairOf: MessageSid | null;
  /** Null where it was not looked up, or the log does not tell. */
  readonly media: readonly Media[] | null;
}

export interface ThreadPage {
  readonly messages: readonly ThreadEntry[];
  /** Opaque; null at the end. */
  readonly nextCursor: string | null;
}

/** Pages of one stream that a call reads at most; after that it answers with what it has, and where to go on. */
const MAX_ROUNDS = 5;

/**
 * @param limit 1 to 100; a page may be shorter, and the end is where the cursor is null
 * @param cursor of an earlier page of the same thread; null for the newest
 * @param withMedia whether to look up what is attached to the newest of its messages
 * @throws Failure `INVALID_REQUEST` where the cursor is none of this thread, `STATE_UNAVAILABLE` where the log cannot be read
 */
export async function readThread(
  ports: ThreadPorts,
  pair: Pair,
  limit: number,
  cursor: string | null,
  withMedia = false,
): Promise<ThreadPage> {
  const places = cursor === null ? await beginning(ports, pair) : readThreadCursor(pair, cursor);
  if (!places) throw foreignCursor();
  const streams = places.map((place) => new LogStream(ports.threadLog, pair.sender, place));
  const taken = await mergeNewest(streams, limit, ports.hasTime);

  const ahead = streams.flatMap((stream) => stream.ahead).sort((a, b) => b.at - a.at);
  const [repaired, media] = await Promise.all([
    repairsAmong(ports.repairLocks, [...taken, ...ahead]),
    mediaAmong(ports.threadMedia, withMedia && ports.hasTime() ? taken : []),
  ]);
  const rest = streams.filter((stream) => !stream.isAtEnd).map((stream) => stream.lastPlace);
  return {
    messages: taken.map((message) => ({
      ...message,
      repairOf: repaired.get(message.sid) ?? null,
      media: message.mediaCount === 0 ? [] : (media.get(message.sid) ?? null),
    })),
    nextCursor: rest.length === 0 ? null : writeThreadCursor(pair, rest),
  };
}

async function beginning({ windows }: ThreadPorts, pair: Pair): Promise<readonly Place[]> {
  const names = await windows.namesOf(pair).catch((error: unknown): readonly WhatsAppAddress[] => {
    // The thread is in Twilio's log. Without Sync only the person's other name is not known.
    if (!isUnavailable(error)) throw error;
    return [pair.user];
  });
  const place = (direction: Place['direction']) =>
    names.map((user): Place => ({ direction, user, position: null, after: null }));
  // Of two messages of one second, the answer is the newer one.
  return [...place('outbound'), ...place('inbound')];
}

/** Takes the newest of all streams until there are enough. No stream is passed over that may have something newer. */
async function mergeNewest(
  streams: readonly LogStream[],
  limit: number,
  hasTime: () => boolean,
): Promise<readonly ThreadMessage[]> {
  const taken: ThreadMessage[] = [];
  for (let rounds = 0; taken.length < limit; ) {
    const waiting = streams.filter((stream) => stream.isWaiting);
    if (waiting.length > 0) {
      if (rounds === MAX_ROUNDS || (rounds > 0 && !hasTime())) break;
      await Promise.all(waiting.map((stream) => stream.advance()));
      rounds += 1;
      continue;
    }
    const newest = newestOf(streams);
    if (!newest?.head) break;
    taken.push(newest.head);
    newest.take();
  }
  // The log may list what was scheduled by another time than that at which it left.
  return taken.sort((a, b) => b.at - a.at);
}

function newestOf(streams: readonly LogStream[]): LogStream | undefined {
  return streams.reduce<LogStream | undefined>(
    (newest, stream) => ((stream.head?.at ?? -1) > (newest?.head?.at ?? -1) ? stream : newest),
    undefined,
  );
}

function foreignCursor(): Failure {
  return new Failure('INVALID_REQUEST', 'The request has 1 problem.', [
    {
      field: 'cursor',
      message:
        'Give the nextCursor of an earlier answer for the same to and from, unchanged, or leave it out.',
    },
  ]);
}
