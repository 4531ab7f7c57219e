/**
 * Releases what is held for a person, in order, each once: one container at a time, under a lease. Each text is marked
 * before it is sent and removed after, so after an interruption the status callback of its message or the message log tells
 * whether it left. Once messages failed for the moment, one leaves at a time, each after a pause. It must not release
 * anything while the window is not open.
 */

import { isOpen, newerFacts, type WindowFacts, windowAt } from '../../domain/customer-service-window';
import { errorClass } from '../../domain/error-class';
import type { Pair } from '../../domain/whatsapp-address';
import type { Moment } from '../contacts/read-person';
import { Failure } from '../failure';
import { inChunks } from '../in-chunks';
import { type ContactRecord, PAUSE_MS, RELEASE_LEASE_MS, UNRESTRICTED } from '../ports/contact-store';
import type { HeldMessage } from '../ports/held-messages';
import type { SentMessage } from '../ports/messenger';
import type { SendPorts } from '../ports/send-ports';
import { cancelIfOptedOut } from '../receive/cancel-scheduled';
import { dispatchMessage } from '../send/dispatch';
import { addressed, heldName } from './held-name';
import { type Group, partOf, repairsOf, statusCallbacksOf, textOf } from './joint-message';
import { markNext, type NextMessage, type Releasing, timeOf, unmark } from './next-message';

export type ReleasedResult =
  | { readonly kind: 'sent'; readonly message: SentMessage }
  /** Twilio refuses this message for good; it is held no more. */
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface Release {
  /** By `heldName`: what became of the messages that are held no more. */
  readonly results: ReadonlyMap<string, ReleasedResult>;
  /**
   * `none`: nothing may leave. `done`: all that may leave has left. `stopped`: some of it has to wait for another
   * invocation. `busy`: another container is releasing, or died while it did. `paused`: nothing more leaves before the end
   * of a pause, and a status callback goes on then.
   */
  readonly state: 'none' | 'done' | 'stopped' | 'busy' | 'paused';
}

/** How many messages were sent: several held texts may have left as one. */
export function sentCount({ results }: Release): number {
  return new Set(
    [...results.values()].flatMap((result) => (result.kind === 'sent' ? [result.message.sid] : [])),
  ).size;
}

/**
 * Releases what is held for the person. What is not sent stays held.
 * @param known what is stored under `pair`, where that is known for certain
 * @throws Failure `STATE_UNAVAILABLE` where the store could not be reached before anything was sent
 */
export async function releaseHeld(
  ports: SendPorts,
  pair: Pair,
  at: Moment,
  known?: ContactRecord,
): Promise<Release> {
  const results = new Map<string, ReleasedResult>();
  const person = known ?? (await ports.windows.read(pair, true));
  if (!person?.restrictions.holding || person.restrictions.optedOutAt !== null)
    return { results, state: 'none' };

  const lease = await takeLease(ports, pair, person.facts, at);
  if (lease.state !== 'taken') return { results, state: lease.state };
  let rest: Rest = 'stopped';
  let isPaused = false;
  try {
    rest = await releaseAll(ports, pair, lease.person, at, results);
  } catch (error) {
    // What left has left. Where nothing did, the caller says that it did not work.
    if (results.size === 0 || !(error instanceof Failure)) throw error;
  } finally {
    // A lease that cannot be ended ends by itself.
    isPaused = await endLease(ports, pair, rest, at).catch(() => false);
  }
  if (isPaused) return { results, state: 'paused' };
  return { results, state: rest === 'stopped' ? 'stopped' : 'done' };
}

type Lease =
  | { readonly state: 'taken'; readonly person: ContactRecord }
  | { readonly state: 'none' | 'busy' | 'paused' };

async function takeLease(ports: SendPorts, pair: Pair, facts: WindowFacts, at: Moment): Promise<Lease> {
  let isFree = true;
  let isPaused = false;
  const { window: person, changed } = await ports.windows.change(pair, (current) => {
    const { restrictions } = current;
    const newest = newerFacts(current.facts, facts);
    isFree = restrictions.releasingUntil === null || restrictions.releasingUntil <= at.now;
    const mayLeave = isOpen(windowAt(newest, at.now, at.marginSeconds)) && restrictions.optedOutAt === null;
    isPaused = mayLeave && (restrictions.pausedUntil ?? 0) > at.now;
    return isFree && mayLeave && !isPaused
      ? {
          ...current,
          facts: newest,
          restrictions: { ...restrictions, holding: true, releasingUntil: at.now + RELEASE_LEASE_MS },
        }
      : null;
  });
  if (changed) return { state: 'taken', person };
  if (!isFree) return { state: 'busy' };
  return { state: isPaused ? 'paused' : 'none' };
}

