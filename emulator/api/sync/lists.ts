/**
 * Sync Lists and their items: https://www.twilio.com/docs/sync/api/list-resource
 * Items are appended and numbered upwards; a number is never used again, so they need not be contiguous.
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

export class SyncList extends StoredObject {
  readonly items = new Items<number>();
  private nextIndex = 0;

  constructor(
    readonly sid: string,
    readonly uniqueName: string | null,
    now: number,
  ) {
    super(now, NO_DATA);
  }

  takeIndex(): number {
    return this.nextIndex++;
  }
}

/** 54150: https://www.twilio.com/docs/api/errors/54150 */
export class Lists extends NamedObjects<SyncList> {
  constructor() {
    super('ES', { bySid: 54150, byName: 54150, what: 'List' });
  }
}

function parseIndex(text: string): number {
  if (!/^\d+$/.test(text)) throw new TwilioError(400, 20001, `"${text}" is not the index of a List Item.`);
  return Number(text);
}

export function listRoutes(services: SyncServices, limits: RateLimits): Route[] {
  const now = (): number => services.clock.now();
  const urlOf = (service: SyncService, list: SyncList): string =>
    `https://sync.twilio.com/v1/Services/${service.sid}/Lists/${list.sid}`;

  const shown = (service: SyncService, list: SyncList): Record<string, unknown> => {
    const url = urlOf(service, list);
    return {
      sid: list.sid,
      unique_name: list.uniqueName,
      account_sid: services.accountSid,
      service_sid: service.sid,
      url,
      links: { items: `${url}/Items`, permissions: `${url}/Permissions` },
      revision: list.revision,
      ...list.dates(),
      created_by: 'system',
    };
  };

  const shownItem = (
    service: SyncService,
    list: SyncList,
    item: SyncItem<number>,
  ): Record<string, unknown> => ({
    index: item.key,
    account_sid: services.accountSid,
    service_sid: service.sid,
    list_sid: list.sid,
    url: `${urlOf(service, list)}/Items/${item.key}`,
    revision: item.revision,
    data: item.data.value,
    ...item.dates(),
    created_by: 'system',
  });

  const found = (call: Call, name: string): { service: SyncService; list: SyncList } => {
    const service = services.get(call.at('ServiceSid'));
    return { service, list: service.lists.get(call.at(name), now()) };
  };

  /** 54151: https://www.twilio.com/docs/api/errors/54151 */
  const foundItem = (call: Call, list: SyncList): SyncItem<number> => {
    const index = parseIndex(call.at('Index'));
    const item = list.items.find(index, now());
    if (item) return item;
    throw new TwilioError(404, 54151, `List Item not found: index ${index}.`);
  };

  const itemAnswer = (
    status: number,
    service: SyncService,
    list: SyncList,
    item: SyncItem<number>,
  ): Answer => ({
    status,
    body: shownItem(service, list, item),
    headers: etag(item),
  });

  return [
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Lists',
      label: 'Lists',
      body: ['UniqueName', 'Ttl', 'CollectionTtl'],
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const uniqueName = parseUniqueName(call.form);
        const ttl = parseTtl(call.form, 'CollectionTtl', 'Ttl');
        service.lists.requireFree(uniqueName, now());
        const list = new SyncList(service.lists.newSid(), uniqueName, now());
        list.setTtl(ttl, now());
        limits.create(service.creations);
        limits.spend(list.allowance, 'write', 0);
        service.lists.add(list);
        return { status: 201, body: shown(service, list), headers: etag(list) };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Lists',
      label: 'Lists',
      query: PAGING_PARAMETERS,
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const request = pageRequest(call.query, 100);
        const items = service.lists
          .page(request.after, request.size + 1, now())
          .map((list) => ({ token: list.sid, value: shown(service, list) }));
        const url = `https://sync.twilio.com/v1/Services/${service.sid}/Lists`;
        return { status: 200, body: v1Page(url, 'lists', call.query, request, items) };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Lists/{Sid}',
      label: 'Lists/{name}',
      handle(call) {
        const { service, list } = found(call, 'Sid');
        limits.spend(list.allowance, 'read', 0);
        return { status: 200, body: shown(service, list), headers: etag(list) };
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Lists/{Sid}',
      label: 'Lists/{name}',
      body: ['Ttl', 'CollectionTtl'],
      handle(call) {
        requireSome(call.form);
        const ttl = parseTtl(call.form, 'CollectionTtl', 'Ttl');
        const { service, list } = found(call, 'Sid');
        limits.spend(list.allowance, 'write', 0);
        list.setTtl(ttl, now());
        list.changed(now());
        return { status: 200, body: shown(service, list), headers: etag(list) };
      },
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: '/v1/Services/{ServiceSid}/Lists/{Sid}',
      label: 'Lists/{name}',
      handle(call) {
        const { service, list } = found(call, 'Sid');
        limits.spend(list.allowance, 'write', 0);
        service.lists.delete(list);
        return { status: 204 };
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Lists/{ListSid}/Items',
      label: 'Lists/{name}/Items',
      body: ['Data', 'Ttl', 'ItemTtl', 'CollectionTtl'],
      handle(call) {
        const text = call.form.get('Data');
        if (text === undefined) throw new TwilioError(400, 20001, 'Missing required parameter Data.');
        const data = parseData(text);
        const itemTtl = parseTtl(call.form, 'ItemTtl', 'Ttl');
        const collectionTtl = parseTtl(call.form, 'CollectionTtl');
        const { service, list } = found(call, 'ListSid');
        limits.spend(list.allowance, 'write', data.bytes);
        const item = new SyncItem(list.takeIndex(), data, now());
        item.setTtl(itemTtl, now());
        list.items.add(item);
        list.setTtl(collectionTtl, now());
        list.changed(now());
        return itemAnswer(201, service, list, item);
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Lists/{ListSid}/Items',
      label: 'Lists/{name}/Items',
      query: ITEM_QUERY,
      handle(call) {
        const { service, list } = found(call, 'ListSid');
        limits.spend(list.allowance, 'read', 0);
        const request = pageRequest(call.query, 100);
        const range = itemRange(call.query, request, parseIndex);
        const items = list.items
          .page(range, request.size + 1, now())
          .map((item) => ({ token: String(item.key), value: shownItem(service, list, item) }));
        return {
          status: 200,
          body: v1Page(`${urlOf(service, list)}/Items`, 'items', call.query, request, items),
        };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: '/v1/Services/{ServiceSid}/Lists/{ListSid}/Items/{Index}',
      label: 'Lists/{name}/Items/{index}',
      handle(call) {
        const { service, list } = found(call, 'ListSid');
        const item = foundItem(call, list);
        limits.spend(list.allowance, 'read', item.data.bytes);
        return itemAnswer(200, service, list, item);
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: '/v1/Services/{ServiceSid}/Lists/{ListSid}/Items/{Index}',
      label: 'Lists/{name}/Items/{index}',
      body: ['Data', 'Ttl', 'ItemTtl', 'CollectionTtl'],
      handle(call) {
        requireSome(call.form);
        const text = call.form.get('Data');
        const data = text === undefined ? undefined : parseData(text);
        const itemTtl = parseTtl(call.form, 'ItemTtl', 'Ttl');
        const collectionTtl = parseTtl(call.form, 'CollectionTtl');
        const { service, list } = found(call, 'ListSid');
        const item = foundItem(call, list);
        limits.spend(list.allowance, 'write', (data ?? item.data).bytes);
        // 54155: https://www.twilio.com/docs/api/errors/54155
        requireRevision(item, call.ifMatch, 54155, 'List Item');
        if (data) item.data = data;
        item.setTtl(itemTtl, now());
        item.changed(now());
        list.setTtl(collectionTtl, now());
        list.changed(now());
        return itemAnswer(200, service, list, item);
      },
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: '/v1/Services/{ServiceSid}/Lists/{ListSid}/Items/{Index}',
      label: 'Lists/{name}/Items/{index}',
      handle(call) {
        const { list } = found(call, 'ListSid');
        const item = foundItem(call, list);
        limits.spend(list.allowance, 'write', 0);
        requireRevision(item, call.ifMatch, 54155, 'List Item');
        list.items.delete(item.key);
        list.changed(now());
        return { status: 204 };
      },
    },
  ];
}
