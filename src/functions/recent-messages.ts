/** GET /recent-messages: what was said lately with everybody, newest first, a page of Twilio's own log at a time. */
import { endpoint } from '../http/endpoint';
import { recentMessagesFailedJson, respondToRecentMessages } from '../http/handlers/recent-messages';

export const handler = endpoint({
  path: '/recent-messages',
  methods: ['GET'],
  guard: 'bearer',
  failed: recentMessagesFailedJson,
  respond: respondToRecentMessages,
});
