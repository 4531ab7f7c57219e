/**
 * What became of a message, and the repair where WhatsApp refused it for the window. Error 63016 has three meanings: a
 * free-form message when the window is really closed, a template that may not be sent, and a plain mistake right after
 * a fresh inbound message. Exactly one repair per message, whatever callbacks come, how often, and where.
 */
import { isOpen, windowAt } from '../../domain/customer-service-window';
import { errorClass, OUTSIDE_WINDOW, VALIDITY_EXPIRED } from '../../domain/error-class';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { alias as findAlias, type Person } from '../contacts/read-person';
import { Failure } from '../failure';
import { clearPrompt, holdMessage } from '../hold/hold-message';
import { releaseHeld } from '../hold/release-held';
import type { SentAs } from '../ports/messenger';
import type { Repair, SendRecord } from '../ports/send-records';
import { OPTED_OUT_AT_TWILIO, recordOptOut } from '../receive/record-opt-out';
import { prepareTemplate, recogniseTemplate } from '../send/choose-template';
import { dispatchMessage } from '../send/dispatch';
import { replyPrompt, type SendOptions, type SendPorts } from '../send/send-message';

export interface DeliveryReport {
  /** Twilio's message status, such as `delivered`. */
  readonly status: string;
  readonly errorCode: number | null;
  readonly messageSid: MessageSid;
  readonly pair: Pair | null;
  /** Null where this software did not send the message. */
  readonly sentAs: SentAs | null;
  /** More was held behind this message than its release may have had time for. */
  readonly continuesRelease: boolean;
}

export type RepairOutcome =
  /** Nothing to repair, or somebody else has repaired it. */
  | 'none'
  | 'template-problem'
  | 'sent-again'
  | 'template-sent'
  | 'held'
  | 'not-repaired'
  /** Twilio's log has no text for it (redacted, discarded): nothing empty is ever held or sent. */
  | 'not repaired: text unknown';

/** So recent an inbound message that the window must be open, whatever 63016 says. */
const SURELY_OPEN_MS = 60 * 60 * 1000;
/** A function lives 10 s at most: a claim older than this was left behind by one that died. */
const CLAIM_MS = 15_000;
/** How long a record may take to be written after its message was handed to Twilio. */
const RECORD_ATTEMPTS = 4;
const RECORD_PAUSE_MS = 600;
/** The log knows whole seconds, and its clock is not ours. */
const LOG_TOLERANCE_MS = 2000;

/** @throws Failure `STATE_UNAVAILABLE` where the repair could not be claimed: nothing was done, the callback may come again */
export async function recordDelivery(
  ports: SendPorts,
  report: DeliveryReport,
  at: SendOptions,
): Promise<RepairOutcome> {
  const { sentAs } = report;
  if (report.errorCode === OPTED_OUT_AT_TWILIO && report.pair !== null)
    await recordOptOut(ports.windows, report.pair, at.now);
  if (sentAs === null) return 'none';
  if (report.errorCode !== OUTSIDE_WINDOW && report.errorCode !== VALIDITY_EXPIRED) {
    if (report.continuesRelease && ARRIVED.has(report.status)) await goOnReleasing(ports, report, at);
    if (report.errorCode !== null && sentAs.as === 'record')
      await noteFailure(ports, sentAs.id, report.errorCode, at.now);
    return 'none';
  }
  // It may not be sent outside the window, which says nothing about the window itself.
  if (sentAs.as === 'template') return 'template-problem';
  const record =
    sentAs.as === 'record'
      ? await findRecord(ports, report, sentAs.id, at.now)
      : await recordOfText(ports, report, sentAs.attempt, at.now);
  if (!record) return 'none';

  const { errorCode } = report;
  const claim = await claimRepair(ports, record, errorCode, at.now);
  if (!claim) return 'none';
  const outcome = await repair(ports, record, errorCode, claim, at).catch((error: unknown): RepairOutcome => {
    // A repair that fails is not repaired again: it may have been sent.
    if (error instanceof Failure) return 'not-repaired';
    throw error;
  });
  await ports.sendRecords
    .changeRepair(record.id, (current) => ({ claimedAt: at.now, ...current, errorCode, outcome }))
    .catch(() => false);
  return outcome;
}

