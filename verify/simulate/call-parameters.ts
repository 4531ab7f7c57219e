/**
 * What a caller says to `/send-message` for an event of a trace, and whether it calls again. Whatever is sent for the
 * call carries its token, and nothing else does. It must not know what the functions make of it.
 */
import type { CallAttempt } from './ledger';
import type { SendEvent } from './trace-event';

export function parametersOf(
  event: SendEvent,
  to: string,
  token: string,
  sendAt: number | null,
): Readonly<Record<string, string>> {
  const { content, template } = event;
  const hasBody = content !== 'template';
  const hasTemplate = content === 'template' || content === 'body and template';
  const isOrder = template === 'lesson_order';
  const variables = isOrder
    ? { 1: 'shop', 2: token, 3: 'Monday', 4: 'at the door' }
    : { 1: token, 2: '1337' };
  const filled = isOrder
    ? `Your shop order of ${token} has shipped and should be delivered on Monday. Details: at the door.`
    : `Your ${token} code is 1337.`;
  return {
    to,
    whenClosed: event.whenClosed,
    ...(hasBody && { body: content === 'template text' ? filled : `Free-form ${token}` }),
    ...(hasTemplate && { template, contentVariables: JSON.stringify(variables) }),
    ...(sendAt !== null && { sendAt: new Date(sendAt).toISOString() }),
    ...(event.keyed && { idempotencyKey: `key-${token}` }),
  };
}

/** A careful caller: calls again where nothing was sent, and, with a key, where that is not known. */
export function isWorthAnotherCall(event: SendEvent, { answer }: CallAttempt): boolean {
  if (answer === null) return event.keyed;
  const { status, json } = answer;
  if (status === 429 || status === 503) return true;
  return status >= 500 && (event.keyed || json.error?.code !== 'OUTCOME_UNKNOWN');
}
