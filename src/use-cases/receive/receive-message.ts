/**
 * A user wrote: their customer service window starts again, whatever kind of message it was, what is held for them is
 * released, and STOP or START is obeyed. It must not answer before the window is stored: what is not stored has to come
 * again.
 */

import { type ConsentWords, consentIn } from '../../domain/consent';
import { newerFacts, type WindowFacts } from '../../domain/customer-service-window';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../domain/whatsapp-address';
import { CONSENT_HISTORY, type Moment, restrictionsIn } from '../contacts/read-person';
import { Failure } from '../failure';
import { type Release, releaseHeld, sentCount } from '../hold/release-held';
import { type ContactRecord, isRestricted, type Restrictions, UNRESTRICTED } from '../ports/contact-store';
import type { LoggedMessage } from '../ports/message-log';
import type { SendPorts } from '../ports/send-ports';
import { applyWord } from './apply-word';
import { cancelScheduled } from './cancel-scheduled';
import { consentAfter, isStopUnderWay, type Word } from './consent-word';
import { wasRefusedSince } from './whatsapp-verdict';

export interface InboundMessage {
  readonly pair: Pair;
  readonly messageSid: MessageSid;
  readonly profileName: string | null;
  /** The user's BSUID, where Twilio gave one. */
  readonly externalUserId: WhatsAppAddress | null;
  /** Their id for all accounts of a company, where Twilio gave one. */
  readonly parentUserId?: WhatsAppAddress;
  readonly body: string;
  /** They came by a click on an ad. */
  readonly isFromAd?: true;
  /** What Twilio itself took the message for, by the account's own opt-out words. It counts whatever the text says. */
  readonly optOutType: 'stop' | 'start' | 'help' | null;
}

export interface Received {
  readonly consent: 'stop' | 'start' | null;
  /** The webhook came long after the message: delivered again, or late. */
  readonly late: boolean;
  readonly released: number;
  /** Something is still held that may leave: another invocation has to go on. */
  readonly isReleaseLeft: boolean;
  /** After a STOP: whether what was scheduled is cancelled. Null where nothing had to be. */
  readonly scheduledCancelled: boolean | null;
}

/** A webhook that is older than this says nothing about now; below it, what it adds to a window stays within the margin. */
const LATE_MS = 60_000;
/** A write that took longer may have overtaken, or been overtaken by, that of a newer message. */
const SLOW_MS = 1000;

/**
 * @param at.now the webhook carries no time of its own
 * @throws Failure `STATE_UNAVAILABLE` where it could not be stored
 */
export async function receiveMessage(
  ports: SendPorts,
  inbound: InboundMessage,
  at: Moment,
): Promise<Received> {
  const consent = consentOf(inbound, ports.consentWords);
  // It has the message itself as well, and saves somebody new one request in a row. A STOP opens nothing.
  const seemsNew = consent !== 'stop' && ports.windows.seemsNew(inbound);
  const history = seemsNew ? historyOf(ports, inbound.pair) : null;
  const [written, told, unmet] = await Promise.all([
    consent === 'stop' ? null : write(ports, inbound, at.now, history),
    timeOf(ports, inbound, history),
    consent === 'stop' ? meet(ports, inbound) : null,
  ]);
  const { writtenAt } = told;
  const lateSince = writtenAt !== undefined && at.now - writtenAt > LATE_MS ? writtenAt : undefined;
  const facts = await factsAfter(ports, inbound, at, written, lateSince);
  const scheduledCancelled =
    consent === null ? null : await applyConsent(ports, inbound, at, consent, told, written, facts);
  if (unmet) throw unmet.error;

  const recorded = written?.recorded;
  const mayRelease = consent !== 'stop' && recorded?.restrictions.holding;
  // A word on consent has changed the record since.
  const known = recorded && consent === null ? { ...recorded, facts } : undefined;
  const release: Release = mayRelease
    ? await releaseHeld(ports, inbound.pair, at, known)
    : { results: new Map(), state: 'none' };
  const isReleaseLeft = release.state === 'stopped' || release.state === 'busy';
  const late = lateSince !== undefined;
  return { consent, late, released: sentCount(release), isReleaseLeft, scheduledCancelled };
}

