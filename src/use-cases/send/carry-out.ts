/**
 * Carries out a plan. Its answer is made from what certainly happened: once something left or is held, no later failure
 * turns it into "nothing happened".
 */

import { explain } from '../../domain/decision-explanation';
import { type FreeFormMessage, partsOf } from '../../domain/outbound-message';
import { type Decision, decisionOf, notOpenReason, type Plan } from '../../domain/send-decision';
import { type Person, saidStop } from '../contacts/read-person';
import { Failure, isUnavailable } from '../failure';
import { heldName } from '../hold/held-name';
import { type Hold, holdMessage } from '../hold/hold-message';
import { type Release, releaseHeld } from '../hold/release-held';
import { sendPrompt } from '../hold/reply-prompt';
import type { SentMessage } from '../ports/messenger';
import type { SendPorts } from '../ports/send-ports';
import { cancelIfOptedOut } from '../receive/cancel-scheduled';
import type { FallbackTemplate, ReadyTemplate } from './choose-template';
import { dispatchMessage, type Outgoing } from './dispatch';
import { type Effects, NO_EFFECTS, type SendOptions, type SendRequest } from './send-request';

type FreeFormPlan = Extract<Plan<ReadyTemplate>, { action: 'free-form' }>;

/** @throws Failure where certainly nothing left and nothing is held, or `OUTCOME_UNKNOWN` */
export async function carryOut(
  ports: SendPorts,
  request: SendRequest,
  plan: Plan<ReadyTemplate>,
  person: Person | null,
  at: SendOptions,
): Promise<Effects> {
  switch (plan.action) {
    case 'refuse': {
      const outcome = plan.reason === 'STATE_UNAVAILABLE' ? 'failed' : 'refused';
      return { ...NO_EFFECTS, outcome, failure: refusal(plan, person) };
    }
    case 'free-form':
      return person?.holding
        ? queueBehind(ports, request, plan, person, at)
        : sendFreeForm(ports, request, plan, person, at);
    case 'template':
      return plan.hold === null
        ? sendTemplate(ports, request, plan.template, at)
        : holdAndPrompt(ports, request, plan, { message: plan.hold, prompt: plan.template }, person, at);
    case 'hold':
      return holdAndPrompt(ports, request, plan, plan, person, at);
  }
}

const oneOrNone = (callback: string | null) => (callback === null ? [] : [callback]);

const sentOrScheduled = ({ sendAt }: SendRequest) => (sendAt === null ? 'sent' : 'scheduled');

async function sendTemplate(
  ports: SendPorts,
  request: SendRequest,
  { message }: ReadyTemplate,
  at: SendOptions,
): Promise<Effects> {
  const { pair, sendAt, statusCallback, validSeconds } = request;
  const statusCallbacks = oneOrNone(statusCallback);
  const sent = await dispatchMessage(ports, { pair, message, sendAt, statusCallbacks, validSeconds }, at.now);
  if (sendAt !== null) await cancelIfOptedOut(ports, pair, [sent]);
  return { ...NO_EFFECTS, outcome: sentOrScheduled(request), messages: [sent] };
}

/** The template that the caller gave for the case that the text is refused. */
function fallbackOf({ content, whenClosed }: SendRequest): FallbackTemplate | null {
  const template = content.kind === 'free-form' ? content.template : null;
  return template && whenClosed === 'hold' ? { ...template, holdsText: true } : template;
}

