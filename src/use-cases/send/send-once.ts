/**
 * Sends once under a caller's idempotency key, also for calls at the same time, and answers the same afterwards. What
 * may have left is never sent again before the message log has shown that it did not.
 */

import { createHash } from 'node:crypto';
import { partsOf } from '../../domain/outbound-message';
import { Failure } from '../failure';
import { LOG_TOLERANCE_MS } from '../hold/release-evidence';
import type { LoggedMessage } from '../ports/message-log';
import type { KeyState, SendKey, SendKeys } from '../ports/send-keys';
import type { SendPorts } from '../ports/send-ports';
import { prepareTemplate } from './choose-template';
import { sendMessage } from './send-message';
import { NO_EFFECTS, type SendOptions, type SendRequest, type SendResult } from './send-request';

export interface SendOncePorts extends SendPorts {
  readonly sendKeys: SendKeys;
}

/** The result of the first call, or the HTTP answer that version 0.1 kept in its place. */
export type Settled = Extract<KeyState, { readonly state: 'done' | 'answered' }>;
type Unsettled = Exclude<KeyState, Settled>;

/** A message that was handed to Twilio is in its log so long after the unknown answer: then its absence means something. */
const LOG_DELAY_MS = 15_000;
/** A call that has not answered by then never will: a function lives 10 s. */
const DEAD_AFTER_MS = 12_000;
const POLL_MS = 250;
const LOG_ROWS = 50;

/**
 * @throws Failure `IDEMPOTENCY_CONFLICT`, `OUTCOME_UNKNOWN`, `STATE_UNAVAILABLE`, and what `sendMessage` throws
 */
export async function sendOnce(
  ports: SendOncePorts,
  request: SendRequest & { readonly key: string },
  at: SendOptions,
): Promise<Settled> {
  const { key } = request;
  const fingerprint = fingerprintOf(request);
  const taken = await ports.sendKeys.take(key, { fingerprint, value: { state: 'pending', since: at.now } });
  if (!taken) return sendAndSettle(ports, request, at);
  if (taken.fingerprint !== fingerprint) {
    throw new Failure(
      'IDEMPOTENCY_CONFLICT',
      'This idempotencyKey was used for a different request: use a new key for a new request.',
      [{ field: 'idempotencyKey', message: 'Use a new key for a new request.' }],
    );
  }
  const value = await untilSettled(ports, key, taken.value, at.now);
  if (!value) return sendOnce(ports, request, at);
  return isSettled(value) ? value : resolve(ports, request, value, at);
}

function isSettled(value: KeyState): value is Settled {
  return value.state === 'done' || value.state === 'answered';
}

async function sendAndSettle(
  ports: SendOncePorts,
  request: SendRequest & { readonly key: string },
  at: SendOptions,
): Promise<Settled> {
  const { key } = request;
  const fingerprint = fingerprintOf(request);
  const startedAt = performance.now();
  const keep = (value: KeyState) => ports.sendKeys.settle(key, { fingerprint, value }).catch(() => undefined);
  const keepUnknown = () => {
    const answeredAt = at.now + Math.round(performance.now() - startedAt);
    return keep({ state: 'unknown', since: at.now, answeredAt });
  };
  try {
    const result = await sendMessage(ports, request, at);
    const done: Settled = { state: 'done', result };
    // Where this fails the key stays pending, and a retry finds the message in the log.
    if (hasEffects(result)) await Promise.all([keep(done), claimAll(ports, key, result)]);
    else if (result.failure?.code === 'OUTCOME_UNKNOWN') await keepUnknown();
    else await ports.sendKeys.free(key).catch(() => undefined);
    return done;
  } catch (error) {
    // A failure comes before anything was attempted; whatever else was thrown may have come after.
    if (error instanceof Failure) await ports.sendKeys.free(key).catch(() => undefined);
    else await keepUnknown();
    throw error;
  }
}

function hasEffects({ messages, held, failure }: SendResult): boolean {
  return messages.length > 0 || held !== null || failure === null;
}

