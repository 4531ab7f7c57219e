/**
 * Releases what is held for a person, in order, each once: one container at a time, under a lease. Each message is marked
 * before it is sent and removed after, so after an interruption its status callback or the message log tells whether it
 * left. It must not release anything while the window is not open.
 */

import {
  isOpen,
  NO_FACTS,
  newerFacts,
  type WindowFacts,
  windowAt,
} from '../../domain/customer-service-window';
import { errorClass } from '../../domain/error-class';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import type { Moment } from '../contacts/read-person';
import { Failure } from '../failure';
import { type ContactRecord, UNRESTRICTED } from '../ports/contact-store';
import type { HeldMessage } from '../ports/held-messages';
import type { SentMessage } from '../ports/messenger';
import type { SendPorts } from '../ports/send-ports';
import { cancelIfOptedOut } from '../receive/cancel-scheduled';
import { dispatchMessage } from '../send/dispatch';
import { addressed, heldName } from './held-name';
import { findQueues, listAll, namesOf, type Queues } from './held-queue';
import { evidenceOf } from './release-evidence';

/** Longer than a function may live (10 s): whoever holds the lease after that is dead. */
const LEASE_MS = 15_000;
/** Twilio schedules nothing nearer than this; see the parameter `sendAt`. */
const MIN_AHEAD_MS = 5 * 60 * 1000;

export type ReleasedResult =
  | { readonly kind: 'sent'; readonly message: SentMessage }
  /** Twilio refuses this message for good; it is held no more. */
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface Release {
  /** By `heldName`: what became of the messages that are held no more. */
  readonly results: ReadonlyMap<string, ReleasedResult>;
  /**
   * `none`: nothing may leave. `done`: all that may leave has left. `stopped`: some of it has to wait for another
   * invocation. `busy`: another container is releasing, or died while it did.
   */
  readonly state: 'none' | 'done' | 'stopped' | 'busy';
}

/** How many messages were sent. */
export function sentCount({ results }: Release): number {
  return [...results.values()].filter(({ kind }) => kind === 'sent').length;
}

/**
 * Releases what is held for the person of a pair, whichever name they are asked for by: their newest message opened one
 * window for both. What is not sent stays held.
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
  const { queues, records } = await findQueues(ports, pair, known);
  const isOptedOut = records.some(({ restrictions }) => restrictions.optedOutAt !== null);
  if (isOptedOut || !records.some(({ restrictions }) => restrictions.holding))
    return { results, state: 'none' };

  const facts = records.map((record) => record.facts).reduce(newerFacts, NO_FACTS);
  const lease = await takeLease(ports, queues, facts, at);
  if (lease.state !== 'taken') return { results, state: lease.state };
  let rest: Rest = 'stopped';
  try {
    rest = await releaseAll(ports, queues, lease.person, at, results);
  } catch (error) {
    // What left has left. Where nothing did, the caller says that it did not work.
    if (results.size === 0 || !(error instanceof Failure)) throw error;
  } finally {
    // A lease that cannot be ended ends by itself.
    await endLease(ports, queues, lease.person.facts, rest).catch(() => undefined);
  }
  return { results, state: rest === 'stopped' ? 'stopped' : 'done' };
}

type Lease =
  | { readonly state: 'taken'; readonly person: ContactRecord }
  | { readonly state: 'none' | 'busy' };

async function takeLease(ports: SendPorts, queues: Queues, facts: WindowFacts, at: Moment): Promise<Lease> {
  let isFree = true;
  const { window: person, changed } = await ports.windows.change(queues.home, (current) => {
    const { restrictions } = current;
    const newest = newerFacts(current.facts, facts);
    isFree = restrictions.releasingUntil === null || restrictions.releasingUntil <= at.now;
    const mayLeave = isOpen(windowAt(newest, at.now, at.marginSeconds)) && restrictions.optedOutAt === null;
    return isFree && mayLeave
      ? {
          ...current,
          facts: newest,
          restrictions: { ...restrictions, holding: true, releasingUntil: at.now + LEASE_MS },
        }
      : null;
  });
  if (changed) return { state: 'taken', person };
  return { state: isFree ? 'none' : 'busy' };
}

/** What is left: nothing, only what waits for its time, or something that could not be sent now. */
type Rest = 'nothing' | 'waiting' | 'stopped';