/** What is left: nothing, only what waits for its time, or for the end of a pause, or something that could not be sent now. */
type Rest = 'nothing' | 'waiting' | 'paused' | 'stopped';

async function releaseAll(
  ports: SendPorts,
  pair: Pair,
  person: ContactRecord,
  at: Moment,
  results: Map<string, ReleasedResult>,
): Promise<Rest> {
  const seen = new Set<string>();
  const releasing: Releasing = { person, at, alike: new Map(), alone: new Set() };
  for (;;) {
    const queue = await ports.held.list(pair);
    const next = groupOf(queue.filter((held) => !seen.has(heldName(held))));
    if (next === null) return queue.length === 0 ? 'nothing' : 'waiting';
    if (isEnough(person, results)) return 'paused';
    const passed = await releaseThese(ports, pair, next, releasing, results);
    if (passed === 'stop') return 'stopped';
    for (const held of next.slice(0, passed)) seen.add(heldName(held));
  }
}

/** @returns how many of the queue, from its beginning, have left or do not leave now */
async function releaseThese(
  ports: SendPorts,
  pair: Pair,
  queue: Group,
  releasing: Releasing,
  results: Map<string, ReleasedResult>,
): Promise<number | 'stop'> {
  let done = 0;
  for (let next: Group | null = queue; next !== null; next = groupOf(queue.slice(done))) {
    const passed = await releaseNext(ports, pair, next, releasing, results);
    if (passed === 'stop') return 'stop';
    done += passed;
    if (isEnough(releasing.person, results)) break;
  }
  return done;
}

/** One by one: since something failed for the moment, until nothing is held any more. */
function isOneByOne({ restrictions }: ContactRecord): boolean {
  return restrictions.pausedUntil !== null;
}

function isEnough(person: ContactRecord, results: ReadonlyMap<string, ReleasedResult>): boolean {
  return isOneByOne(person) && [...results.values()].some(({ kind }) => kind === 'sent');
}

function groupOf([first, ...others]: readonly HeldMessage[]): Group | null {
  return first === undefined ? null : [first, ...others];
}

/** @returns how many of the queue, from its beginning, have left or do not leave now */
async function releaseNext(
  ports: SendPorts,
  pair: Pair,
  queue: Group,
  releasing: Releasing,
  results: Map<string, ReleasedResult>,
): Promise<number | 'stop'> {
  if (!ports.hasTime()) return 'stop';
  const [mayLeave, next] = await Promise.all([
    // Where it cannot be known, nothing more leaves for now, and what is marked is unmarked.
    (results.size === 0 && releasing.alone.size === 0) || mayGoOn(ports, pair, releasing.at),
    markNext(ports, queue, releasing),
  ]);
  if (next === 'stop') return 'stop';
  const { message, passed } = next;
  if (!mayLeave) {
    if (message) await unmark(ports, message.group);
    return 'stop';
  }
  if (message === null) return passed;
  const outcome = await sendMarked(ports, message, queue.slice(passed), releasing, results);
  if (outcome === 'stop') return 'stop';
  return outcome === 'each by itself' ? 0 : passed;
}

/** @param behind what is held behind it */
async function sendMarked(
  ports: SendPorts,
  message: NextMessage,
  behind: readonly HeldMessage[],
  { person, at, alike, alone }: Releasing,
  results: Map<string, ReleasedResult>,
): Promise<'done' | 'each by itself' | 'stop'> {
  const continuesRelease = behind.some((held) => timeOf(held, person, at) !== 'waits');
  const result = await sendOne(ports, message, person, at, continuesRelease);
  if (result === 'stop') return 'stop';
  const { group } = message;
  if (result.kind === 'refused' && group.length > 1) {
    // Which of them it is refused for is not known: each is tried by itself.
    await unmark(ports, group);
    for (const held of group) alone.add(heldName(held));
    return 'each by itself';
  }
  if (result.kind === 'refused') await removeAll(ports, group);
  for (const held of group) results.set(heldName(held), result);
  const text = textOf(group);
  if (result.kind === 'sent') alike.set(text, [...(alike.get(text) ?? []), result.message.sid]);
  return 'done';
}

