/**
 * What a restore does with each entry of a backup, decided from what is in Sync and in Twilio's log. It changes nothing.
 * These rules hold, whatever is asked for:
 *
 * 1. A person whose opt-out is in Sync stays opted out: neither their records nor their queue are touched, and no plain
 *    record is put beside a restricted one, because senders read the plain one first.
 * 2. Where Sync has nothing, nothing is restored of a person who wrote since the backup, save their opt-out: the functions
 *    ask Twilio's log, which knows what they wrote, STOP as well; and what was held for them has gone out.
 * 3. A queue that is in Sync stays as it is: what is missing in it was sent or cancelled, and would be sent again.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Entry, EntryOf } from '../backup/entries';
import type { NamesOf } from './names';
import type { Present } from './present';
import type { WrittenSince } from './written-since';

export const LEFT = [
  'same',
  'newer',
  'optedOut',
  'restricted',
  'queue',
  'wroteSince',
  'saidStart',
  'expired',
] as const;
export type Left = (typeof LEFT)[number];

export interface Planned {
  readonly entry: Entry;
  readonly step: 'create' | 'overwrite' | Left;
  /** Of what is overwritten, so that nothing is that came meanwhile; null where there is nothing of this name. */
  readonly revision: string | null;
}

export interface Question {
  readonly present: Present;
  readonly since: WrittenSince;
  readonly namesOf: NamesOf;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly overwriteNewer: boolean;
  /** Queues that an interrupted restore of this backup has begun. */
  readonly begun: ReadonlySet<string>;
}

type Document = EntryOf<'document'>;
type Step = Planned['step'];

export function plan(entries: readonly Entry[], question: Question): readonly Planned[] {
  const guards = new Map(
    entries.flatMap((entry) =>
      entry.kind === 'document' && entry.name.startsWith('guard.') ? [[entry.name, entry] as const] : [],
    ),
  );
  return entries.map((entry) => ({
    entry,
    step: stepOf(entry, question, guards),
    revision: revisionOf(entry, question.present),
  }));
}

/** Whose plan depends on the log: contacts and queues of which Sync has nothing. */
export function needsLog(entries: readonly Entry[], present: Present): boolean {
  return entries.some((entry) => {
    const pair = pairOf(entry.name);
    if (pair === null) return false;
    return entry.kind === 'document'
      ? !present.document(`guard.${pair}`) && !present.document(`window.${pair}`)
      : entry.kind === 'list' && !present.hasList(entry.name);
  });
}

/** `SENDER.USER` of a record or a queue. */
export function pairOf(name: string): string | null {
  return /^(?:window|guard|held)\.(.+)$/.exec(name)?.[1] ?? null;
}

const RESTRICTIONS = [
  'optedOutAt',
  'holding',
  'askedAt',
  'promptSid',
  'cancelScheduled',
  'releasingUntil',
  'closedByWhatsApp',
];

/** Whether the record keeps senders from the plain one beside it. */
export function restricts({ data }: Pick<Document, 'data'>): boolean {
  return RESTRICTIONS.some((name) => Boolean(data[name]));
}

function isOptOut({ data }: Pick<Document, 'data'>): boolean {
  return Boolean(data.optedOutAt);
}

/** Under any name of the person. */
function hasOptedOut(pair: string, { present, namesOf }: Question): boolean {
  return namesOf(pair).some((name) => {
    const guard = present.document(`guard.${name}`);
    return guard !== undefined && isOptOut(guard);
  });
}

function stepOf(entry: Entry, question: Question, guards: ReadonlyMap<string, Document>): Step {
  switch (entry.kind) {
    case 'document':
      if (entry.name.startsWith('guard.')) return guardStep(entry, question);
      if (entry.name.startsWith('window.')) return windowStep(entry, question, guards);
      return storedStep(entry, question.present.document(entry.name), question, question.overwriteNewer);
    case 'list':
      return listStep(entry.name, entry.expiresAt, question);
    case 'list-item':
      return heldStep(entry, question);
    case 'map':
      return question.present.hasMap(entry.name) ? 'same' : 'create';
    case 'map-item':
      // A key that was settled since must not be pending again.
      return storedStep(entry, question.present.mapItem(entry.name, entry.key), question, false);
  }
}

function storedStep(
  entry: Document | EntryOf<'map-item'>,
  there: Document | EntryOf<'map-item'> | undefined,
  { now }: Question,
  overwriteNewer: boolean,
): Step {
  if (hasExpired(entry, now)) return 'expired';
  if (!there) return 'create';
  if (isDeepStrictEqual(there.data, entry.data)) return 'same';
  return there.updatedAt >= entry.updatedAt && !overwriteNewer ? 'newer' : 'overwrite';
}

function guardStep(entry: Document, question: Question): Step {
  const { present, since, now, overwriteNewer } = question;
  const pair = pairOf(entry.name) ?? '';
  const there = present.document(entry.name);
  const step = storedStep(entry, there, question, overwriteNewer);
  if (step !== 'same' && hasOptedOut(pair, question)) return 'optedOut';
  if (there) return step;
  if (hasExpired(entry, now)) return 'expired';
  const plain = present.document(`window.${pair}`);
  if (plain) return plain.updatedAt >= entry.updatedAt && !overwriteNewer ? 'newer' : 'overwrite';
  if (isOptOut(entry)) return since.saidStart(pair) ? 'saidStart' : 'create';
  return since.wrote(pair) ? 'wroteSince' : 'create';
}

function windowStep(entry: Document, question: Question, guards: ReadonlyMap<string, Document>): Step {
  const { present, since, now, overwriteNewer } = question;
  const pair = pairOf(entry.name) ?? '';
  const there = present.document(`guard.${pair}`);
  if (hasOptedOut(pair, question)) return 'optedOut';
  const given = guards.get(`guard.${pair}`);
  if (there ? restricts(there) : given && restricts(given) && !hasExpired(given, now)) return 'restricted';
  const step = storedStep(entry, present.document(entry.name), question, overwriteNewer);
  return step === 'create' && since.wrote(pair) ? 'wroteSince' : step;
}

function listStep(name: string, expiresAt: number | null, question: Question): Step {
  const { present, since, now, begun } = question;
  const pair = pairOf(name) ?? '';
  if (hasExpired({ expiresAt }, now)) return 'expired';
  if (hasOptedOut(pair, question)) return 'optedOut';
  if (since.wrote(pair)) return 'wroteSince';
  if (!present.hasList(name)) return 'create';
  return begun.has(name) ? 'same' : 'queue';
}

function heldStep(entry: EntryOf<'list-item'>, question: Question): Step {
  const ofQueue = listStep(entry.name, null, question);
  if (ofQueue !== 'create' && ofQueue !== 'same') return ofQueue;
  if (hasExpired(entry, question.now)) return 'expired';
  return question.present.hasHeld(entry.name, entry.data.mark) ? 'same' : 'create';
}

function hasExpired({ expiresAt }: { readonly expiresAt: number | null }, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}

function revisionOf(entry: Entry, present: Present): string | null {
  if (entry.kind === 'document') return present.document(entry.name)?.revision ?? null;
  return entry.kind === 'map-item' ? (present.mapItem(entry.name, entry.key)?.revision ?? null) : null;
}
