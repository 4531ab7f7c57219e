/** GET or POST /window: whether a free-form message to this user is allowed now, and until when. For HTTP callers. */
import { endpoint } from '../http/endpoint';
import { respondToWindow, windowFailedJson } from '../http/handlers/window';

export const handler = endpoint({
  path: '/window',
  methods: ['GET', 'POST'],
  guard: 'bearer',
  reads: { isRead: () => true },
  failed: windowFailedJson,
  respond: respondToWindow,
});
