/** What will happen, and what became of it, in a person's words. Pure: the decision itself is the service's. */
import type { SendAnswer, ThreadMessage } from '../service/answers';
import { type Fate, fateOf } from './message-words';

export interface Verdict {
  /** `wait`: under way, and neither good nor bad yet. */
  readonly tone: 'go' | 'later' | 'stop' | 'wait';
  readonly headline: string;
  readonly explanation: string;
  /** For a tooltip: the service's own sentence, codes and SIDs. */
  readonly details: string;
}

/**
 * Before the click.
 * @param answer of a dry run
 * @param optedOut whether the list says that they said STOP: a warm function may believe an open window for a minute more
 */
export function previewVerdict(answer: SendAnswer, optedOut: boolean): Verdict {
  const { decision, error, preview } = answer;
  if (!decision || (error && answer.outcome === 'failed')) return notReady(error);
  const said = { explanation: costInWords(answer).trim(), details: decision.explanation };
  if (optedOut && decision.action !== 'refuse') {
    return {
      tone: 'stop',
      headline: 'They have said STOP',
      explanation: 'Nothing may go out until they write START.',
      details: 'Within a minute every function refuses it.',
    };
  }
  switch (decision.action) {
    case 'free-form':
      return { tone: 'go', headline: 'Will go out as a free-form message', ...said };
    case 'template':
      return {
        tone: 'go',
        headline:
          decision.reason === 'BODY_MATCHES_TEMPLATE'
            ? 'Your text is a template and will go out as one'
            : 'Will go out as a template message',
        ...said,
      };
    case 'hold':
      return {
        tone: 'later',
        headline: 'Will be held until they answer',
        ...said,
        explanation: [preview ? `A template asks for it: “${preview.text}”` : '', said.explanation]
          .filter(Boolean)
          .join(' '),
      };
    default:
      return { tone: 'stop', headline: 'Will be refused', ...said };
  }
}

function notReady(error: SendAnswer['error']): Verdict {
  const headline = error?.code === 'TEMPLATE_PROBLEM' ? 'Not ready to go yet' : 'Cannot be sent like this';
  const explanation = isSaidAtFields(error) ? '' : (error?.message ?? '');
  return { tone: 'stop', headline, explanation, details: error?.code ?? '' };
}

const UNDER_WAY: Readonly<Partial<Record<Fate, string>>> = {
  waiting: 'Queued at Twilio.',
  sent: 'On its way.',
  delivered: 'Delivered.',
  read: 'Read.',
  cancelled: 'It was cancelled.',
};

/**
 * After the click.
 * @param message what the log says of it by now; null where it has not been read yet
 * @param next what was done about it where it did not arrive
 */
export function resultVerdict(
  answer: SendAnswer,
  message: ThreadMessage | null = null,
  next: string | null = null,
): Verdict {
  const details = [answer.decision?.explanation, answer.message?.sid].filter(Boolean).join(' ');
  if (message && fateOf(message) === 'failed') return failureVerdict(message, next, details);
  switch (answer.outcome) {
    case 'sent':
    case 'scheduled':
      return sentVerdict(answer, message ? fateOf(message) : 'waiting', details);
    case 'held':
      return {
        tone: 'later',
        headline: heldInWords(answer),
        explanation: costInWords(answer).trim(),
        details,
      };
    case 'refused':
      return {
        tone: 'stop',
        headline: 'Refused: nothing was sent.',
        explanation: answer.error?.message ?? answer.decision?.explanation ?? '',
        details,
      };
    default:
      return { tone: 'stop', headline: 'Not sent.', explanation: answer.error?.message ?? '', details };
  }
}

function failureVerdict({ error }: ThreadMessage, next: string | null, details: string): Verdict {
  return {
    tone: 'stop',
    headline: `Not delivered: ${error?.message ?? 'Twilio does not say why.'}`,
    explanation: next ?? '',
    details: (error ? `Error ${error.code}. ` : '') + details,
  };
}

function sentVerdict(answer: SendAnswer, fate: Fate, details: string): Verdict {
  const kind = answer.decision?.action === 'template' ? 'template message' : 'free-form message';
  const heldToo = answer.held ? ' Your text is held until they answer.' : '';
  return {
    tone: fate === 'delivered' || fate === 'read' ? 'go' : 'wait',
    headline: `${answer.outcome === 'sent' ? 'Sent' : 'Scheduled'} as a ${kind}.${heldToo}`,
    explanation: ((UNDER_WAY[fate] ?? '') + costInWords(answer)).trim(),
    details,
  };
}

/** What is not known is not spoken of. */
function costInWords({ cost }: SendAnswer): string {
  if (cost === null) return '';
  const day = cost.asOf === null ? '' : ` by the prices of ${cost.asOf}`;
  return ` Cost: ${cost.amount} ${cost.currency}${day}.`;
}

/** The service asks for an answer once, however many messages are held. */
function heldInWords({ decision, message }: SendAnswer): string {
  if (message !== null) return 'Held until they answer; a template that asks for it went out.';
  return decision?.action === 'template'
    ? 'Held until they answer; no template went out.'
    : 'Held until they answer.';
}

const OF_A_VALUE = 'contentVariables.';

/** Each problem stands beside the field that it belongs to. */
function isSaidAtFields(error: SendAnswer['error']): boolean {
  const problems = error?.problems ?? [];
  return problems.length > 0 && problems.every(({ field }) => field.startsWith(OF_A_VALUE));
}

/** Twilio's codes are for a tooltip. */
export function withoutCodes(sentence: string): string {
  return sentence.replace(/ \(\d{5}\)/g, '');
}

/** Problems by the placeholder they belong to; '' holds those that belong to none. */
export function problemsByPlaceholder(answer: SendAnswer): ReadonlyMap<string, readonly string[]> {
  const byPlaceholder = new Map<string, string[]>();
  for (const { field, message } of answer.error?.problems ?? []) {
    const name = field.startsWith(OF_A_VALUE) ? field.slice(OF_A_VALUE.length) : '';
    const own = message.replace(`Placeholder {{${name}}} `, '');
    const sentence = own === message ? message : own.charAt(0).toUpperCase() + own.slice(1);
    byPlaceholder.set(name, [...(byPlaceholder.get(name) ?? []), sentence]);
  }
  return byPlaceholder;
}
