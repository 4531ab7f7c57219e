/**
 * What a status callback carries beside the course of its delivery, and how it is posted. It must not decide when one is
 * due; `deliveries.ts` does. https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 */
import type { MessageLog } from '../api/messages/message-log';
import type { Wiring } from '../settings';
import type { Amendment } from './webhooks';
import type { WhatsApp } from './whatsapp';

export function statusCallbackAmendment(
  messages: MessageLog,
  whatsapp: WhatsApp,
  wiring: Pick<Wiring, 'userIdParameter'>,
): Amendment {
  return (post) => {
    const message = messages.get(post.params.MessageSid ?? '');
    if (!message) return post;
    const userId = whatsapp.userIdOf(message.to);
    const known = userId === null ? {} : { [wiring.userIdParameter]: userId };
    return { ...post, method: message.statusCallbackMethod, params: { ...post.params, ...known } };
  };
}