async function sendFreeForm(
  ports: SendPorts,
  request: SendRequest,
  plan: FreeFormPlan,
  person: Person | null,
  at: SendOptions,
): Promise<Effects> {
  const { pair, sendAt } = request;
  const messages: SentMessage[] = [];
  const outgoing = outgoingParts(request, plan);
  for (const [index, part] of outgoing.entries()) {
    const isLast = index === outgoing.length - 1;
    try {
      // A STOP is asked for beside the sending: at most the part that is on its way leaves after it.
      const [message, isStopped] = await Promise.all([
        dispatchMessage(ports, part, at.now),
        isLast ? false : saidStop(ports, pair).catch(() => false),
      ]);
      messages.push(message);
      if (isStopped) throw new Failure('OPTED_OUT', 'The user asked not to be written to (STOP).');
    } catch (error) {
      if (!(error instanceof Failure) || messages.length === 0) throw error;
      const left = partsOf(plan.message).slice(error.code === 'OUTCOME_UNKNOWN' ? index + 1 : index);
      const failed = { messages, left, total: outgoing.length, failure: error };
      return afterFailedPart(ports, request, failed, person, at);
    }
  }
  if (sendAt !== null) await cancelIfOptedOut(ports, pair, messages);
  return { ...NO_EFFECTS, outcome: sentOrScheduled(request), messages };
}

/** Several attachments are several messages, in order. */
function outgoingParts(request: SendRequest, { message, window }: FreeFormPlan): readonly Outgoing[] {
  const { pair, sendAt, statusCallback, validSeconds } = request;
  const statusCallbacks = oneOrNone(statusCallback);
  return partsOf(message).map((part, index, parts) => ({
    ...{ pair, message: part, window, sendAt, statusCallbacks, validSeconds },
    // One template is enough where several attachments are refused.
    template: index === 0 ? fallbackOf(request) : null,
    // A later part that could not leave is held: the status callback of an earlier one releases it.
    continuesRelease: parts.length > 1 && sendAt === null,
  }));
}

interface FailedPart {
  readonly messages: readonly SentMessage[];
  readonly left: readonly FreeFormMessage[];
  readonly total: number;
  readonly failure: Failure;
}

/** Some attachments are out. What may go out later waits; what Twilio refuses is told. */
async function afterFailedPart(
  ports: SendPorts,
  request: SendRequest,
  { messages, left, total, failure }: FailedPart,
  person: Person | null,
  at: SendOptions,
): Promise<Effects> {
  const outcome = sentOrScheduled(request);
  const mayWait = request.sendAt === null && (isUnavailable(failure) || failure.code === 'OUTCOME_UNKNOWN');
  const [first] = left;
  const message = first && { ...first, mediaUrls: left.flatMap(({ mediaUrls }) => mediaUrls) };
  const hold =
    mayWait && message ? await enqueue(ports, request, message, person, at, null).catch(() => null) : null;
  const isAllCared = hold !== null && failure.code !== 'OUTCOME_UNKNOWN';
  const sentence = `${messages.length} of ${total} messages went out${hold ? `, ${hold.held.length} wait` : ''}. ${failure.message}`;
  return {
    outcome,
    messages,
    held: hold?.held[0] ?? null,
    failure: isAllCared ? null : new Failure(failure.code, sentence, failure.problems, failure.twilioCode),
  };
}

/** The window is open, but earlier messages are still held: this one takes its place behind them, and all go out in order. */
async function queueBehind(
  ports: SendPorts,
  request: SendRequest,
  plan: FreeFormPlan,
  person: Person,
  at: SendOptions,
): Promise<Effects> {
  const { held } = await enqueue(ports, request, plan.message, person, at, null);
  return releasedEffects(held, await releaseOrLeave(ports, request, at));
}

/** Held it is in any case. Where nothing could be released, whoever comes next does it. */
async function releaseOrLeave(ports: SendPorts, { pair }: SendRequest, at: SendOptions): Promise<Release> {
  return releaseHeld(ports, pair, at).catch((error: unknown): Release => {
    if (!(error instanceof Failure)) throw error;
    return { results: new Map(), state: 'stopped' };
  });
}

