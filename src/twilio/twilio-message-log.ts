/** Twilio's message log as a witness. It reads only. */
import { parseMessageSid } from '../domain/twilio-sid';
import { spellings } from '../domain/whatsapp-address';
import type { LoggedMessage, MessageLog } from '../use-cases/message-log';
import { asFailure, isStatus, type TwilioSdk } from './client';

const SERVICE = "Twilio's message log";

export function twilioMessageLog(sdk: TwilioSdk): MessageLog {
  return {
    async newestInbound({ sender, user }, limit) {
      try {
        // The log knows a message only by the spelling it came with.
        const lists = await Promise.all(
          spellings(user).map((spelling) => sdk.messages.list({ from: spelling, to: sender, limit })),
        );
        const messages = lists.flat().flatMap(asLogged);
        return messages.sort((a, b) => b.at - a.at).slice(0, limit);
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },

    async newestOutbound({ sender, user }, limit) {
      try {
        return (await sdk.messages.list({ from: sender, to: user, limit })).flatMap(asLogged);
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },

    async find(messageSid) {
      try {
        return asLogged(await sdk.messages(messageSid).fetch())[0];
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw asFailure(error, SERVICE);
      }
    },
  };
}

/** Of a message's two times the earlier one is taken, so that a window never seems longer than it is. */
function asLogged(message: {
  sid: string;
  body: string;
  status: string;
  dateSent: unknown;
  dateCreated: unknown;
  errorCode: unknown;
}): readonly LoggedMessage[] {
  const times = [message.dateSent, message.dateCreated].flatMap((date) =>
    date instanceof Date && !Number.isNaN(date.getTime()) ? [date.getTime()] : [],
  );
  if (times.length === 0) return [];
  const messageSid = parseMessageSid(message.sid) ?? null;
  const errorCode = typeof message.errorCode === 'number' ? message.errorCode : null;
  return [
    { messageSid, at: Math.min(...times), body: message.body ?? '', status: message.status, errorCode },
  ];
}
