/** POST /studio/window: /window for Studio's Run Function. */
import { endpoint } from '../../runtime/endpoint';
import { respondToWindow, windowFailedJson } from '../../runtime/window-endpoint';

export const handler = endpoint({
  path: '/studio/window',
  methods: ['GET', 'POST'],
  guard: 'signature',
  failed: windowFailedJson,
  respond: respondToWindow,
});
