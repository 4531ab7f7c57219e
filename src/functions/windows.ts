/** GET /windows: what is known of every pair, a page at a time, or of those whom the parameters choose. */
import { endpoint } from '../http/endpoint';
import { respondToWindows, windowsFailedJson } from '../http/handlers/windows';

export const handler = endpoint({
  path: '/windows',
  methods: ['GET'],
  guard: 'bearer',
  failed: windowsFailedJson,
  respond: respondToWindows,
});
