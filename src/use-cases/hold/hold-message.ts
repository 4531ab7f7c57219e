/**
 * Holds a free-form message until the user answers. It must not ask the user: that is the caller's part, and this tells
 * whether it is this caller's turn to.
 */

import {
  type CustomerServiceWindow,
  isOpen,
  type WindowFacts,
  windowAt,
} from '../../domain/customer-service-window';
import { type FreeFormMessage, partsOf } from '../../domain/outbound-message';
import type { MessageSid } from '../../domain/twilio-sid';
import { isPhone, type Pair } from '../../domain/whatsapp-address';
import { learnFromLog, MEANWHILE_MS, type Moment } from '../contacts/read-person';
import { Failure } from '../failure';
import { type ContactRecord, PAUSE_MS } from '../ports/contact-store';
import { type HeldMessage, MAX_HELD, mayHaveLeft } from '../ports/held-messages';
import type { SendPorts } from '../ports/send-ports';
import type { JoinedPart } from '../ports/send-records';
import type { FallbackTemplate } from '../send/choose-template';

/** What holds of all that one call holds. */
export interface HoldCall {
  readonly pair: Pair;
  readonly sendAt: number | null;
  /** The refused message that it is to repair. */
  readonly repairs: MessageSid | null;
  readonly externalUserId: ContactRecord['externalUserId'];
  /** Which try the next one is, where an earlier one failed for the moment: what is held pauses before it. */
  readonly attempt?: number;
  /** The caller has a template that asks the user to answer. */
  readonly asks: boolean;
  /** Somebody was about to ask then, and it is known that nothing left; null where nobody was. */
  readonly unsentPromptSince: number | null;
}

export interface HoldRequest extends HoldCall {
  /** Several attachments are held as several messages, in order. */
  readonly message: FreeFormMessage;
  /** The template for the case that the text is refused once it was released. */
  readonly template: FallbackTemplate | null;
  /** When the text was first accepted; milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly statusCallback: string | null;
  readonly key: string | null;
  /** Seconds. */
  readonly ttlSeconds: number;
}

/** One message, with what is its own. */
type Item = JoinedPart & Pick<HeldMessage, 'key' | 'group'>;

/** A part of a refused joint message. Its key is its own. */
export type HoldPart = JoinedPart & Pick<HeldMessage, 'key'>;

export interface Hold {
  /** In order; several attachments are several messages. */
  readonly held: readonly [HeldMessage, ...HeldMessage[]];
  /** The user was not asked yet since something is held, and it falls to this caller. */
  readonly shouldPrompt: boolean;
  /** The user wrote meanwhile: what is held may leave, by this window. */
  readonly opened: CustomerServiceWindow | null;
  /** The pause begins with this call; it falls to this caller to go on after it. */
  readonly beginsPause: boolean;
}

/** So near the limit the queue is counted again after something was added: others may have added something too. */
const NEAR_LIMIT = 20;

/**
 * @throws Failure `HELD_LIMIT_REACHED` where the queue is full, `OPTED_OUT` where the user said STOP meanwhile,
 * `STATE_UNAVAILABLE` where it could not be stored; after each of them nothing is held. `OUTCOME_UNKNOWN` where it may be
 * held or not
 */
export async function holdMessage(ports: SendPorts, request: HoldRequest, at: Moment): Promise<Hold> {
  const { acceptedAt, statusCallback, key } = request;
  const expiresAt = at.now + request.ttlSeconds * 1000;
  const common = { acceptedAt, statusCallback, key, expiresAt, group: ports.held.newName() };
  const [first, ...others] = partsOf(request.message);
  return holdItems(
    ports,
    request,
    [
      { ...common, message: first, template: request.template },
      ...others.map((message) => ({ ...common, message, template: null })),
    ],
    at,
  );
}

/**
 * Holds the parts of a refused joint message again, each as what it was. One that is held already, by a call that was cut
 * short, is not held twice.
 * @throws Failure as `holdMessage` does
 */
export async function holdParts(
  ports: SendPorts,
  call: HoldCall,
  [first, ...others]: readonly [HoldPart, ...HoldPart[]],
  at: Moment,
): Promise<Hold> {
  const asItem = (part: HoldPart) => ({ ...part, group: ports.held.newName() });
  return holdItems(ports, call, [asItem(first), ...others.map(asItem)], at);
}

