/** What came twice, and what came in the wrong order. */
import type { MessageRecord } from '../../../emulator/api/messages/message-log';
import type { CallAttempt, Send } from '../ledger';
import { HOLD_TTL_SECONDS } from '../stage';
import { iso } from './refusals';
import type { Finding } from './rows';
import type { Truth } from './truth';

export function findDoubles(truth: Truth): Finding[] {
  return truth.played.ledger.sends.flatMap((send): Finding[] => {
    const arrived = truth.messagesOf(send).filter(({ delivered, fault }) => delivered || fault === 'drop');
    const [first] = arrived;
    if (!first || arrived.length === 1) return [];
    const texts = arrived.filter(({ contentSid }) => contentSid === null);
    const isTextAndTemplate = arrived.length === 2 && texts.length === 1;
    // The template now, and the text once the user answers: that is what was asked for.
    const isWanted = send.event.content === 'body and template' && send.event.whenClosed === 'hold';
    if (isTextAndTemplate && isWanted) return [];
    const { user } = send.event;
    const until = Math.max(...arrived.map(({ createdAt }) => createdAt));
    const hasLagged = truth
      .visitsOf(user)
      .some(
        ({ startedAt, hits }) =>
          startedAt >= first.createdAt - 20_000 &&
          startedAt <= until &&
          hits.some(({ what }) => what === 'log lag'),
      );
    const what = arrived.map(({ sid, createdAt }) => `${sid} at ${iso(createdAt)}`).join(', ');
    return [{ row: hasLagged ? 'doubledLag' : 'doubled', event: send.event.id, user, what }];
  });
}

/** Of two texts for one user, of which the first was held before the second was asked for, the first goes out first. */
export function findDisorder(truth: Truth): Finding[] {
  const byUser = new Map<number, Ordered[]>();
  for (const send of truth.played.ledger.sends) {
    const ordered = orderedOf(truth, send);
    if (!ordered) continue;
    const list = byUser.get(send.event.user) ?? [];
    list.push(ordered);
    byUser.set(send.event.user, list);
  }
  return [...byUser.values()].flatMap((list) =>
    list.flatMap((second): Finding[] => {
      const overtaken = list.find(
        (first) =>
          first.wasHeld &&
          first.doneAt <= second.askedAt &&
          second.askedAt < first.doneAt + HOLD_TTL_SECONDS * 1000 &&
          first.place > second.place,
      );
      if (!overtaken) return [];
      const { id, user } = second.send.event;
      const what = `${second.send.token} went out before ${overtaken.send.token}, held at ${iso(overtaken.doneAt)}`;
      return [{ row: 'disordered', event: id, user, what }];
    }),
  );
}

interface Ordered {
  readonly send: Send;
  readonly wasHeld: boolean;
  readonly askedAt: number;
  readonly doneAt: number;
  readonly place: number;
}

/** A call for now whose text went out by itself, and was not a repair. */
function orderedOf(truth: Truth, send: Send): Ordered | null {
  const accepted = send.attempts.find(({ answer }) => answer?.status === 200);
  if (!accepted || send.sendAt !== null) return null;
  const text = truth.messagesOf(send).find(({ contentSid }) => contentSid === null);
  if (!text || isRepair(truth, send, text)) return null;
  return {
    send,
    wasHeld: (accepted.answer?.json.held ?? null) !== null,
    askedAt: Math.min(...send.attempts.map(({ invocation }) => invocation.startedAt)),
    doneAt: accepted.invocation.endedAt ?? accepted.invocation.startedAt,
    // Within a message that several texts were joined in, the order is that of its text.
    place: (truth.places.get(text.sid) ?? -1) + text.body.indexOf(send.token) / (text.body.length + 1),
  };
}

function isRepair(truth: Truth, send: Send, message: MessageRecord): boolean {
  return truth
    .messagesOf(send)
    .some((other) => other !== message && other.createdAt <= message.createdAt && other.errorCode !== null);
}

export function findBrokenKeys(truth: Truth): Finding[] {
  return truth.played.ledger.sends.flatMap(({ event, attempts }): Finding[] => {
    if (!event.keyed) return [];
    const answers = new Set(
      attempts.flatMap(({ answer }) => (answer?.status === 200 ? [nameOf(answer)] : [])),
    );
    if (answers.size <= 1) return [];
    return [{ row: 'keyBroken', event: event.id, user: event.user, what: [...answers].join(' then ') }];
  });
}

const nameOf = ({ json }: NonNullable<CallAttempt['answer']>) =>
  `${json.outcome} ${json.message?.sid ?? ''} ${JSON.stringify(json.held ?? '')}`;
