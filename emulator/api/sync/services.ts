/**
 * Sync Services: https://www.twilio.com/docs/sync/api/service
 * A service is the room that documents, lists and maps live in; `default` is another name for the account's first.
 */
import type { Clock } from '../../clock';
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { Allowance } from '../../server/rate-limits';
import type { Route } from '../../server/router';
import { newSid } from '../../server/sids';
import { isoDate } from '../../server/twilio-dates';
import { TwilioError } from '../../server/twilio-error';
import { Documents } from './documents';
import { Lists } from './lists';
import { Maps } from './maps';

export interface SyncService {
  readonly sid: string;
  readonly uniqueName: string | null;
  readonly friendlyName: string;
  readonly createdAt: number;
  /** How many objects may still be created in it at once. */
  readonly creations: Allowance;
  readonly documents: Documents;
  readonly lists: Lists;
  readonly maps: Maps;
}

export class SyncServices {
  private readonly services = new Map<string, SyncService>();

  constructor(
    readonly clock: Clock,
    readonly accountSid: string,
    private readonly firstSid: string,
  ) {
    this.add(firstSid, 'default', 'Default Service');
  }

  add(sid: string, uniqueName: string | null, friendlyName: string): SyncService {
    const service: SyncService = {
      sid,
      uniqueName,
      friendlyName,
      createdAt: this.clock.now(),
      creations: {},
      documents: new Documents(),
      lists: new Lists(),
      maps: new Maps(),
    };
    this.services.set(sid, service);
    return service;
  }

  /** 54050: https://www.twilio.com/docs/api/errors/54050 */
  get(address: string): SyncService {
    const service = this.services.get(address === 'default' ? this.firstSid : address);
    if (service) return service;
    throw new TwilioError(404, 54050, `Service Instance not found: ${address}.`);
  }

  delete(service: SyncService): void {
    this.services.delete(service.sid);
  }

  all(): SyncService[] {
    return [...this.services.values()];
  }
}

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
