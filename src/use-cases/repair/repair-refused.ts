/**
 * Recovers from a refusal for the window, or from a failure of the moment, exactly once for each message, whatever callbacks come, how often, and where: one
 * lock per MessageSid. The lock is given back where nothing was done, and whoever takes it over from a container that died
 * looks first whether that one had sent something.
 */

import { NO_FACTS } from '../../domain/customer-service-window';
import type { FreeFormMessage } from '../../domain/outbound-message';
import { planRepair, type Refused, type RepairPlan } from '../../domain/repair-plan';
import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { Failure, isUnavailable } from '../failure';
import { type HoldPart, holdParts } from '../hold/hold-message';
import { hasPart } from '../hold/joint-message';
import { LOG_TOLERANCE_MS } from '../hold/release-evidence';
import { releaseHeld } from '../hold/release-held';
import { mayHaveAsked, sendPrompt } from '../hold/reply-prompt';
import { MAX_EARLIER } from '../ports/contact-store';
import type { FoundMessage } from '../ports/message-log';
import type { SentAs } from '../ports/messenger';
import type { RepairLock } from '../ports/repair-locks';
import type { SendPorts } from '../ports/send-ports';
import type { JoinedPart, SendRecord } from '../ports/send-records';
import {
  type FallbackTemplate,
  prepareTemplate,
  type ReadyTemplate,
  recogniseTemplate,
  replyPrompt,
} from '../send/choose-template';
import { dispatchMessage } from '../send/dispatch';
import type { SendOptions } from '../send/send-request';

export type RepairOutcome =
  /** Nothing to repair, or somebody else has repaired it. */
  | 'none'
  | 'template-problem'
  | 'sent-again'
  | 'template-sent'
  | 'held'
  /** It is tried again after a pause, and this callback has to see to it. */
  | 'queued-again'
  /** It is tried again in its turn, after others for whom somebody else sees to it. */
  | 'queued-behind'
  | 'not-repaired'
  /** Twilio's log has no text for it (redacted, discarded): nothing empty is ever held or sent. */
  | 'not repaired: text unknown';

export interface Refusal {
  readonly messageSid: MessageSid;
  readonly errorCode: number;
  readonly pair: Pair | null;
  readonly sentAs: Exclude<SentAs, { readonly as: 'template' }>;
  /** The addresses to which the status callbacks of the repair go on, as those of the message did. */
  readonly statusCallbacks: readonly string[];
}

/** A function lives 10 s at most: a lock older than this was left behind by one that died. */
const CLAIM_MS = 15_000;
/** How long a record may take to be written after its message was handed to Twilio. */
const RECORD_ATTEMPTS = 4;
const RECORD_PAUSE_MS = 600;

/** What is stored or logged of a refused message. */
interface Found extends Refused<FallbackTemplate> {
  readonly pair: Pair;
  readonly acceptedAt: number;
  /** The held texts that it was made of; null where it was one message. */
  readonly parts: readonly JoinedPart[] | null;
}

/** What is known of it. */
interface Known extends Found {
  readonly messageSid: MessageSid;
  readonly statusCallbacks: readonly string[];
}

/** What a repair did, and the message that went out for it. */
interface Repaired {
  readonly outcome: RepairOutcome;
  readonly repairedBy: MessageSid | null;
}

/**
 * @throws Failure `STATE_UNAVAILABLE` where nothing was done and Twilio has to come again
 */
export async function repairRefused(
  ports: SendPorts,
  refusal: Refusal,
  at: SendOptions,
): Promise<RepairOutcome> {
  const { messageSid, errorCode } = refusal;
  const mine: RepairLock = { claimedAt: at.now, outcome: null, repairedBy: null, errorCode };
  const left = await ports.repairLocks.claim(messageSid, mine);
  if (left && left.outcome !== null) return 'none';
  if (left && !(await takeOver(ports, messageSid, left, mine))) throw comeAgain();
  try {
    const repaired = await attempt(ports, refusal, left ?? null, at);
    if (repaired === undefined) return 'none';
    const repairedBy = repaired.repairedBy ?? left?.repairedBy ?? null;
    // Where this fails, the next callback finds in the message log what left.
    await ports.repairLocks.settle(messageSid, { ...mine, ...repaired, repairedBy }).catch(() => undefined);
    return repaired.outcome;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (isUnavailable(error)) {
      // Nothing was done.
      await ports.repairLocks.release(messageSid).catch(() => undefined);
      throw comeAgain();
    }
    // The status callback of what may have left settles it.
    if (error.code === 'OUTCOME_UNKNOWN') return 'not-repaired';
    const outcome: RepairOutcome = 'not-repaired';
    await ports.repairLocks.settle(messageSid, { ...mine, outcome }).catch(() => undefined);
    return outcome;
  }
}