/** The record, or what the message log says where it could not be written; a callback may also be faster than its writing. */
async function findRecord(
  ports: SendPorts,
  { pair, messageSid }: DeliveryReport,
  id: string,
  now: number,
): Promise<SendRecord | undefined> {
  for (let attempt = 0; attempt < RECORD_ATTEMPTS; attempt += 1) {
    const record = await ports.sendRecords.read(id);
    if (record) return record;
    await new Promise((resolve) => setTimeout(resolve, RECORD_PAUSE_MS));
  }
  const message = pair && (await ports.messageLog.find(messageSid));
  if (!pair || !message) return undefined;
  // Nobody knows what it said, nor whether it was a template.
  if (message.body === '') return undefined;
  // The log does not tell a template from a free-form message; its text does.
  const template = await recogniseTemplate(ports.templates, message.body, null, pair).catch(() => undefined);
  const freeForm = template ? null : ({ kind: 'free-form', body: message.body, mediaUrls: [] } as const);
  await ports.sendRecords.save(
    { id, pair, at: message.at, freeForm, template: null, attempt: 1, repair: null },
    now,
  );
  return ports.sendRecords.read(id);
}

/**
 * A text needs no record before it is refused. The one that is made now is named after its MessageSid, and is the lock of
 * its repair.
 */
async function recordOfText(
  ports: SendPorts,
  { pair, messageSid }: DeliveryReport,
  attempt: number,
  now: number,
): Promise<SendRecord | undefined> {
  const before = await ports.sendRecords.read(messageSid);
  if (before) return before;
  const message = await ports.messageLog.find(messageSid);
  const knownPair = pair ?? message?.pair;
  if (!knownPair) return undefined;
  const freeForm = { kind: 'free-form', body: message?.body ?? '', mediaUrls: [] } as const;
  const sentAt = message?.at ?? now;
  await ports.sendRecords.save(
    { id: messageSid, pair: knownPair, at: sentAt, freeForm, template: null, attempt, repair: null },
    now,
  );
  return ports.sendRecords.read(messageSid);
}

/** The record says why a message did not arrive, for whoever looks; nothing is repaired, so it may fail. */
async function noteFailure(
  ports: SendPorts,
  recordId: string,
  errorCode: number,
  now: number,
): Promise<void> {
  const note: Repair = { claimedAt: now, outcome: `not repaired: ${errorClass(errorCode)}`, errorCode };
  await ports.sendRecords
    .changeRepair(recordId, (current) => (current === null ? note : null))
    .catch(() => false);
}

const ARRIVED: ReadonlySet<string> = new Set(['sent', 'delivered', 'read']);

async function goOnReleasing(
  ports: SendPorts,
  { pair: reported, messageSid }: DeliveryReport,
  at: SendOptions,
): Promise<void> {
  const pair = reported ?? (await ports.messageLog.find(messageSid))?.pair;
  const person = pair && (await ports.windows.read(pair));
  if (pair && person?.restrictions.holding) await releaseHeld(ports, pair, at);
}

/** @returns the claim that was left behind by one that died, where there is one; undefined where somebody else has it */
async function claimRepair(
  ports: SendPorts,
  record: SendRecord,
  errorCode: number,
  now: number,
): Promise<{ leftBehind: Repair | null } | undefined> {
  let leftBehind: Repair | null = null;
  const claimed = await ports.sendRecords.changeRepair(record.id, (current) => {
    leftBehind = current;
    if (current === null) return { claimedAt: now, outcome: null, errorCode };
    const isDead = current.outcome === null && now - current.claimedAt > CLAIM_MS;
    return isDead ? { claimedAt: now, outcome: null, errorCode } : null;
  });
  return claimed ? { leftBehind } : undefined;
}