async function removeAll(ports: SendPorts, group: Group): Promise<void> {
  await inChunks(group, ({ pair, id }) => ports.held.remove(pair, id, true));
}

/**
 * A STOP that came meanwhile ends the release, as does a message that failed for the moment: at most the message that is
 * on its way leaves after it.
 */
async function mayGoOn({ windows }: SendPorts, pair: Pair, { now }: Moment): Promise<boolean> {
  try {
    const { optedOutAt = null, pausedUntil = null } = (await windows.read(pair, true))?.restrictions ?? {};
    return optedOutAt === null && (pausedUntil ?? 0) <= now;
  } catch {
    return false;
  }
}

async function sendOne(
  ports: SendPorts,
  { group, joint, sendAt }: NextMessage,
  person: ContactRecord,
  at: Moment,
  continuesRelease: boolean,
): Promise<ReleasedResult | 'stop'> {
  const [first] = group;
  const pair = addressed(first);
  try {
    const sent = await dispatchMessage(
      ports,
      {
        ...{ pair, sendAt, continuesRelease, acceptedAt: first.acceptedAt, isOneByOne: isOneByOne(person) },
        ...{ statusCallbacks: statusCallbacksOf(group), repairs: repairsOf(group) },
        message: { ...first.message, body: textOf(group) },
        attempt: Math.max(...group.map(({ attempt = 1 }) => attempt)),
        template: joint ? null : first.template,
        parts: joint && group.map(partOf),
        releases: { id: first.id, token: joint?.token ?? first.token, isJoint: joint !== null },
        window: windowAt(person.facts, sendAt ?? at.now, at.marginSeconds),
      },
      at.now,
    );
    // Where it cannot be removed, its status callback does it, or the message log tells the next release.
    await removeAll(ports, group).catch(() => undefined);
    if (sendAt !== null) await cancelIfOptedOut(ports, pair, [sent]);
    return { kind: 'sent', message: sent };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Still marked: it may have left.
    if (error.code === 'OUTCOME_UNKNOWN') return 'stop';
    if (isRefusedForGood(error)) return { kind: 'refused', failure: error };
    await unmark(ports, group);
    return 'stop';
  }
}

/** It would be refused every time, and hold up all that follow it. What the account or the sender lacks may be mended. */
function isRefusedForGood({ code, twilioCode }: Failure): boolean {
  const about = errorClass(twilioCode);
  return code === 'TWILIO_REJECTED' && (about === 'template' || about === 'recipient');
}

/** @returns whether what is left waits for the end of a pause */
async function endLease(ports: SendPorts, pair: Pair, rest: Rest, { now }: Moment): Promise<boolean> {
  if (rest === 'nothing') {
    await endHolding(ports, pair, () => true);
    return false;
  }
  const { window } = await ports.windows.change(pair, ({ restrictions, ...current }) => {
    const pausedUntil = rest === 'paused' ? now + PAUSE_MS : restrictions.pausedUntil;
    return { ...current, restrictions: { ...restrictions, releasingUntil: null, pausedUntil } };
  });
  return (window.restrictions.pausedUntil ?? 0) > now;
}

/** With nothing held nothing restricts the person, and the next hold asks anew. A lease of somebody else is theirs to end. */
export async function endHolding(
  ports: SendPorts,
  pair: Pair,
  mayEnd: (restrictions: ContactRecord['restrictions']) => boolean,
): Promise<void> {
  const { changed } = await ports.windows.change(pair, ({ restrictions, ...current }) =>
    mayEnd(restrictions) ? { ...current, restrictions: withoutHolding(restrictions) } : null,
  );
  // Whoever appended between the last look and the end of the lease would wait for good.
  if (!changed || (await ports.held.list(pair)).length === 0) return;
  await ports.windows.change(pair, (current) => ({
    ...current,
    restrictions: { ...current.restrictions, holding: true },
  }));
}

function withoutHolding({ optedOutAt, cancelScheduled }: ContactRecord['restrictions']) {
  return { ...UNRESTRICTED, optedOutAt, cancelScheduled };
}