/** What the message log tells of the message itself. */
interface Told {
  /** Milliseconds since the epoch; undefined where the log does not have it. */
  readonly writtenAt: number | undefined;
  /** The log could be read. */
  readonly isTold: boolean;
}

type History = Promise<readonly LoggedMessage[]>;

function historyOf({ messageLog }: SendPorts, pair: Pair): History {
  const history = messageLog.newestInbound(pair, CONSENT_HISTORY);
  history.catch(() => undefined);
  return history;
}

/** The message's own time: the only way to tell a webhook that is delivered again, or hours late. */
async function timeOf(
  { messageLog }: SendPorts,
  { messageSid }: InboundMessage,
  history: History | null,
): Promise<Told> {
  try {
    const listed = await history;
    const own = listed?.find((message) => message.messageSid === messageSid);
    // Where the list has room left, what it does not have yet was written a moment ago.
    const isTold = own !== undefined || (listed && listed.length < CONSENT_HISTORY);
    const message = isTold ? own : await messageLog.find(messageSid);
    return { writtenAt: message?.at, isTold: true };
  } catch {
    return { writtenAt: undefined, isTold: false };
  }
}

interface Written {
  readonly recorded: ContactRecord;
  readonly isSlow: boolean;
}

async function write(
  ports: SendPorts,
  inbound: InboundMessage,
  now: number,
  history: History | null,
): Promise<Written> {
  const startedAt = performance.now();
  const recorded = await ports.windows.record(asWindow(inbound, now), () =>
    restrictionsInLog(ports, history ?? historyOf(ports, inbound.pair)),
  );
  return { recorded, isSlow: performance.now() - startedAt > SLOW_MS };
}

/** The window as it is known now, set right where the webhook was late or the write overtaken. */
async function factsAfter(
  ports: SendPorts,
  inbound: InboundMessage,
  at: Moment,
  written: Written | null,
  lateSince: number | undefined,
): Promise<WindowFacts> {
  // A STOP is not recorded by itself, but it starts the window like any other message.
  if (!written) {
    return lateSince === undefined
      ? asWindow(inbound, at.now).facts
      : factsOf(ports, inbound.pair, lateSince, true);
  }
  const { recorded, isSlow } = written;
  if (lateSince === undefined && !isSlow) return recorded.facts;
  return correct(ports, inbound, at, lateSince).catch((error: unknown) => {
    // The window is stored. Only where it is known to be wrong does the webhook have to come again.
    if (lateSince !== undefined) throw error;
    return recorded.facts;
  });
}

/**
 * Applies STOP or START.
 * @returns after a STOP, whether what was scheduled is cancelled; null where nothing had to be
 */
async function applyConsent(
  ports: SendPorts,
  inbound: InboundMessage,
  at: Moment,
  consent: 'stop' | 'start',
  { writtenAt, isTold }: Told,
  written: Written | null,
  facts: WindowFacts,
): Promise<boolean | null> {
  const restrictions = written?.recorded.restrictions;
  const said = { word: consent, messageSid: inbound.messageSid, at: writtenAt ?? at.now };
  const mayOvertake = consent === 'start' && restrictions?.optedOutAt === null;
  if (mayOvertake && (await isStopUnderWay(ports, inbound.pair, said, at.now))) throw stopUnderWay();
  // START means something only to one who said STOP.
  if (restrictions && !isRestricted(restrictions)) return null;
  // It may be older than the STOP. Twilio comes again, and the person can say it again.
  if (consent === 'start' && !isTold && restrictions?.optedOutAt !== null) {
    throw new Failure(
      'STATE_UNAVAILABLE',
      'Twilio’s message log, which knows when this START was written, is not available.',
    );
  }
  const seen = restrictions?.optedOutAt ?? null;
  const newest = await applyWord(ports, inbound.pair, said, seen, at.now, (current, word) =>
    withWord(current, word, inbound, facts),
  );
  return newest.word === 'stop' ? cancelScheduled(ports, inbound.pair) : null;
}

function stopUnderWay(): Failure {
  return new Failure(
    'STATE_UNAVAILABLE',
    'A STOP from a moment before this START is still being stored; try again.',
  );
}

