/**
 * Messages that a program adds to a conversation, as an agent's desk does:
 * https://www.twilio.com/docs/conversations/api/conversation-message-resource
 */
import type { Activity } from '../../server/activity';
import type { Route } from '../../server/router';
import { isoDate } from '../../server/twilio-dates';
import type { ConversationEvents } from '../../whatsapp/conversation-events';
import type { ConversationLog, ConversationMessage } from './conversation-log';
import { BASE, openConversation } from './conversations';

export function conversationMessageRoutes(
  log: ConversationLog,
  events: ConversationEvents,
  activity: Activity,
  accountSid: string,
): Route[] {
  const shown = (message: ConversationMessage): Record<string, unknown> => {
    const url = `${BASE}/Conversations/${message.conversationSid}/Messages/${message.sid}`;
    return {
      account_sid: accountSid,
      conversation_sid: message.conversationSid,
      sid: message.sid,
      index: message.index,
      author: message.author,
      body: message.body,
      media: null,
      attributes: '{}',
      participant_sid: message.participantSid,
      date_created: isoDate(message.createdAt),
      date_updated: isoDate(message.createdAt),
      url,
      delivery: null,
      links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
      content_sid: null,
    };
  };

  return [
    {
      service: 'conversations',
      method: 'POST',
      path: '/v1/Conversations/{ConversationSid}/Messages',
      label: 'Conversations/{sid}/Messages',
      body: ['Author', 'Body'],
      handle(call) {
        const conversation = openConversation(log, call);
        const author = call.form.get('Author') ?? 'system';
        const participant = conversation.participants.find(
          ({ identity, binding }) => identity === author || binding?.address === author,
        );
        const message = log.write(conversation, {
          author,
          participantSid: participant?.sid ?? null,
          body: call.form.get('Body') ?? '',
        });
        return {
          status: 201,
          body: shown(message),
          after: () => void activity.during('conversation webhook', () => events.added(message)),
        };
      },
    },
  ];
}
