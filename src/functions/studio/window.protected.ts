/** POST /studio/window: /window for Studio's Run Function. */
import { endpoint } from '../../http/endpoint';
import { respondToWindow, windowFailedJson } from '../../http/handlers/window';

export const handler = endpoint({
  path: '/studio/window',
  methods: ['GET', 'POST'],
  guard: 'signature',
  failed: windowFailedJson,
  respond: respondToWindow,
});
