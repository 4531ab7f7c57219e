/** What will happen, and what has happened, in a person's words. Pure: the decision itself is the service's. */
import type { SendAnswer } from './service-answers';

export interface Verdict {
  readonly tone: 'go' | 'later' | 'stop';
  readonly headline: string;
  readonly explanation: string;
}

/**
 * Before the click.
 * @param answer of a dry run
 * @param optedOut whether the list says that they said STOP: a warm function may believe an open window for a minute more
 */
export function previewVerdict(answer: SendAnswer, optedOut: boolean): Verdict {
  const { decision, error, preview } = answer;
  if (!decision || (error && answer.outcome === 'failed')) {
    const headline = error?.code === 'TEMPLATE_PROBLEM' ? 'Not ready to go yet' : 'Cannot be sent like this';
    return { tone: 'stop', headline, explanation: error?.message ?? '' };
  }
  const explanation = decision.explanation + costInWords(answer);
  if (optedOut && decision.action !== 'refuse') {
    return {
      tone: 'stop',
      headline: 'They have said STOP',
      explanation: 'Nothing may go out until they write START; within a minute every function refuses it.',
    };
  }
  switch (decision.action) {
    case 'free-form':
      return { tone: 'go', headline: 'Will go out as a free-form message', explanation };
    case 'template':
      return {
        tone: 'go',
        headline:
          decision.reason === 'BODY_MATCHES_TEMPLATE'
            ? 'Your text is a template and will go out as one'
            : 'Will go out as a template message',
        explanation,
      };
    case 'hold':
      return {
        tone: 'later',
        headline: 'Will be held until they answer',
        explanation: preview ? `${explanation} The template reads: “${preview.text}”` : explanation,
      };
    default:
      return { tone: 'stop', headline: 'Will be refused', explanation };
  }
}

/** After the click. */
export function resultVerdict(answer: SendAnswer): Verdict {
  const explanation = (answer.decision?.explanation ?? '') + costInWords(answer);
  const sid = answer.message?.sid ?? '';
  switch (answer.outcome) {
    case 'sent':
    case 'scheduled': {
      const kind = answer.decision?.action === 'template' ? 'template message' : 'free-form message';
      const heldToo = answer.held ? ' Your text is held until they answer.' : '';
      return {
        tone: 'go',
        headline: `${answer.outcome === 'sent' ? 'Sent' : 'Scheduled'} as a ${kind}.${heldToo}`,
        explanation: `${explanation} ${sid}`.trim(),
      };
    }
    case 'held':
      return { tone: 'later', headline: heldInWords(answer), explanation };
    case 'refused':
      return {
        tone: 'stop',
        headline: 'Refused: nothing was sent.',
        explanation: answer.error?.message ?? explanation,
      };
    default:
      return { tone: 'stop', headline: 'Not sent.', explanation: answer.error?.message ?? explanation };
  }
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

/** Problems by the placeholder they belong to; '' holds those that belong to none. */
export function problemsByPlaceholder(answer: SendAnswer): ReadonlyMap<string, readonly string[]> {
  const byPlaceholder = new Map<string, string[]>();
  for (const { field, message } of answer.error?.problems ?? []) {
    const name = field.startsWith('contentVariables.') ? field.slice('contentVariables.'.length) : '';
    const own = message.replace(`Placeholder {{${name}}} `, '');
    const sentence = own === message ? message : own.charAt(0).toUpperCase() + own.slice(1);
    byPlaceholder.set(name, [...(byPlaceholder.get(name) ?? []), sentence]);
  }
  return byPlaceholder;
}
