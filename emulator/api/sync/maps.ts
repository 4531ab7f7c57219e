/**
 * Sync Maps and their items: https://www.twilio.com/docs/sync/api/map-resource
 * Items are found by key and listed in order of the key. All of a Map's items share the Map's one rate limit.
 */
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { RateLimits } from '../../server/rate-limits';
import type { Answer, Call, Route } from '../../server/router';
import { TwilioError } from '../../server/twilio-error';
import { ITEM_QUERY, Items, itemRange, SyncItem } from './items';
import { NamedObjects } from './named-objects';
import type { SyncService, SyncServices } from './services';
import {
  etag,
  NO_DATA,
  parseData,
  parseTtl,
  parseUniqueName,
  requireRevision,
  requireSome,
  StoredObject,
} from './stored-object';

export class SyncMap extends StoredObject {
  readonly items = new Items<string>();

  constructor(
    readonly sid: string,
    readonly uniqueName: string | null,
    now: number,
  ) {
    super(now, NO_DATA);
  }
}

/** 54200: https://www.twilio.com/docs/api/errors/54200 */
export class Maps extends NamedObjects<SyncMap> {
  constructor() {
    super('MP', { bySid: 54200, byName: 54200, what: 'Map' });
  }
}

/** https://www.twilio.com/docs/sync/api/map-item-resource says up to 320 characters, https://www.twilio.com/docs/api/errors/54209 says 256; the narrower one holds with either. */
const MAX_KEY_LENGTH = 256;

