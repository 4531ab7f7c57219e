/** What /send-message and its Studio twin do alike. */
import { Failure } from '../../use-cases/failure';
import { sendMessage } from '../../use-cases/send/send-message';
import { sendOnce } from '../../use-cases/send/send-once';
import type { SendRequest, SendResult } from '../../use-cases/send/send-request';
import { type Answer, sendJson, statusOf } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';
import { invalidRequest } from '../parameters';
import { deployedPrices } from '../price-file';
import { readSendParameters, sendAtProblem } from '../send-parameters';
import { hasEffect, resultLogFields } from './send-result';

/** @param refusalStatus Studio needs 200 to split on a refusal; HTTP callers get 409 */
export async function respondToSend(call: Call, refusalStatus: 'as-error' | 'as-success'): Promise<Answer> {
  const { parameters, services, settings, now } = call;
  const ownHost = new URL(call.baseUrl).host;
  const request = readSendParameters(parameters, { ...settings, ownHost }, now);
  if (request.sendAt !== null && settings.messagingServiceSid === null) {
    const message =
      'MESSAGING_SERVICE_SID is missing: sendAt needs a Messaging Service (MG and 32 hexadecimal digits).';
    throw new Failure('MISCONFIGURED', message, [{ field: 'MESSAGING_SERVICE_SID', message }]);
  }
  const { prices, problem } = deployedPrices();
  const log = {
    pair: pairHash(settings.authToken, request.pair),
    ...(problem !== null && { prices: problem }),
  };
  const shape = (result: SendResult): Answer => ({
    status: statusOfResult(result, refusalStatus),
    json: sendJson(result),
    log: { ...log, ...resultLogFields(result) },
  });
  const at = { ...settings, now, prices };
  const { key } = request;
  if (key === null || request.dryRun) return shape(await sendMessage(services, request, at));
  await demandTime(call, { ...request, key });
  const settled = await sendOnce(services, { ...request, key }, at);
  if (settled.state === 'answered') return { status: settled.status, json: settled.json, log };
  return shape(settled.result);
}

function statusOfResult(result: SendResult, refusalStatus: 'as-error' | 'as-success'): number {
  const { outcome, failure } = result;
  const isPlainRefusal = outcome === 'refused' && refusalStatus === 'as-success';
  return failure === null || hasEffect(result) || isPlainRefusal ? 200 : statusOf(failure);
}

/** Under a key whose first call sent, the time may be near or over: it gets the answer of the first. */
async function demandTime(
  { services, now }: Call,
  { sendAt, key }: SendRequest & { readonly key: string },
): Promise<void> {
  const late = sendAtProblem(sendAt, now);
  if (late && !(await services.sendKeys.read(key))) throw invalidRequest([late]);
}
