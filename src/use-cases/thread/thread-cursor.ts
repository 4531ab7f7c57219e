/**
 * Where a reader of a thread stands, as text that they hand back: for each direction and name that is not at its end, the
 * page of the log and the message on it that was read last. A message marks the place and not a time, because the log
 * knows whole seconds and a second may have many messages.
 */
import type { MessageSid } from '../../domain/twilio-sid';
import { parseMessageSid } from '../../domain/twilio-sid';
import {
  filingName,
  type Pair,
  parseWhatsAppAddress,
  type WhatsAppAddress,
} from '../../domain/whatsapp-address';
import type { Direction } from '../ports/thread-log';

export interface Place {
  readonly direction: Direction;
  /** The name of the person. */
  readonly user: WhatsAppAddress;
  /** Of the page in the log; null for the newest. */
  readonly position: string | null;
  /** What was read last of that page; null where nothing was. `at` is milliseconds since the epoch. */
  readonly after: { readonly sid: MessageSid; readonly at: number } | null;
}

export function writeThreadCursor(pair: Pair, places: readonly Place[]): string {
  const rows = places.map(({ direction, user, position, after }) => [
    direction === 'inbound' ? 'i' : 'o',
    user,
    position,
    after?.sid ?? null,
    after?.at ?? null,
  ]);
  return Buffer.from(JSON.stringify([nameOf(pair), ...rows])).toString('base64url');
}

/** @returns undefined where it is none, or one of another thread */
export function readThreadCursor(pair: Pair, cursor: string): readonly Place[] | undefined {
  const [name, ...rows] = parsedList(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (name !== nameOf(pair) || rows.length === 0 || rows.length > MAX_PLACES) return undefined;
  const places = rows.flatMap((row) => readPlace(row) ?? []);
  return places.length === rows.length ? places : undefined;
}

/** Two directions of three names: a number in two spellings, and a BSUID. */
const MAX_PLACES = 6;

const nameOf = ({ sender, user }: Pair) => `${filingName(sender)} ${filingName(user)}`;

function readPlace(row: unknown): Place | undefined {
  if (!Array.isArray(row)) return undefined;
  const [direction, address, position, sidText, at]: unknown[] = row;
  const user = typeof address === 'string' ? parseWhatsAppAddress(address) : undefined;
  if ((direction !== 'i' && direction !== 'o') || !user) return undefined;
  if (position !== null && typeof position !== 'string') return undefined;
  const sid = typeof sidText === 'string' ? parseMessageSid(sidText) : undefined;
  const isMarked = sid !== undefined && typeof at === 'number';
  if (!isMarked && (sidText !== null || at !== null)) return undefined;
  return {
    direction: direction === 'i' ? 'inbound' : 'outbound',
    user,
    position,
    after: isMarked ? { sid, at } : null,
  };
}

function parsedList(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