async function holdItems(
  ports: SendPorts,
  request: HoldCall,
  items: readonly [Item, ...Item[]],
  at: Moment,
): Promise<Hold> {
  const { pair } = request;
  const queue = await ports.held.list(pair);
  // Append before setting the flag. If we crash in between, the next hold finds the item.
  const { held, appended } = await append(ports, queue, items, request, at);
  const undo = async (error: unknown): Promise<never> => {
    // The caller will be told that nothing is held, so nothing may be.
    await takeBack(ports, appended);
    throw error;
  };
  if (hasLimit(request) && appended.length > 0 && queue.length >= MAX_HELD - NEAR_LIMIT)
    await checkLimit(ports, pair, appended).catch(undo);
  const waiting = queue.filter(({ expiresAt }) => expiresAt > at.now);
  /** By somebody else, or by an earlier try of this call that was cut short after it had asked. */
  const isAnyWaitingSince = (promptedAt: number) =>
    waiting.some((one) => !held.includes(one) || one.heldAt <= promptedAt);
  let restricted = await restrict(ports, request, at, isAnyWaitingSince).catch(undo);
  if (
    restricted.opened &&
    (await undoLateWebhook(ports, pair, restricted.record, at).catch(undoForStop(undo)))
  )
    restricted = {
      ...(await restrict(ports, request, at, isAnyWaitingSince).catch(undo)),
      beginsPause: restricted.beginsPause,
    };
  const opened = restricted.opened ?? (await wroteMeanwhile(ports, pair).catch(undoForStop(undo)));
  const window = opened && windowAt(opened, request.sendAt ?? at.now, at.marginSeconds);
  const isOpened = window !== null && isOpen(window);
  const { beginsPause } = restricted;
  return {
    ...{ held, beginsPause },
    shouldPrompt: restricted.shouldPrompt && !isOpened,
    opened: isOpened ? window : null,
  };
}

/** What the log cannot tell is no reason not to hold; a STOP that it tells is. */
function undoForStop(undo: (error: unknown) => Promise<never>): (error: unknown) => Promise<null> {
  return async (error) => {
    const isStop = error instanceof Failure && error.code === 'OPTED_OUT';
    return isStop ? undo(error) : null;
  };
}

/** The parts of one call have its key in common: an earlier try may have held some of them. */
function isSamePart(held: HeldMessage, { key, message }: Item): boolean {
  return key !== null && held.key === key && JSON.stringify(held.message) === JSON.stringify(message);
}

/** Holds those that are not held yet. @returns all of them, and those that this call has added */
async function append(
  ports: SendPorts,
  queue: readonly HeldMessage[],
  items: readonly [Item, ...Item[]],
  call: HoldCall,
  at: Moment,
): Promise<{ readonly held: Hold['held']; readonly appended: readonly HeldMessage[] }> {
  const { pair, sendAt, repairs, externalUserId, attempt } = call;
  const already: HeldMessage[] = [];
  const missing: Item[] = [];
  for (const item of items) {
    const held = queue.find((one) => !already.includes(one) && isSamePart(one, item));
    if (held) already.push(held);
    else missing.push(item);
  }
  const isTooMany = missing.length > 0 && queue.length + missing.length > MAX_HELD;
  if (hasLimit(call) && isTooMany) throw limitReached();
  const appended: HeldMessage[] = [];
  const add = async (item: Item) => {
    const tries = attempt !== undefined && { attempt };
    const common = { pair, to: pair.user, sendAt, repairs, externalUserId, heldAt: at.now, ...tries };
    const group = already.find(({ key }) => key === item.key)?.group ?? item.group;
    const added = await ports.held.append({ ...common, ...item, group }, () =>
      wasReleasedSince(ports, pair, queue, at),
    );
    appended.push(added);
    return added;
  };
  try {
    const [firstItem] = items;
    const first = already[0] ?? (await add(firstItem));
    for (const item of missing) if (item !== firstItem || already[0]) await add(item);
    return { held: [first, ...already.slice(1), ...appended.filter((added) => added !== first)], appended };
  } catch (error) {
    await takeBack(ports, appended);
    throw error;
  }
}

/** A release begins with what stood in the queue before, and sends only in an open window. Where that cannot be read, it may have. */
async function wasReleasedSince(
  { held, windows }: Pick<SendPorts, 'held' | 'windows'>,
  pair: Pair,
  before: readonly HeldMessage[],
  at: Moment,
): Promise<boolean> {
  try {
    const [queue, person] = await Promise.all([held.list(pair), windows.read(pair, true)]);
    const isBegun = !before.some(({ token }) => queue.some((one) => one.token === token));
    return isBegun && person !== undefined && isOpen(windowAt(person.facts, at.now, at.marginSeconds));
  } catch {
    return true;
  }
}

/** @throws Failure `OUTCOME_UNKNOWN` where some of it stays held, or a release was faster and it has left, or is leaving */
async function takeBack({ held }: Pick<SendPorts, 'held'>, messages: readonly HeldMessage[]): Promise<void> {
  for (const { pair, id } of messages) {
    const isTakenBack = await held.remove(pair, id, false).catch(() => false);
    if (!isTakenBack) throw mayHaveLeft();
  }
}

