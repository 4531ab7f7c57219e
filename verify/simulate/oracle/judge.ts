/** The oracle: everything that it looks for, in one list. */
import type { Invocation } from '../ledger';
import type { Played } from '../play';
import { findSentAfterStop } from './consent';
import { findLosses } from './losses';
import { findNeedless } from './needless';
import { findRefusals, iso } from './refusals';
import { findBrokenKeys, findDisorder, findDoubles } from './repetitions';
import type { Finding } from './rows';
import { Truth } from './truth';
import { findWrongWindows } from './window-answers';

export function judge(played: Played): Finding[] {
  const truth = new Truth(played);
  return [
    ...findRefusals(truth),
    ...findNeedless(truth),
    ...findLosses(truth),
    ...findDoubles(truth),
    ...findDisorder(truth),
    ...findSentAfterStop(truth),
    ...findWrongWindows(truth),
    ...findOwnErrors(truth),
    ...findBrokenKeys(truth),
    ...findSampleValues(truth),
  ];
}

/** An invocation that met no fault and still did not do its part. */
function findOwnErrors(truth: Truth): Finding[] {
  const { ledger } = truth.played;
  const sends = new Map(ledger.sends.map((send) => [send.event.id, send]));
  const users = usersByVisit(truth);
  return ledger.invocations.flatMap((invocation): Finding[] => {
    const { status, hits, path, event, startedAt } = invocation;
    if (hits.length > 0 || (status !== null && status < 500)) return [];
    const send = sends.get(event);
    const attempt = send?.attempts.find((other) => other.invocation === invocation);
    const isUnknown = attempt?.answer?.json.error?.code === 'OUTCOME_UNKNOWN';
    const isAfterFault = send?.attempts.some((other) => other.invocation.hits.length > 0) ?? false;
    const user = send?.event.user ?? users.get(invocation) ?? -1;
    const isComingAgain = status === 503 && isAskedToComeAgain(truth, user, invocation);
    const row = isUnknown && isAfterFault ? 'unknownOutcome' : isComingAgain ? 'comeAgain' : 'ownError';
    const code = attempt?.answer?.json.error?.code ?? '';
    return [{ row, event, user, what: `${path} ${status} ${code} at ${iso(startedAt)}` }];
  });
}

/** How long a lease, a claim or a mark of one that died is in the way of others. */
const IN_THE_WAY_MS = 25_000;

/** Somebody else is at work for the user, or died at it: Twilio is to come again. */
function isAskedToComeAgain(truth: Truth, user: number, asked: Invocation): boolean {
  const { path, startedAt, endedAt } = asked;
  if (path !== '/message-status' && path !== '/incoming-message') return false;
  return truth.visitsOf(user).some((other) => {
    if (other === asked || other.startedAt > (endedAt ?? startedAt)) return false;
    const isUnderWay = (other.endedAt ?? startedAt) >= startedAt;
    return isUnderWay || (other.hits.length > 0 && other.startedAt > startedAt - IN_THE_WAY_MS);
  });
}

function usersByVisit(truth: Truth): ReadonlyMap<Invocation, number> {
  return new Map(
    truth.played.trace.users.flatMap((_, user) =>
      truth.visitsOf(user).map((invocation) => [invocation, user] as const),
    ),
  );
}

function findSampleValues(truth: Truth): Finding[] {
  return truth.played.messages.flatMap((message): Finding[] => {
    if (!message.usedSampleValues) return [];
    const event = truth.creatorOf(message)?.event ?? -1;
    return [{ row: 'sampleValues', event, user: truth.userOf(message.to), what: message.sid }];
  });
}
