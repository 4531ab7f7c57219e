/** POST /send-message: free-form while the customer service window is open, a template otherwise. For HTTP callers. */
import { sendFailedJson } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { respondToSend } from '../http/handlers/send-message';

export const handler = endpoint({
  path: '/send-message',
  methods: ['POST'],
  guard: 'bearer',
  reads: {
    isRead: (parameters) => parameters.flag('dryRun'),
    hint: 'With dryRun=true it decides and sends nothing; to send, use a token that API_TOKENS has without :read, or API_TOKEN.',
  },
  failed: sendFailedJson,
  respond: (call) => respondToSend(call, 'as-error'),
});
