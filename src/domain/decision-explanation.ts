/** One sentence for a person, for each decision: the only place where decisions are put into words. */
import type { CustomerServiceWindow } from './customer-service-window';
import type { Decision, NotOpenReason } from './send-decision';

/** @param window the window that was decided by; null where it was not known */
export function explain(decision: Decision, window: CustomerServiceWindow | null): string {
  switch (decision.reason) {
    case 'WINDOW_OPEN':
      return `The customer service window is open: the user wrote at ${when(window?.lastInboundAt)}, and it closes at ${when(window?.closesAt)}.`;
    case 'TEMPLATE_REQUESTED':
      return 'Only a template was asked for, and it may be sent now.';
    case 'BODY_MATCHES_TEMPLATE':
      return 'The customer service window is not open, but the text is word for word that of an approved template, so it goes out as that template.';
    case 'OPTED_OUT':
      return 'The user asked not to be written to (STOP); nothing goes out until they opt in again (START).';
    case 'STATE_UNAVAILABLE':
      return decision.action === 'template'
        ? 'It could not be found out whether the customer service window is open; an approved template is safe either way. Nothing was held.'
        : 'It could not be found out whether the customer service window is open, and a free-form message might be lost silently; try again.';
    default:
      return `${notOpenClause(decision.reason, window)}; ${consequence(decision)}.`;
  }
}

function notOpenClause(reason: NotOpenReason, window: CustomerServiceWindow | null): string {
  switch (reason) {
    case 'NO_INBOUND':
      return 'No message from this user to this sender is known, so no customer service window is open';
    case 'CLOSED_BY_WHATSAPP':
      return 'WhatsApp refused a free-form message (63016) and the user has not written since';
    case 'WINDOW_CLOSING':
      return `The customer service window closes at ${when(window?.closesAt)}, within the safety margin`;
    case 'WINDOW_CLOSED':
      return `The customer service window closed at ${when(window?.closesAt)}`;
  }
}

function consequence(decision: Decision): string {
  switch (decision.action) {
    case 'template':
      return decision.holdBody
        ? 'the template goes out now, and the text is held until the user answers'
        : 'the template goes out instead of the text';
    case 'hold':
      return decision.withPrompt
        ? 'the message is held until the user answers, and a template goes out now to ask them'
        : 'the message is held until the user answers';
    default:
      return 'only an approved template may be sent until the user writes again';
  }
}

function when(time: number | null | undefined): string {
  return time == null ? 'an unknown time' : new Date(time).toISOString();
}
