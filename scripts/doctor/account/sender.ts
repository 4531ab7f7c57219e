/** Whether the sender belongs to the account and is online. */
import { findSender, isSandbox } from '../../account/inbound-webhook';
import { broken, type Check, notChecked, ok } from '../check';

export const sender: Check = {
  name: 'sender',
  why: 'From a sender that is not online, nothing is sent and nothing arrives.',
  async look(account) {
    const sdk = account.sdk();
    const address = account.sender();
    if (isSandbox(address)) {
      return notChecked(
        'It is the Sandbox, which is Twilio’s own. Each user has to join it anew after three days.',
      );
    }
    const found = await findSender(sdk, address);
    if (!found) {
      return broken(
        'This account has no WhatsApp sender like WHATSAPP_SENDER.',
        'Correct it, or register the number in the Console at Messaging > Senders > WhatsApp senders.',
      );
    }
    if (found.status.startsWith('ONLINE')) return ok(`It is ${found.status}.`);
    const reasons = found.offlineReasons.length > 0 ? `: ${found.offlineReasons.join('; ')}` : '';
    return broken(
      `It is ${found.status}${reasons}.`,
      'See the sender in the Console at Messaging > Senders > WhatsApp senders.',
    );
  },
};