async function repair(
  ports: SendPorts,
  record: SendRecord,
  errorCode: number,
  { leftBehind }: { leftBehind: Repair | null },
  at: SendOptions,
): Promise<RepairOutcome> {
  const { freeForm, pair } = record;
  // A template that may not be sent outside the window: says nothing about the window itself.
  if (freeForm === null) return 'template-problem';
  if (leftBehind && (await leftSince(ports, record, leftBehind.claimedAt))) return 'sent-again';

  const { stored, alias } = await freshRecord(ports, record);
  if (stored?.restrictions.optedOutAt != null) return 'not-repaired';
  const lastInboundAt = stored?.facts.lastInboundAt ?? null;
  const window = stored && windowAt(stored.facts, at.now, at.marginSeconds);
  const isRecent =
    lastInboundAt !== null && (at.now - lastInboundAt < SURELY_OPEN_MS || lastInboundAt > record.at);
  const isTextKnown = freeForm.body !== '' || freeForm.mediaUrls.length > 0;
  const isSurelyOpen = window !== null && window !== undefined && isOpen(window) && isRecent;
  if (isTextKnown && record.attempt === 1 && isSurelyOpen) {
    const again = { pair, message: freeForm, template: record.template, sendAt: null, attempt: 2, window };
    await dispatchMessage(ports, again, at.now);
    return 'sent-again';
  }
  if (errorCode === OUTSIDE_WINDOW && (isTextKnown || !isSurelyOpen)) {
    for (const name of alias ? [pair, alias] : [pair]) await closeWindow(ports, name, record.at);
  }
  if (!isTextKnown) return 'not repaired: text unknown';
  return sendInstead(ports, record, freeForm, { externalUserId: stored?.externalUserId ?? null, alias }, at);
}

/** The person as Sync has them now: what a warm container remembers is just what WhatsApp contradicts. */
async function freshRecord(ports: SendPorts, { pair }: SendRecord) {
  const own = await ports.windows.read(pair, true);
  const other = await findAlias(ports.windows, pair, own);
  const known = [own, other?.record].filter((record) => record !== undefined);
  const stored = known.sort((a, b) => (b.facts.lastInboundAt ?? 0) - (a.facts.lastInboundAt ?? 0))[0];
  return { stored, alias: other?.pair ?? null };
}

/** WhatsApp's clock decides. Only an inbound message that is newer than the refused one speaks against it. */
async function closeWindow(ports: SendPorts, pair: Pair, at: number): Promise<void> {
  await ports.windows.change(pair, (current) => {
    const isContradicted = current.facts.lastInboundAt !== null && current.facts.lastInboundAt > at;
    return isContradicted
      ? null
      : { ...current, facts: { ...current.facts, closedByWhatsApp: true, source: 'whatsapp' } };
  });
}

async function sendInstead(
  ports: SendPorts,
  record: SendRecord,
  freeForm: NonNullable<SendRecord['freeForm']>,
  { externalUserId, alias }: Pick<Person, 'externalUserId' | 'alias'>,
  at: SendOptions,
): Promise<RepairOutcome> {
  const { pair, template } = record;
  if (template !== null) {
    const ready = await prepareTemplate(ports.templates, template, pair, 'outside');
    const instead = {
      pair,
      message: ready.message,
      template: null,
      sendAt: null,
      attempt: record.attempt + 1,
      window: null,
    };
    await dispatchMessage(ports, instead, at.now);
    return 'template-sent';
  }
  // Without the question the text still waits for the answer.
  const asking = await replyPrompt(ports, { pair, language: null }, at).catch(() => null);
  const request = {
    pair,
    message: freeForm,
    sendAt: null,
    externalUserId,
    alias,
    key: record.id,
    ttlSeconds: at.holdTtlSeconds,
  };
  const { held, shouldPrompt } = await holdMessage(ports, request, at, asking !== null);
  if (shouldPrompt && asking) {
    const question = {
      pair,
      message: asking.message,
      template: null,
      sendAt: null,
      attempt: record.attempt + 1,
      window: null,
    };
    await dispatchMessage(ports, question, at.now).catch(async (error: unknown) => {
      if (error instanceof Failure && error.code !== 'OUTCOME_UNKNOWN') await clearPrompt(ports, held.pair);
    });
  }
  return 'held';
}

/** Whether a repair that died had sent something: anything to this user since it was claimed. */
async function leftSince(ports: SendPorts, { pair }: SendRecord, since: number): Promise<boolean> {
  const messages = await ports.messageLog.newestOutbound(pair, 20);
  return messages.some((message) => message.at >= since - LOG_TOLERANCE_MS);
}