const comeAgain = () =>
  new Failure('STATE_UNAVAILABLE', 'The repair of this message could not be made now; come again.');

/** @returns false where another container is at work */
async function takeOver(
  { repairLocks }: SendPorts,
  messageSid: MessageSid,
  left: RepairLock,
  mine: RepairLock,
): Promise<boolean> {
  return mine.claimedAt - left.claimedAt > CLAIM_MS && repairLocks.takeOver(messageSid, left, mine);
}

/** @returns undefined where the message is not known, or version 0.1 repaired it */
async function attempt(
  ports: SendPorts,
  refusal: Refusal,
  left: RepairLock | null,
  at: SendOptions,
): Promise<Repaired | undefined> {
  const found = await findRefused(ports, refusal, at.now);
  if (found === undefined || found === 'repaired') return undefined;
  if (found === 'template') return { outcome: 'template-problem', repairedBy: null };
  const { messageSid, statusCallbacks } = refusal;
  const known: Known = { ...found, messageSid, statusCallbacks };
  const person = await freshPerson(ports, known.pair);
  const { plan, closesWindow } = planRepair(known, person, at);
  const ready = await makeReady(ports, known, plan);
  const before = left && (await sentSince(ports, known, ready, left.claimedAt));
  if (before) return { outcome: 'sent-again', repairedBy: before };
  const isHeld = plan.action === 'hold' || plan.action === 'send-later';
  const again = isHeld ? await heldAgain(ports, known, plan.message, left, at) : [];
  if (closesWindow) await closeWindow(ports, known.pair, known.sentAt);
  return carryOutRepair(ports, known, ready, again, person, at);
}

async function makeReady(
  { templates }: SendPorts,
  { pair }: Known,
  plan: RepairPlan<FallbackTemplate>,
): Promise<RepairPlan<ReadyTemplate>> {
  switch (plan.action) {
    case 'send-again':
    case 'send-later':
    case 'none':
      return plan;
    case 'template':
      return {
        action: 'template',
        template: await prepareTemplate(templates, plan.template, pair, 'outside'),
      };
    case 'hold': {
      const { prompt } = plan;
      // Held it is in any case: where this template cannot be sent, the account's own asks.
      const ready = prompt && (await prepareTemplate(templates, prompt, pair, 'outside').catch(() => null));
      return { ...plan, prompt: ready };
    }
  }
}

async function carryOutRepair(
  ports: SendPorts,
  known: Known,
  plan: RepairPlan<ReadyTemplate>,
  again: readonly HoldPart[],
  person: FreshPerson,
  at: SendOptions,
): Promise<Repaired> {
  const { pair, messageSid, acceptedAt, statusCallbacks, parts } = known;
  const repairs = [messageSid];
  const common = { pair, repairs, acceptedAt, statusCallbacks, attempt: known.attempt + 1 };
  switch (plan.action) {
    case 'none':
      return {
        outcome: plan.reason === 'text-unknown' ? 'not repaired: text unknown' : 'not-repaired',
        repairedBy: null,
      };
    case 'send-again': {
      const outgoing = { ...common, message: plan.message, template: known.template, parts };
      const { sid } = await dispatchMessage(ports, outgoing, at.now);
      return { outcome: 'sent-again', repairedBy: sid };
    }
    case 'send-later': {
      const [first, ...others] = again;
      if (first === undefined) return { outcome: 'not-repaired', repairedBy: null };
      const { externalUserId } = person;
      const call = { pair, externalUserId, repairs: messageSid, sendAt: null, asks: false };
      const behind = { ...call, attempt: known.attempt + 1, unsentPromptSince: null };
      const { beginsPause } = await holdParts(ports, behind, [first, ...others], at);
      return { outcome: beginsPause ? 'queued-again' : 'queued-behind', repairedBy: null };
    }
    case 'template': {
      const { sid } = await dispatchMessage(ports, { ...common, message: plan.template.message }, at.now);
      return { outcome: 'template-sent', repairedBy: sid };
    }
    case 'hold': {
      const [first, ...others] = again;
      if (first === undefined) return { outcome: 'not-repaired', repairedBy: null };
      await holdInstead(ports, known, [first, ...others], plan.prompt, person, at);
      return { outcome: 'held', repairedBy: null };
    }
  }
}

