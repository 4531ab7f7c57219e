/** What /message-status does with Twilio's status callback. */
import { errorClass } from '../../domain/error-class';
import type { MessageSid } from '../../domain/twilio-sid';
import { type Forwarded, forwardStatus } from '../../twilio/webhooks/forward-status';
import { forwardedParameters, parseStatusCallback } from '../../twilio/webhooks/status-callback';
import { Failure } from '../../use-cases/failure';
import { recordDelivery } from '../../use-cases/repair/handle-delivery-status';
import { type Answer, errorJson, type Failed } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';

export function statusFailedJson(failure: Failure): Failed<object> {
  return { error: errorJson(failure) };
}

export async function respondToStatus(call: Call): Promise<Answer> {
  const { parameters, services, settings, now } = call;
  const callback = parseStatusCallback(parameters.all());
  if (!callback.ok) {
    throw new Failure(
      'INVALID_REQUEST',
      'This is no status callback as Twilio posts them.',
      callback.problems,
    );
  }
  const { status, errorCode } = callback;
  // At once, whatever becomes of the rest: where Twilio has to come again, a receiver hears of it again.
  const forwarding = forwardAll(call, callback);
  const repair = await recordDelivery(services, callback, { ...settings, now }).finally(() => forwarding);
  const forwarded = await forwarding;
  const log = {
    pair: callback.pair === null ? undefined : pairHash(settings.authToken, callback.pair),
    message: status,
    errorCode,
    class: errorCode === null ? undefined : errorClass(errorCode),
    repair,
    ...(forwarded.length > 0 && { forwarded }),
  };
  return { status: 200, json: { error: null }, log };
}

/** To STATUS_FORWARD_URL, and to the addresses that the callers named. */
function forwardAll(
  { parameters, settings, baseUrl }: Call,
  {
    statusCallbacks,
    repairs,
  }: { readonly statusCallbacks: readonly string[]; readonly repairs: readonly MessageSid[] },
): Promise<readonly Forwarded[]> {
  const wanted = new Set([settings.statusForwardUrl, ...statusCallbacks].filter((url) => url !== null));
  // What takes the place of several refused messages is told once for each of them.
  const told = (repairs.length > 0 ? repairs : [null]).map((refused) =>
    forwardedParameters(parameters.received, refused),
  );
  const ownHosts = [new URL(baseUrl).host];
  return Promise.all(
    [...wanted].flatMap((url) =>
      told.map((forwarded) => forwardStatus({ url, parameters: forwarded }, settings.authToken, ownHosts)),
    ),
  );
}
