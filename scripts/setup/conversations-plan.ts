/** What is to be done about the webhook of Twilio Conversations. It only looks. */
import type { TwilioSdk } from '../account/account';
import { conversationsWebhook, wantedConversations } from '../account/conversations-webhook';
import type { FormerConversations } from '../account/former-webhooks';

export interface ConversationsPlan {
  readonly current: FormerConversations;
  readonly wanted: FormerConversations;
  readonly isRight: boolean;
  /** It leads to another address than to functions of this project. */
  readonly isSomebodyElses: boolean;
}

/** @param baseUrl where the functions are, such as `https://xyz.twil.io` */
export async function planConversations(sdk: TwilioSdk, baseUrl: string): Promise<ConversationsPlan> {
  const current = await conversationsWebhook(sdk);
  const wanted = wantedConversations(current, baseUrl);
  return {
    current,
    wanted,
    isRight:
      current.url === wanted.url &&
      current.method === wanted.method &&
      wanted.filters.every((event) => current.filters.includes(event)),
    isSomebodyElses: current.url !== null && !current.url.endsWith('/conversations/message-added'),
  };
}
