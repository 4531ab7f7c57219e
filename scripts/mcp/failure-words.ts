/** What failed, in a sentence and a next step for an agent. It never holds a token, and no stack. */
import { WindowError } from '../../client/window-error.ts';

/** @param idempotencyKey of a send; null where the call only read */
export function failureSentence(error: unknown, idempotencyKey: string | null): string {
  if (!(error instanceof WindowError)) {
    return 'Something unexpected went wrong in this server. Tell the operator; its log on standard error says more.';
  }
  const { code, message } = error;
  const isUnknown = code === 'OUTCOME_UNKNOWN' || code === 'NO_ANSWER' || code === 'UNEXPECTED_ANSWER';
  if (idempotencyKey !== null && isUnknown) {
    return `It is not known whether the message was sent: ${message} Repeat the same call with idempotencyKey ${idempotencyKey}: it does not send twice.`;
  }
  const said = idempotencyKey === null ? message : `Nothing was sent: ${message}`;
  return `${said}${nextStep(error)}`;
}

function nextStep({ code, class: errorClass, problems }: WindowError): string {
  switch (code) {
    case 'INVALID_REQUEST':
      return ` ${problems.map((problem) => problem.message).join(' ')}`;
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
      return ' Tell the operator to look after API_TOKEN; you cannot mend this.';
    case 'MISCONFIGURED':
    case 'INTERNAL_ERROR':
    case 'UNEXPECTED_ANSWER':
      return ' Tell the operator; you cannot mend this.';
    case 'RATE_LIMITED':
    case 'STATE_UNAVAILABLE':
    case 'NO_ANSWER':
      return ' Try again in a minute.';
    case 'TWILIO_REJECTED':
      return errorClass === 'transient' ? ' Try again in a minute.' : ' Do not repeat it as it is.';
    default:
      return '';
  }
}
