/**
 * Releases what is held for a person, in order, each once: one container at a time, under a lease. Each message is marked
 * before it is sent and removed after, so after an interruption the message log tells whether it left. It must not
 * release anything while the window is not open.
 */
import {
  isOpen,
  NO_FACTS,
  newerFacts,
  type WindowFacts,
  windowAt,
} from '../../domain/customer-service-window';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { alias, homeOf, type Moment, type PersonSources } from '../contacts/read-person';
import { Failure } from '../failure';
import { type ContactRecord, UNRESTRICTED } from '../ports/contact-store';
import type { HeldMessage, HeldMessages } from '../ports/held-messages';
import type { Dispatched } from '../ports/messenger';
import type { VerdictSources } from '../receive/whatsapp-verdict';
import { type DispatchPorts, dispatchMessage } from '../send/dispatch';

export interface ReleasePorts extends DispatchPorts, PersonSources, VerdictSources {
  readonly held: HeldMessages;
  /** Whether the invocation still has time for another message. */
  readonly hasTime: () => boolean;
}

/** Longer than a function may live (10 s): whoever holds the lease after that is dead. */
const LEASE_MS = 15_000;
/** The log knows whole seconds, and its clock is not ours. */
const LOG_TOLERANCE_MS = 2000;
/** Twilio schedules nothing nearer than this; see the parameter `sendAt`. */
const MIN_AHEAD_MS = 5 * 60 * 1000;

export interface Released {
  readonly held: HeldMessage;
  readonly dispatched: Dispatched;
}

/** Where a person's held messages stand: in the queue of one name, with a mark on the other. */
export interface Queues {
  readonly home: Pair;
  /** The other name, out of the plain record meanwhile. Something stands there only if it was held before the two were known as one. */
  readonly away: Pair | null;
}

/** @param other the pair of the person's other name, where it is known */
export function queuesOf(pair: Pair, other: Pair | null): Queues {
  const home = homeOf(pair, other);
  return { home, away: home === pair ? other : pair };
}

/**
 * Releases what is held for the person of a pair, whichever name they are asked for by: their newest message opened one
 * window for both.
 * @param known what is stored under `pair`, where that is known for certain
 * @returns what was sent
 * @throws Failure `STATE_UNAVAILABLE` where the store could not be reached; what was not sent stays held
 */
export async function releaseHeld(
  ports: ReleasePorts,
  pair: Pair,
  at: Moment,
  known?: ContactRecord,
): Promise<readonly Released[]> {
  const sent: Released[] = [];
  const { queues, records } = await findQueues(ports, pair, known);
  const isOptedOut = records.some(({ restrictions }) => restrictions.optedOutAt !== null);
  if (isOptedOut || !records.some(({ restrictions }) => restrictions.holding)) return sent;

  const facts = records.map((record) => record.facts).reduce(newerFacts, NO_FACTS);
  const lease = await ports.windows.change(queues.home, (current) => {
    const { restrictions } = current;
    const newest = newerFacts(current.facts, facts);
    const isFree = restrictions.releasingUntil === null || restrictions.releasingUntil <= at.now;
    const mayLeave = isOpen(windowAt(newest, at.now, at.marginSeconds)) && restrictions.optedOutAt === null;
    return isFree && mayLeave
      ? {
          ...current,
          facts: newest,
          restrictions: { ...restrictions, holding: true, releasingUntil: at.now + LEASE_MS },
        }
      : null;
  });
  if (!lease.changed) return sent;

  const isDone = await releaseAll(ports, queues, lease.window, at, sent);
  await endLease(ports, queues, lease.window.facts, isDone);
  return sent;
}

/** @returns whether nothing is left that could be sent now */
async function releaseAll(
  ports: ReleasePorts,
  queues: Queues,
  person: ContactRecord,
  at: Moment,
  sent: Released[],
): Promise<boolean> {
  const alike = new Map<string, readonly MessageSid[]>();
  for (;;) {
    const queue = await listAll(ports, queues);
    if (queue.length === 0) return true;
    for (const held of queue) {
      if (!ports.hasTime()) return false;
      const notThese = alike.get(held.message.body) ?? [];
      const step = await releaseOne(ports, held, person, at, {
        continuesRelease: queue.length > 1,
        notThese,
      });
      if (step === 'stop') return false;
      if (typeof step !== 'object') continue;
      sent.push({ held, dispatched: step });
      alike.set(held.message.body, [...notThese, step.sid]);
    }
  }
}

/**
 * All that is held for the person, oldest first. Within a queue its own order counts, because containers' clocks differ.
 */
export async function listAll(ports: ReleasePorts, { home, away }: Queues): Promise<readonly HeldMessage[]> {
  const [one, other] = await Promise.all([ports.held.list(home), away ? ports.held.list(away) : []]);
  const merged: HeldMessage[] = [];
  for (let i = 0, j = 0; ; ) {
    const [mine, theirs] = [one[i], other[j]];
    if (!mine || !theirs) return [...merged, ...one.slice(i), ...other.slice(j)];
    const isMineOlder = mine.heldAt <= theirs.heldAt;
    merged.push(isMineOlder ? mine : theirs);
    if (isMineOlder) i += 1;
    else j += 1;
  }
}

