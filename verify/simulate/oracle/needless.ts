/** Calls that wanted free-form and did not get it though WhatsApp would have taken it: each has a proved cause, or counts. */
import type { CallAttempt, Invocation, Send } from '../ledger';
import { iso } from './refusals';
import type { Finding, RowName } from './rows';
import type { Truth, Written } from './truth';

const DAY_MS = 24 * 3600 * 1000;
/** The message log knows whole seconds only. */
const LOG_MS = 1000;

export function findNeedless(truth: Truth): Finding[] {
  return truth.played.ledger.sends.flatMap((send) => {
    if (send.event.content === 'template') return [];
    return send.attempts.flatMap((attempt): Finding[] => {
      const row = whyNotFreeForm(truth, send, attempt);
      if (row === null) return [];
      const decision = attempt.answer?.json.decision;
      const what = `${decision?.action} for ${decision?.reason} at ${iso(attempt.invocation.startedAt)}`;
      return [{ row, event: send.event.id, user: send.event.user, what }];
    });
  });
}

function whyNotFreeForm(truth: Truth, send: Send, { invocation, answer }: CallAttempt): RowName | null {
  const decision = answer?.json.decision;
  // A repeated call answers what the first one decided.
  const isFirst = send.attempts.every((other) => other.invocation.startedAt >= invocation.startedAt);
  if (!decision || decision.action === 'free-form' || !isFirst) return null;
  const { user } = send.event;
  const { startedAt } = invocation;
  if (decision.reason === 'OPTED_OUT') {
    return truth.mayBeStopped(user, invocation.endedAt ?? startedAt) ? null : 'needless';
  }
  if (decision.reason === 'STATE_UNAVAILABLE') {
    // Two calls at once under a key get one answer, that of whichever decided.
    const wasHit = send.attempts.some((other) => other.invocation.hits.length > 0);
    return wasHit ? 'needlessAway' : 'needless';
  }
  return whyNotOpen(truth, send, { invocation, answer });
}

/** The functions decided by the window. */
function whyNotOpen(truth: Truth, send: Send, { invocation, answer }: CallAttempt): RowName | null {
  const { user } = send.event;
  const { startedAt } = invocation;
  const at = send.sendAt ?? startedAt;
  const margin = truth.played.trace.marginSeconds * 1000;
  const isRoomy = (written: Written | undefined) =>
    written !== undefined && at < written.at + DAY_MS - margin - LOG_MS;
  const open = truth.openBy(user, at, startedAt);
  if (!open) return null;
  if (!isRoomy(open)) return 'needlessInMargin';
  if (isToldByLog(invocation, answer?.json.window) && open.from !== send.to) return 'needlessAway';
  const told = truth
    .writtenAs(user, send.to, startedAt)
    .findLast(
      (written) =>
        written.event.opensWindow && written.answeredAt !== null && written.answeredAt <= startedAt,
    );
  if (!isRoomy(told)) return whyUntold(open);
  const isContradicted =
    answer?.json.window?.source === 'whatsapp' &&
    told !== undefined &&
    wasFalselyRefused(truth, user, told, startedAt);
  return isContradicted ? 'needlessClosed' : 'needless';
}

/** The message that opened the window had not been told by then. */
function whyUntold(open: Written): RowName {
  if (open.answeredAt !== null) return 'needlessOnItsWay';
  return open.attempts.every((one) => one.invocation.hits.length > 0) ? 'needlessLost' : 'needless';
}

/** Sync did not answer, so the message log decided, which does not know that two names are one person. */
export function isToldByLog(
  { hits }: Invocation,
  window: { readonly source: string } | null | undefined,
): boolean {
  const isLog = window?.source === 'message-log' || window?.source === 'none';
  return isLog && hits.some(({ request }) => request === 'sync GET');
}

/** Whether WhatsApp wrongly refused a free-form message of this user, of which the functions could hear by then. */
export function wasFalselyRefused(truth: Truth, user: number, since: Written, by: number): boolean {
  return truth.sentTo(user).some(
    ({ fault, errorCode, contentSid, judgedAt, sid }) =>
      fault === 'false-63016' &&
      errorCode === 63016 &&
      contentSid === null &&
      judgedAt !== null &&
      judgedAt <= by &&
      // A callback may have come late: what counts is that it came after the inbound message.
      (truth.played.ledger.callbacks.get(sid) ?? []).some(
        (callback) => callback.errorCode === '63016' && (callback.invocation.endedAt ?? by) >= since.at,
      ),
  );
}
