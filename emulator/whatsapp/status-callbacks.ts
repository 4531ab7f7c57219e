/**
 * What a status callback carries beside the course of its delivery, and how it is posted. It must not decide when one is
 * due; `deliveries.ts` does. https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 */
import type { MessageLog } from '../api/messages/message-log';
import type { Amendment } from './webhooks';

export function statusCallbackAmendment(messages: MessageLog): Amendment {
  return (post) => {
    const message = messages.get(post.params.MessageSid ?? '');
    return message ? { ...post, method: message.statusCallbackMethod } : post;
  };
}
