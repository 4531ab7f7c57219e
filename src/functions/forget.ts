/** POST /forget: erases what is stored about one person, save that they opted out, and says what Twilio's own log has. */
import { endpoint } from '../http/endpoint';
import { forgetFailedJson, respondToForget } from '../http/handlers/forget';

export const handler = endpoint({
  path: '/forget',
  methods: ['POST'],
  guard: 'bearer',
  failed: forgetFailedJson,
  respond: respondToForget,
});
