/** What WhatsApp refused for the window, and why: each refusal has a proved cause, or is the functions' mistake. */
import type { MessageRecord } from '../../../emulator/api/messages/message-log';
import type { Invocation } from '../ledger';
import type { Finding, RowName } from './rows';
import type { Truth } from './truth';

/**
 * "Outside the allowed window", "validity period expired", and a template that is paused or disabled:
 * https://www.twilio.com/docs/api/errors/63016, …/30036, …/63041, …/63042
 */
export const WINDOW_ERRORS: readonly (number | null)[] = [63016, 30036, 63041, 63042];
/** A webhook that is older tells nothing about now (README: a late or repeated webhook opens nothing). */
export const LATE_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;
/** How long a template is remembered (README). */
const TEMPLATE_MEMORY_MS = 5 * 60_000;

export function findRefusals(truth: Truth): Finding[] {
  return truth.played.messages.flatMap((message): Finding[] => {
    if (message.direction === 'inbound' || !WINDOW_ERRORS.includes(message.errorCode)) return [];
    const user = truth.userOf(message.to);
    const row = message.contentSid === null ? whyRefused(truth, user, message) : whyTemplate(truth, message);
    const event = truth.creatorOf(message)?.event ?? -1;
    return [{ row, event, user, what: `${message.sid} ${message.errorCode} at ${iso(message.judgedAt)}` }];
  });
}

function whyRefused(truth: Truth, user: number, message: MessageRecord): RowName {
  const judgedAt = message.judgedAt ?? message.createdAt;
  const decidedAt = truth.creatorOf(message)?.startedAt ?? message.createdAt;
  if (message.fault === 'false-63016' && truth.isOpen(user, judgedAt)) return 'refusedFalsely';
  if (message.fault === 'queue' && truth.isOpen(user, message.sendAt ?? message.createdAt)) {
    return 'refusedQueued';
  }
  if (truth.notOpenedBy(user, message.sendAt ?? decidedAt)) return 'refusedNotOpened';
  return whyLate(truth, user, message) ?? 'refused';
}

/** A webhook that came late counted as new: because a fault hid that it was late, or at that very moment. */
function whyLate(truth: Truth, user: number, message: MessageRecord): RowName | null {
  const judgedAt = message.judgedAt ?? message.createdAt;
  const creator = truth.creatorOf(message);
  const decidedAt = creator?.startedAt ?? message.createdAt;
  const staleness = creator ? truth.staleness(user, creator) : 0;
  for (const { startedAt, endedAt, hits } of lateWebhooksOf(truth, user)) {
    if (startedAt > decidedAt) continue;
    if (hits.length > 0 && judgedAt < startedAt + DAY_MS) return 'refusedLateUnseen';
    if (decidedAt <= (endedAt ?? startedAt) + staleness) return 'refusedLateMoment';
  }
  return null;
}

function lateWebhooksOf(truth: Truth, user: number): readonly Invocation[] {
  return truth
    .writtenBy(user)
    .flatMap(({ at, attempts }) =>
      attempts.map(({ invocation }) => invocation).filter(({ startedAt }) => startedAt - at > LATE_MS),
    );
}

function whyTemplate(truth: Truth, message: MessageRecord): RowName {
  if (message.fault === 'false-63016') return 'templateRefusedFalsely';
  const template = truth.sendOf(message)?.event.template ?? '';
  const decidedAt = truth.creatorOf(message)?.startedAt ?? message.createdAt;
  const judgedAt = message.judgedAt ?? message.createdAt;
  const isFresh =
    truth.wasPaused(template, judgedAt, judgedAt) &&
    !truth.wasPaused(template, decidedAt - TEMPLATE_MEMORY_MS, decidedAt - TEMPLATE_MEMORY_MS);
  return isFresh ? 'templateRefusedPaused' : 'templateRefused';
}

export const iso = (time: number | null) => (time === null ? 'never' : new Date(time).toISOString());
