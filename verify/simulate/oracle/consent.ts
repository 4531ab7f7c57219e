/** What left although its user had said STOP. */

import { iso } from './refusals';
import type { Finding, RowName } from './rows';
import type { Truth } from './truth';

export function findSentAfterStop(truth: Truth): Finding[] {
  return truth.played.messages.flatMap((message): Finding[] => {
    const creator = truth.creatorOf(message);
    if (message.direction === 'inbound' || !creator) return [];
    const user = truth.userOf(message.to);
    const stop = truth.stopKnownAt(user, message.to, creator.startedAt);
    const found = (row: RowName, said: number): Finding[] => [
      {
        row,
        event: creator.event,
        user,
        what: `${message.sid} at ${iso(creator.startedAt)}, STOP at ${iso(said)}`,
      },
    ];
    if (stop?.toldAt != null) {
      if (creator.startedAt < stop.toldAt + truth.staleness(user, creator))
        return found('afterStopRemembered', stop.at);
      const attempt = truth.sendOf(message)?.attempts.find(({ invocation }) => invocation === creator);
      const struck = (service: string) => creator.hits.some(({ request }) => request === `${service} GET`);
      const isAway =
        struck('sync') &&
        (struck('api') || stop.from !== message.to) &&
        (stop.from !== message.to ||
          (message.contentSid !== null &&
            (attempt?.answer == null || attempt.answer.json.decision?.reason === 'STATE_UNAVAILABLE')));
      return found(isAway ? 'afterStopAway' : 'afterStop', stop.at);
    }
    if (message.sendAt === null || message.judgedAt === null) return [];
    const meanwhile = truth.stopKnownAt(user, message.to, message.judgedAt);
    if (!meanwhile) return [];
    const isStruck =
      creator.hits.length > 0 || meanwhile.attempts.some(({ invocation }) => invocation.hits.length > 0);
    return found(isStruck ? 'afterStopScheduled' : 'afterStop', meanwhile.at);
  });
}
