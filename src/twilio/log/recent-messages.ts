/** The account's newest messages in Twilio's log, both directions at once. It reads only. */
import { type Pair, parseWhatsAppAddress } from '../../domain/whatsapp-address';
import type { RecentMessage, RecentMessageLog } from '../../use-cases/ports/recent-messages';
import { asFailure, isStatus, type TwilioSdk } from '../client';
import { cursorOf, invalidCursor, positionOf } from '../page-cursor';
import { cameOrLeftAt } from './message-log';
import { asThreadMessage } from './thread-log';

type LoggedMessage = Awaited<ReturnType<TwilioSdk['messages']['list']>>[number];

const PAGE = 500;
/** Whoever asks for more than some thousand messages is better served by reading all windows. */
const MAX_PAGES = 5;
const LOG = "Twilio's message log";

export function twilioRecentMessages(sdk: TwilioSdk): RecentMessageLog {
  return {
    async since(time, hasTime) {
      const from = Math.floor(time / 1000) * 1000;
      const messages: RecentMessage[] = [];
      let position: string | null = null;
      try {
        for (let pages = 1; ; pages += 1) {
          const page = await sdk.messages.page({
            dateSentAfter: new Date(from),
            pageSize: PAGE,
            ...positionOf(position),
          });
          // `DateSent` is documented to filter by day (https://www.twilio.com/docs/messaging/api/message-resource): the time
          // is compared again.
          const recent = page.instances.filter((message) => (cameOrLeftAt(message) ?? 0) >= from);
          messages.push(...recent.flatMap(asRecentMessage));
          const oldest = page.instances.at(-1);
          if (!page.nextPageUrl || !oldest || (cameOrLeftAt(oldest) ?? 0) < from)
            return { messages, isComplete: true };
          if (pages === MAX_PAGES || !hasTime()) return { messages, isComplete: false };
          position = cursorOf(page.nextPageUrl);
        }
      } catch (error) {
        throw asFailure(error, LOG);
      }
    },

    async page(limit, position) {
      try {
        const page = await sdk.messages.page({ pageSize: limit, ...positionOf(position) });
        return {
          messages: page.instances.flatMap(asRecentMessage),
          next: page.nextPageUrl ? cursorOf(page.nextPageUrl) : null,
        };
      } catch (error) {
        if (isStatus(error, 400) && position !== null) throw invalidCursor();
        throw asFailure(error, LOG);
      }
    },
  };
}

/** None for a message of another channel. */
function asRecentMessage(message: LoggedMessage): readonly RecentMessage[] {
  const { direction, from, to } = message;
  const [ours, theirs] = direction === 'inbound' ? [to, from] : [from, to];
  const sender = whatsAppAddress(ours);
  const user = whatsAppAddress(theirs);
  if (!sender || !user) return [];
  return asThreadMessage(message).map((read) => ({ ...read, pair: { sender, user } }));
}

/** A bare number in the log is one of another channel. */
function whatsAppAddress(text: unknown): Pair['user'] | undefined {
  return typeof text === 'string' && text.startsWith('whatsapp:') ? parseWhatsAppAddress(text) : undefined;
}
