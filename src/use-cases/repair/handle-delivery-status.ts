/**
 * Receives delivery status callbacks: they settle what was sent without an answer, go on with a release, note an opt-out
 * that Twilio knows of, recover from error 63016, and see to it that what failed for the moment is tried again.
 */

import { errorClass, isTransient } from '../../domain/error-class';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { Failure } from '../failure';
import { releaseHeld } from '../hold/release-held';
import { notePromptFailed } from '../hold/reply-prompt';
import type { ContactRecord } from '../ports/contact-store';
import type { ReleasedName, SentAs } from '../ports/messenger';
import type { SendPorts } from '../ports/send-ports';
import { OPTED_OUT_AT_TWILIO, recordOptOut } from '../receive/record-opt-out';
import type { SendOptions } from '../send/send-request';
import { type RepairOutcome, repairRefused } from './repair-refused';

export interface DeliveryReport {
  /** Twilio's message status, such as `delivered`. */
  readonly status: string;
  readonly errorCode: number | null;
  readonly messageSid: MessageSid;
  /** The message's sender and user, where both are WhatsApp addresses. */
  readonly pair: Pair | null;
  /** From our own status callback URL, as all below; null where this software did not send the message. */
  readonly sentAs: SentAs | null;
  /** More was held behind this message than its release may have had time for. */
  readonly continuesRelease: boolean;
  /** What is held leaves one by one: the next one waits for this callback, and for the end of a pause. */
  readonly isOneByOne: boolean;
  /** The held message that this is. */
  readonly releases: ReleasedName | null;
  /** The refused messages that this repairs. */
  readonly repairs: readonly MessageSid[];
  /** The addresses that callers named for the status callbacks of this message. */
  readonly statusCallbacks: readonly string[];
}

/**
 * @throws Failure `STATE_UNAVAILABLE` where nothing was done and Twilio has to come again: the store is away, or another
 * container is at work, and may be dead
 */
export async function recordDelivery(
  ports: SendPorts,
  report: DeliveryReport,
  at: SendOptions,
): Promise<RepairOutcome> {
  const { errorCode, pair, sentAs, releases, repairs } = report;
  if (errorCode === OPTED_OUT_AT_TWILIO && pair !== null) await recordOptOut(ports.windows, pair, at.now);
  // A message that has a status callback has left: whatever interrupted its release, it is held no more.
  if (pair !== null && releases !== null) await ports.held.settle(pair, releases).catch(() => undefined);
  for (const refused of repairs) await settleRepair(ports, refused, report).catch(() => undefined);
  if (sentAs === null) return 'none';
  const outcome = await repair(ports, report, sentAs, at);
  // None where an earlier try of this callback was cut short in the pause.
  const isTriedAgain =
    sentAs.as !== 'template' && isForTheMoment(report) && (outcome === 'queued-again' || outcome === 'none');
  const isNextInTurn = report.isOneByOne && (report.status === 'sent' || FAILED.has(report.status));
  const waits = isTriedAgain || isNextInTurn;
  if (waits || (report.continuesRelease && ARRIVED.has(report.status))) {
    await goOnReleasing(ports, report, at, waits);
  }
  return outcome;
}

async function repair(
  ports: SendPorts,
  report: DeliveryReport,
  sentAs: SentAs,
  at: SendOptions,
): Promise<RepairOutcome> {
  const { errorCode, pair, messageSid } = report;
  if (sentAs.as === 'template') {
    if (pair !== null && isForTheMoment(report)) await notePromptFailed(ports, pair, messageSid);
    // A template may not be sent outside the window, which says nothing about the window itself.
    return isForWindow(report) ? 'template-problem' : 'none';
  }
  if (errorCode === null || !(isForWindow(report) || isForTheMoment(report))) return 'none';
  return repairRefused(ports, { ...report, sentAs, errorCode }, at);
}

function isForWindow({ errorCode }: DeliveryReport): boolean {
  return errorClass(errorCode) === 'window';
}

function isForTheMoment({ errorCode, status }: DeliveryReport): boolean {
  return isTransient(errorCode) && FAILED.has(status);
}

/**
 * A repair whose answer was lost has left; and what was held in place of a refused message has. One of several texts that
 * has left says nothing about the others: whoever holds them again may have died among them, and looks for it in the log.
 */
async function settleRepair(
  { repairLocks }: SendPorts,
  refused: MessageSid,
  { messageSid, releases }: DeliveryReport,
): Promise<void> {
  const lock = await repairLocks.read(refused);
  if (!lock || lock.repairedBy !== null) return;
  const outcome = lock.outcome ?? (releases === null ? 'sent-again' : null);
  await repairLocks.settle(refused, { ...lock, outcome, repairedBy: messageSid });
}

const FAILED: ReadonlySet<string> = new Set(['failed', 'undelivered']);
const ARRIVED: ReadonlySet<string> = new Set(['sent', 'delivered', 'read']);

/** @param waits for the end of a pause: one callback of a message is enough */
async function goOnReleasing(
  ports: SendPorts,
  { pair: reported, messageSid }: DeliveryReport,
  at: SendOptions,
  waits: boolean,
): Promise<void> {
  const pair = reported ?? (await ports.messageLog.find(messageSid))?.pair;
  const person = pair && (await ports.windows.read(pair, true));
  if (!pair || !person?.restrictions.holding) return;
  const { releasingUntil, pausedUntil } = person.restrictions;
  if (pausedUntil !== null && pausedUntil > at.now) {
    if (waits) await releaseAfterPause(ports, pair, pausedUntil, at);
    return;
  }
  // One read is all that a callback costs which meets a release under way: a hundred messages have three hundred.
  if ((releasingUntil ?? 0) > at.now) throw comeAgain();
  await goOn(ports, pair, at, person);
}

async function releaseAfterPause(
  ports: SendPorts,
  pair: Pair,
  pausedUntil: number,
  at: SendOptions,
): Promise<void> {
  const now = await ports.waitUntil(pausedUntil);
  if (now < pausedUntil) throw comeAgain();
  await goOn(ports, pair, { ...at, now });
}

async function goOn(ports: SendPorts, pair: Pair, at: SendOptions, person?: ContactRecord): Promise<void> {
  const { state } = await releaseHeld(ports, pair, at, person);
  if (state === 'busy' || state === 'stopped') throw comeAgain();
}

const comeAgain = () =>
  new Failure('STATE_UNAVAILABLE', 'More is held for this user than could be released now; come again.');
