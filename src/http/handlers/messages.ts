/** What /messages does: Twilio's own Messages API, with the customer service window in mind. */
import { Failure } from '../../use-cases/failure';
import { sendMessage } from '../../use-cases/send/send-message';
import { sendOnce } from '../../use-cases/send/send-once';
import type { SendRequest, SendResult } from '../../use-cases/send/send-request';
import type { Answer } from '../answers';
import type { Call } from '../endpoint';
import { InvalidMessage, readMessageParameters } from '../message-parameters';
import { messageErrorJson, messageErrorStatus, messageResource } from '../message-resource';
import { pairHash } from '../pair-hash';
import { hasEffect, resultLogFields } from './send-result';

export async function respondToMessages(call: Call): Promise<Answer> {
  const { parameters, settings, headers, baseUrl, now } = call;
  const header = headers['idempotency-key'];
  const key = typeof header === 'string' && header !== '' ? header : null;
  const request = readMessageParameters(
    parameters,
    key,
    { ...settings, ownHost: new URL(baseUrl).host },
    now,
  );
  const result = await send(call, request);
  const log = { pair: pairHash(settings.authToken, request.pair), ...resultLogFields(result) };
  if (result.failure && !hasEffect(result)) {
    return { status: messageErrorStatus(result.failure), json: messageErrorJson(result.failure), log };
  }
  return { status: 201, json: messageResource(request, result, settings, now), log };
}

async function send({ services, settings, now }: Call, request: SendRequest): Promise<SendResult> {
  const at = { ...settings, now };
  const { key } = request;
  if (key === null) return sendMessage(services, request, at);
  const settled = await sendOnce(services, { ...request, key }, at);
  if (settled.state === 'done') return settled.result;
  throw new Failure('IDEMPOTENCY_CONFLICT', 'This key was used with /send-message by an earlier version.');
}

export function messagesFailedJson(failure: Failure): object {
  return failure instanceof InvalidMessage
    ? messageErrorJson(failure, failure.coded[0].code)
    : messageErrorJson(failure);
}
