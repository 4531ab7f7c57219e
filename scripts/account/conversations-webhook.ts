/**
 * The post-event webhook of Twilio Conversations, by which Flex works as well: one address for all events of the account
 * (https://www.twilio.com/docs/conversations/api/conversation-webhook-resource), unless a conversation service has webhooks
 * of its own: then only those are called (https://www.twilio.com/docs/conversations/api/per-service-webhook-resource).
 */
import { z } from 'zod';
import type { TwilioSdk } from './account';
import type { FormerConversations } from './former-webhooks';

export const MESSAGE_ADDED = 'onMessageAdded';

/** The one place whose webhook counts. */
export interface ConversationsPlace {
  /** The conversation service with webhooks of its own; null for the account. */
  readonly serviceSid: string | null;
  /** For a sentence. */
  readonly name: string;
}

export const ACCOUNT_PLACE: ConversationsPlace = { serviceSid: null, name: 'Conversations' };

export function servicePlace(serviceSid: string): ConversationsPlace {
  return { serviceSid, name: `the conversation service ${serviceSid}` };
}

/** What `auto_creation` of an address holds: https://www.twilio.com/docs/conversations/api/address-configuration-resource */
const AUTO_CREATION = z.object({
  enabled: z.boolean().nullish(),
  conversation_service_sid: z.string().nullish(),
});

/** @param baseUrl where the functions are, such as `https://xyz.twil.io` */
export const conversationsUrl = (baseUrl: string) => `${baseUrl}/conversations/message-added`;

/**
 * Whether Conversations takes what comes in for this sender, so that no message webhook comes.
 * @returns the service that its conversations are made in, null for the account's default one, and undefined where
 * Conversations does not take it
 */
export async function takingService(sdk: TwilioSdk, sender: string): Promise<string | null | undefined> {
  const addresses = await sdk.conversations.v1.addressConfigurations.list({ type: 'whatsapp', pageSize: 50 });
  const found = addresses.find(({ address }) => address === sender);
  const creation = AUTO_CREATION.safeParse(found?.autoCreation);
  if (!creation.success || creation.data.enabled !== true) return undefined;
  return creation.data.conversation_service_sid ?? null;
}

/** @param serviceSid of the service that the conversations are made in; null for the default one */
export async function conversationsPlace(
  sdk: TwilioSdk,
  serviceSid: string | null | undefined,
): Promise<ConversationsPlace> {
  if (!serviceSid) return ACCOUNT_PLACE;
  const own = await sdk.conversations.v1.services(serviceSid).configuration.webhooks().fetch();
  return own.postWebhookUrl || own.preWebhookUrl ? servicePlace(serviceSid) : ACCOUNT_PLACE;
}

export async function conversationsWebhook(
  sdk: TwilioSdk,
  { serviceSid }: Pick<ConversationsPlace, 'serviceSid'>,
): Promise<FormerConversations> {
  const { v1 } = sdk.conversations;
  const { postWebhookUrl, method, filters } = await (serviceSid === null
    ? v1.configuration.webhooks().fetch()
    : v1.services(serviceSid).configuration.webhooks().fetch());
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

export async function setConversationsWebhook(
  sdk: TwilioSdk,
  { serviceSid }: Pick<ConversationsPlace, 'serviceSid'>,
  wanted: FormerConversations,
): Promise<void> {
  const { v1 } = sdk.conversations;
  const parameters = {
    // An empty address takes the webhook away.
    postWebhookUrl: wanted.url ?? '',
    method: wanted.method ?? 'POST',
    ...(wanted.filters.length > 0 && { filters: wanted.filters }),
  };
  if (serviceSid === null) await v1.configuration.webhooks().update(parameters);
  else await v1.services(serviceSid).configuration.webhooks().update(parameters);
}