/** It waits for the answer, also where nobody could be asked for one. */
async function holdInstead(
  ports: SendPorts,
  { pair, messageSid, statusCallbacks }: Known,
  again: readonly [HoldPart, ...HoldPart[]],
  given: ReadyTemplate | null,
  { externalUserId, promptedAt, isPrompted }: FreshPerson,
  at: SendOptions,
): Promise<void> {
  const prompt =
    given ??
    (await replyPrompt(ports.templates, { pair, language: null }, at.fallbackTemplate).catch(() => null));
  // Where the log cannot tell, nobody is asked twice.
  const mayBeAsked =
    isPrompted ||
    (promptedAt !== null && (await mayHaveAsked(ports, pair, promptedAt, at.now).catch(() => true)));
  const hold = await holdParts(
    ports,
    {
      ...{ pair, externalUserId, repairs: messageSid, sendAt: null },
      asks: prompt !== null,
      unsentPromptSince: mayBeAsked ? null : promptedAt,
    },
    again,
    at,
  );
  if (hold.opened !== null) await releaseHeld(ports, pair, at).catch(() => undefined);
  if (!hold.shouldPrompt || prompt === null) return;
  await sendPrompt(ports, pair, prompt, statusCallbacks, at).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
  });
}

/**
 * What waits again: the text, or the parts of a joint message that have not expired. Where a container that died had held
 * some of it, and that has left meanwhile, it does not wait a second time.
 */
async function heldAgain(
  { messageLog }: SendPorts,
  { pair, messageSid, acceptedAt, statusCallbacks, parts, template }: Known,
  message: FreeFormMessage,
  left: RepairLock | null,
  at: SendOptions,
): Promise<readonly HoldPart[]> {
  const key = `repair.${messageSid}`;
  const alone = { message, acceptedAt, statusCallback: statusCallbacks[0] ?? null, template };
  const again: readonly HoldPart[] = parts
    ?.map((part, index) => ({ ...part, key: `${key}.${index}` }))
    .filter(({ expiresAt }) => expiresAt > at.now) ?? [
    { ...alone, key, expiresAt: at.now + at.holdTtlSeconds * 1000 },
  ];
  if (left === null) return again;
  const since = (await messageLog.newestOutbound(pair, 50)).filter(
    ({ at: sentAt, messageSid: sid, errorCode }) =>
      sentAt >= left.claimedAt - LOG_TOLERANCE_MS && sid !== messageSid && errorCode === null,
  );
  return again.filter((part) => !since.some(({ body }) => mayHave(body, part, left)));
}

/** A text that the log does not have is taken for the one that a status callback has named. */
function mayHave(body: string, { message }: HoldPart, { repairedBy }: RepairLock): boolean {
  return body === '' ? repairedBy !== null : message.body !== '' && hasPart(body, message.body);
}

/** Looked up by its record, or in the message log, where its record could not be written or was never needed. */
async function findRefused(
  ports: SendPorts,
  refusal: Refusal,
  now: number,
): Promise<Found | 'template' | 'repaired' | undefined> {
  const { sentAs, messageSid, errorCode } = refusal;
  if (sentAs.as === 'record') {
    const record = await findRecord(ports, sentAs.id);
    if (record) return fromRecord(record, errorCode);
  }
  const logged = await ports.messageLog.find(messageSid);
  const pair = refusal.pair ?? logged?.pair;
  if (!pair) return undefined;
  const known = fromLog(refusal, pair, logged, now);
  // The log does not tell a template from a free-form message; its text does.
  if (sentAs.as === 'record' && (await isTemplateText(ports, known))) return 'template';
  return known;
}