/** A STOP is obeyed first, and comes again where what is stored about the person could not be brought together. */
async function meet(
  { windows }: SendPorts,
  inbound: InboundMessage,
): Promise<{ readonly error: unknown } | null> {
  return windows.meet(inbound.pair, inbound).then(
    () => null,
    (error: unknown) => ({ error }),
  );
}

/**
 * What restricts somebody of whom nothing is stored: a STOP from before this software, or one whose storing was cut short.
 * @throws Failure where the log cannot be read: then nothing is stored, and the next reader asks the log again
 */
async function restrictionsInLog({ consentWords }: SendPorts, history: History): Promise<Restrictions> {
  return restrictionsIn(await history, consentWords);
}

function asWindow(inbound: InboundMessage, now: number): ContactRecord {
  return {
    pair: inbound.pair,
    facts: fromAd(inbound, { lastInboundAt: now, closedByWhatsApp: false, source: 'sync' }, now),
    messageSid: inbound.messageSid,
    profileName: inbound.profileName,
    externalUserId: inbound.externalUserId,
    ...(inbound.parentUserId && { parentUserId: inbound.parentUserId }),
    restrictions: UNRESTRICTED,
  };
}

/** Noted with the window, which costs no further request. */
function fromAd({ isFromAd }: InboundMessage, facts: WindowFacts, at: number): WindowFacts {
  return isFromAd ? { ...facts, fromAdAt: at } : facts;
}

/**
 * Sets the record right after a late or overtaken write: the message log knows which message was the newest, and when.
 * @returns what the record says now
 */
async function correct(
  ports: SendPorts,
  inbound: InboundMessage,
  at: Moment,
  lateSince: number | undefined,
): Promise<WindowFacts> {
  const late = lateSince !== undefined;
  const [logged] = await ports.messageLog.newestInbound(inbound.pair, 1).catch((error: unknown) => {
    if (late) return [];
    throw error;
  });
  // Where the newest is not to be had, the late message's own time is still better than now.
  const newest = logged ?? (late ? { messageSid: inbound.messageSid, at: lateSince } : undefined);
  if (!newest || (!late && newest.messageSid === inbound.messageSid)) return asWindow(inbound, at.now).facts;
  const facts = fromAd(inbound, await factsOf(ports, inbound.pair, newest.at, late), lateSince ?? at.now);
  const { window } = await ports.windows.change(inbound.pair, (current) => {
    const isOurs = current.messageSid === inbound.messageSid && current.facts.lastInboundAt === at.now;
    const isNewer = late || newest.at > at.now;
    return isOurs && isNewer ? { ...current, facts, messageSid: newest.messageSid } : null;
  });
  return window.facts;
}

/** WhatsApp's verdict outlives a late webhook: the log has it as the error of a message sent since the newest inbound. */
async function factsOf(
  ports: SendPorts,
  pair: Pair,
  lastInboundAt: number,
  late: boolean,
): Promise<WindowFacts> {
  const isRefused = late && (await wasRefusedSince(ports, pair, lastInboundAt).catch(() => false));
  return { lastInboundAt, closedByWhatsApp: isRefused, source: isRefused ? 'whatsapp' : 'message-log' };
}

/** The record with what the word does, and with the window where nobody noted it yet. */
function withWord(
  current: ContactRecord,
  word: Word,
  { messageSid, profileName, externalUserId, parentUserId }: InboundMessage,
  facts: WindowFacts,
): ContactRecord {
  const isNew = current.messageSid !== messageSid && newerFacts(current.facts, facts) === facts;
  const window = {
    facts,
    messageSid,
    profileName,
    externalUserId: externalUserId ?? current.externalUserId,
    ...(parentUserId && { parentUserId }),
  };
  return {
    ...current,
    ...(isNew && window),
    restrictions: { ...current.restrictions, ...consentAfter(word, current.restrictions) },
  };
}

function consentOf({ body, optOutType }: InboundMessage, words: ConsentWords): 'stop' | 'start' | null {
  if (optOutType === 'help') return null;
  return optOutType ?? consentIn(body, words);
}
