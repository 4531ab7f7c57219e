/**
 * Sends a message in the form that WhatsApp will take: free-form while the customer service window is open, a template
 * otherwise, or holds it until the user answers. Nothing leaves that was not decided here.
 */
import { type CustomerServiceWindow, isOpen } from '../../domain/customer-service-window';
import { explain } from '../../domain/decision-explanation';
import type { FreeFormMessage } from '../../domain/outbound-message';
import {
  type Decision,
  decide,
  type KnownState,
  notOpenReason,
  type WhenClosed,
} from '../../domain/send-decision';
import type { ContentSid, MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { type Moment, type Person, readPerson } from '../contacts/read-person';
import { Failure, isUnavailable } from '../failure';
import { clearPrompt, type Hold, holdMessage } from '../hold/hold-message';
import { type ReleasePorts, releaseHeld } from '../hold/release-held';
import type { HeldMessage } from '../ports/held-messages';
import {
  prepareTemplate,
  type ReadyTemplate,
  recogniseTemplate,
  type TemplateRequest,
} from './choose-template';
import { dispatchMessage } from './dispatch';

export interface SendRequest {
  readonly pair: Pair;
  readonly freeForm: FreeFormMessage | null;
  readonly template: TemplateRequest | null;
  /** Chooses among templates that the body may be recognised as. */
  readonly language: string | null;
  readonly whenClosed: WhenClosed;
  /** Milliseconds since the epoch; null to send now. */
  readonly sendAt: number | null;
  /** The idempotency key, where the call has one. */
  readonly key: string | null;
  /** Decide, send nothing, store nothing. */
  readonly dryRun: boolean;
}

export interface SendResult {
  readonly outcome: 'sent' | 'scheduled' | 'held' | 'refused' | 'dry-run' | 'failed';
  readonly decision: Decision | null;
  readonly window: CustomerServiceWindow | null;
  readonly message: {
    readonly sid: MessageSid;
    readonly status: string;
    readonly contentSid: ContentSid | null;
  } | null;
  readonly held: Pick<HeldMessage, 'id' | 'expiresAt'> | null;
  /** What a template message says, filled; null for free-form messages. */
  readonly preview: ReadyTemplate | null;
  readonly failure: Failure | null;
}

export type SendPorts = ReleasePorts;

export interface SendOptions extends Moment {
  /** Seconds that a held message waits. */
  readonly holdTtlSeconds: number;
  /** The template that asks the user to answer, where the call names none. */
  readonly fallbackTemplate: string | null;
}

const NOTHING = { message: null, held: null, preview: null, failure: null };

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
  const checking = checkFallback(ports, request);
  const person = await findPerson(ports, request, { ...at, now: request.sendAt ?? at.now });
  const standing: KnownState = person ? { known: true, ...person } : { known: false };
  const window = person?.window ?? null;
  let decision = decide(
    {
      freeForm: request.freeForm !== null,
      template: request.template !== null,
      whenClosed: request.whenClosed,
    },
    standing,
  );
  try {
    const recognised = await recognise(ports, request, decision);
    if (recognised) decision = { action: 'template', reason: 'BODY_MATCHES_TEMPLATE', holdBody: false };
    if (decision.action === 'free-form') await checking;
    const isPrompted = person !== null && (await wasPrompted(ports, decision, person, at.now));
    if (decision.action === 'template' && decision.holdBody && person && isPrompted) {
      // The user was asked already; the text waits with the others.
      decision = { action: 'hold', reason: notOpenReason(person.window), asking: false };
    }
    const ready = recognised ?? (await prepare(ports, request, decision, person, isPrompted, at));
    if (decision.action === 'hold') decision = { ...decision, asking: ready !== null };
    const soFar = { ...NOTHING, decision, window, preview: ready };
    if (request.dryRun) return { ...soFar, outcome: 'dry-run' };
    return { ...soFar, ...(await carryOut(ports, request, decision, ready, person, at)) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'OPTED_OUT') {
      const refusal: Decision = { action: 'refuse', reason: 'OPTED_OUT' };
      return { ...NOTHING, outcome: 'refused', decision: refusal, window, failure: error };
    }
    const outcome = error.code === 'HELD_LIMIT_REACHED' ? 'refused' : 'failed';
    return { ...NOTHING, outcome, decision, window, failure: error };
  }
}

/**
 * A template given beside a text has to hold when WhatsApp refuses the text: what is wrong with it is told before anything
 * is sent. It is looked up while the person is.
 */
