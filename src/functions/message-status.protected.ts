/** POST /message-status: Twilio's status callback for the messages sent here. Repairs what WhatsApp refused for the window. */
import { errorClass } from '../domain/error-class';
import { errorJson } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { pairHash } from '../http/pair-hash';
import { parseStatusCallback } from '../twilio/status-callback';
import { Failure } from '../use-cases/failure';
import { recordDelivery } from '../use-cases/repair/handle-delivery-status';

export const handler = endpoint({
  path: '/message-status',
  methods: ['POST'],
  guard: 'signature',
  failed: (failure) => ({ error: errorJson(failure) }),
  async respond({ parameters, services, settings, now }) {
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
  },
});
