/** POST /studio/send-message: /send-message for Studio's Run Function, where a refusal is an answer to split on. */
import { sendFailedJson } from '../../http/answers';
import { endpoint } from '../../http/endpoint';
import { respondToSend } from '../../http/handlers/send-message';

export const handler = endpoint({
  path: '/studio/send-message',
  methods: ['POST'],
  guard: 'signature',
  failed: sendFailedJson,
  respond: (call) => respondToSend(call, 'as-success'),
});
