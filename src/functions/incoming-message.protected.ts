/** POST /incoming-message: Twilio's "a message comes in". Records that this user wrote to this sender now. */
import { errorJson } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { pairHash } from '../http/pair-hash';
import { parseInbound } from '../twilio/inbound-webhook';
import { messagingResponse } from '../twilio/twiml';
import { Failure } from '../use-cases/failure';
import { receiveMessage } from '../use-cases/receive/receive-message';

export const handler = endpoint({
  path: '/incoming-message',
  methods: ['POST'],
  guard: 'signature',
  failed: (failure) => ({ error: errorJson(failure) }),
  async respond({ parameters, services, settings, now }) {
    const webhook = parseInbound(parameters.all(), settings.sender);
    if (webhook.kind === 'malformed') {
      throw new Failure(
        'INVALID_REQUEST',
        'This is no inbound message as Twilio posts them.',
        webhook.problems,
      );
    }
    const at = { now, marginSeconds: settings.marginSeconds };
    const log =
      webhook.kind === 'inbound'
        ? {
            pair: pairHash(settings.authToken, webhook.message.pair),
            ...(await receiveMessage(services, webhook.message, at)),
          }
        : {};
    return {
      status: 200,
      xml: messagingResponse(webhook.kind === 'other' ? null : settings.forwardUrl),
      log: { kind: webhook.kind, ...log },
    };
  },
});
