/**
 * The account's post-event webhook of Twilio Conversations, by which Flex works as well: one address for all events
 * (https://www.twilio.com/docs/conversations/api/conversation-webhook-resource).
 */
import type { TwilioSdk } from './account';
import type { FormerConversations } from './former-webhooks';

export const MESSAGE_ADDED = 'onMessageAdded';

/** @param baseUrl where the functions are, such as `https://xyz.twil.io` */
export const conversationsUrl = (baseUrl: string) => `${baseUrl}/conversations/message-added`;

export async function conversationsWebhook(sdk: TwilioSdk): Promise<FormerConversations> {
  const { postWebhookUrl, method, filters } = await sdk.conversations.v1.configuration.webhooks().fetch();
  return { url: postWebhookUrl || null, method: method ?? null, filters: filters ?? [] };
}

/** No filter at all is every event. */
export function reportsMessages({ filters }: FormerConversations): boolean {
  return filters.length === 0 || filters.includes(MESSAGE_ADDED);
}

/** Events that are reported already stay so: the address is the same for all. */
export function wantedConversations(current: FormerConversations, baseUrl: string): FormerConversations {
  const filters =
    reportsMessages(current) && current.url !== null
      ? current.filters
      : [...new Set([...current.filters, MESSAGE_ADDED])];
  return { url: conversationsUrl(baseUrl), method: 'POST', filters };
}

export async function setConversationsWebhook(sdk: TwilioSdk, wanted: FormerConversations): Promise<void> {
  await sdk.conversations.v1.configuration.webhooks().update({
    // An empty address takes the webhook away.
    postWebhookUrl: wanted.url ?? '',
    method: wanted.method ?? 'POST',
    ...(wanted.filters.length > 0 && { filters: wanted.filters }),
  });
}