async function releaseAll(
  ports: SendPorts,
  queues: Queues,
  person: ContactRecord,
  at: Moment,
  results: Map<string, ReleasedResult>,
): Promise<Rest> {
  const seen = new Set<string>();
  const alike = new Map<string, readonly MessageSid[]>();
  for (;;) {
    const queue = await listAll(ports, queues);
    const next = queue.filter((held) => !seen.has(heldName(held)));
    if (next.length === 0) return queue.length === 0 ? 'nothing' : 'waiting';
    for (const [index, held] of next.entries()) {
      if (!ports.hasTime()) return 'stopped';
      const notThese = alike.get(held.message.body) ?? [];
      const [mayLeave, ready] = await Promise.all([
        // Where it cannot be known, nothing more leaves for now, and what is marked is unmarked.
        results.size === 0 || mayGoOn(ports, queues).catch(() => false),
        markAsSending(ports, held, person, at, notThese),
      ]);
      if (ready === 'stop') return 'stopped';
      if (!mayLeave) {
        if (typeof ready === 'object') await ports.held.mark(held, null, []);
        return 'stopped';
      }
      seen.add(heldName(held));
      if (typeof ready === 'string') continue;
      const continuesRelease = next.slice(index + 1).some((other) => timeOf(other, person, at) !== 'waits');
      const result = await sendOne(ports, held, person, { at, ...ready, continuesRelease });
      if (result === 'stop') return 'stopped';
      results.set(heldName(held), result);
      if (result.kind === 'sent') alike.set(held.message.body, [...notThese, result.message.sid]);
    }
  }
}

/** A STOP that came meanwhile ends the release: at most the message that is on its way leaves after it. */
async function mayGoOn({ windows }: SendPorts, { home }: Queues): Promise<boolean> {
  const person = await windows.read(home, true);
  return person === undefined || person.restrictions.optedOutAt === null;
}

/** @returns when it leaves, marked; or why it does not */
async function markAsSending(
  ports: SendPorts,
  held: HeldMessage,
  person: ContactRecord,
  at: Moment,
  notThese: readonly MessageSid[],
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
  if (sendAt === 'waits') return 'waits';
  // Cancelled meanwhile where it cannot be marked.
  return (await ports.held.mark(held, at.now, notThese)) ? { sendAt } : 'gone';
}

/**
 * @returns when it leaves: null for now. Its wanted time, if the window will be open then; otherwise as soon as the user
 * has answered since it was held, and until then it waits
 */
function timeOf(
  { sendAt, heldAt }: HeldMessage,
  { facts }: ContactRecord,
  at: Moment,
): number | null | 'waits' {
  if (sendAt === null || sendAt - at.now <= MIN_AHEAD_MS) return null;
  if (isOpen(windowAt(facts, sendAt, at.marginSeconds))) return sendAt;
  return (facts.lastInboundAt ?? 0) >= heldAt ? null : 'waits';
}