function fromRecord(
  { pair, at, acceptedAt, freeForm, template, attempt, parts, wasRepaired }: SendRecord,
  errorCode: number,
): Found | 'template' | 'repaired' {
  if (wasRepaired) return 'repaired';
  if (freeForm === null) return 'template';
  const holdsText = template?.holdsText ?? false;
  return {
    ...{ pair, acceptedAt, template, holdsText, attempt, errorCode, parts },
    message: freeForm,
    sentAt: at,
  };
}

function fromLog(
  { sentAs, errorCode }: Refusal,
  pair: Pair,
  logged: FoundMessage | undefined,
  now: number,
): Found {
  const body = logged?.body ?? '';
  const sentAt = logged?.at ?? now;
  return {
    ...{ pair, errorCode, sentAt, template: null, holdsText: false, parts: null },
    message: body === '' ? null : { kind: 'free-form', body, mediaUrls: [] },
    attempt: sentAs.as === 'text' ? sentAs.attempt : 1,
    acceptedAt: (sentAs.as === 'text' ? sentAs.acceptedAt : null) ?? sentAt,
  };
}

async function isTemplateText({ templates }: SendPorts, { message, pair }: Found): Promise<boolean> {
  if (message === null) return false;
  return (await recogniseTemplate(templates, message.body, null, pair).catch(() => undefined)) !== undefined;
}

/** A callback may be faster than the writing of the record. */
async function findRecord({ sendRecords }: SendPorts, id: string): Promise<SendRecord | undefined> {
  for (let attempt = 0; attempt < RECORD_ATTEMPTS; attempt += 1) {
    const record = await sendRecords.read(id);
    if (record) return record;
    await new Promise((resolve) => setTimeout(resolve, RECORD_PAUSE_MS));
  }
  return undefined;
}

type FreshPerson = Awaited<ReturnType<typeof freshPerson>>;

/** The person as Sync has them now: what a warm container remembers is just what WhatsApp contradicts. */
async function freshPerson(ports: SendPorts, pair: Pair) {
  const record = await ports.windows.read(pair, true);
  return {
    facts: record?.facts ?? NO_FACTS,
    isOptedOut: record?.restrictions.optedOutAt != null,
    externalUserId: record?.externalUserId ?? null,
    promptedAt: record?.restrictions.promptedAt ?? null,
    isPrompted: record?.restrictions.promptSid != null,
  };
}

/** WhatsApp's clock decides. Only an inbound message that is newer than the refused one speaks against it. */
async function closeWindow(ports: SendPorts, pair: Pair, sentAt: number): Promise<void> {
  // Where the log is away when one of them is delivered again, nothing else tells that it is old.
  const logged = await ports.messageLog.newestInbound(pair, MAX_EARLIER + 1).catch(() => []);
  await ports.windows.change(pair, (current) => {
    const { lastInboundAt } = current.facts;
    if (lastInboundAt !== null && lastInboundAt > sentAt) return null;
    const earlier = logged.flatMap(({ at, messageSid }) =>
      messageSid !== null && lastInboundAt !== null && at < lastInboundAt ? [messageSid] : [],
    );
    return {
      ...current,
      facts: { ...current.facts, closedByWhatsApp: true, source: 'whatsapp' },
      ...(earlier.length > 0 && { earlierSids: earlier }),
    };
  });
}

/**
 * What a container that died may have sent for this repair: its text, or one that the log does not have.
 * @returns its MessageSid, or null
 */
async function sentSince(
  { messageLog }: SendPorts,
  { pair, messageSid: refused }: Known,
  plan: RepairPlan<ReadyTemplate>,
  since: number,
): Promise<MessageSid | null> {
  const text = textOf(plan);
  // What is held is found in the queue.
  if (text === null) return null;
  const messages = await messageLog.newestOutbound(pair, 20);
  const sent = messages.find(
    ({ messageSid, at, body, mediaCount }) =>
      messageSid !== refused &&
      at >= since - LOG_TOLERANCE_MS &&
      (body === text || (body === '' && mediaCount === 0)),
  );
  return sent?.messageSid ?? null;
}

function textOf(plan: RepairPlan<ReadyTemplate>): string | null {
  if (plan.action === 'send-again') return plan.message.body;
  return plan.action === 'template' ? plan.template.text : null;
}
