/**
 * Which rows one call of /send-message sends: each by itself, or with --together the texts for one person as few messages
 * as fit, in the order of the file. Pure, so that a repeated command joins the same rows under the same key.
 */
import { createHash } from 'node:crypto';
import { joinTexts, MAX_BODY_CHARACTERS } from '../../src/domain/outbound-message';
import { personOf, type Row } from './rows';

export type Rows = readonly [Row, ...Row[]];

export interface Message {
  readonly rows: Rows;
  /** What goes to /send-message, without a key. */
  readonly parameters: Row['parameters'];
  /** The same for the same rows in the same order, and for no others; 32 hexadecimal digits. */
  readonly fingerprint: string;
}

export function messageOf(rows: Rows): Message {
  const [first, ...others] = rows;
  if (others.length === 0) return { rows, parameters: first.parameters, fingerprint: first.fingerprint };
  const fingerprints = rows.map(({ fingerprint }) => fingerprint).join(' ');
  return {
    rows,
    parameters: jointParameters(rows),
    fingerprint: createHash('sha256').update(fingerprints).digest('hex').slice(0, 32),
  };
}

/** One message a row. */
export function apart(rows: readonly Row[]): readonly Message[] {
  return rows.map((row) => messageOf([row]));
}

/** As few messages as fit, where the first of their rows stands in the file; an attachment or a template stays by itself. */
export function together(rows: readonly Row[]): readonly Message[] {
  const messages: Rows[] = [];
  const newest = new Map<string, number>();
  for (const row of rows) {
    const to = `${conversationOf(row)} ${row.parameters.sendAt ?? ''}`;
    const at = newest.get(to);
    const before = at === undefined ? undefined : messages[at];
    if (at !== undefined && before !== undefined && mayJoin(before, row)) messages[at] = [...before, row];
    else newest.set(to, messages.push([row]) - 1);
  }
  return messages.map(messageOf);
}

/** What is said in one conversation is read in its order: a person, in every spelling of the number, and a sender. */
export function conversationOf({ to, parameters }: Row): string {
  return JSON.stringify([personOf(to), personOf(String(parameters.from ?? ''))]);
}

function mayJoin(rows: Rows, next: Row): boolean {
  const [first] = rows;
  const isAlike = first.parameters.statusCallback === next.parameters.statusCallback;
  return isAlike && [...rows, next].every(isText) && textOf([...rows, next]).length <= MAX_BODY_CHARACTERS;
}

const isText = ({ parameters }: Row) => parameters.body !== undefined && parameters.mediaUrl === undefined;

function textOf(rows: readonly Row[]): string {
  return joinTexts(rows.map(({ parameters }) => String(parameters.body)));
}

/**
 * What the rows agree in stays. Where they do not, the joint text is for an open window only: outside it each row has a
 * template or a `whenClosed` of its own.
 */
function jointParameters(rows: Rows): Message['parameters'] {
  const [{ parameters: first }] = rows;
  const body = textOf(rows);
  if (agree(rows)) return { ...first, body };
  const { template, language, contentVariables, ...without } = first;
  return { ...without, body, whenClosed: 'refuse' };
}

/** Whether they differ in their text alone. */
export function agree([first, ...others]: Rows): boolean {
  const rest = ({ parameters }: Row) => JSON.stringify({ ...parameters, body: '', to: '' });
  return others.every((other) => rest(other) === rest(first));
}
