/** What /messages does: Twilio's own Messages API, with the customer service window in mind. */
import { errorClass } from '../../domain/error-class';
import { Failure } from '../../use-cases/failure';
import { sendMessage } from '../../use-cases/send/send-message';
import { sendOnce } from '../../use-cases/send/send-once';
import type { SendRequest, SendResult } from '../../use-cases/send/send-request';
import type { Answer } from '../answers';
import type { Call } from '../endpoint';
import { InvalidMessage, readMessageParameters } from '../message-parameters';
import { messageErrorJson, messageErrorStatus, messageResource } from '../message-resource';
import { pairHash } from '../pair-hash';

export async function respondToMessages(call: Call): Promise<Answer> {
  const { parameters, services, settings, headers, baseUrl, now } = call;
  const header = headers['idempotency-key'];
  const key = typeof header === 'string' && header !== '' ? header : null;
  const request = readMessageParameters(
    parameters,
    key,
    { ...settings, ownHost: new URL(baseUrl).host },
    now,
  );
  const result = await send(call, request);
  const log = {
    pair: pairHash(settings.authToken, request.pair),
    ...{ outcome: result.outcome, action: result.decision?.action, reason: result.decision?.reason },
    error: result.failure?.code,
    class: result.failure?.twilioCode == null ? undefined : errorClass(result.failure.twilioCode),
  };
  const isSent = result.outcome === 'sent' || result.outcome === 'scheduled' || result.outcome === 'held';
  if (result.failure && !isSent) {
    return { status: messageErrorStatus(result.failure), json: messageErrorJson(result.failure), log };
  }
  return { status: 201, json: messageResource(request, result, settings, now), log };

  async function send({ services: ports }: Call, asked: SendRequest): Promise<SendResult> {
    const at = { ...settings, now };
    if (asked.key === null) return sendMessage(services, asked, at);
    const settled = await sendOnce(ports, { ...asked, key: asked.key }, at);
    if (settled.state === 'done') return settled.result;
    throw new Failure('IDEMPOTENCY_CONFLICT', 'This key was used with /send-message by an earlier version.');
  }
}

export function messagesFailedJson(failure: Failure): object {
  return failure instanceof InvalidMessage
    ? messageErrorJson(failure, failure.coded[0].code)
    : messageErrorJson(failure);
}
