/** What Twilio's message log has of one person, whichever sender it was with. It reads only. */
import { parseMessageSid } from '../../domain/twilio-sid';
import { parseWhatsAppAddress } from '../../domain/whatsapp-address';
import type { PersonLog, PersonMessage } from '../../use-cases/ports/person-log';
import type { Direction } from '../../use-cases/ports/thread-log';
import { asFailure, type TwilioSdk } from '../client';
import { loggedTime } from './message-log';

type LoggedMessage = Awaited<ReturnType<TwilioSdk['messages']['list']>>[number];

/** Of each direction. */
const NEWEST = 200;

export function twilioPersonLog(sdk: TwilioSdk): PersonLog {
  return {
    async newest(user) {
      try {
        const [inbound, outbound] = await Promise.all([
          sdk.messages.list({ from: user, limit: NEWEST, pageSize: NEWEST }),
          sdk.messages.list({ to: user, limit: NEWEST, pageSize: NEWEST }),
        ]);
        const messages = [
          ...inbound.flatMap((message) => asPersonMessage(message, 'inbound', message.to)),
          ...outbound.flatMap((message) => asPersonMessage(message, 'outbound', message.from)),
        ];
        return {
          messages: messages.sort((a, b) => b.at - a.at),
          hasMore: inbound.length === NEWEST || outbound.length === NEWEST,
        };
      } catch (error) {
        throw asFailure(error, "Twilio's message log");
      }
    },
  };
}

function asPersonMessage(
  message: LoggedMessage,
  direction: Direction,
  sender: unknown,
): readonly PersonMessage[] {
  const sid = parseMessageSid(message.sid);
  const at = loggedTime(message);
  const address = typeof sender === 'string' ? parseWhatsAppAddress(sender) : undefined;
  return sid && at !== null && address
    ? [{ sid, direction, sender: address, at, body: message.body ?? '' }]
    : [];
}
