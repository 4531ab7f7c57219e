/** POST /send-message: free-form while the customer service window is open, a template otherwise. For HTTP callers. */
import { sendFailedJson } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { respondToSend } from '../http/handlers/send-message';

export const handler = endpoint({
  path: '/send-message',
  methods: ['POST'],
  guard: 'bearer',
  failed: sendFailedJson,
  respond: (call) => respondToSend(call, 'as-error'),
});
