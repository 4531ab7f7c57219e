/** What is to be done about the webhook of Twilio Conversations. It only looks. */
import type { TwilioSdk } from '../account/account';
import {
  type ConversationsPlace,
  conversationsPlace,
  conversationsWebhook,
  takingService,
  wantedConversations,
} from '../account/conversations-webhook';
import type { FormerConversations } from '../account/former-webhooks';

export interface ConversationsPlan {
  readonly place: ConversationsPlace;
  readonly current: FormerConversations;
  readonly wanted: FormerConversations;
  readonly isRight: boolean;
  /** It leads to another address than to functions of this project. */
  readonly isSomebodyElses: boolean;
}

/** @param baseUrl where the functions are, such as `https://xyz.twil.io` */
export async function planConversations(
  sdk: TwilioSdk,
  baseUrl: string,
  sender: string,
): Promise<ConversationsPlan> {
  const place = await conversationsPlace(sdk, await takingService(sdk, sender));
  const current = await conversationsWebhook(sdk, place);
  const wanted = wantedConversations(current, baseUrl);
  return {
    place,
    current,
    wanted,
    isRight:
      current.url === wanted.url &&
      current.method === wanted.method &&
      wanted.filters.every((event) => current.filters.includes(event)),
    isSomebodyElses: current.url !== null && !current.url.endsWith('/conversations/message-added'),
  };
}
