/**
 * One message that is made of several held texts: which texts it may join, what it says, and how it is told from others
 * in Twilio's log. It must not send anything.
 */
import { createHash } from 'node:crypto';
import { joinTexts, MAX_BODY_CHARACTERS } from '../../domain/outbound-message';
import { fitsIntoCallback } from '../../domain/status-callbacks';
import type { HeldMessage } from '../ports/held-messages';
import type { JoinedPart } from '../ports/send-records';

export type Group = readonly [HeldMessage, ...HeldMessage[]];

/** A send record is one item in Sync, which takes 16 KiB (error 54006). */
const MAX_RECORD_BYTES = 14_000;
/** Two times, and what stands between the fields. */
const BYTES_PER_PART = 48;
const MAX_REPAIRS = 20;

export function textOf(group: Group): string {
  return joinTexts(group.map(({ message }) => message.body));
}

/**
 * Only texts, to one address, from one queue. An attachment keeps the text that it was given with and takes no other: a
 * caption is not shown with every kind of attachment, and nobody knows the kind before Twilio has fetched it.
 */
export function mayJoin(group: Group, next: HeldMessage): boolean {
  const [first] = group;
  const joined: Group = [...group, next];
  return (
    joined.every(({ message }) => message.body !== '' && message.mediaUrls.length === 0) &&
    first.to === next.to &&
    first.pair.user === next.pair.user &&
    textOf(joined).length <= MAX_BODY_CHARACTERS &&
    isStorable(joined)
  );
}

function isStorable(group: Group): boolean {
  return (
    group.map(bytesOf).reduce((sum, bytes) => sum + bytes) <= MAX_RECORD_BYTES &&
    fitsIntoCallback(statusCallbacksOf(group)) &&
    repairsOf(group).length <= MAX_REPAIRS
  );
}

function bytesOf({ message, template, statusCallback }: HeldMessage): number {
  return Buffer.byteLength(JSON.stringify([message.body, template, statusCallback])) + BYTES_PER_PART;
}

export function partOf({
  message,
  template,
  statusCallback,
  acceptedAt,
  expiresAt,
}: HeldMessage): JoinedPart {
  return { message, template, statusCallback, acceptedAt, expiresAt };
}

export function statusCallbacksOf(parts: readonly Pick<HeldMessage, 'statusCallback'>[]): readonly string[] {
  return distinct(parts.map(({ statusCallback }) => statusCallback));
}

/** The refused messages that it takes the place of. */
export function repairsOf(group: Group): readonly NonNullable<HeldMessage['repairs']>[] {
  return distinct(group.map(({ repairs }) => repairs));
}

function distinct<T>(values: readonly (T | null)[]): readonly T[] {
  return [...new Set(values.filter((value) => value !== null))];
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether the message that a held text is being sent in says this. */
export function isSentAs({ message, joint }: HeldMessage, body: string): boolean {
  if (body === '') return false;
  return joint === null ? body === message.body : hashOf(body) === joint.textHash;
}

/** Whether a message, joint or not, has this text in it as one of its own. */
export function hasPart(body: string, text: string): boolean {
  return joinTexts(['', body, '']).includes(joinTexts(['', text, '']));
}
