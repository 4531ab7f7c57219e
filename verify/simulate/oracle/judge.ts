/** The oracle: everything that it looks for, in one list. */
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
  return ledger.invocations.flatMap((invocation): Finding[] => {
    const { status, hits, path, event, startedAt } = invocation;
    if (hits.length > 0 || (status !== null && status < 500)) return [];
    const send = sends.get(event);
    const attempt = send?.attempts.find((other) => other.invocation === invocation);
    const isUnknown = attempt?.answer?.json.error?.code === 'OUTCOME_UNKNOWN';
    const isAfterFault = send?.attempts.some((other) => other.invocation.hits.length > 0) ?? false;
    const row = isUnknown && isAfterFault ? 'unknownOutcome' : 'ownError';
    const code = attempt?.answer?.json.error?.code ?? '';
    return [
      { row, event, user: send?.event.user ?? -1, what: `${path} ${status} ${code} at ${iso(startedAt)}` },
    ];
  });
}

function findSampleValues(truth: Truth): Finding[] {
  return truth.played.messages.flatMap((message): Finding[] => {
    if (!message.usedSampleValues) return [];
    const event = truth.creatorOf(message)?.event ?? -1;
    return [{ row: 'sampleValues', event, user: truth.userOf(message.to), what: message.sid }];
  });
}
