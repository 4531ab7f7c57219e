/**
 * Messages that a program adds to a conversation, as an agent's desk does, and where its webhooks go:
 * https://www.twilio.com/docs/conversations/api/conversation-message-resource,
 * https://www.twilio.com/docs/conversations/api/webhook-configuration-resource
 */
import type { Activity } from '../../server/activity';
import type { Route } from '../../server/router';
import { isoDate } from '../../server/twilio-dates';
import { TwilioError } from '../../server/twilio-error';
import type { ConversationEvents } from '../../whatsapp/conversation-events';
import { isWebUrl } from '../../whatsapp/webhook-url';
import type { ConversationLog, ConversationMessage } from './conversation-log';
import { BASE, foundConversation } from './conversations';

const WEBHOOK_PATH = '/v1/Configuration/Webhooks';

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

  const shownWebhook = (): Record<string, unknown> => ({
    account_sid: accountSid,
    method: log.webhook.method,
    filters: log.webhook.filters,
    pre_webhook_url: log.webhook.preWebhookUrl,
    post_webhook_url: log.webhook.postWebhookUrl,
    target: 'webhook',
    url: 'https://conversations.twilio.com/v1/Configuration/Webhooks',
  });

  return [
    {
      service: 'conversations',
      method: 'POST',
      path: '/v1/Conversations/{ConversationSid}/Messages',
      label: 'Conversations/{sid}/Messages',
      body: ['Author', 'Body'],
      handle(call) {
        const conversation = foundConversation(log, call);
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
    {
      service: 'conversations',
      method: 'GET',
      path: WEBHOOK_PATH,
      label: 'Configuration/Webhooks',
      handle: () => ({ status: 200, body: shownWebhook() }),
    },
    {
      service: 'conversations',
      method: 'POST',
      path: WEBHOOK_PATH,
      label: 'Configuration/Webhooks',
      body: ['Method', 'Filters', 'PostWebhookUrl', 'PreWebhookUrl', 'Target'],
      handle({ form }) {
        const method = form.get('Method') ?? log.webhook.method;
        const given = form.get('PostWebhookUrl') ?? log.webhook.postWebhookUrl;
        const postWebhookUrl = given === '' ? null : given;
        if (method !== 'GET' && method !== 'POST') {
          throw new TwilioError(400, 20001, 'Method must be GET or POST.');
        }
        if (postWebhookUrl !== null && !isWebUrl(postWebhookUrl)) {
          throw new TwilioError(400, 20001, 'PostWebhookUrl must be a URL.');
        }
        const filters = form.has('Filters') ? form.all('Filters') : log.webhook.filters;
        const preWebhookUrl = form.get('PreWebhookUrl') ?? log.webhook.preWebhookUrl;
        Object.assign(log.webhook, { method, postWebhookUrl, preWebhookUrl, filters });
        return { status: 200, body: shownWebhook() };
      },
    },
  ];
}
