/** GET or POST /window: whether a free-form message to this user is allowed now, and until when. For HTTP callers. */
import { endpoint } from '../runtime/endpoint';
import { respondToWindow, windowFailedJson } from '../runtime/window-endpoint';

export const handler = endpoint({
  path: '/window',
  methods: ['GET', 'POST'],
  guard: 'bearer',
  failed: windowFailedJson,
  respond: respondToWindow,
});
