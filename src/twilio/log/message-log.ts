/** Twilio's message log as a witness. It reads only. */
import { parseMessageSid } from '../../domain/twilio-sid';
import { parseWhatsAppAddress, spellings } from '../../domain/whatsapp-address';
import type { LoggedMessage, MessageLog } from '../../use-cases/ports/message-log';
import { asFailure, type TwilioSdk } from '../client';

const SERVICE = "Twilio's message log";
/** As many messages to one person as a list of what is scheduled is looked for in: one page. */
const SCHEDULED_ROWS = 1000;

export function twilioMessageLog(sdk: TwilioSdk): MessageLog {
  /**
   * `sdk.messages` makes the SDK load all of Twilio's core API, which the first inbound message of a fresh container would
   * wait for (65 to 98 ms of CPU) though it needs no more than this.
   * @returns undefined where there is nothing of this address
   */
  const read = async (
    path: string,
    params?: object,
  ): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const { statusCode, body }: { readonly statusCode: number; readonly body: unknown } = await sdk.request({
      method: 'get',
      uri: `https://api.twilio.com/2010-04-01/Accounts/${sdk.accountSid}${path}`,
      ...(params && { params }),
    });
    if (statusCode === 404) return undefined;
    if (statusCode !== 200) throw asFailure({ status: statusCode }, SERVICE);
    const parsed: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    return { ...Object(parsed) };
  };

  return {
    async newestInbound({ sender, user }, limit) {
      try {
        // The log knows a message only by the spelling it came with.
        const lists = await Promise.all(
          spellings(user).map((spelling) =>
            read('/Messages.json', { From: spelling, To: sender, PageSize: limit }),
          ),
        );
        return newestFirst(lists.flatMap(messagesIn).map(parseMessage).flatMap(asLogged), limit);
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },

    async newestOutbound({ sender, user }, limit) {
      try {
        const lists = await Promise.all(
          spellings(user).map((spelling) => sdk.messages.list({ from: sender, to: spelling, limit })),
        );
        return newestFirst(lists.flat().flatMap(asLogged), limit);
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },

    async scheduled({ sender, user }) {
      try {
        const lists = await Promise.all(
          spellings(user).map((spelling) => sdk.messages.list({ to: spelling, limit: SCHEDULED_ROWS })),
        );
        // A scheduled message may name only its Messaging Service until it is sent.
        return lists
          .flat()
          .filter(({ status, from }) => status === 'scheduled' && (!from || from === sender))
          .flatMap(({ sid }) => parseMessageSid(sid) ?? []);
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },

    async find(messageSid) {
      try {
        const found = await read(`/Messages/${messageSid}.json`);
        if (found === undefined) return undefined;
        const message = parseMessage(found);
        const [logged] = asLogged(message);
        const [sender, user] = [parseWhatsAppAddress(message.from), parseWhatsAppAddress(message.to)];
        return logged && { ...logged, pair: sender && user ? { sender, user } : null };
      } catch (error) {
        throw asFailure(error, SERVICE);
      }
    },
  };
}

function newestFirst(messages: readonly LoggedMessage[], limit: number): readonly LoggedMessage[] {
  return [...messages].sort((a, b) => b.at - a.at).slice(0, limit);
}

/** A list is there also where nothing is in it: without one, the account is not. */
function messagesIn(page: Readonly<Record<string, unknown>> | undefined): readonly unknown[] {
  if (page === undefined) throw asFailure({ status: 404 }, SERVICE);
  return Array.isArray(page.messages) ? page.messages : [];
}

/** A message as the API writes it; its dates are RFC 2822 (https://www.twilio.com/docs/messaging/api/message-resource). */
function parseMessage(found: unknown): SdkMessage & { readonly from: string; readonly to: string } {
  const message: Readonly<Record<string, unknown>> = Object(found);
  const text = (name: string) => (typeof message[name] === 'string' ? message[name] : '');
  return {
    sid: text('sid'),
    from: text('from'),
    to: text('to'),
    body: text('body'),
    numMedia: text('num_media'),
    status: text('status'),
    dateSent: new Date(text('date_sent')),
    dateCreated: new Date(text('date_created')),
    errorCode: message.error_code,
  };
}

interface SdkMessage {
  readonly sid: string;
  readonly body: string;
  readonly numMedia: string;
  readonly status: string;
  readonly dateSent: unknown;
  readonly dateCreated: unknown;
  readonly errorCode: unknown;
}

/**
 * When a message came or went, in milliseconds since the epoch: the earlier of the two times that the log has, so that a
 * window never seems longer than it is. `date_sent` of an inbound message is when Twilio called the webhook, at or after
 * its arrival.
 * @returns null where the log has neither
 */
export function loggedTime({
  dateSent,
  dateCreated,
}: Pick<SdkMessage, 'dateSent' | 'dateCreated'>): number | null {
  const times = [dateSent, dateCreated].flatMap((date) =>
    date instanceof Date && !Number.isNaN(date.getTime()) ? [date.getTime()] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}

/** When a message came, or left: an outbound one counts from when it was sent, also where it was scheduled long before. */
export function cameOrLeftAt(
  message: Pick<SdkMessage, 'dateSent' | 'dateCreated'> & { readonly direction: string },
): number | null {
  const { direction, dateSent } = message;
  const wasSent = dateSent instanceof Date && !Number.isNaN(dateSent.getTime());
  return direction !== 'inbound' && wasSent ? dateSent.getTime() : loggedTime(message);
}

function asLogged(message: SdkMessage): readonly LoggedMessage[] {
  const at = loggedTime(message);
  if (at === null) return [];
  const messageSid = parseMessageSid(message.sid) ?? null;
  const errorCode = typeof message.errorCode === 'number' ? message.errorCode : null;
  const mediaCount = Number(message.numMedia) || 0;
  return [{ messageSid, at, body: message.body ?? '', mediaCount, status: message.status, errorCode }];
}