async function sendOne(
  ports: SendPorts,
  held: HeldMessage,
  person: ContactRecord,
  { at, sendAt, continuesRelease }: { at: Moment; sendAt: number | null; continuesRelease: boolean },
): Promise<ReleasedResult | 'stop'> {
  const pair = addressed(held);
  try {
    const { message, template, acceptedAt, repairs, statusCallback, id, token } = held;
    const window = windowAt(person.facts, sendAt ?? at.now, at.marginSeconds);
    const outgoing = { pair, message, template, sendAt, acceptedAt, repairs, continuesRelease, window };
    const sent = await dispatchMessage(
      ports,
      { ...outgoing, statusCallback, releases: { id, token } },
      at.now,
    );
    // Where it cannot be removed, its status callback does it, or the message log tells the next release.
    await ports.held.remove(held.pair, held.id, true).catch(() => undefined);
    if (sendAt !== null) await cancelIfOptedOut(ports, pair, [sent]);
    return { kind: 'sent', message: sent };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Still marked: it may have left.
    if (error.code === 'OUTCOME_UNKNOWN') return 'stop';
    if (isRefusedForGood(error)) {
      await ports.held.remove(held.pair, held.id, true);
      return { kind: 'refused', failure: error };
    }
    await ports.held.mark(held, null, []);
    return 'stop';
  }
}

/** It would be refused every time, and hold up all that follow it. What the account or the sender lacks may be mended. */
function isRefusedForGood({ code, twilioCode }: Failure): boolean {
  const about = errorClass(twilioCode);
  return code === 'TWILIO_REJECTED' && (about === 'template' || about === 'recipient');
}

/** @param facts of the person's one window, for the name that heard nothing of it */
async function endLease(ports: SendPorts, queues: Queues, facts: WindowFacts, rest: Rest): Promise<void> {
  const { home, away } = queues;
  const isDone = rest === 'nothing';
  await ports.windows.change(home, ({ restrictions, ...current }) => ({
    ...current,
    restrictions: isDone ? withoutHolding(restrictions) : { ...restrictions, releasingUntil: null },
  }));
  if (!isDone) return;
  if (away) {
    await ports.windows.change(away, ({ restrictions, ...current }) =>
      restrictions.holding
        ? { ...current, facts: newerFacts(current.facts, facts), restrictions: withoutHolding(restrictions) }
        : null,
    );
  }
  // Whoever appended between the last look and the end of the lease would wait for good.
  if ((await listAll(ports, queues)).length === 0) return;
  for (const name of namesOf(queues)) {
    await ports.windows.change(name, (current) => ({
      ...current,
      restrictions: { ...current.restrictions, holding: true },
    }));
  }
}

function withoutHolding({ optedOutAt, cancelScheduled }: ContactRecord['restrictions']) {
  return { ...UNRESTRICTED, optedOutAt, cancelScheduled };
}

/**
 * Takes one message, and what was held by the same call, off the person's queue.
 * @throws Failure `NOT_FOUND` where it is not held any more, `BEING_SENT` where it may be on its way
 */
export async function cancelHeld(ports: SendPorts, pair: Pair, id: string, at: Moment): Promise<void> {
  const { queues } = await findQueues(ports, pair);
  const queue = await listAll(ports, queues);
  const wanted = queue.find((held) => held.id === id);
  if (!wanted || !(await takeOff(ports, wanted, at))) {
    throw new Failure('NOT_FOUND', 'No held message with this id exists for this user.');
  }
  for (const held of queue) {
    if (held.group === wanted.group && held !== wanted) await takeOff(ports, held, at);
  }
  // With nothing held nothing restricts the person, and the next hold asks anew.
  if ((await listAll(ports, queues)).length === 0) await endLease(ports, queues, NO_FACTS, 'nothing');
}

/** @returns false where it left, or is gone */
async function takeOff(ports: SendPorts, held: HeldMessage, at: Moment): Promise<boolean> {
  if (held.sendingSince !== null) {
    const evidence = await evidenceOf(ports, held, at);
    if (evidence === 'unknown') {
      throw new Failure(
        'BEING_SENT',
        'This message is being sent, or may have been; look at it again in a minute.',
      );
    }
    if (evidence === 'left') {
      await ports.held.remove(held.pair, held.id, true);
      return false;
    }
    if (!(await ports.held.mark(held, null, []))) return false;
  }
  return ports.held.remove(held.pair, held.id, false);
}
