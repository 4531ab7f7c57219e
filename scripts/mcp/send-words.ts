/** What became of a send, as one or two sentences that an agent can act on. Nothing is decided here. */
import {
  isRefused,
  type SendAnswer,
  type SendDone,
  type SendRefused,
  type Template,
} from '../../client/answers.ts';
import type { SendRequest } from '../../client/requests.ts';
import { quoted } from './foreign-text';
import { capital, minute, OPTED_OUT, templateAdvice, windowClause } from './window-words';

/** What the words rest on beside the answer. */
export interface SendContext {
  readonly request: SendRequest;
  /** The service's clock, milliseconds since the epoch. */
  readonly now: number;
  /** The account's templates, where a free-form text was refused. */
  readonly templates: readonly Template[];
  /** Why it is a dry run, where this server made it one. */
  readonly onlyLooks: boolean;
  /** An earlier call of this server did it. */
  readonly isRepeated: boolean;
}

export function sendSentence(answer: SendAnswer, context: SendContext): string {
  if (isRefused(answer)) return refusedSentence(answer, context);
  if (answer.outcome === 'dry-run') return dryRunSentence(answer, context);
  const repeated =
    'Nothing new was sent, because this repeats an earlier call (to say the same again, give a new idempotencyKey); of the earlier one:';
  const also = answer.error ? ` But: ${answer.error.message}` : '';
  const sentence = `${doneSentence(answer, context)}${also}`;
  return context.isRepeated
    ? `${repeated} ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`
    : sentence;
}

/** Whether a free-form text met a window that is not open: then other ways are worth naming. */
export function isWindowRefusal(answer: SendAnswer): boolean {
  if (isRefused(answer)) return answer.error.code === 'WINDOW_NOT_OPEN';
  return answer.decision?.action === 'refuse' && answer.decision.reason !== 'OPTED_OUT';
}

function doneSentence(answer: SendDone, { request }: SendContext): string {
  const { outcome, held, message } = answer;
  const form = formWords(answer);
  const sid = message ? ` (${message.sid}, ${message.status})` : '';
  if (outcome === 'scheduled') return `Scheduled for ${request.sendAt} ${form}${sid}.`;
  if (held && !message)
    return `Held until this person answers, at the latest ${minute(held.expiresAt)}; they have been asked already, or no template asks them.`;
  if (held)
    return `The text is held until this person answers, at the latest ${minute(held.expiresAt)}; sent now ${form}${sid}.`;
  return `Sent ${form}${sid}. Whether it was delivered, whatsapp_thread says later.`;
}

function dryRunSentence(answer: SendDone, context: SendContext): string {
  const why = context.onlyLooks ? ' (this server was started without --allow-send)' : '';
  const start = `Dry run, nothing was sent${why}.`;
  const { decision, window } = answer;
  const clause = windowClause(window, context.now);
  switch (decision?.action) {
    case 'free-form':
      return `${start} It would go out as free-form text: ${clause}.`;
    case 'template':
      return `${start} It would go out ${formWords(answer)}: ${clause}.`;
    case 'hold':
      return `${start} It would be held until this person answers: ${clause}.`;
    default:
      return decision?.reason === 'OPTED_OUT'
        ? `${start} It would be refused. ${OPTED_OUT}`
        : `${start} It would be refused: ${clause}. ${otherWays(context)}`;
  }
}

function formWords({ decision, message, preview }: SendDone): string {
  const isTemplate = decision?.action === 'template' || (message?.contentSid ?? null) !== null;
  if (!isTemplate) return 'as free-form text';
  return preview ? `as a template that reads ${quoted(preview.text)}` : 'as a template';
}

function refusedSentence({ window, error }: SendRefused, context: SendContext): string {
  switch (error.code) {
    case 'WINDOW_NOT_OPEN':
      return `Nothing was sent. ${capital(windowClause(window, context.now))}. ${otherWays(context)}`;
    case 'OPTED_OUT':
      return `Nothing was sent. ${OPTED_OUT}`;
    case 'HELD_LIMIT_REACHED':
      return 'Nothing was sent or held: 100 messages are held for this person already. Wait until they answer.';
    case 'IDEMPOTENCY_CONFLICT':
      return 'Nothing was sent: this idempotencyKey was used for a different message. Give a new key for a new message.';
    case 'TEMPLATE_PROBLEM':
      return `Nothing was sent: ${problemsOf(error)} whatsapp_templates lists what can be sent.`;
    case 'INVALID_REQUEST':
      return `Nothing was sent: ${problemsOf(error)}`;
  }
}

/** "Use the template please_answer, or hold the text (whenClosed: hold)." */
function otherWays({ request, templates }: SendContext): string {
  if (request.template) return `To send the template ${request.template} instead, use whenClosed: template.`;
  const advice = templateAdvice(templates);
  return request.whenClosed === 'hold' || request.sendAt !== undefined
    ? `${advice}.`
    : `${advice}, or hold the text (whenClosed: hold).`;
}

function problemsOf({ message, problems }: SendRefused['error']): string {
  return problems.length === 0 ? message : problems.map((problem) => problem.message).join(' ');
}
