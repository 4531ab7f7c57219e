/**
 * Conversation services, and where the webhooks of conversations go: those of the account, or those of one service in their
 * place. https://www.twilio.com/docs/conversations/api/service-resource,
 * https://www.twilio.com/docs/conversations/api/webhook-configuration-resource,
 * https://www.twilio.com/docs/conversations/api/per-service-webhook-resource
 */
import { PAGING_PARAMETERS } from '../../server/paging';
import type { Parameters } from '../../server/parameters';
import type { Call, Route } from '../../server/router';
import { isoDate } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import { isWebUrl } from '../../whatsapp/webhook-url';
import type { ConversationLog, ConversationService, ConversationWebhook } from './conversation-log';
import { BASE, page } from './conversations';

const WEBHOOK_PATH = '/v1/Configuration/Webhooks';
const SERVICE_WEBHOOK_PATH = '/v1/Services/{ServiceSid}/Configuration/Webhooks';
const SETTABLE = ['Method', 'Filters', 'PostWebhookUrl', 'PreWebhookUrl'];

export function conversationServiceRoutes(log: ConversationLog, accountSid: string): Route[] {
  const shown = ({ sid, friendlyName, createdAt }: ConversationService): Record<string, unknown> => {
    const url = `${BASE}/Services/${sid}`;
    return {
      account_sid: accountSid,
      sid,
      friendly_name: friendlyName,
      date_created: isoDate(createdAt),
      date_updated: isoDate(createdAt),
      url,
      links: {
        conversations: `${url}/Conversations`,
        users: `${url}/Users`,
        roles: `${url}/Roles`,
        bindings: `${url}/Bindings`,
        configuration: `${url}/Configuration`,
        participant_conversations: `${url}/ParticipantConversations`,
        conversation_with_participants: `${url}/ConversationWithParticipants`,
      },
    };
  };

  const shownWebhook = (webhook: ConversationWebhook): Record<string, unknown> => ({
    account_sid: accountSid,
    method: webhook.method,
    filters: webhook.filters,
    pre_webhook_url: webhook.preWebhookUrl,
    post_webhook_url: webhook.postWebhookUrl,
  });
  const accountWebhook = () => ({
    status: 200,
    body: { ...shownWebhook(log.webhook), target: 'webhook', url: `${BASE}/Configuration/Webhooks` },
  });
  const serviceWebhook = ({ sid, webhook }: ConversationService) => ({
    status: 200,
    body: {
      ...shownWebhook(webhook),
      chat_service_sid: sid,
      url: `${BASE}/Services/${sid}/Configuration/Webhooks`,
    },
  });
  const found = (call: Call): ConversationService => {
    const sid = call.at('ServiceSid');
    const service = log.service(sid);
    if (!service) throw notFound(`/Services/${sid}`);
    return service;
  };

  return [
    {
      service: 'conversations',
      method: 'GET',
      path: '/v1/Services',
      label: 'Services',
      query: PAGING_PARAMETERS,
      handle: (call) => page(call, `${BASE}/Services`, 'services', log.allServices(), shown),
    },
    {
      service: 'conversations',
      method: 'POST',
      path: '/v1/Services',
      label: 'Services',
      body: ['FriendlyName'],
      handle({ form }) {
        const friendlyName = form.get('FriendlyName') ?? '';
        if (friendlyName === '') throw new TwilioError(400, 20001, 'FriendlyName is required.');
        return { status: 201, body: shown(log.addService(friendlyName)) };
      },
    },
    {
      service: 'conversations',
      method: 'GET',
      path: WEBHOOK_PATH,
      label: 'Configuration/Webhooks',
      handle: accountWebhook,
    },
    {
      service: 'conversations',
      method: 'POST',
      path: WEBHOOK_PATH,
      label: 'Configuration/Webhooks',
      body: [...SETTABLE, 'Target'],
      handle({ form }) {
        setWebhook(log.webhook, form);
        return accountWebhook();
      },
    },
    {
      service: 'conversations',
      method: 'GET',
      path: SERVICE_WEBHOOK_PATH,
      label: 'Services/{sid}/Configuration/Webhooks',
      handle: (call) => serviceWebhook(found(call)),
    },
    {
      service: 'conversations',
      method: 'POST',
      path: SERVICE_WEBHOOK_PATH,
      label: 'Services/{sid}/Configuration/Webhooks',
      body: SETTABLE,
      handle(call) {
        const service = found(call);
        setWebhook(service.webhook, call.form);
        return serviceWebhook(service);
      },
    },
  ];
}

/** An empty address takes a webhook away. */
function setWebhook(webhook: ConversationWebhook, form: Parameters): void {
  const method = form.get('Method') ?? webhook.method;
  if (method !== 'GET' && method !== 'POST') {
    throw new TwilioError(400, 20001, 'Method must be GET or POST.');
  }
  const postWebhookUrl = addressIn(form, 'PostWebhookUrl', webhook.postWebhookUrl);
  const preWebhookUrl = addressIn(form, 'PreWebhookUrl', webhook.preWebhookUrl);
  const filters = form.has('Filters') ? form.all('Filters') : webhook.filters;
  Object.assign(webhook, { method, postWebhookUrl, preWebhookUrl, filters });
}

function addressIn(form: Parameters, name: string, before: string | null): string | null {
  const given = form.get(name) ?? before;
  if (given === null || given === '') return null;
  if (!isWebUrl(given)) throw new TwilioError(400, 20001, `${name} must be a URL.`);
  return given;
}
