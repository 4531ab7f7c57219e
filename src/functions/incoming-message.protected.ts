/** POST /incoming-message: Twilio's "a message comes in". Records that this user wrote to this sender now. */
import { endpoint } from '../http/endpoint';
import { incomingFailedJson, respondToIncoming } from '../http/handlers/incoming-message';

export const handler = endpoint({
  path: '/incoming-message',
  methods: ['POST'],
  guard: 'signature',
  failed: incomingFailedJson,
  respond: respondToIncoming,
});
