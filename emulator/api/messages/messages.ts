/**
 * The Message resource: https://www.twilio.com/docs/messaging/api/message-resource
 * Creating one answers at once; what becomes of it is the business of `deliveries.ts`, after the answer.
 */

import type { Clock } from '../../clock';
import type { Activity } from '../../server/activity';
import { PAGING_PARAMETERS, pageRequest, v2010Page } from '../../server/paging';
import type { Parameters } from '../../server/parameters';
import type { Call, Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { rfc2822Date } from '../../server/twilio-dates';
import { notFound, TwilioError } from '../../server/twilio-error';
import type { Settings, Wiring } from '../../settings';
import type { Deliveries } from '../../whatsapp/deliveries';
import type { OptOuts } from '../../whatsapp/opt-outs';
import type { ContentTemplates } from '../content/content-templates';
import type { MessagingServices } from '../messaging-services';
import { contentTypeOf } from './media-types';
import type { MessageLog, MessageRecord } from './message-log';
import { CREATE_PARAMETERS, type MessageRequest, parseMessageRequest } from './message-request';

const MAX_PAGE = 1000;
const IN_PROGRESS = ['accepted', 'queued', 'scheduled'];

export function newMessage(
  request: MessageRequest,
  direction: MessageRecord['direction'],
  now: number,
): MessageRecord {
  const scheduled = request.sendAt !== null;
  const status = scheduled ? 'scheduled' : request.messagingServiceSid !== null ? 'accepted' : 'queued';
  return {
    sid: newSid(request.mediaUrls.length > 0 ? 'MM' : 'SM'),
    direction,
    from: request.from,
    to: request.to,
    body: request.body,
    media: request.mediaUrls.map((url) => ({
      sid: newSid('ME'),
      url,
      contentType: contentTypeOf(url),
    })),
    contentSid: request.template?.sid ?? null,
    contentVariables: request.contentVariables,
    usedSampleValues: request.usedSampleValues,
    messagingServiceSid: request.messagingServiceSid,
    statusCallback: request.statusCallback,
    statusCallbackMethod: request.statusCallbackMethod ?? 'POST',
    validityPeriod: request.validityPeriod,
    sendAt: request.sendAt,
    createdAt: now,
    updatedAt: now,
    sentAt: null,
    status,
    errorCode: null,
    // `queued` is recorded when it is reported.
    statuses: status === 'queued' ? [] : [{ status, at: new Date(now).toISOString(), errorCode: null }],
    delivered: false,
    judgedAt: null,
    fault: null,
    unschedule: null,
  };
}

/** To the second. That of an inbound message is when Twilio called the webhook: at or after the moment it was written. */
function shownSentAt(message: MessageRecord, at: number): number {
  return (message.direction === 'inbound' ? Math.ceil(at / 1000) : Math.floor(at / 1000)) * 1000;
}

/**
 * `DateSent` is a day, `DateSent>` and `DateSent<` the midnight at which a day begins, inclusive: a time of day is documented
 * nowhere (https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources).
 */
function sentFilter(query: Parameters, byDay: boolean): (message: MessageRecord) => boolean {
  const moment = (name: string): number | null => {
    const given = query.get(name);
    if (given === undefined) return null;
    const text = byDay ? given.slice(0, 10) : given;
    const ms = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
    if (Number.isNaN(ms)) throw new TwilioError(400, 20001, `${name} is not a date: "${text}".`);
    return ms;
  };
  const day = query.get('DateSent')?.slice(0, 10);
  moment('DateSent');
  const after = moment('DateSent>');
  const before = moment('DateSent<');
  if (day === undefined && after === null && before === null) return () => true;
  return (message) => {
    if (message.sentAt === null) return false;
    const sent = shownSentAt(message, message.sentAt);
    return (
      (day === undefined || new Date(sent).toISOString().startsWith(day)) &&
      (after === null || sent >= Math.floor(after / 1000) * 1000) &&
      (before === null || sent <= before)
    );
  };
}

export function messageRoutes(
  settings: Settings,
  wiring: Wiring,
  clock: Clock,
  activity: Activity,
  messages: MessageLog,
  templates: ContentTemplates,
  deliveries: Deliveries,
  services: MessagingServices,
  optOuts: OptOuts,
): Route[] {
  const base = `/2010-04-01/Accounts/${settings.accountSid}/Messages`;

  /** Twilio does not keep the text of a template that went out through a Messaging Service. */
  const shownBody = (message: MessageRecord): string => {
    const hasNoText = message.contentSid !== null && message.messagingServiceSid !== null;
    return wiring.discardBodies || hasNoText ? '' : message.body;
  };

  /** Outbound messages name the account's service also where the request named a sender. */
  const shownService = (message: MessageRecord): string | null => {
    if (message.messagingServiceSid !== null || message.direction === 'inbound')
      return message.messagingServiceSid;
    return settings.messagingServiceSid === '' ? null : settings.messagingServiceSid;
  };

  const isListed = (message: MessageRecord): boolean =>
    clock.now() - message.createdAt >= wiring.logLagSeconds * 1000;

  const shown = (message: MessageRecord): Record<string, unknown> => ({
    body: shownBody(message),
    // 0 while no sender is chosen: https://www.twilio.com/docs/messaging/api/message-resource
    num_segments: message.status === 'scheduled' || message.status === 'accepted' ? '0' : '1',
    direction: message.direction,
    from: message.from,
    to: message.to,
    date_updated: rfc2822Date(message.updatedAt),
    price: null,
    error_message: null,
    uri: `${base}/${message.sid}.json`,
    account_sid: settings.accountSid,
    num_media: String(message.media.length),
    status: message.status,
    messaging_service_sid: shownService(message),
    sid: message.sid,
    date_sent: message.sentAt === null ? null : rfc2822Date(shownSentAt(message, message.sentAt)),
    date_created: rfc2822Date(message.createdAt),
    error_code: message.errorCode,
    price_unit: null,
    api_version: '2010-04-01',
    subresource_uris: { media: `${base}/${message.sid}/Media.json` },
  });

  const requireAccount = (call: Call): void => {
    if (call.at('AccountSid') !== settings.accountSid) {
      throw notFound(`/2010-04-01/Accounts/${call.at('AccountSid')}/Messages.json`);
    }
  };

  const found = (call: Call): MessageRecord => {
    requireAccount(call);
    const message = messages.get(call.at('Sid'));
    if (!message) throw notFound(`${base}/${call.at('Sid')}.json`);
    return message;
  };

  return [
    {
      service: 'api',
      method: 'POST',
      path: '/2010-04-01/Accounts/{AccountSid}/Messages.json',
      label: 'Messages',
      body: CREATE_PARAMETERS,
      takesMultipart: true,
      handle(call) {
        requireAccount(call);
        const request = parseMessageRequest(call.form, templates, services, wiring, clock.now());
        if (
          wiring.optOutRefusal === 'answer' &&
          request.sendAt === null &&
          optOuts.has(request.to, request.from ?? settings.sender)
        ) {
          throw new TwilioError(400, 21610, 'Attempt to send to unsubscribed recipient');
        }
        const message = newMessage(request, 'outbound-api', clock.now());
        messages.add(message);
        // Counted from now, so that nobody finds the emulator idle between the answer and the delivery.
        const end = activity.begin(`delivery of ${message.sid}`);
        return {
          status: 201,
          body: shown(message),
          after() {
            deliveries.begin(message);
            end();
          },
        };
      },
    },
    {
      service: 'api',
      method: 'GET',
      path: '/2010-04-01/Accounts/{AccountSid}/Messages.json',
      label: 'Messages',
      query: ['To', 'From', 'DateSent', 'DateSent<', 'DateSent>', ...PAGING_PARAMETERS],
      handle(call) {
        requireAccount(call);
        const request = pageRequest(call.query, MAX_PAGE);
        const wanted = sentFilter(call.query, wiring.dateSentByDay);
        const items: { token: string; value: unknown }[] = [];
        let reached = request.after === null;
        for (const message of messages.newest(call.query.get('From'), call.query.get('To'))) {
          if (!reached) {
            reached = message.sid === request.after;
            continue;
          }
          if (!isListed(message) || !wanted(message)) continue;
          items.push({ token: message.sid, value: shown(message) });
          if (items.length > request.size) break;
        }
        return { status: 200, body: v2010Page(`${base}.json`, 'messages', call.query, request, items) };
      },
    },
    {
      service: 'api',
      method: 'GET',
      path: '/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json',
      label: 'Messages/{sid}',
      handle: (call) => ({ status: 200, body: shown(found(call)) }),
    },
    {
      service: 'api',
      method: 'POST',
      path: '/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json',
      label: 'Messages/{sid}',
      body: ['Status', 'Body'],
      handle(call) {
        const message = found(call);
        const status = call.form.get('Status');
        const body = call.form.get('Body');
        // 30400: one of the two, and only these values. https://www.twilio.com/docs/api/errors/30400
        if (
          (status === undefined) === (body === undefined) ||
          (status ?? 'canceled') !== 'canceled' ||
          body
        ) {
          throw new TwilioError(
            400,
            30400,
            'Parameters are not valid: Status=canceled, or an empty Body to redact.',
          );
        }
        if (status !== undefined && !deliveries.cancel(message)) {
          // 30409: https://www.twilio.com/docs/api/errors/30409
          throw new TwilioError(409, 30409, `This message cannot be canceled: it is ${message.status}.`);
        }
        if (body === '') message.body = '';
        return { status: 200, body: shown(message) };
      },
    },
    {
      service: 'api',
      method: 'DELETE',
      path: '/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json',
      label: 'Messages/{sid}',
      handle(call) {
        const message = found(call);
        // 20009: https://www.twilio.com/docs/api/errors/20009
        if (IN_PROGRESS.includes(message.status)) {
          throw new TwilioError(409, 20009, 'Unable to delete: the message is not in a final state.');
        }
        messages.delete(message);
        return { status: 204 };
      },
    },
  ];
}
