/** POST /send-message: free-form while the customer service window is open, a template otherwise. For HTTP callers. */
import { sendFailedJson } from '../runtime/answers';
import { endpoint } from '../runtime/endpoint';
import { respondToSend } from '../runtime/send-endpoint';

export const handler = endpoint({
  path: '/send-message',
  methods: ['POST'],
  guard: 'bearer',
  failed: sendFailedJson,
  respond: (call) => respondToSend(call, 'as-error'),
});
