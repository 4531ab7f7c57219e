/** GET /thread: what was said with one person, both ways, and what became of each message. From Twilio's own log. */
import { endpoint } from '../http/endpoint';
import { respondToThread, threadFailedJson } from '../http/handlers/thread';

export const handler = endpoint({
  path: '/thread',
  methods: ['GET'],
  guard: 'bearer',
  failed: threadFailedJson,
  respond: respondToThread,
});
