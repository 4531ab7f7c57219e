/** A message of the log in words: its text, what became of it, and whether it may be sent again. Pure. */
import type { ErrorClass } from '../../../../client/answers';
import { joinTexts } from '../../../domain/outbound-message';
import type { LoggedMessage, ThreadMessage } from '../service/answers';
import { firstLine } from './plain-text';

export type Fate = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed' | 'cancelled' | 'received';

const FATES: Readonly<Record<string, Fate>> = {
  ...{ accepted: 'waiting', scheduled: 'waiting', queued: 'waiting', sending: 'waiting' },
  ...{ sent: 'sent', delivered: 'delivered', read: 'read' },
  ...{ undelivered: 'failed', failed: 'failed', canceled: 'cancelled' },
  ...{ received: 'received', receiving: 'received' },
};

export function fateOf({ status, error }: Pick<LoggedMessage, 'status' | 'error'>): Fate {
  if (error !== null) return 'failed';
  return FATES[status] ?? 'waiting';
}

/** Nothing more is to be expected of it soon. */
export function isSettled(fate: Fate): boolean {
  return fate !== 'waiting' && fate !== 'sent';
}

const FATE_WORDS: Readonly<Record<Fate, string>> = {
  waiting: 'Queued',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Not delivered',
  cancelled: 'Cancelled',
  received: '',
};

const TICKS: Readonly<Record<Fate, string>> = {
  ...{ waiting: '◷', sent: '✓', delivered: '✓✓', read: '✓✓' },
  ...{ failed: '!', cancelled: '×', received: '' },
};

export function fateInWords(message: Pick<LoggedMessage, 'status' | 'error'>): {
  readonly tick: string;
  readonly words: string;
} {
  const fate = fateOf(message);
  const words = message.status === 'scheduled' && fate === 'waiting' ? 'Scheduled' : FATE_WORDS[fate];
  return { tick: TICKS[fate], words };
}

/** What people call the kinds that WhatsApp carries (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages). */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^image\/webp$/, 'Sticker'],
  [/^image\//, 'Picture'],
  [/^video\//, 'Video'],
  [/^audio\/ogg\b/, 'Voice message'],
  [/^audio\//, 'Audio'],
  [/vcard$/, 'Contact card'],
  [/^application\/pdf$/, 'PDF document'],
  [/word/, 'Word document'],
  [/excel|spreadsheet/, 'Spreadsheet'],
  [/powerpoint|presentation/, 'Presentation'],
  [/^text\//, 'Text file'],
];

/** What an attachment is; Twilio keeps no name of it. */
export function kindInWords(contentType: string): string {
  return KINDS.find(([pattern]) => pattern.test(contentType))?.[1] ?? 'File';
}

/** Media have no text of their own; the log has no more of a location or a call to action than that it was there. */
export function textInWords(message: Pick<LoggedMessage, 'body' | 'mediaCount'>): string {
  if (message.body) return message.body;
  if (message.mediaCount > 0)
    return message.mediaCount === 1 ? '1 attachment' : `${message.mediaCount} attachments`;
  return 'No text in Twilio’s log';
}

/** The line in a row of the list. */
export function lineOf(message: LoggedMessage): string {
  const text = firstLine(textInWords(message));
  return message.direction === 'outbound' ? `You: ${text}` : text;
}

/** May change while nothing is done here: someone gets WhatsApp, or accepts its terms. */
const ADDRESS_CODES = new Set([63003, 63024]);
const REPEATABLE: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['transient', 'unknown']);

/**
 * Whether to offer to send the same text once more.
 * @param openedAt when the user wrote last, where their window is open
 */
export function maySendAgain(message: LoggedMessage, openedAt: number | null): boolean {
  const { error } = message;
  if (fateOf(message) !== 'failed' || message.mediaCount > 0 || !message.body) return false;
  if (error === null) return true;
  // What WhatsApp refused as too late is too late until they write again, whatever this page believed.
  if (error.class === 'window') return openedAt !== null && openedAt > message.at;
  return REPEATABLE.has(error.class) || ADDRESS_CODES.has(error.code);
}

/** What was done about a message that did not arrive; null where nothing is known. */
export function whatNext(
  message: LoggedMessage,
  thread: readonly ThreadMessage[],
  held: readonly { readonly body: string }[],
): string | null {
  const repair = thread.find(({ repairOf }) => repairOf === message.sid);
  if (repair) return repair.body === message.body ? 'It was sent again.' : 'A template was sent instead.';
  if (message.body === null || !isHeld(message.body, held)) return null;
  return message.error?.class === 'transient'
    ? 'The text is tried again in a moment.'
    : 'The text is held until they answer.';
}

/** By itself, or as the texts of which it was joined: those are held again one by one, in their order. */
function isHeld(text: string, held: readonly { readonly body: string }[]): boolean {
  const bodies = held.map(({ body }) => body).filter((body) => body !== '');
  return bodies.some((_, first) =>
    bodies.slice(first).some((_body, count) => joinTexts(bodies.slice(first, first + count + 1)) === text),
  );
}
