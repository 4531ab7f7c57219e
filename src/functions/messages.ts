/**
 * POST /messages: takes what Twilio's own `POST Messages` takes, and answers as Twilio does, for programs that were written
 * for that. The build puts it at the address that Twilio's SDK makes as well.
 */
import { endpoint } from '../http/endpoint';
import { messagesFailedJson, respondToMessages } from '../http/handlers/messages';
import { messageErrorStatus } from '../http/message-resource';

export const handler = endpoint({
  path: '/messages',
  methods: ['POST'],
  guard: 'bearer',
  failed: messagesFailedJson,
  statusOf: messageErrorStatus,
  respond: respondToMessages,
});
