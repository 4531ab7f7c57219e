/**
 * Releases what is held for a pair, in order, each once: one container at a time, under a lease. Each message is marked
 * before it is sent and removed after, so after an interruption the message log tells whether it left. It must not
 * release anything while the window is not open.
 */
import { isOpen, windowAt } from '../domain/customer-service-window';
import type { MessageSid } from '../domain/twilio-sid';
import type { Pair } from '../domain/whatsapp-address';
import { type DispatchPorts, dispatchMessage } from './dispatch-message';
import { Failure } from './failure';
import type { HeldMessage, HeldMessages } from './held-messages';
import type { MessageLog } from './message-log';
import type { Dispatched } from './messenger';
import type { Moment } from './read-person';
import { NO_CARE, type StoredWindow, type WindowStore } from './window-store';

export interface ReleasePorts extends DispatchPorts {
  readonly windows: WindowStore;
  readonly messageLog: MessageLog;
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

/**
 * @returns what was sent, by the id of the held message
 * @throws Failure `STATE_UNAVAILABLE` where the store could not be reached; what was not sent stays held
 */
export async function releaseHeld(
  ports: ReleasePorts,
  pair: Pair,
  at: Moment,
): Promise<ReadonlyMap<string, Dispatched>> {
  const sent = new Map<string, Dispatched>();
  const lease = await ports.windows.change(pair, (current) => {
    const { care } = current;
    const isFree = care.releasingUntil === null || care.releasingUntil <= at.now;
    const mayLeave = isOpen(windowAt(current.facts, at.now, at.marginSeconds)) && care.optedOutAt === null;
    return care.holding && isFree && mayLeave
      ? { ...current, care: { ...care, releasingUntil: at.now + LEASE_MS } }
      : null;
  });
  if (!lease.changed) return sent;

  const isDone = await releaseAll(ports, pair, lease.window, at, sent);
  await endLease(ports, pair, isDone);
  return sent;
}

/** @returns whether nothing is left that could be sent now */
async function releaseAll(
  ports: ReleasePorts,
  pair: Pair,
  person: StoredWindow,
  at: Moment,
  sent: Map<string, Dispatched>,
): Promise<boolean> {
  const alike = new Map<string, readonly MessageSid[]>();
  for (;;) {
    const queue = await ports.held.list(pair);
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
      sent.set(held.id, step);
      alike.set(held.message.body, [...notThese, step.sid]);
    }
  }
}

async function releaseOne(
  ports: ReleasePorts,
  held: HeldMessage,
  person: StoredWindow,
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
    pair: held.pair,
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

/** Whether an interrupted message is in the message log: sent since it was marked, with the same text. */
async function hasLeft(ports: ReleasePorts, held: HeldMessage): Promise<boolean> {
  const since = (held.sendingSince ?? 0) - LOG_TOLERANCE_MS;
  const messages = await ports.messageLog.newestOutbound(held.pair, 50);
  return messages.some(
    ({ at, body, messageSid }) =>
      at >= since && body === held.message.body && !(messageSid && held.notThese.includes(messageSid)),
  );
}

/**
 * Takes one message off the queue. @returns false where it is not held any more
 * @throws Failure `STATE_UNAVAILABLE` where the store could not be reached
 */
export async function cancelHeld(ports: ReleasePorts, pair: Pair, id: string): Promise<boolean> {
  const removed = await ports.held.remove(pair, id, false);
  // With nothing held the pair needs no care, and the next one that is held asks anew.
  if (removed && (await ports.held.list(pair)).length === 0) await endLease(ports, pair, true);
  return removed;
}

async function endLease(ports: ReleasePorts, pair: Pair, isDone: boolean): Promise<void> {
  await ports.windows.change(pair, ({ care, ...current }) => ({
    ...current,
    care: isDone ? { ...NO_CARE, optedOutAt: care.optedOutAt } : { ...care, releasingUntil: null },
  }));
  // Whoever appended between the last look and the end of the care would wait for good.
  if (isDone && (await ports.held.list(pair)).length > 0) {
    await ports.windows.change(pair, (current) => ({ ...current, care: { ...current.care, holding: true } }));
  }
}
