/** POST /contact: the user contacted the sender otherwise than by a message, which opens the window too. For HTTP callers. */

import { endpoint } from '../http/endpoint';
import { contactFailedJson, readContact, respondToContact } from '../http/handlers/contact';

export const handler = endpoint({
  path: '/contact',
  methods: ['POST'],
  guard: 'bearer',
  failed: contactFailedJson,
  respond: async (call) => respondToContact(call, readContact(call)),
});
