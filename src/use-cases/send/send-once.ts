/**
 * Sends once under a caller's idempotency key, also for calls at the same time, and answers the same afterwards. What
 * may have left is never sent again before the message log has shown that it did not.
 */
import type { Pair } from '../../domain/whatsapp-address';
import { Failure } from '../failure';
import type { LoggedMessage, MessageLog } from '../ports/message-log';
import type { KeyState, SendKey, SendKeys } from '../ports/send-keys';

export interface SendOncePorts {
  readonly sendKeys: SendKeys;
  readonly messageLog: MessageLog;
  readonly hasTime: () => boolean;
}

export interface KeyedAnswer {
  readonly status: number;
  readonly json: object;
  /** Whether something left or is held, nothing did, or it is not known. */
  readonly effect: 'done' | 'nothing' | 'unknown';
}

export interface KeyedRequest {
  readonly key: string;
  /** The same for the same request, and for no other. */
  readonly fingerprint: string;
  readonly pair: Pair;
  /** What the message reads like in the log, whichever form it took. */
  readonly texts: () => Promise<readonly string[]>;
  readonly send: () => Promise<KeyedAnswer>;
  /** The answer for a message that the log shows to have left. */
  readonly found: (message: LoggedMessage) => { readonly status: number; readonly json: object };
}

/** A message that was handed to Twilio is in its log by then, so that its absence means something. */
const LOG_DELAY_MS = 3000;
/** A call that has not answered by then never will: a function lives 10 s. */
const DEAD_AFTER_MS = 12_000;
const LOG_TOLERANCE_MS = 2000;
const POLL_MS = 250;
const LOG_ROWS = 50;

/**
 * @param now milliseconds since the epoch
 * @throws Failure `IDEMPOTENCY_CONFLICT`, `OUTCOME_UNKNOWN`, `STATE_UNAVAILABLE`
 */
export async function sendOnce(
  ports: SendOncePorts,
  request: KeyedRequest,
  now: number,
): Promise<{ readonly status: number; readonly json: object }> {
  const { key, fingerprint } = request;
  const mine: SendKey = { fingerprint, value: { state: 'pending', since: now } };
  const before = ports.messageLog.newestOutbound(request.pair, LOG_ROWS).catch(() => []);
  const taken = await ports.sendKeys.take(key, mine);
  if (!taken) return sendAndSettle(ports, request, now, sidsOf(await before));
  if (taken.fingerprint !== fingerprint) {
    throw new Failure(
      'IDEMPOTENCY_CONFLICT',
      'This idempotencyKey was used for a different request: use a new key for a new request.',
      [{ field: 'idempotencyKey', message: 'Use a new key for a new request.' }],
    );
  }
  const value = await untilSettled(ports, key, taken.value, now);
  if (!value) return sendOnce(ports, request, now);
  if (value.state === 'done') return { status: value.status, json: value.answer };
  return resolve(ports, request, value, now);
}

const sidsOf = (messages: readonly LoggedMessage[]) => messages.flatMap(({ messageSid }) => messageSid ?? []);

async function sendAndSettle(
  ports: SendOncePorts,
  request: KeyedRequest,
  since: number,
  notThese: readonly string[],
) {
  const { key, fingerprint } = request;
  const answer = await request.send();
  if (answer.effect === 'nothing') await ports.sendKeys.free(key).catch(() => undefined);
  if (answer.effect === 'done') await settle(ports, key, fingerprint, answer);
  if (answer.effect === 'unknown') {
    const value: KeyState = { state: 'unknown', since, notThese };
    await ports.sendKeys.settle(key, { fingerprint, value }).catch(() => undefined);
  }
  return { status: answer.status, json: answer.json };
}

async function settle(
  ports: SendOncePorts,
  key: string,
  fingerprint: string,
  answer: { readonly status: number; readonly json: object },
): Promise<void> {
  const value: KeyState = { state: 'done', status: answer.status, answer: answer.json };
  // Where this fails the key stays pending, and a retry finds the message in the log.
  await ports.sendKeys.settle(key, { fingerprint, value }).catch(() => undefined);
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
  while (value && value.state !== 'done' && ports.hasTime()) {
    const age = now - value.since + performance.now() - startedAt;
    if (age >= (value.state === 'unknown' ? LOG_DELAY_MS : DEAD_AFTER_MS)) break;
    await new Promise((resume) => setTimeout(resume, POLL_MS));
    value = (await ports.sendKeys.read(key))?.value;
  }
  return value;
}

/** A call under this key did not finish: the message log tells whether it sent. */
async function resolve(
  ports: SendOncePorts,
  request: KeyedRequest,
  left: Exclude<KeyState, { state: 'done' }>,
  now: number,
) {
  const { key, fingerprint, pair } = request;
  const [texts, messages] = await Promise.all([
    request.texts(),
    ports.messageLog.newestOutbound(pair, LOG_ROWS),
  ]);
  const known = left.state === 'unknown' ? left.notThese : [];
  const message = messages.find(
    ({ at, body, messageSid }) =>
      at >= left.since - LOG_TOLERANCE_MS &&
      texts.includes(body) &&
      !(messageSid && known.includes(messageSid)),
  );
  if (message) {
    const answer = request.found(message);
    await settle(ports, key, fingerprint, answer);
    return answer;
  }
  const isUnderWay = left.state === 'pending' && now - left.since < DEAD_AFTER_MS;
  const mine: SendKey = { fingerprint, value: { state: 'pending', since: now } };
  if (isUnderWay || !(await ports.sendKeys.takeOver(key, left.since, mine))) {
    throw new Failure(
      'OUTCOME_UNKNOWN',
      'An earlier call with this idempotencyKey has not finished, and the message log does not show its message yet; try again in some seconds.',
    );
  }
  return sendAndSettle(ports, request, now, sidsOf(messages));
}
