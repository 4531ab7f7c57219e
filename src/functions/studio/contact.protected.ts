/** POST /studio/contact: /contact for Studio's Run Function, and Voice's status callback for WhatsApp calls. */

import { endpoint } from '../../http/endpoint';
import { contactFailedJson, readContact, respondToContact } from '../../http/handlers/contact';
import { parseVoiceWebhook } from '../../twilio/webhooks/voice-webhook';
import { Failure } from '../../use-cases/failure';

export const handler = endpoint({
  path: '/studio/contact',
  methods: ['POST'],
  guard: 'signature',
  failed: contactFailedJson,
  async respond(call) {
    const { parameters, now } = call;
    if (parameters.raw('CallSid') === undefined) return respondToContact(call, readContact(call));
    const webhook = parseVoiceWebhook(parameters.all(), now);
    if (webhook.kind === 'malformed') {
      throw new Failure('INVALID_REQUEST', 'This is no call as Twilio Voice reports them.', webhook.problems);
    }
    if (webhook.kind === 'inbound-call') return respondToContact(call, webhook.contact);
    return {
      status: 200,
      json: { window: null, recorded: false, error: null },
      log: { kind: webhook.kind, recorded: false },
    };
  },
});
