/**
 * POST /conversations/message-added: the post-event webhook `onMessageAdded` of Twilio Conversations and Flex, the inbound
 * message that no message webhook reports.
 */
import { endpoint } from '../../http/endpoint';
import { contactFailedJson } from '../../http/handlers/contact';
import { respondToConversationMessage } from '../../http/handlers/conversation-message';

export const handler = endpoint({
  path: '/conversations/message-added',
  methods: ['POST'],
  guard: 'signature',
  failed: contactFailedJson,
  respond: respondToConversationMessage,
});
