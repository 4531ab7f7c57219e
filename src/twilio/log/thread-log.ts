/** A conversation as Twilio's message log has it (https://www.twilio.com/docs/messaging/api/message-resource). It reads only. */
import { MAX_MEDIA } from '../../domain/outbound-message';
import { parseMessageSid } from '../../domain/twilio-sid';
import {
  LOG_PAGE,
  type ThreadLog,
  type ThreadMedia,
  type ThreadMessage,
} from '../../use-cases/ports/thread-log';
import { asFailure, isStatus, type TwilioSdk } from '../client';
import { cursorOf, invalidCursor, positionOf } from '../page-cursor';
import { cameOrLeftAt } from './message-log';

type LoggedMessage = Awaited<ReturnType<TwilioSdk['messages']['list']>>[number];

export function twilioThreadLog(sdk: TwilioSdk): ThreadLog {
  return {
    async page(direction, { sender, user }, position) {
      try {
        const page = await sdk.messages.page({
          ...(direction === 'inbound' ? { from: user, to: sender } : { from: sender, to: user }),
          pageSize: LOG_PAGE,
          ...positionOf(position),
        });
        return {
          messages: page.instances.flatMap(asThreadMessage),
          next: page.nextPageUrl ? cursorOf(page.nextPageUrl) : null,
        };
      } catch (error) {
        if (isStatus(error, 400) && position !== null) throw invalidCursor();
        throw asFailure(error, "Twilio's message log");
      }
    },
  };
}

/** https://www.twilio.com/docs/messaging/api/media-resource */
export function twilioThreadMedia(sdk: TwilioSdk): ThreadMedia {
  return {
    async of(sid) {
      try {
        const { instances } = await sdk.messages(sid).media.page({ pageSize: MAX_MEDIA });
        return instances.map((media) => ({ sid: media.sid, contentType: media.contentType }));
      } catch (error) {
        throw asFailure(error, "Twilio's message log");
      }
    },
  };
}

/** None for a resource that is no message of ours. */
export function asThreadMessage(message: LoggedMessage): readonly ThreadMessage[] {
  const sid = parseMessageSid(message.sid);
  const direction = message.direction === 'inbound' ? 'inbound' : 'outbound';
  const at = cameOrLeftAt(message);
  if (!sid || at === null) return [];
  const body = message.body ?? '';
  const mediaCount = Number(message.numMedia) || 0;
  return [
    {
      sid,
      direction,
      at,
      body: body === '' && mediaCount === 0 ? null : body,
      mediaCount,
      status: message.status,
      errorCode: typeof message.errorCode === 'number' ? message.errorCode : null,
    },
  ];
}