/** No other key may be answered with these messages. */
async function claimAll({ sendKeys }: SendOncePorts, key: string, { messages }: SendResult): Promise<void> {
  await Promise.all(messages.map(({ sid }) => sendKeys.claim(sid, key).catch(() => false)));
}

/** Waits for a call at the same time to finish, or for the log to catch up. @returns undefined where the key was freed */
async function untilSettled(
  ports: SendOncePorts,
  key: string,
  first: KeyState,
  now: number,
): Promise<KeyState | undefined> {
  let value: KeyState | undefined = first;
  const startedAt = performance.now();
  while (value && !isSettled(value) && ports.hasTime()) {
    if (now + performance.now() - startedAt >= settledBy(value)) break;
    await new Promise((resume) => setTimeout(resume, POLL_MS));
    value = (await ports.sendKeys.read(key))?.value;
  }
  return value;
}

/** When the absence of the message means something; milliseconds since the epoch. */
function settledBy(value: Unsettled): number {
  return value.state === 'unknown' ? value.answeredAt + LOG_DELAY_MS : value.since + DEAD_AFTER_MS;
}

/** A call under this key did not finish: the message log tells whether it sent. */
async function resolve(
  ports: SendOncePorts,
  request: SendRequest & { readonly key: string },
  left: Unsettled,
  at: SendOptions,
): Promise<Settled> {
  const { key, pair } = request;
  const fingerprint = fingerprintOf(request);
  const [texts, messages] = await Promise.all([
    textsOf(ports, request),
    ports.messageLog.newestOutbound(pair, LOG_ROWS),
  ]);
  const later = messages.filter((message) => message.at >= left.since - LOG_TOLERANCE_MS);
  const found = await firstOfOurs(
    ports,
    key,
    later.filter(({ body }) => texts.includes(body)),
  );
  const mine: SendKey = { fingerprint, value: { state: 'pending', since: at.now } };
  const isTooEarly = at.now < settledBy(left);
  if (found) {
    const result = await withOtherParts(ports, request, found, later, at, async () => {
      if (isTooEarly || !(await ports.sendKeys.takeOver(key, left.since, mine))) throw notKnownYet(true);
    });
    const settled: Settled = { state: 'done', result };
    await ports.sendKeys.settle(key, { fingerprint, value: settled }).catch(() => undefined);
    return settled;
  }
  const mayBeOurs = isTooEarly || (await firstOfOurs(ports, null, later.filter(isOfUnknownText(request))));
  if (mayBeOurs || !(await ports.sendKeys.takeOver(key, left.since, mine))) throw notKnownYet(isTooEarly);
  return sendAndSettle(ports, request, at);
}

/**
 * Several attachments are several messages, sent one after the other: the first is out. What the log has of the others is
 * claimed, and where it has none of them they are sent now.
 * @param first the first of them
 * @param later all messages to the user since the call began
 * @param begin called before it is believed that the log lacks something; throws where it may do so yet
 */
async function withOtherParts(
  ports: SendOncePorts,
  request: SendRequest & { readonly key: string },
  first: LoggedMessage,
  later: readonly LoggedMessage[],
  at: SendOptions,
  begin: () => Promise<void>,
): Promise<SendResult> {
  const { key, content, pair } = request;
  const result = foundResult(request, first);
  const others = content.kind === 'free-form' ? partsOf(content.message).slice(1) : [];
  if (others.length === 0) return result;
  const held = (await ports.held.list(pair)).find((one) => one.key === key);
  if (held) return { ...result, held: { id: held.id, expiresAt: held.expiresAt } };
  const attachments = later.filter((message) => isAttachmentSince(message, first));
  const logged = await claimUpTo(ports, key, attachments, others.length);
  const messages = [result, ...logged.map((one) => foundResult(request, one))].flatMap((one) => one.messages);
  if (logged.length === others.length) return { ...result, messages };
  await begin();
  if (logged.length > 0)
    return { ...result, messages, failure: someUnknown(messages.length, others.length + 1) };
  const mediaUrls = others.flatMap((part) => part.mediaUrls);
  const message = { kind: 'free-form', body: '', mediaUrls } as const;
  const left: SendRequest = { ...request, content: { kind: 'free-form', message, template: null } };
  const rest = await sendMessage(ports, left, at);
  await claimAll(ports, key, rest);
  return { ...rest, outcome: result.outcome, messages: [...messages, ...rest.messages] };
}

