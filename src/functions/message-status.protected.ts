/** POST /message-status: Twilio's status callback for the messages sent here. Repairs what WhatsApp refused for the window. */
import { endpoint } from '../http/endpoint';
import { respondToStatus, statusFailedJson } from '../http/handlers/message-status';

export const handler = endpoint({
  path: '/message-status',
  methods: ['POST'],
  guard: 'signature',
  failed: statusFailedJson,
  respond: respondToStatus,
});
