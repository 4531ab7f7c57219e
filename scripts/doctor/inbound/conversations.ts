/**
 * Whether Twilio Conversations, by which Flex works, takes what comes in for the sender: then no message webhook comes, and
 * the webhook of Conversations has to lead here instead.
 */
import {
  conversationsPlace,
  conversationsUrl,
  conversationsWebhook,
  reportsMessages,
  takingService,
} from '../../account/conversations-webhook';
import { broken, type Check, ok, warning } from '../check';

export const conversations: Check = {
  name: 'Conversations',
  why: 'What Conversations or Flex take comes by no message webhook: no window would open.',
  async look(account) {
    const sdk = account.sdk();
    const sender = account.sender();
    const serviceSid = await takingService(sdk, sender);
    if (serviceSid === undefined) return ok('They do not take the messages of this sender.');
    const place = await conversationsPlace(sdk, serviceSid);
    const { url, method, filters } = await conversationsWebhook(sdk, place);
    const wanted = conversationsUrl(account.functionsUrl());
    const fix = account.run('setup', '--conversations');
    const found = `They take the messages of this sender, and the webhook of ${place.name}`;
    if (url === null) return broken(`${found} is not set.`, fix);
    if (url.split('#')[0] !== wanted) {
      return broken(
        `${found} leads to ${withoutQuery(url)}.`,
        `${fix} sets it; or keep it, and let that program tell /contact of each message.`,
      );
    }
    if (method !== null && method !== 'POST') {
      return broken(`${found} is called by ${method}, and the function takes POST only.`, fix);
    }
    if (!reportsMessages({ url, method, filters })) {
      return broken(`${found} does not report onMessageAdded.`, fix);
    }
    if (account.env.FORWARD_URL?.trim()) {
      return warning(
        `${found} leads here, but FORWARD_URL hears of none of them.`,
        'Let the other program listen to Conversations as well: FORWARD_URL gets what a message webhook brings, nothing else.',
      );
    }
    return ok(`${found} leads here.`);
  },
};

/** A query may hold a secret. */
const withoutQuery = (url: string) => url.split(/[?#]/)[0] ?? '';