function checkFallback({ templates }: SendPorts, request: SendRequest): Promise<unknown> {
  if (request.freeForm === null || request.template === null) return Promise.resolve();
  const checking = prepareTemplate(templates, request.template, request.pair, 'inside').catch(
    (error: unknown) => {
      // What cannot be looked up now is no reason not to send the text.
      if (!isUnavailable(error)) throw error;
    },
  );
  // Where the decision is another one, nobody waits for it.
  checking.catch(() => undefined);
  return checking;
}

/** The rest of an invocation is for the sending: a template may go out without knowing, and late it could not. */
const FIND_MS = 4000;

async function findPerson(ports: SendPorts, request: SendRequest, at: Moment): Promise<Person | null> {
  const how = { remember: !request.dryRun, fresh: request.sendAt !== null };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), FIND_MS);
  });
  try {
    return await Promise.race([readPerson(ports, request.pair, at, how), tooLate]);
  } catch (error) {
    if (isUnavailable(error)) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A body that nobody gave a template for may be the text of one (Twilio itself stopped looking in April 2025). */
async function recognise(
  ports: SendPorts,
  request: SendRequest,
  decision: Decision,
): Promise<ReadyTemplate | undefined> {
  const isNotOpen = decision.action === 'hold' || decision.action === 'refuse';
  if (!isNotOpen || decision.reason === 'OPTED_OUT' || decision.reason === 'STATE_UNAVAILABLE')
    return undefined;
  const { freeForm, template, language, pair } = request;
  if (template !== null || freeForm === null || freeForm.mediaUrls.length > 0) return undefined;
  try {
    return await recogniseTemplate(ports.templates, freeForm.body, language, pair);
  } catch (error) {
    // What can be held needs no template.
    if (decision.action === 'hold' && isUnavailable(error)) return undefined;
    throw error;
  }
}

/** Whether the user was asked to answer and something still waits for it: what expired was asked for in vain. */
async function wasPrompted(
  ports: SendPorts,
  decision: Decision,
  person: Person,
  now: number,
): Promise<boolean> {
  const matters = decision.action === 'hold' || (decision.action === 'template' && decision.holdBody);
  if (!matters || !person.asked || person.holdingAs === null) return false;
  return (await ports.held.list(person.holdingAs)).some((held) => held.expiresAt > now);
}

/** The template that goes out now: the one that was asked for, or the one that asks the user to answer. */
async function prepare(
  ports: SendPorts,
  request: SendRequest,
  decision: Decision,
  person: Person | null,
  isPrompted: boolean,
  at: SendOptions,
): Promise<ReadyTemplate | null> {
  if (decision.action === 'hold') {
    return isPrompted ? null : replyPrompt(ports, request, at).catch(namingTheSetting);
  }
  if (decision.action !== 'template' || request.template === null) return null;
  const where = person !== null && isOpen(person.window) ? 'inside' : 'outside';
  return prepareTemplate(ports.templates, request.template, request.pair, where);
}

async function carryOut(
  ports: SendPorts,
  request: SendRequest,
  decision: Decision,
  ready: ReadyTemplate | null,
  person: Person | null,
  at: SendOptions,
): Promise<Partial<SendResult> & Pick<SendResult, 'outcome'>> {
  const { freeForm } = request;
  switch (decision.action) {
    case 'refuse':
      return {
        outcome: decision.reason === 'STATE_UNAVAILABLE' ? 'failed' : 'refused',
        failure: refusal(decision, person?.window ?? null),
      };
    case 'free-form':
      if (freeForm === null) break;
      if (person?.holdingAs) return queueBehind(ports, request, freeForm, person, at);
      return leave(
        ports,
        request,
        { message: freeForm, contentSid: null, window: person?.window ?? null },
        at,
      );
    case 'template':
      if (ready === null) break;
      if (decision.holdBody && freeForm !== null)
        return holdAndAsk(ports, request, freeForm, ready, person, at);
      return leave(
        ports,
        request,
        { message: ready.message, contentSid: ready.message.contentSid, window: null },
        at,
      );
    case 'hold': {
      if (freeForm === null) break;
      const held = await holdAndAsk(ports, request, freeForm, ready, person, at);
      return { ...held, outcome: 'held' };
    }
  }
  throw new Error(`Nothing to send for the decision ${decision.action}`);
}

async function leave(
  ports: SendPorts,
  { pair, template, sendAt }: SendRequest,
  what: {
    message: FreeFormMessage | ReadyTemplate['message'];
    contentSid: ContentSid | null;
    window: CustomerServiceWindow | null;
  },
  at: SendOptions,
): Promise<Pick<SendResult, 'outcome' | 'message'>> {
  const outgoing = { pair, message: what.message, template, sendAt, attempt: 1, window: what.window };
  const dispatched = await dispatchMessage(ports, outgoing, at.now);
  return {
    outcome: sendAt === null ? 'sent' : 'scheduled',
    message: { ...dispatched, contentSid: what.contentSid },
  };
}

/** The window is open, but earlier messages are still held: this one takes its place behind them, and all go out in order. */
async function queueBehind(
  ports: SendPorts,
  request: SendRequest,
  freeForm: FreeFormMessage,
  person: Person,
  at: SendOptions,
): Promise<Pick<SendResult, 'outcome' | 'message' | 'held'>> {
  const { held } = await enqueue(ports, request, freeForm, person, at, false);
  const released = await releaseHeld(ports, request.pair, at);
  const mine = released.find((one) => one.held.id === held.id && one.held.pair.user === held.pair.user);
  if (mine) {
    const outcome = mine.dispatched.status === 'scheduled' ? 'scheduled' : 'sent';
    return { outcome, message: { ...mine.dispatched, contentSid: null }, held: null };
  }
  return { outcome: 'held', message: null, held };
}

/** Holds the text and sends the template that asks for an answer, unless the user was asked already. */
async function holdAndAsk(
  ports: SendPorts,
  request: SendRequest,
  freeForm: FreeFormMessage,
  asking: ReadyTemplate | null,
  person: Person | null,
  at: SendOptions,
): Promise<Pick<SendResult, 'outcome' | 'message' | 'held'>> {
  const { held, shouldPrompt } = await enqueue(ports, request, freeForm, person, at, asking !== null);
  if (!shouldPrompt || asking === null) return { outcome: 'held', message: null, held };
  const { message } = asking;
  try {
    const sent = await leave(
      ports,
      { ...request, sendAt: null },
      { message, contentSid: message.contentSid, window: null },
      at,
    );
    return { ...sent, held };
  } catch (error) {
    // The text is held, which is what was asked for; the question goes out with the next one.
    const isSurelyNotSent = error instanceof Failure && error.code !== 'OUTCOME_UNKNOWN';
    if (isSurelyNotSent) await clearPrompt(ports, held.pair).catch(() => undefined);
    if (!(error instanceof Failure)) throw error;
    return { outcome: 'held', message: null, held };
  }
}

function enqueue(
  ports: SendPorts,
  request: SendRequest,
  message: FreeFormMessage,
  person: Person | null,
  at: SendOptions,
  ask: boolean,
): Promise<Hold> {
  const { pair, sendAt, key } = request;
  const externalUserId = person?.externalUserId ?? null;
  const alias = person?.alias ?? null;
  return holdMessage(
    ports,
    { pair, message, sendAt, externalUserId, alias, key, ttlSeconds: at.holdTtlSeconds },
    at,
    ask,
  );
}

/** The template that asks for an answer. @throws Failure `TEMPLATE_PROBLEM` where it cannot be sent to this user */
export async function replyPrompt(
  ports: Pick<SendPorts, 'templates'>,
  request: Pick<SendRequest, 'pair' | 'language'>,
  at: Pick<SendOptions, 'fallbackTemplate'>,
): Promise<ReadyTemplate | null> {
  if (at.fallbackTemplate === null) return null;
  const wanted = { ref: at.fallbackTemplate, language: request.language, variables: {} };
  const prepare = (language: string | null) =>
    prepareTemplate(ports.templates, { ...wanted, language }, request.pair, 'outside');
  return prepare(request.language).catch((error: unknown) => {
    // The language chooses where there is a choice; a reply prompt in another one is better than none.
    const isProblem = error instanceof Failure && error.code === 'TEMPLATE_PROBLEM';
    if (!isProblem || request.language === null) throw error;
    return prepare(null);
  });
}

/** Nobody would ever be asked, and everything held would expire: better said before anything is held. */
function namingTheSetting(error: unknown): null {
  if (isUnavailable(error)) return null;
  if (!(error instanceof Failure) || error.code !== 'TEMPLATE_PROBLEM') throw error;
  const reasons = error.problems.map((problem) => problem.message).join(' ');
  const message = `FALLBACK_TEMPLATE cannot be sent, so nothing was held: ${reasons}`;
  throw new Failure('MISCONFIGURED', message, [{ field: 'FALLBACK_TEMPLATE', message: reasons }]);
}

function refusal(decision: Decision, window: CustomerServiceWindow | null): Failure {
  const explanation = explain(decision, window);
  if (decision.reason === 'OPTED_OUT') return new Failure('OPTED_OUT', explanation);
  if (decision.reason === 'STATE_UNAVAILABLE') return new Failure('STATE_UNAVAILABLE', explanation);
  return new Failure('WINDOW_NOT_OPEN', explanation);
}
