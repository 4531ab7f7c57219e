/**
 * Hands the messages of a broadcast to the service, each under its key, what is for one person in its order, and notes what
 * became of it. Rows whose joint text the service refuses for a window that is not open go by themselves.
 */
import { inTurn } from '../command/in-turn';
import type { Output } from '../command/output';
import type { Journal, Result } from './journal';
import { apart, conversationOf, type Message } from './messages';
import type { Row } from './rows';
import type { SendAnswer, Service } from './service';

export const UNKNOWN: Result = {
  outcome: 'unknown',
  form: '',
  sid: null,
  heldUntil: null,
  detail:
    'It is not known whether this was sent. Run the same command again within 48 hours: it sends only what was not.',
};

export interface Sending {
  readonly service: Service;
  readonly journal: Journal;
  /** The key of a row, or of a message. */
  readonly keyOf: (what: Row | Message) => string;
  readonly now: () => number;
}

export async function sendAll(
  sending: Sending,
  messages: readonly Message[],
  perSecond: number,
  output: Pick<Output, 'progress'>,
): Promise<void> {
  const bar = output.progress('Sending', messages.length);
  const counts: Record<string, number> = {};
  const count = ({ outcome, form }: Result, rows: number) => {
    const what = outcome === 'sent' ? form : outcome;
    counts[what] = (counts[what] ?? 0) + rows;
  };
  const send = async (message: Message) => {
    for (const { rows, result } of await handOver(sending, message)) count(result, rows);
  };
  const newest = new Map<string, Promise<void>>();
  const sendInOrder = (message: Message) => {
    const to = conversationOf(message.rows[0]);
    const sent = (newest.get(to) ?? Promise.resolve()).then(() => send(message));
    newest.set(to, sent);
    return sent;
  };
  const soFar = () =>
    Object.entries(counts)
      .map(([what, number]) => `${what} ${number}`)
      .join(', ');
  try {
    await inTurn(messages, perSecond, sendInOrder, (done) => bar.at(done, soFar()));
  } finally {
    bar.end(soFar());
  }
}

async function handOver(
  sending: Sending,
  message: Message,
): Promise<readonly { readonly rows: number; readonly result: Result }[]> {
  const { service, journal, keyOf, now } = sending;
  const [first, ...others] = message.rows;
  const key = keyOf(message);
  journal.begin(key, [keyOf(first), ...others.map(keyOf)], now());
  const answer = await service.send({ ...message.parameters, idempotencyKey: key });
  const result = resultOf(answer);
  journal.end(key, result);
  const isRefused = result.outcome === 'failed' && answer?.error?.code === 'WINDOW_NOT_OPEN';
  if (others.length === 0 || !isRefused) return [{ rows: message.rows.length, result }];
  const all = [];
  for (const one of apart(message.rows)) all.push(...(await handOver(sending, one)));
  return all;
}

function resultOf(answer: SendAnswer | null): Result {
  if (!answer || answer.error?.code === 'OUTCOME_UNKNOWN') return UNKNOWN;
  const { outcome, decision, message, held, error } = answer;
  const form = decision?.action ?? '';
  if (outcome === 'sent' || outcome === 'scheduled' || outcome === 'held') {
    const detail = decision?.reason ?? 'found in the message log';
    return { outcome, form, sid: message?.sid ?? null, heldUntil: held?.expiresAt ?? null, detail };
  }
  const problems = (error?.problems ?? []).map((problem) => problem.message).join(' ');
  return {
    outcome: 'failed',
    form,
    sid: null,
    heldUntil: null,
    detail: `${error?.code ?? outcome}: ${problems || error?.message || ''}`,
  };
}