export function mapRoutes(services: SyncServices, limits: RateLimits): Route[] {
  const now = (): number => services.clock.now();
  const urlOf = (service: SyncService, map: SyncMap): string =>
    `https://sync.twilio.com/v1/Services/${service.sid}/Maps/${map.sid}`;

  const shown = (service: SyncService, map: SyncMap): Record<string, unknown> => {
    const url = urlOf(service, map);
    return {
      sid: map.sid,
      unique_name: map.uniqueName,
      account_sid: services.accountSid,
      service_sid: service.sid,
      url,
      links: { items: `${url}/Items`, permissions: `${url}/Permissions` },
      revision: map.revision,
      ...map.dates(),
      created_by: 'system',
    };
  };

  const shownItem = (
    service: SyncService,
    map: SyncMap,
    item: SyncItem<string>,
  ): Record<string, unknown> => ({
    key: item.key,
    account_sid: services.accountSid,
    service_sid: service.sid,
    map_sid: map.sid,
    url: `${urlOf(service, map)}/Items/${encodeURIComponent(item.key)}`,
    revision: item.revision,
    data: item.data.value,
    ...item.dates(),
    created_by: 'system',
  });

  const found = (call: Call, name: string): { service: SyncService; map: SyncMap } => {
    const service = services.get(call.at('ServiceSid'));
    return { service, map: service.maps.get(call.at(name), now()) };
  };

  /** 54201: https://www.twilio.com/docs/api/errors/54201 */
  const foundItem = (call: Call, map: SyncMap): SyncItem<string> => {
    const item = map.items.find(call.at('Key'), now());
    if (item) return item;
    throw new TwilioError(404, 54201, `Map Item not found: key "${call.at('Key')}".`);
  };

  const itemAnswer = (
    status: number,
    service: SyncService,
    map: SyncMap,
    item: SyncItem<string>,
  ): Answer => ({
    status,
    body: shownItem(service, map, item),
    headers: etag(item),
  });

  return [
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Maps',
      label: 'Maps',
      body: ['UniqueName', 'Ttl', 'CollectionTtl'],
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const uniqueName = parseUniqueName(call.form);
        const ttl = parseTtl(call.form, 'CollectionTtl', 'Ttl');
        service.maps.requireFree(uniqueName, now());
        const map = new SyncMap(service.maps.newSid(), uniqueName, now());
        map.setTtl(ttl, now());
        limits.create(service.creations);
        limits.spend(map.allowance, 'write', 0);
        service.maps.add(map);
        return { status: 201, body: shown(service, map), headers: etag(map) };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Maps',
      label: 'Maps',
      query: PAGING_PARAMETERS,
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const request = pageRequest(call.query, 100);
        const items = service.maps
          .page(request.after, request.size + 1, now())
          .map((map) => ({ token: map.sid, value: shown(service, map) }));
        const url = `https://sync.twilio.com/v1/Services/${service.sid}/Maps`;
        return { status: 200, body: v1Page(url, 'maps', call.query, request, items) };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Maps/{Sid}',
      label: 'Maps/{name}',
      handle(call) {
        const { service, map } = found(call, 'Sid');
        limits.spend(map.allowance, 'read', 0);
        return { status: 200, body: shown(service, map), headers: etag(map) };
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Maps/{Sid}',
      label: 'Maps/{name}',
      body: ['Ttl', 'CollectionTtl'],
      handle(call) {
        requireSome(call.form);
        const ttl = parseTtl(call.form, 'CollectionTtl', 'Ttl');
        const { service, map } = found(call, 'Sid');
        limits.spend(map.allowance, 'write', 0);
        map.setTtl(ttl, now());
        map.changed(now());
        return { status: 200, body: shown(service, map), headers: etag(map) };
      },
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: '/v1/Services/{ServiceSid}/Maps/{Sid}',
      label: 'Maps/{name}',
      handle(call) {
        const { service, map } = found(call, 'Sid');
        limits.spend(map.allowance, 'write', 0);
        service.maps.delete(map);
        return { status: 204 };
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Maps/{MapSid}/Items',
      label: 'Maps/{name}/Items',
      body: ['Key', 'Data', 'Ttl', 'ItemTtl', 'CollectionTtl'],
      handle(call) {
        const key = call.form.get('Key') ?? '';
        // 54209: https://www.twilio.com/docs/api/errors/54209
        if (key.length < 1 || key.length > MAX_KEY_LENGTH) {
          throw new TwilioError(
            400,
            54209,
            `Invalid Map Item key: it must have 1 to ${MAX_KEY_LENGTH} characters.`,
          );
        }
        const text = call.form.get('Data');
        if (text === undefined) throw new TwilioError(400, 20001, 'Missing required parameter Data.');
        const data = parseData(text);
        const itemTtl = parseTtl(call.form, 'ItemTtl', 'Ttl');
        const collectionTtl = parseTtl(call.form, 'CollectionTtl');
        const { service, map } = found(call, 'MapSid');
        limits.spend(map.allowance, 'write', data.bytes);
        // 54208: https://www.twilio.com/docs/api/errors/54208
        if (map.items.find(key, now()))
          throw new TwilioError(409, 54208, `Map Item already exists: key "${key}".`);
        const item = new SyncItem(key, data, now());
        item.setTtl(itemTtl, now());
        map.items.add(item);
        map.setTtl(collectionTtl, now());
        map.changed(now());
        return itemAnswer(201, service, map, item);
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Maps/{MapSid}/Items',
      label: 'Maps/{name}/Items',
      query: ITEM_QUERY,
      handle(call) {
        const { service, map } = found(call, 'MapSid');
        limits.spend(map.allowance, 'read', 0);
        const request = pageRequest(call.query, 100);
        const range = itemRange(call.query, request, (text) => text);
        const items = map.items
          .page(range, request.size + 1, now())
          .map((item) => ({ token: item.key, value: shownItem(service, map, item) }));
        return {
          status: 200,
          body: v1Page(`${urlOf(service, map)}/Items`, 'items', call.query, request, items),
        };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Maps/{MapSid}/Items/{Key}',
      label: 'Maps/{name}/Items/{key}',
      handle(call) {
        const { service, map } = found(call, 'MapSid');
        const item = foundItem(call, map);
        limits.spend(map.allowance, 'read', item.data.bytes);
        return itemAnswer(200, service, map, item);
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Maps/{MapSid}/Items/{Key}',
      label: 'Maps/{name}/Items/{key}',
      body: ['Data', 'Ttl', 'ItemTtl', 'CollectionTtl'],
      handle(call) {
        requireSome(call.form);
        const text = call.form.get('Data');
        const data = text === undefined ? undefined : parseData(text);
        const itemTtl = parseTtl(call.form, 'ItemTtl', 'Ttl');
        const collectionTtl = parseTtl(call.form, 'CollectionTtl');
        const { service, map } = found(call, 'MapSid');
        const item = foundItem(call, map);
        limits.spend(map.allowance, 'write', (data ?? item.data).bytes);
        // 54205: https://www.twilio.com/docs/api/errors/54205
        requireRevision(item, call.ifMatch, 54205, 'Map Item');
        if (data) item.data = data;
        item.setTtl(itemTtl, now());
        item.changed(now());
        map.setTtl(collectionTtl, now());
        map.changed(now());
        return itemAnswer(200, service, map, item);
      },
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: '/v1/Services/{ServiceSid}/Maps/{MapSid}/Items/{Key}',
      label: 'Maps/{name}/Items/{key}',
      handle(call) {
        const { map } = found(call, 'MapSid');
        const item = foundItem(call, map);
        limits.spend(map.allowance, 'write', 0);
        requireRevision(item, call.ifMatch, 54205, 'Map Item');
        map.items.delete(item.key);
        map.changed(now());
        return { status: 204 };
      },
    },
  ];
}
