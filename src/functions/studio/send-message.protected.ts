/** POST /studio/send-message: /send-message for Studio's Run Function, where a refusal is an answer to split on. */
import { sendFailedJson } from '../../runtime/answers';
import { endpoint } from '../../runtime/endpoint';
import { respondToSend } from '../../runtime/send-endpoint';

export const handler = endpoint({
  path: '/studio/send-message',
  methods: ['POST'],
  guard: 'signature',
  failed: sendFailedJson,
  respond: (call) => respondToSend(call, 'as-success'),
});
