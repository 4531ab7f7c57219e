/**
 * A row of a message log, read from the columns of the CSV that Twilio's Console exports. A row that cannot be read is a
 * problem with a sentence, a row of another channel is left out; it must never be counted as something that it is not.
 */
import { parseWhatsAppAddress, type WhatsAppAddress } from '../whatsapp-address';
import { loggedTimeIn } from './logged-time';

export interface LogRow {
  /** Of the file, as an editor counts; the header is line 1. Where there is no file, the message's place in the log, from 1. */
  readonly line: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly direction: 'inbound' | 'outbound';
  readonly sender: WhatsAppAddress;
  readonly user: WhatsAppAddress;
  readonly body: string;
  readonly hasMedia: boolean;
  /** In small letters, such as `delivered`. */
  readonly status: string;
  readonly errorCode: number | null;
  /** Empty where the log does not have it. */
  readonly sid: string;
}

export interface LineProblem {
  readonly line: number;
  /** For a person; no text of a message and no address is in it. */
  readonly message: string;
}

/** Where each column stands, from 0; -1 where there is none. */
export type Columns = Readonly<Record<ColumnName, number>>;
type ColumnName =
  | 'from'
  | 'to'
  | 'body'
  | 'status'
  | 'sentDate'
  | 'errorCode'
  | 'sid'
  | 'direction'
  | 'numMedia';

const COLUMN_NAMES: Readonly<Record<ColumnName, string>> = {
  from: 'From',
  to: 'To',
  body: 'Body',
  status: 'Status',
  sentDate: 'SentDate',
  errorCode: 'ErrorCode',
  sid: 'Sid',
  direction: 'Direction',
  numMedia: 'NumMedia',
};
/** Without these every count would be wrong. Older exports have no ErrorCode. */
const REQUIRED: readonly ColumnName[] = ['from', 'to', 'body', 'sentDate', 'direction'];

/** Statuses of what has not gone out, and may never: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
const NOT_SENT: readonly string[] = ['scheduled', 'canceled'];

export type ReadColumns =
  | { readonly ok: true; readonly columns: Columns; readonly count: number }
  | { readonly ok: false; readonly message: string };

/** Finds the columns by their names, in any order; case, spaces and underscores do not matter. */
export function columnsOf(header: readonly string[]): ReadColumns {
  const names = header.map((name) => name.toLowerCase().replace(/[^a-z]/g, ''));
  const entries = Object.entries(COLUMN_NAMES).map(([key, name]) => {
    const wanted = name.toLowerCase();
    return [key, wanted, names.indexOf(wanted), names.lastIndexOf(wanted)] as const;
  });
  const repeated = entries.filter(([, , first, last]) => first !== last).map(([, name]) => name);
  const columns = Object.fromEntries(entries.map(([key, , first]) => [key, first]));
  const read = columns as Record<ColumnName, number>;
  const missing = REQUIRED.filter((name) => read[name] < 0).map((name) => COLUMN_NAMES[name]);
  if (missing.length > 0) {
    return {
      ok: false,
      message: `The first line does not name ${missing.length === 1 ? 'the column' : 'the columns'} ${missing.join(', ')}.`,
    };
  }
  if (repeated.length > 0)
    return { ok: false, message: `The first line names a column twice: ${repeated.join(', ')}.` };
  return { ok: true, columns: read, count: header.length };
}

export type ReadRow =
  | { readonly kind: 'row'; readonly row: LogRow }
  /** Of another channel, not sent yet, or empty. */
  | { readonly kind: 'left out' }
  | { readonly kind: 'problem'; readonly message: string };

const LEFT_OUT: ReadRow = { kind: 'left out' };
const problem = (message: string): ReadRow => ({ kind: 'problem', message });

/** Reads one line, which has as many fields as the header. */
export function readLogRow(columns: Columns, fields: readonly string[], line: number): ReadRow {
  const field = (name: ColumnName) => fields[columns[name]] ?? '';
  const [from, to] = [field('from').trim(), field('to').trim()];
  if (!isWhatsApp(from) && !isWhatsApp(to)) {
    return from === '' && to === '' && fields.some((text) => text.trim() !== '')
      ? problem('From and To are empty.')
      : LEFT_OUT;
  }
  const status = field('status').trim().toLowerCase();
  if (NOT_SENT.includes(status)) return LEFT_OUT;

  const direction = directionOf(field('direction'));
  if (direction === undefined) return problem('Direction is neither inbound nor outbound.');
  const at = loggedTimeIn(field('sentDate').trim());
  if (at === undefined) return problem('SentDate is no time that can be read, such as 2026-11-02T10:00:00Z.');
  const [senderColumn, userColumn] = direction === 'inbound' ? ['To', 'From'] : ['From', 'To'];
  const [sender, user] = (direction === 'inbound' ? [to, from] : [from, to]).map(addressIn);
  if (sender === undefined) return problem(`${senderColumn} is no WhatsApp address.`);
  if (user === undefined) return problem(`${userColumn} is no WhatsApp address.`);
  const errorCode = codeIn(field('errorCode').trim());
  if (errorCode === undefined) return problem('ErrorCode is no number.');

  const sid = field('sid').trim();
  const hasMedia = sid.startsWith('MM') || Number(field('numMedia')) > 0;
  const row = { line, at, direction, sender, user, body: field('body'), hasMedia, status, errorCode, sid };
  return { kind: 'row', row };
}

function isWhatsApp(address: string): boolean {
  return /^whatsapp:/i.test(address);
}

/** `whatsapp:+15551234567`, and what programs that take it for a number or a form field leave of it. */
function addressIn(text: string): WhatsAppAddress | undefined {
  const bare = text.replace(/^whatsapp:/i, '').trim();
  return parseWhatsAppAddress(`whatsapp:${/^[1-9]\d*$/.test(bare) ? `+${bare}` : bare}`);
}

/** `outbound-api`, `outbound-reply`, `outbound-call`: https://www.twilio.com/docs/messaging/api/message-resource */
function directionOf(text: string): LogRow['direction'] | undefined {
  const [word] = text.trim().toLowerCase().split(/[-_ ]/);
  return word === 'inbound' || word === 'outbound'
    ? word
    : word === 'incoming'
      ? 'inbound'
      : word === 'outgoing'
        ? 'outbound'
        : undefined;
}

/** @returns null where there is none, undefined where it is no number */
function codeIn(text: string): number | null | undefined {
  if (text === '' || /^(?:0|null|none|-)$/i.test(text)) return null;
  return /^\d{1,6}(?:\.0+)?$/.test(text) ? Number(text) : undefined;
}
