/** What a broadcast would do, message by message, as the service says it. Nothing is sent or stored for it. */
import { ScriptFailure } from '../command/script-failure';
import { agree, type Message, messageOf } from './messages';
import type { SendAnswer, Service } from './service';

export interface Planned {
  readonly message: Message;
  readonly form: 'free-form' | 'template' | 'held' | 'skipped';
  /** Of the template that goes out. */
  readonly category: string | null;
  /** Why it is skipped; null where it is not. */
  readonly reason: string | null;
  /** For a person. */
  readonly explanation: string;
  /** A mistake in the row, as against somebody who may not be written to just now. */
  readonly isMistake: boolean;
  /** When an open window closes, in milliseconds since the epoch; null where none is open. */
  readonly closesAt: number | null;
}

const NOT_IN_ORDER = ['MISCONFIGURED', 'STATE_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_ERROR'];

/**
 * @param isOneForGood whether it may only be sent as it is, because it may be out already
 * @returns the message, or the fewer rows that would leave as one
 * @throws ScriptFailure where the service does not answer or is not in order
 */
export async function planned(
  service: Service,
  message: Message,
  isOneForGood: boolean,
  categories: ReadonlyMap<string, string>,
): Promise<readonly Planned[]> {
  const joint = await ask(service, message, categories);
  const isOne = message.rows.length === 1 || isOneForGood;
  if (isOne || joint.form === 'free-form' || joint.form === 'template') return [joint];
  const alone: Planned[] = [];
  for (const row of message.rows) alone.push(await ask(service, messageOf([row]), categories));
  return alike(alone);
}

/** Neighbours that are held, or replaced by the same template, are one message; the text of a template is one by itself. */
function alike(plans: readonly Planned[]): readonly Planned[] {
  const joined: Planned[] = [];
  for (const plan of plans) {
    const before = joined.at(-1);
    const message = before && messageOf([...before.message.rows, ...plan.message.rows]);
    if (before && message && isAlike(before, plan) && agree(message.rows))
      joined[joined.length - 1] = { ...before, message };
    else joined.push(plan);
  }
  return joined;
}

function isAlike({ form }: Planned, { form: next, message }: Planned): boolean {
  return form === next && (form === 'held' || (form === 'template' && 'template' in message.parameters));
}

async function ask(
  service: Service,
  message: Message,
  categories: ReadonlyMap<string, string>,
): Promise<Planned> {
  const answer = await service.send({ ...message.parameters, dryRun: true });
  if (!answer)
    throw new ScriptFailure('The service does not answer.', 'Nothing was sent. Run the same command again.');
  demandWillingness(answer);
  const { decision, window, preview, error } = answer;
  const action = error ? 'refuse' : (decision?.action ?? 'refuse');
  const problems = (error?.problems ?? []).map((problem) => problem.message).join(' ');
  return {
    message,
    form: action === 'hold' ? 'held' : action === 'refuse' ? 'skipped' : action,
    category: preview ? (categories.get(preview.contentSid) ?? 'UNKNOWN') : null,
    reason: action === 'refuse' ? (error?.code ?? decision?.reason ?? 'UNKNOWN') : null,
    explanation: problems || error?.message || decision?.explanation || '',
    isMistake: error !== null,
    closesAt: window?.state === 'open' && window.closesAt !== null ? Date.parse(window.closesAt) : null,
  };
}

/** Where the service itself is not in order, no row is to blame; and who said STOP is not known while Sync is away. */
function demandWillingness({ decision, error }: SendAnswer): void {
  const isInOrder = decision?.reason !== 'STATE_UNAVAILABLE' && !(error && NOT_IN_ORDER.includes(error.code));
  if (isInOrder) return;
  throw new ScriptFailure(
    `The service says: ${error?.message ?? decision?.explanation}`,
    'Nothing was sent. Run the same command again once it is in order.',
  );
}

/** Those whose window closes first come first; those without an open window keep the order of the file, at the end. */
export function bySoonestClosing(plans: readonly Planned[]): readonly Planned[] {
  const urgency = ({ closesAt }: Planned) => closesAt ?? Number.POSITIVE_INFINITY;
  return [...plans].sort((a, b) => (urgency(a) === urgency(b) ? 0 : urgency(a) - urgency(b)));
}
