/**
 * What a control request says a user wrote into a conversation. On WhatsApp it is an inbound message like any other, save
 * that no message webhook comes: it opens the window, and is in the message log. An SMS does neither.
 */
import type { Account } from '../account';
import type { ConversationResult } from '../whatsapp/conversation-events';
import type { Fields } from './fields';
import { inboundFrom } from './inbound';

const SMS_ADDRESS = /^\+\d{7,15}$/;

export async function writeIntoConversation(body: Fields, account: Account): Promise<ConversationResult> {
  const channel = body.oneOf('channel', ['whatsapp', 'sms']) ?? 'whatsapp';
  if (channel === 'sms') {
    const from = body.requiredText('from');
    const to = body.text('to') ?? '+14155238886';
    for (const [name, value] of Object.entries({ from, to })) {
      if (!SMS_ADDRESS.test(value)) throw body.wrong(name, 'must be +… for an SMS');
    }
    const sms = { body: body.text('body') ?? 'Hello', deliver: body.boolean('deliver') ?? true };
    body.done();
    return account.conversationEvents.receive({ type: 'sms', address: from, proxyAddress: to, ...sms });
  }
  const message = inboundFrom(body, account.wiring);
  await account.inbound.receive({ ...message, deliver: false });
  return account.conversationEvents.receive({
    type: 'whatsapp',
    address: message.from,
    proxyAddress: message.to,
    body: message.body,
    deliver: message.deliver,
    ...account.conversationEvents.takes(message.from, message.to),
  });
}
