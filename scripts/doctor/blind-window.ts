/**
 * Whether Sync knows what Twilio's message log knows: an inbound message of the last day that Sync has not heard of
 * shows that the webhook is not connected, whatever its settings say.
 */
import { WINDOW_MS } from '../../src/domain/customer-service-window';
import { parseWhatsAppAddress, type WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { loggedTime } from '../../src/twilio/log/message-log';
import type { ContactRecord, ContactStore } from '../../src/use-cases/ports/contact-store';
import { peopleIn } from '../account/people';
import { broken, type Check, type CheckedAccount, notChecked, ok, warning } from './check';

/** Messages of the log that are looked through, newest first. */
const MAX_MESSAGES = 1000;
/** People whose record is compared, those who wrote last. */
const MAX_PEOPLE = 50;
/** A webhook may be on its way, and be repeated, for this long. */
const UNDER_WAY_MS = 60_000;

export const blindWindow: Check = {
  name: 'inbound messages arrive',
  why: 'A webhook can look right and still not be called, as where Conversations or Flex take the messages.',
  async look(account) {
    const now = account.io.now();
    const { people, underWay } = await whoWrote(account, now);
    if (people.size === 0 && underWay > 0) {
      return notChecked(
        'Somebody wrote less than a minute ago, and the webhook may still be on its way.',
        'Look again in a minute.',
      );
    }
    if (people.size === 0) {
      return notChecked(
        'Nobody wrote in the last 24 hours.',
        'Send a WhatsApp message to the sender, then look again.',
      );
    }
    const { windows: store } = peopleIn(account.sdk(), account.syncServiceSid(), now);
    const compared = [...people].slice(0, MAX_PEOPLE);
    const unknown: number[] = [];
    for (const [user, writtenAt] of compared) {
      if (!(await isKnown(store, { sender: account.sender(), user }, writtenAt))) unknown.push(writtenAt);
    }
    const count = `${compared.length} ${compared.length === 1 ? 'person who' : 'people who'} wrote in the last 24 hours`;
    if (unknown.length === 0) return ok(`Sync knows the newest message of ${count}.`);
    const newest = new Date(Math.max(...unknown)).toISOString();
    const found = `Of ${count}, Sync does not know the newest message of ${unknown.length}, such as one of ${newest}`;
    if (unknown.length === compared.length) {
      return broken(
        `${found}: the webhook is evidently not connected.`,
        'npm run setup shows and sets it; look also whether Conversations or Flex take the messages. npm run backfill makes up for what was missed.',
      );
    }
    return warning(
      `${found}: single webhooks were lost, or the webhook is connected only since then.`,
      'npm run backfill makes up for what was missed.',
    );
  },
};

interface Writers {
  /** When each user wrote last (milliseconds), those who wrote last first. */
  readonly people: ReadonlyMap<WhatsAppAddress, number>;
  /** How many messages are too young to be judged. */
  readonly underWay: number;
}

/** The users who wrote in the last 24 hours. */
async function whoWrote(account: CheckedAccount, now: number): Promise<Writers> {
  const people = new Map<WhatsAppAddress, number>();
  let underWay = 0;
  const messages = await account.sdk().messages.list({
    to: account.sender(),
    dateSentAfter: new Date(now - WINDOW_MS),
    limit: MAX_MESSAGES,
    pageSize: MAX_MESSAGES,
  });
  for (const message of messages) {
    const user = parseWhatsAppAddress(message.from);
    const at = loggedTime(message);
    // Twilio filters by day; the exact time is compared here.
    if (message.direction !== 'inbound' || !user || at === null || at < now - WINDOW_MS) continue;
    if (at > now - UNDER_WAY_MS) underWay += 1;
    else people.set(user, Math.max(at, people.get(user) ?? at));
  }
  return { people, underWay };
}

async function isKnown(
  store: ContactStore,
  pair: { readonly sender: WhatsAppAddress; readonly user: WhatsAppAddress },
  writtenAt: number,
): Promise<boolean> {
  const record = await store.read(pair);
  if (!record || !wasHeard(record)) return false;
  return (record.facts.lastInboundAt ?? 0) >= writtenAt - UNDER_WAY_MS;
}

/** What was looked up in the log by a send is no sign of the webhook: only that brings a name along. */
function wasHeard({ facts, profileName, externalUserId }: ContactRecord): boolean {
  return facts.source !== 'message-log' || profileName !== null || externalUserId !== null;
}
