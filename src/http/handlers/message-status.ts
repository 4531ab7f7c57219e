/** What /message-status does with Twilio's status callback. */
import { errorClass } from '../../domain/error-class';
import { parseStatusCallback } from '../../twilio/status-callback';
import { Failure } from '../../use-cases/failure';
import { recordDelivery } from '../../use-cases/repair/handle-delivery-status';
import { type Answer, errorJson } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';

export function statusFailedJson(failure: Failure): object {
  return { error: errorJson(failure) };
}

export async function respondToStatus({ parameters, services, settings, now }: Call): Promise<Answer> {
  const callback = parseStatusCallback(parameters.all());
  if (!callback.ok) {
    throw new Failure(
      'INVALID_REQUEST',
      'This is no status callback as Twilio posts them.',
      callback.problems,
    );
  }
  const { status, errorCode } = callback;
  const repair = await recordDelivery(services, callback, { ...settings, now });
  const log = {
    pair: callback.pair === null ? undefined : pairHash(settings.authToken, callback.pair),
    message: status,
    errorCode,
    class: errorCode === null ? undefined : errorClass(errorCode),
    repair,
  };
  return { status: 200, json: { error: null }, log };
}
