/**
 * The next message of a release: one held text, or as many as fit into one, marked as being sent. It must not send it.
 */
import { isOpen, windowAt } from '../../domain/customer-service-window';
import { MIN_AHEAD_MS } from '../../domain/outbound-message';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Moment } from '../contacts/read-person';
import { inChunks } from '../in-chunks';
import type { ContactRecord } from '../ports/contact-store';
import type { HeldMessage, Joint } from '../ports/held-messages';
import type { SendPorts } from '../ports/send-ports';
import { heldName } from './held-name';
import { type Group, hashOf, mayJoin, textOf } from './joint-message';
import { evidenceOf } from './release-evidence';

/** What a release knows, and has learnt so far. */
export interface Releasing {
  readonly person: ContactRecord;
  readonly at: Moment;
  /** The messages that left, by their text. */
  readonly alike: Map<string, readonly MessageSid[]>;
  /** By `heldName`: Twilio refused a joint message of theirs, so each is sent by itself. */
  readonly alone: Set<string>;
}

export interface NextMessage {
  readonly group: Group;
  /** Null for a held message that is sent by itself. */
  readonly joint: Joint | null;
  /** Null for now. */
  readonly sendAt: number | null;
}

export interface Next {
  /** Null where the first of the queue does not leave. */
  readonly message: NextMessage | null;
  /** How many of the queue, from its beginning, leave in this message or not at all now. */
  readonly passed: number;
}

/** @returns `stop` where nothing more may leave before it is known whether the first of the queue has left */
export async function markNext(ports: SendPorts, queue: Group, releasing: Releasing): Promise<Next | 'stop'> {
  const [first, ...others] = queue;
  const readiness = await readinessOf(ports, first, releasing);
  if (readiness === 'stop') return 'stop';
  if (typeof readiness === 'string') return { message: null, passed: 1 };
  const { sendAt } = readiness;
  const { group, passed } = ports.joinsHeld
    ? await joinOthers(ports, first, sendAt, others, releasing)
    : { group: [first] as const, passed: 1 };
  const marked = await markGroup(ports, group, releasing);
  return { message: marked && { ...marked, sendAt }, passed };
}

/** Those that follow the first, until one does not fit. */
async function joinOthers(
  ports: SendPorts,
  first: HeldMessage,
  sendAt: number | null,
  others: readonly HeldMessage[],
  releasing: Releasing,
): Promise<{ readonly group: Group; readonly passed: number }> {
  const { alone } = releasing;
  let group: Group = [first];
  let passed = 1;
  for (const next of others) {
    if (alone.has(heldName(first)) || alone.has(heldName(next)) || !mayJoin(group, next)) break;
    const readiness = await readinessOf(ports, next, releasing);
    if (readiness === 'stop') break;
    if (typeof readiness !== 'string') {
      if (readiness.sendAt !== sendAt) break;
      group = [...group, next];
    }
    passed += 1;
  }
  return { group, passed };
}

/**
 * @returns when it leaves, or why it does not: `gone` is off the queue, `waits` has its time still to come, of `stop` it is
 * not known whether it has left
 */
async function readinessOf(
  ports: SendPorts,
  held: HeldMessage,
  { person, at }: Releasing,
): Promise<{ readonly sendAt: number | null } | 'gone' | 'waits' | 'stop'> {
  const isForSomebodyElse =
    held.externalUserId !== null &&
    person.externalUserId !== null &&
    held.externalUserId !== person.externalUserId;
  const evidence = held.sendingSince === null ? 'not-left' : await evidenceOf(ports, held, at);
  if (held.expiresAt <= at.now || isForSomebodyElse || evidence === 'left') {
    await ports.held.remove(held.pair, held.id, true);
    return 'gone';
  }
  if (evidence === 'unknown') return 'stop';
  const sendAt = timeOf(held, person, at);
  return sendAt === 'waits' ? 'waits' : { sendAt };
}

/**
 * @returns when it leaves: null for now. Its wanted time, if the window will be open then; otherwise as soon as the user
 * has answered since it was held, and until then it waits
 */
export function timeOf(
  { sendAt, heldAt }: HeldMessage,
  { facts }: ContactRecord,
  at: Moment,
): number | null | 'waits' {
  if (sendAt === null || sendAt - at.now <= MIN_AHEAD_MS) return null;
  if (isOpen(windowAt(facts, sendAt, at.marginSeconds))) return sendAt;
  return (facts.lastInboundAt ?? 0) >= heldAt ? null : 'waits';
}

/** @returns those that could be marked; null where all were cancelled meanwhile */
async function markGroup(
  ports: SendPorts,
  group: Group,
  releasing: Releasing,
): Promise<Omit<NextMessage, 'sendAt'> | null> {
  const joint: Joint | null =
    group.length === 1 ? null : { token: ports.held.newName(), textHash: hashOf(textOf(group)) };
  const notThese = releasing.alike.get(textOf(group)) ?? [];
  const mark = (held: HeldMessage) => ports.held.mark(held, releasing.at.now, notThese, joint);
  const [first, ...others] = group;
  try {
    // The first before the others: where this is cut short, whoever finds it marked waits until it is known what left.
    const marks = [await mark(first), ...(await inChunks(others, mark))];
    const [left, ...more] = group.filter((_, index) => marks[index]);
    if (left === undefined) return null;
    if (more.length === others.length) return { group, joint };
    // One was cancelled meanwhile: the others say something else together.
    return await markGroup(ports, [left, ...more], releasing);
  } catch (error) {
    if (others.length > 0) await unmark(ports, group).catch(() => undefined);
    throw error;
  }
}

/** They wait again: nothing of them left. */
export async function unmark(ports: SendPorts, group: Group): Promise<void> {
  await inChunks(group, (held) => ports.held.mark(held, null, []));
}
