/** GET /held-messages: what waits for users to answer. POST /held-messages: cancels one of them. */
import { endpoint } from '../http/endpoint';
import { heldMessagesFailedJson, respondToHeldMessages } from '../http/handlers/held-messages';

export const handler = endpoint({
  path: '/held-messages',
  methods: ['GET', 'POST'],
  guard: 'bearer',
  failed: heldMessagesFailedJson,
  respond: respondToHeldMessages,
});