function isAttachmentSince({ body, mediaCount, at }: LoggedMessage, first: LoggedMessage): boolean {
  return body === '' && mediaCount > 0 && at >= first.at;
}

/** The oldest of these messages that no other key has sent, claimed for this key. */
async function claimUpTo(
  ports: SendOncePorts,
  key: string,
  messages: readonly LoggedMessage[],
  most: number,
): Promise<readonly LoggedMessage[]> {
  const claimed: LoggedMessage[] = [];
  while (claimed.length < most) {
    const next = await firstOfOurs(
      ports,
      key,
      messages.filter((message) => !claimed.includes(message)),
    );
    if (!next) break;
    claimed.push(next);
  }
  return claimed;
}

function someUnknown(found: number, total: number): Failure {
  return new Failure(
    'OUTCOME_UNKNOWN',
    `${found} of ${total} messages of this call are in the message log, and it is not known whether the others left: look there before sending them again under a new key.`,
  );
}

function notKnownYet(isTooEarly: boolean): Failure {
  return new Failure(
    'OUTCOME_UNKNOWN',
    isTooEarly
      ? 'An earlier call with this idempotencyKey has not finished, and the message log does not show its message yet; try again in some seconds.'
      : 'An earlier call with this idempotencyKey has not finished, and the message log has a message without its text that may be it: look there before sending again under a new key.',
  );
}

/** Twilio does not have the text of every message: redacted ones, templates of a Messaging Service, attachments alone. */
function isOfUnknownText({ content }: SendRequest): (message: LoggedMessage) => boolean {
  const hasMedia = content.kind === 'free-form' && content.message.mediaUrls.length > 0;
  return ({ body, mediaCount }) => body === '' && (mediaCount === 0 || hasMedia);
}

/**
 * The oldest of these messages that no other key has sent.
 * @param key claims it for this key; null only looks
 */
async function firstOfOurs(
  { sendKeys }: SendOncePorts,
  key: string | null,
  messages: readonly LoggedMessage[],
): Promise<LoggedMessage | undefined> {
  const oldestFirst = [...messages].sort((a, b) => a.at - b.at);
  for (const message of oldestFirst) {
    if (key === null || message.messageSid === null) return message;
    if (await sendKeys.claim(message.messageSid, key)) return message;
  }
  return undefined;
}

/** What the message reads like in the log, as free-form text or as a template. An empty text is no evidence. */
async function textsOf(
  { templates }: SendOncePorts,
  { content, pair }: SendRequest,
): Promise<readonly string[]> {
  const { template } = content;
  const ready = template && (await prepareTemplate(templates, template, pair, 'inside').catch(() => null));
  const body = content.kind === 'free-form' ? partsOf(content.message)[0].body : '';
  return [body, ready?.text ?? ''].filter((text) => text !== '');
}

/** The call that sent this message never answered; what it decided by is not known any more. */
function foundResult({ sendAt }: SendRequest, { messageSid, status }: LoggedMessage): SendResult {
  return {
    ...NO_EFFECTS,
    outcome: sendAt === null ? 'sent' : 'scheduled',
    ...{ decision: null, window: null, preview: null },
    messages: messageSid === null ? [] : [{ sid: messageSid, status, contentSid: null }],
  };
}

/** The same for the same request, and for no other; in whatever order the caller gave the variables. */
function fingerprintOf(request: SendRequest): string {
  const { pair, content, language, whenClosed, sendAt, validSeconds, statusCallback, key, dryRun } = request;
  const freeForm = content.kind === 'free-form' ? content.message : null;
  const { template } = content;
  const variables = Object.entries(template?.variables ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  // In the order of version 0.1, whose keys are still there after a deployment.
  const canonical = {
    ...{ pair, freeForm, template: template && { ...template, variables } },
    ...{ language, whenClosed, sendAt, key, dryRun },
    ...(statusCallback !== null && { statusCallback }),
    ...(validSeconds !== null && { validSeconds }),
  };
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
