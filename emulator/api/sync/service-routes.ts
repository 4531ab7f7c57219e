/** The Service resource of Sync: https://www.twilio.com/docs/sync/api/service */
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { isoDate } from '../../server/twilio-dates';
import type { SyncService, SyncServices } from './services';

export function serviceRoutes(services: SyncServices): Route[] {
  const shown = (service: SyncService): Record<string, unknown> => {
    const url = `https://sync.twilio.com/v1/Services/${service.sid}`;
    return {
      sid: service.sid,
      unique_name: service.uniqueName,
      account_sid: services.accountSid,
      friendly_name: service.friendlyName,
      date_created: isoDate(service.createdAt),
      date_updated: isoDate(service.createdAt),
      url,
      webhook_url: null,
      webhooks_from_rest_enabled: false,
      reachability_webhooks_enabled: false,
      acl_enabled: false,
      reachability_debouncing_enabled: false,
      reachability_debouncing_window: 5000,
      links: {
        documents: `${url}/Documents`,
        lists: `${url}/Lists`,
        maps: `${url}/Maps`,
        streams: `${url}/Streams`,
      },
    };
  };

  return [
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{Sid}',
      label: 'Services/{sid}',
      handle: (call) => ({ status: 200, body: shown(services.get(call.at('Sid'))) }),
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: '/v1/Services/{Sid}',
      label: 'Services/{sid}',
      handle(call) {
        services.delete(services.get(call.at('Sid')));
        return { status: 204 };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services',
      label: 'Services',
      query: PAGING_PARAMETERS,
      handle(call) {
        const request = pageRequest(call.query, 100);
        const all = services.all();
        const from =
          request.after === null ? 0 : all.findIndex((service) => service.sid === request.after) + 1;
        const items = all
          .slice(from, from + request.size + 1)
          .map((service) => ({ token: service.sid, value: shown(service) }));
        return {
          status: 200,
          body: v1Page('https://sync.twilio.com/v1/Services', 'services', call.query, request, items),
        };
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services',
      label: 'Services',
      // The other parameters of the real resource switch on webhooks and access control, which are not imitated.
      body: ['FriendlyName'],
      handle(call) {
        const service = services.add(newSid('IS'), null, call.form.get('FriendlyName') ?? '');
        return { status: 201, body: shown(service) };
      },
    },
  ];
}