/** What did not arrive was accepted once: refused now, it would be lost. */
function hasLimit({ repairs }: HoldCall): boolean {
  return repairs === null;
}

function limitReached(): Failure {
  return new Failure(
    'HELD_LIMIT_REACHED',
    `${MAX_HELD} messages are held for this user already; cancel one with POST /held-messages, or wait for the user to answer.`,
  );
}

function optedOut(): Failure {
  return new Failure('OPTED_OUT', 'The user asked not to be written to (STOP): nothing is held for them.');
}

/** Of several calls at once, those whose messages are beyond the limit take them back. */
async function checkLimit(ports: SendPorts, pair: Pair, held: readonly HeldMessage[]): Promise<void> {
  const within = new Set((await ports.held.list(pair)).slice(0, MAX_HELD).map(({ id }) => id));
  if (!held.every(({ id }) => within.has(id))) throw limitReached();
}

/** From now on inbound messages and later texts find out that something is held. */
async function restrict(
  ports: SendPorts,
  request: HoldCall,
  at: Moment,
  isAnyWaitingSince: (promptedAt: number) => boolean,
): Promise<{
  readonly shouldPrompt: boolean;
  readonly beginsPause: boolean;
  readonly opened: WindowFacts | null;
  readonly record: ContactRecord;
}> {
  const { pair, externalUserId, asks, unsentPromptSince, sendAt, attempt } = request;
  let shouldPrompt = false;
  let beginsPause = false;
  let isOptedOut = false;
  const { window: record } = await ports.windows.change(pair, (current) => {
    const { restrictions } = current;
    // What the decision rested on is looked at again where it is made firm.
    isOptedOut = restrictions.optedOutAt !== null;
    if (isOptedOut) return null;
    const promptedAt = restrictions.promptedAt === unsentPromptSince ? null : restrictions.promptedAt;
    // What expired was asked for in vain, so with nothing waiting the user is asked anew; but a call at the same time
    // may have asked since the queue was read.
    const isPrompted =
      promptedAt !== null && (isAnyWaitingSince(promptedAt) || Math.abs(at.now - promptedAt) < MEANWHILE_MS);
    shouldPrompt = asks && !isPrompted && !isOpenFor(current.facts, sendAt, at);
    // A pause that has begun is not made longer: whoever waits for its end would miss it.
    beginsPause = attempt !== undefined && (restrictions.pausedUntil ?? 0) <= at.now;
    return {
      ...current,
      // The record of a phone number has to name the person, or a later owner of the number is taken for them.
      externalUserId: current.externalUserId ?? (isPhone(current.pair.user) ? externalUserId : null),
      restrictions: {
        ...restrictions,
        holding: true,
        ...(shouldPrompt && { promptedAt: at.now, promptSid: null }),
        ...(beginsPause && { pausedUntil: at.now + PAUSE_MS }),
      },
    };
  });
  if (isOptedOut) throw optedOut();
  const opened = isOpenFor(record.facts, sendAt, at) ? record.facts : null;
  return { shouldPrompt, beginsPause, opened, record };
}

/**
 * The window opened since it was decided to hold. Either the user wrote, or a webhook came late or again: it writes the
 * present time, blindly and in one round trip, and sets it right only when the log has told it the message's own time.
 * @returns whether it was the latter: the record tells the message's own time now
 */
async function undoLateWebhook(
  { messageLog, windows }: SendPorts,
  pair: Pair,
  { messageSid, facts }: ContactRecord,
  at: Moment,
): Promise<boolean> {
  const logged = messageSid && (await messageLog.find(messageSid));
  const own: WindowFacts | null = logged
    ? { lastInboundAt: logged.at, closedByWhatsApp: false, source: 'message-log' }
    : null;
  if (own === null || isOpenFor(own, null, at)) return false;
  const { changed } = await windows.change(pair, (current) =>
    current.messageSid === messageSid && current.facts.lastInboundAt === facts.lastInboundAt
      ? { ...current, facts: own }
      : null,
  );
  return changed;
}

function isOpenFor(facts: WindowFacts, sendAt: number | null, at: Moment): boolean {
  return isOpen(windowAt(facts, sendAt ?? at.now, at.marginSeconds));
}

/**
 * An inbound message that was being recorded while the pair left the plain record may have gone unnoticed.
 * @returns the window that it opened, or null
 */
async function wroteMeanwhile(ports: SendPorts, pair: Pair): Promise<WindowFacts | null> {
  const record = await learnFromLog(ports, pair);
  if (record !== null && record.restrictions.optedOutAt !== null) throw optedOut();
  return record?.facts ?? null;
}
