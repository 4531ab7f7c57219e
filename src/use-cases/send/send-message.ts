/**
 * Sends a message in the form that WhatsApp will take: free-form while the customer service window is open, a template
 * otherwise, or holds it until the user answers. Nothing leaves that was not decided here.
 */

import { type Decision, decide, decisionOf, type KnownState, type Plan } from '../../domain/send-decision';
import { lookUpPerson, type Moment, type Person, readFromLog } from '../contacts/read-person';
import { Failure, isUnavailable } from '../failure';
import type { SendPorts } from '../ports/send-ports';
import { cancelScheduled } from '../receive/cancel-scheduled';
import { carryOut } from './carry-out';
import { prepareTemplate, type ReadyTemplate } from './choose-template';
import { makeReady } from './make-ready';
import { costOf } from './send-cost';
import { NO_EFFECTS, type SendOptions, type SendRequest, type SendResult } from './send-request';

/**
 * @param at.now milliseconds since the epoch
 * @returns what was decided and what came of it; failures that come after the decision are part of the result
 * @throws Failure where not even a decision was possible
 */
export async function sendMessage(
  ports: SendPorts,
  request: SendRequest,
  at: SendOptions,
): Promise<SendResult> {
  const result = await decideAndSend(ports, request, at);
  const cost = at.prices ? costOf(at.prices, request, result, at.now) : null;
  // Part of the result, so that a repeated key answers the same after the prices have changed.
  return cost ? { ...result, cost } : result;
}

async function decideAndSend(ports: SendPorts, request: SendRequest, at: SendOptions): Promise<SendResult> {
  const checking = checkFallback(ports, request);
  const person = await findPerson(ports, request, { ...at, now: request.sendAt ?? at.now });
  const state: KnownState = person ? { known: true, ...person } : { known: false };
  const window = person?.window ?? null;
  const asked = decide(request.content, request.whenClosed, state);
  let decision: Decision = decisionOf(asked);
  let preview: ReadyTemplate | null = null;
  try {
    if (person?.cancelScheduled && !request.dryRun) await cancelScheduled(ports, request.pair);
    if (asked.action === 'free-form') await checking;
    const plan: Plan<ReadyTemplate> = await makeReady(ports, request, asked, person, at);
    decision = decisionOf(plan);
    preview = templateOf(plan);
    const decided = { decision, window, preview };
    if (request.dryRun) return { ...NO_EFFECTS, ...decided, outcome: 'dry-run' };
    return { ...decided, ...(await carryOut(ports, request, plan, person, at)) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...NO_EFFECTS, ...failed(error, decision), window, preview: null, failure: error };
  }
}

function failed(failure: Failure, decision: Decision): Pick<SendResult, 'outcome' | 'decision'> {
  if (failure.code === 'OPTED_OUT') {
    return { outcome: 'refused', decision: { action: 'refuse', reason: 'OPTED_OUT' } };
  }
  return { outcome: failure.code === 'HELD_LIMIT_REACHED' ? 'refused' : 'failed', decision };
}

/** The template that goes out now. */
function templateOf(plan: Plan<ReadyTemplate>): ReadyTemplate | null {
  if (plan.action === 'template') return plan.template;
  return plan.action === 'hold' ? plan.prompt : null;
}

/**
 * A template given beside a text has to hold when WhatsApp refuses the text: what is wrong with it is told before anything
 * is sent. It is looked up while the person is.
 */
function checkFallback({ templates }: SendPorts, { content, pair }: SendRequest): Promise<unknown> {
  if (content.kind === 'template' || content.template === null) return Promise.resolve();
  const checking = prepareTemplate(templates, content.template, pair, 'inside').catch((error: unknown) => {
    // What cannot be looked up now is no reason not to send the text.
    if (!isUnavailable(error)) throw error;
  });
  // Where the decision is another one, nobody waits for it.
  checking.catch(() => undefined);
  return checking;
}

/** The rest of an invocation is for the sending: a template may go out without knowing, and late it could not. */
const FIND_MS = 2500;
const FIND_IN_LOG_MS = 2000;

/** The store knows the person, or else Twilio's message log. @returns null where neither can be read */
async function findPerson(ports: SendPorts, request: SendRequest, at: Moment): Promise<Person | null> {
  const how = { remember: !request.dryRun, fresh: request.sendAt !== null };
  const found = await inTime(lookUpPerson(ports, request.pair, at, how), FIND_MS);
  if (found === null) return inTime(readFromLog(ports, request.pair, at), FIND_IN_LOG_MS);
  await found.remember();
  return found.person;
}

/** @returns null where it took longer, or a service could not be reached */
async function inTime<T>(reading: Promise<T>, milliseconds: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([reading, tooLate]);
  } catch (error) {
    if (isUnavailable(error)) return null;
    throw error;
  } finally {
    clearTimeout(timer);
    // What fails after its time is over is nobody's.
    reading.catch(() => undefined);
  }
}
