/** What left although its user had said STOP. */

import type { MessageRecord } from '../../../emulator/api/messages/message-log';
import type { Invocation } from '../ledger';
import { iso } from './refusals';
import type { Finding, RowName } from './rows';
import type { Truth, Written } from './truth';

/** What left after which STOP, and whether that is excused. */
interface Breach {
  readonly row: RowName;
  readonly stop: Written;
}

export function findSentAfterStop(truth: Truth): Finding[] {
  return truth.played.messages.flatMap((message): Finding[] => {
    const creator = truth.creatorOf(message);
    if (message.direction === 'inbound' || !creator) return [];
    const user = truth.userOf(message.to);
    const breach = breachOf(truth, user, message, creator);
    if (!breach) return [];
    const what = `${message.sid} at ${iso(creator.startedAt)}, STOP at ${iso(breach.stop.at)}`;
    return [{ row: breach.row, event: creator.event, user, what }];
  });
}

function breachOf(truth: Truth, user: number, message: MessageRecord, creator: Invocation): Breach | null {
  const stop = truth.stopKnownAt(user, message.to, creator.startedAt);
  if (stop?.answeredAt == null) return breachWhileScheduled(truth, user, message, creator);
  if (creator.startedAt < stop.answeredAt + truth.staleness(user, creator)) {
    return { row: 'afterStopRemembered', stop };
  }
  return { row: wasUnknowable(truth, message, creator, stop) ? 'afterStopAway' : 'afterStop', stop };
}

/** The STOP was said after the message was scheduled, and before it left. */
function breachWhileScheduled(
  truth: Truth,
  user: number,
  { to, sendAt, judgedAt }: MessageRecord,
  creator: Invocation,
): Breach | null {
  const stop = sendAt === null || judgedAt === null ? undefined : truth.stopKnownAt(user, to, judgedAt);
  if (!stop) return null;
  const isFault =
    creator.hits.length > 0 || stop.attempts.some(({ invocation }) => invocation.hits.length > 0);
  return { row: isFault ? 'afterStopScheduled' : 'afterStop', stop };
}

/** Sync could not tell of the STOP, nor the message log, and a template leaves without either. */
function wasUnknowable(truth: Truth, message: MessageRecord, creator: Invocation, stop: Written): boolean {
  const hit = (service: string) => creator.hits.some(({ request }) => request === `${service} GET`);
  if (!hit('sync')) return false;
  if (stop.from !== message.to) return true;
  if (!hit('api') || message.contentSid === null) return false;
  const attempt = truth.sendOf(message)?.attempts.find(({ invocation }) => invocation === creator);
  return attempt?.answer == null || attempt.answer.json.decision?.reason === 'STATE_UNAVAILABLE';
}
