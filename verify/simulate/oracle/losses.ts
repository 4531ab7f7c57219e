/** What was accepted and did not arrive, with what became of it instead. */
import type { MessageRecord } from '../../../emulator/api/messages/message-log';
import type { CallAttempt, Invocation, Send } from '../ledger';
import { HOLD_TTL_SECONDS } from '../stage';
import { iso, LATE_MS, WINDOW_ERRORS } from './refusals';
import type { Finding, RowName } from './rows';
import { isJoint, type Truth } from './truth';

const FOR_THE_MOMENT: readonly (number | null)[] = [63017, 63018, 63010];

/** How long a release that died keeps others from releasing (README: one container at a time). */
const LEASE_MS = 15_000;

export function findLosses(truth: Truth): Finding[] {
  return truth.played.ledger.sends.flatMap((send): Finding[] => {
    const accepted = send.attempts.find(({ answer }) => answer?.status === 200);
    if (!accepted) return [];
    const row = whatBecameOf(truth, send, accepted);
    if (row === null) return [];
    const outcome = accepted.answer?.json.outcome;
    const what = `${outcome} at ${iso(accepted.invocation.startedAt)}: ${describe(truth.messagesOf(send))}`;
    return [{ row, event: send.event.id, user: send.event.user, what }];
  });
}

/** @returns null where it arrived */
function whatBecameOf(truth: Truth, send: Send, accepted: CallAttempt): RowName | null {
  const messages = truth.messagesOf(send);
  const held = accepted.answer?.json.held ?? null;
  const wanted = held === null ? messages : messages.filter(({ contentSid }) => contentSid === null);
  if (wanted.some(({ delivered }) => delivered)) return null;
  if (wanted.some(({ fault }) => fault === 'drop')) return 'vanished';
  const isCancelled = truth.played.ledger.cancellations.some(
    ({ body, attempt }) =>
      body.includes(send.token) &&
      (attempt.answer?.json.cancelled === true || attempt.invocation.hits.length > 0),
  );
  if (isCancelled) return 'cancelled';
  const isStopped = wanted.some(
    ({ status, updatedAt }) => status === 'canceled' && truth.mayBeStopped(send.event.user, updatedAt),
  );
  if (isStopped) return 'cancelledByStop';
  const last = wanted.at(-1);
  if (!last) return held === null ? 'lost' : whatHeldBack(truth, send, accepted.invocation.endedAt ?? 0);
  if (WINDOW_ERRORS.includes(last.errorCode) || isTriedAgain(last)) return whyUnrepaired(truth, send, last);
  return last.errorCode !== null && last.fault === 'status' ? 'failedReported' : 'lost';
}

/** A text that failed for the moment, or because there were too many at once, is tried again; a template is not. */
function isTriedAgain({ errorCode, contentSid }: MessageRecord): boolean {
  return FOR_THE_MOMENT.includes(errorCode) && contentSid === null;
}

function whyUnrepaired(truth: Truth, send: Send, refused: MessageRecord): RowName {
  // A template that is refused is past repair: whether that was a mistake is another row's question.
  if (refused.contentSid !== null)
    return refused.fault === 'false-63016' ? 'failedReported' : 'unrepairedTemplate';
  const callbacks = (truth.played.ledger.callbacks.get(refused.sid) ?? []).filter(
    ({ errorCode }) => errorCode !== null,
  );
  const heard = callbacks.filter(({ invocation }) => invocation.status === 200);
  const [first] = heard;
  const isCallbackFaulty = callbacks.some(({ invocation }) => invocation.hits.length > 0);
  if (!first) {
    const isDropped = truth.sendsTo(send.event.user).some(({ event }) => event.callbacks?.do === 'drop');
    return isDropped || isCallbackFaulty ? 'unrepairedCallback' : 'lost';
  }
  const isSendFaulty = (truth.creatorOf(refused)?.hits.length ?? 0) > 0;
  if (isCallbackFaulty || isSendFaulty) return 'unrepairedFault';
  return whyRepairFailed(truth, send, refused, first.invocation);
}

/** Its callback was heard without a fault, by this invocation. */
function whyRepairFailed(
  truth: Truth,
  send: Send,
  refused: MessageRecord,
  { startedAt: at, endedAt }: Invocation,
): RowName {
  if (truth.stopKnownAt(send.event.user, send.to, at)) return 'unrepairedOptedOut';
  const { content, template } = send.event;
  // The parts of a joint message are held again, each with its template for the next refusal.
  if (isJoint(refused)) return whatHeldBack(truth, send, endedAt ?? at, heldFrom(send));
  if (content === 'body and template') {
    return truth.wasPaused(template, at - 5 * 60_000, at) ? 'unrepairedTemplate' : 'lost';
  }
  return whatHeldBack(truth, send, endedAt ?? at);
}

/** When it was held first: a part of a joint message that is held again keeps its time to expire. */
function heldFrom({ attempts }: Send): number {
  return Math.min(...attempts.map(({ invocation }) => invocation.startedAt));
}

/**
 * It was held from then on. Any inbound message releases it: one that was heard without a fault would have.
 * @param since from when its time to expire counts
 */
function whatHeldBack(truth: Truth, send: Send, heldAt: number, since = heldAt): RowName {
  const { user } = send.event;
  const expiresAt = since + HOLD_TTL_SECONDS * 1000;
  const visits = truth.visitsOf(user);
  const missed = truth.writtenBy(user).find((written) =>
    written.attempts.some(({ invocation }) => {
      const { startedAt, endedAt, hits, status } = invocation;
      const isHeard = status === 200 && endedAt !== null && hits.length === 0;
      if (!isHeard || startedAt <= heldAt || endedAt >= expiresAt) return false;
      if (startedAt - written.at > LATE_MS || truth.mayBeStopped(user, endedAt)) return false;
      // One that died holds the place for a while.
      return !visits.some(
        (other) =>
          other.hits.length > 0 &&
          other.startedAt < endedAt &&
          other.startedAt > startedAt - LEASE_MS - 10_000,
      );
    }),
  );
  return missed ? 'lost' : 'expired';
}

function describe(messages: readonly MessageRecord[]): string {
  if (messages.length === 0) return 'no message';
  return messages
    .map(({ contentSid, status, errorCode, fault }) =>
      [contentSid === null ? 'free-form' : 'template', status, errorCode, fault]
        .filter((part) => part !== null)
        .join(' '),
    )
    .join(', ');
}