async function releaseOne(
  ports: ReleasePorts,
  held: HeldMessage,
  person: ContactRecord,
  at: Moment,
  { continuesRelease, notThese }: { continuesRelease: boolean; notThese: readonly MessageSid[] },
): Promise<Dispatched | 'gone' | 'stop'> {
  const isForSomebodyElse =
    held.externalUserId !== null &&
    person.externalUserId !== null &&
    held.externalUserId !== person.externalUserId;
  if (
    held.expiresAt <= at.now ||
    isForSomebodyElse ||
    (held.sendingSince !== null && (await hasLeft(ports, held)))
  ) {
    await ports.held.remove(held.pair, held.id, true);
    return 'gone';
  }
  // Cancelled meanwhile.
  if (!(await ports.held.mark(held, at.now, notThese))) return 'gone';
  // At the wanted time if the window will be open then; otherwise as soon as the user has answered, which is now.
  const then = held.sendAt !== null && held.sendAt - at.now > MIN_AHEAD_MS ? held.sendAt : null;
  const isScheduled = then !== null && isOpen(windowAt(person.facts, then, at.marginSeconds));
  const window = windowAt(person.facts, isScheduled ? then : at.now, at.marginSeconds);
  const outgoing = {
    pair: addressed(held),
    message: held.message,
    template: null,
    sendAt: isScheduled ? then : null,
    attempt: 1,
    continuesRelease,
    window,
  };
  const result = await dispatchMessage(ports, outgoing, at.now).catch((error: unknown) => error);
  // Still marked, also where it cannot be removed: the message log will tell next time whether it left.
  if (result instanceof Failure && result.code === 'OUTCOME_UNKNOWN') return 'stop';
  if (result instanceof Failure && result.code !== 'TWILIO_REJECTED') {
    await ports.held.mark(held, null, []);
    return 'stop';
  }
  if (result instanceof Error) {
    if (!(result instanceof Failure)) throw result;
    // It would be refused every time, and hold up all that follow it.
    await ports.held.remove(held.pair, held.id, true);
    return 'gone';
  }
  await ports.held.remove(held.pair, held.id, true);
  return result as Dispatched;
}

const addressed = ({ pair, to }: HeldMessage): Pair => ({ sender: pair.sender, user: to });

/** Whether an interrupted message is in the message log: sent since it was marked, with the same text. */
async function hasLeft(ports: ReleasePorts, held: HeldMessage): Promise<boolean> {
  const since = (held.sendingSince ?? 0) - LOG_TOLERANCE_MS;
  const messages = await ports.messageLog.newestOutbound(addressed(held), 50);
  return messages.some(
    ({ at, body, messageSid }) =>
      at >= since && body === held.message.body && !(messageSid && held.notThese.includes(messageSid)),
  );
}

/** What is held for a person, whichever of their names they are asked for by, oldest first. */
export async function heldFor(ports: ReleasePorts, pair: Pair): Promise<readonly HeldMessage[]> {
  return listAll(ports, (await findQueues(ports, pair)).queues);
}

async function findQueues(
  { windows }: Pick<ReleasePorts, 'windows'>,
  pair: Pair,
  known?: ContactRecord,
): Promise<{ readonly queues: Queues; readonly records: readonly ContactRecord[] }> {
  const own = known ?? (await windows.read(pair, true));
  const other = await alias(windows, pair, own);
  return {
    queues: queuesOf(pair, other?.pair ?? null),
    records: [own, other?.record].filter((record) => record !== undefined),
  };
}

/**
 * Takes one message off the person's queue. @returns false where it is not held any more
 * @throws Failure `STATE_UNAVAILABLE` where the store could not be reached
 */
export async function cancelHeld(ports: ReleasePorts, pair: Pair, id: string): Promise<boolean> {
  const { queues } = await findQueues(ports, pair);
  const names = queues.away ? [queues.home, queues.away] : [queues.home];
  const tried = await Promise.all(names.map((name) => ports.held.remove(name, id, false)));
  const removed = tried.includes(true);
  // With nothing held the person needs no care, and the next one that is held asks anew.
  if (removed && (await listAll(ports, queues)).length === 0) await endLease(ports, queues, NO_FACTS, true);
  return removed;
}

/** @param facts of the person's one window, for the name that heard nothing of it */
async function endLease(
  ports: ReleasePorts,
  queues: Queues,
  facts: WindowFacts,
  isDone: boolean,
): Promise<void> {
  const { home, away } = queues;
  await ports.windows.change(home, ({ restrictions, ...current }) => ({
    ...current,
    restrictions: isDone
      ? { ...UNRESTRICTED, optedOutAt: restrictions.optedOutAt }
      : { ...restrictions, releasingUntil: null },
  }));
  if (!isDone) return;
  if (away) {
    await ports.windows.change(away, ({ restrictions, ...current }) =>
      restrictions.holding
        ? {
            ...current,
            facts: newerFacts(current.facts, facts),
            restrictions: { ...UNRESTRICTED, optedOutAt: restrictions.optedOutAt },
          }
        : null,
    );
  }
  // Whoever appended between the last look and the end of the care would wait for good.
  if ((await listAll(ports, queues)).length > 0) {
    for (const name of away ? [home, away] : [home]) {
      await ports.windows.change(name, (current) => ({
        ...current,
        restrictions: { ...current.restrictions, holding: true },
      }));
    }
  }
}