/** What became of messages that were held and released in one call. */
function releasedEffects(held: Hold['held'], { results }: Release): Effects {
  const mine = held.map((one) => results.get(heldName(one)));
  const messages = mine.flatMap((result) => (result?.kind === 'sent' ? [result.message] : []));
  const failure =
    mine.map((result) => (result?.kind === 'refused' ? result.failure : null)).find(Boolean) ?? null;
  const waiting = held.find((one) => !results.has(heldName(one))) ?? null;
  if (messages.length > 0) {
    const outcome = messages[0]?.status === 'scheduled' ? 'scheduled' : 'sent';
    return { outcome, messages, held: waiting, failure };
  }
  if (waiting === null && failure !== null) throw failure;
  return { outcome: 'held', messages, held: waiting, failure };
}

/** Holds the text and sends the template that asks for an answer, unless the user was asked already. */
async function holdAndPrompt(
  ports: SendPorts,
  request: SendRequest,
  plan: Plan<ReadyTemplate>,
  what: { readonly message: FreeFormMessage; readonly prompt: ReadyTemplate | null },
  person: Person | null,
  at: SendOptions,
): Promise<Effects> {
  const { message, prompt } = what;
  const hold = await enqueue(ports, request, message, person, at, prompt);
  const [first] = hold.held;
  if (hold.opened !== null) return afterTheirAnswer(ports, request, hold, hold.opened, at);
  const unprompted: Effects = {
    ...NO_EFFECTS,
    outcome: 'held',
    held: first,
    decision: unpromptedDecision(plan, person),
    preview: null,
  };
  if (!hold.shouldPrompt || prompt === null) return unprompted;
  try {
    const callbacks = oneOrNone(request.statusCallback);
    const sent = await sendPrompt(ports, request.pair, prompt, callbacks, at);
    const outcome = plan.action === 'hold' ? 'held' : 'sent';
    return { outcome, messages: [sent], held: first, failure: null };
  } catch (error) {
    // The text is held, which is what was asked for; the next one that is held asks again.
    if (!(error instanceof Failure)) throw error;
    return { ...unprompted, failure: error };
  }
}

/** What was done, where it was planned to send a template as well. */
function unpromptedDecision(plan: Plan<ReadyTemplate>, person: Person | null): Decision {
  const decision = decisionOf(plan);
  if (decision.action === 'hold') return { ...decision, withPrompt: false };
  if (decision.action !== 'template' || person === null) return decision;
  return { action: 'hold', reason: notOpenReason(person.window), withPrompt: false };
}

/** The user wrote while their text was being held: it goes out at once, and nobody is asked. */
async function afterTheirAnswer(
  ports: SendPorts,
  request: SendRequest,
  { held }: Hold,
  window: NonNullable<Hold['opened']>,
  at: SendOptions,
): Promise<Effects> {
  const release = await releaseOrLeave(ports, request, at);
  const decision: Decision = { action: 'free-form', reason: 'WINDOW_OPEN' };
  return { ...releasedEffects(held, release), decision, window, preview: null };
}

function enqueue(
  ports: SendPorts,
  request: SendRequest,
  message: FreeFormMessage,
  person: Person | null,
  at: SendOptions,
  prompt: ReadyTemplate | null,
): Promise<Hold> {
  const { pair, sendAt, key, statusCallback } = request;
  return holdMessage(
    ports,
    {
      ...{ pair, message, sendAt, key, statusCallback },
      template: fallbackOf(request),
      acceptedAt: at.now,
      repairs: null,
      externalUserId: person?.externalUserId ?? null,
      ttlSeconds: at.holdTtlSeconds,
      asks: prompt !== null,
      unsentPromptSince: person?.promptedAt ?? null,
    },
    at,
  );
}

function refusal(plan: Plan<ReadyTemplate>, person: Person | null): Failure {
  const explanation = explain(decisionOf(plan), person?.window ?? null);
  const { reason } = plan;
  if (reason === 'OPTED_OUT' || reason === 'STATE_UNAVAILABLE') return new Failure(reason, explanation);
  return new Failure('WINDOW_NOT_OPEN', explanation);
}
