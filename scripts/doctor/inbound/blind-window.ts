/**
 * Whether Sync knows what Twilio's message log knows: an inbound message of the last day that Sync has not heard of
 * shows that the webhook is not connected, whatever its settings say.
 */
import { WINDOW_MS } from '../../../src/domain/customer-service-window';
import { parseWhatsAppAddress, type WhatsAppAddress } from '../../../src/domain/whatsapp-address';
import { loggedTime } from '../../../src/twilio/log/message-log';
import type { ContactRecord, ContactStore } from '../../../src/use-cases/ports/contact-store';
import { peopleIn } from '../../account/people';
import { broken, type Check, type CheckedAccount, notChecked, ok, warning } from '../check';

/** People whose record is compared, those who wrote last. */
const MAX_PEOPLE = 50;
/** People who are looked for in Conversations. */
const MAX_IN_CONVERSATIONS = 3;
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
    const unknown = new Map<WhatsAppAddress, number>();
    for (const [user, writtenAt] of compared) {
      if (!(await isKnown(store, { sender: account.sender(), user }, writtenAt)))
        unknown.set(user, writtenAt);
    }
    const count = `${compared.length} ${compared.length === 1 ? 'person who' : 'people who'} wrote in the last 24 hours`;
    if (unknown.size === 0) return ok(`Sync knows the newest message of ${count}.`);
    const newest = new Date(Math.max(...unknown.values())).toISOString();
    const found = `Of ${count}, Sync does not know the newest message of ${unknown.size}, such as one of ${newest}`;
    const backfill = `${account.run('backfill')} records what was missed.`;
    if (await areInConversations(account, [...unknown.keys()])) {
      const judge = unknown.size === compared.length ? broken : warning;
      return judge(
        `${found}: these people are in a conversation of Twilio Conversations, which takes their messages.`,
        `${account.run('setup', '--conversations')} connects its webhook. ${backfill}`,
      );
    }
    if (unknown.size === compared.length) {
      return broken(
        `${found}: the webhook is evidently not connected.`,
        `${account.run('setup')} shows and sets it. ${backfill}`,
      );
    }
    return warning(
      `${found}: single webhooks were lost, or the webhook is connected only since then.`,
      backfill,
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
  for (const message of await account.inboundOfTheDay()) {
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

/** Whoever is in an active conversation with the sender is heard there and nowhere else. */
async function areInConversations(
  account: CheckedAccount,
  users: readonly WhatsAppAddress[],
): Promise<boolean> {
  for (const address of users.slice(0, MAX_IN_CONVERSATIONS)) {
    const found = await account
      .sdk()
      .conversations.v1.participantConversations.list({ address, limit: 50, pageSize: 50 });
    const isIn = found.some(
      ({ conversationState, participantMessagingBinding }) =>
        conversationState !== 'closed' && participantMessagingBinding?.proxy_address === account.sender(),
    );
    if (isIn) return true;
  }
  return false;
}

/** What was looked up in the log by a send is no sign of the webhook: only that brings a name along. */
function wasHeard({ facts, profileName, externalUserId }: ContactRecord): boolean {
  return facts.source !== 'message-log' || profileName !== null || externalUserId !== null;
}
