/**
 * The list of a message's media: https://www.twilio.com/docs/messaging/api/media-resource
 * It lists; it must not serve the files, which stay where their URLs point.
 */

import { PAGING_PARAMETERS, pageRequest, v2010Page } from '../../server/paging';
import type { Route } from '../../server/router';
import { rfc2822Date } from '../../server/twilio-dates';
import { notFound } from '../../server/twilio-error';
import type { Settings } from '../../settings';
import type { MessageLog } from './message-log';

export function mediaRoutes(settings: Settings, messages: MessageLog): Route[] {
  return [
    {
      service: 'api',
      method: 'GET',
      path: '/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}/Media.json',
      label: 'Messages/{sid}/Media',
      query: PAGING_PARAMETERS,
      handle(call) {
        const uri = `/2010-04-01/Accounts/${settings.accountSid}/Messages/${call.at('Sid')}/Media`;
        const message = messages.get(call.at('Sid'));
        if (!message || call.at('AccountSid') !== settings.accountSid) throw notFound(`${uri}.json`);
        const request = pageRequest(call.query, 1000);
        const from = message.media.findIndex((media) => media.sid === request.after) + 1;
        const items = message.media.slice(from, from + request.size + 1).map((media) => ({
          token: media.sid,
          value: {
            account_sid: settings.accountSid,
            content_type: media.contentType,
            date_created: rfc2822Date(message.createdAt),
            date_updated: rfc2822Date(message.createdAt),
            parent_sid: message.sid,
            sid: media.sid,
            uri: `${uri}/${media.sid}.json`,
          },
        }));
        return { status: 200, body: v2010Page(`${uri}.json`, 'media_list', call.query, request, items) };
      },
    },
  ];
}
