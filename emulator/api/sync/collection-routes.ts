/**
 * The List and Map resources of Sync, and their items: https://www.twilio.com/docs/sync/api/list-resource and
 * https://www.twilio.com/docs/sync/api/map-resource. One set of routes serves both; what differs is in `CollectionKind`.
 * All items of a collection share its one rate limit.
 */
import { PAGING_PARAMETERS, pageRequest, v1Page } from '../../server/paging';
import type { Parameters } from '../../server/parameters';
import type { RateLimits } from '../../server/rate-limits';
import type { Answer, Call, Route } from '../../server/router';
import { TwilioError } from '../../server/twilio-error';
import { type SyncCollection, SyncList, SyncMap } from './collections';
import { ITEM_QUERY, itemRange, SyncItem } from './items';
import type { NamedObjects } from './named-objects';
import type { SyncService, SyncServices } from './services';
import { etag, parseData, parseTtl, parseUniqueName, requireRevision, requireSome } from './stored-object';

interface CollectionKind<K extends string | number, C extends SyncCollection<K>> {
  readonly what: 'List' | 'Map';
  /** The name of an item in a path, and in the sentence that it is not found. */
  readonly key: 'Index' | 'Key';
  /** Parameters of a new item beside those that both kinds take. */
  readonly itemParameters: readonly string[];
  readonly itemNotFound: number;
  readonly staleRevision: number;
  of(service: SyncService): NamedObjects<C>;
  create(sid: string, uniqueName: string | null, now: number): C;
  parseKey(text: string): K;
  /** Checks the parameters at once; the answer takes the key when the item is about to be made. */
  newKey(form: Parameters): (collection: C, now: number) => K;
}

/** https://www.twilio.com/docs/api/errors/54151, https://www.twilio.com/docs/api/errors/54155 */
const LIST: CollectionKind<number, SyncList> = {
  what: 'List',
  key: 'Index',
  itemParameters: [],
  itemNotFound: 54151,
  staleRevision: 54155,
  of: (service) => service.lists,
  create: (sid, uniqueName, now) => new SyncList(sid, uniqueName, now),
  parseKey(text) {
    if (!/^\d+$/.test(text)) throw new TwilioError(400, 20001, `"${text}" is not the index of a List Item.`);
    return Number(text);
  },
  newKey: () => (list) => list.takeIndex(),
};

/** https://www.twilio.com/docs/sync/api/map-item-resource says up to 320 characters, https://www.twilio.com/docs/api/errors/54209 says 256; the narrower one holds with either. */
const MAX_KEY_LENGTH = 256;

/** https://www.twilio.com/docs/api/errors/54201, https://www.twilio.com/docs/api/errors/54205 */
const MAP: CollectionKind<string, SyncMap> = {
  what: 'Map',
  key: 'Key',
  itemParameters: ['Key'],
  itemNotFound: 54201,
  staleRevision: 54205,
  of: (service) => service.maps,
  create: (sid, uniqueName, now) => new SyncMap(sid, uniqueName, now),
  parseKey: (text) => text,
  newKey(form) {
    const key = form.get('Key') ?? '';
    // 54209: https://www.twilio.com/docs/api/errors/54209
    if (key.length < 1 || key.length > MAX_KEY_LENGTH) {
      throw new TwilioError(
        400,
        54209,
        `Invalid Map Item key: it must have 1 to ${MAX_KEY_LENGTH} characters.`,
      );
    }
    return (map, now) => {
      // 54208: https://www.twilio.com/docs/api/errors/54208
      if (map.items.find(key, now))
        throw new TwilioError(409, 54208, `Map Item already exists: key "${key}".`);
      return key;
    };
  },
};

export function collectionRoutes(services: SyncServices, limits: RateLimits): Route[] {
  return [...routesOf(LIST, services, limits), ...routesOf(MAP, services, limits)];
}

/** How the collections of a kind and their items look in an answer. */
class Shown<K extends string | number, C extends SyncCollection<K>> {
  constructor(
    private readonly kind: CollectionKind<K, C>,
    private readonly accountSid: string,
  ) {}

  url(service: SyncService, collection: C): string {
    return `https://sync.twilio.com/v1/Services/${service.sid}/${this.kind.what}s/${collection.sid}`;
  }

  collection(service: SyncService, collection: C): Record<string, unknown> {
    const url = this.url(service, collection);
    return {
      sid: collection.sid,
      unique_name: collection.uniqueName,
      account_sid: this.accountSid,
      service_sid: service.sid,
      url,
      links: { items: `${url}/Items`, permissions: `${url}/Permissions` },
      revision: collection.revision,
      ...collection.dates(),
      created_by: 'system',
    };
  }

  item(service: SyncService, collection: C, item: SyncItem<K>): Record<string, unknown> {
    return {
      [this.kind.key.toLowerCase()]: item.key,
      account_sid: this.accountSid,
      service_sid: service.sid,
      [`${this.kind.what.toLowerCase()}_sid`]: collection.sid,
      url: `${this.url(service, collection)}/Items/${encodeURIComponent(item.key)}`,
      revision: item.revision,
      data: item.data.value,
      ...item.dates(),
      created_by: 'system',
    };
  }
}

function routesOf<K extends string | number, C extends SyncCollection<K>>(
  kind: CollectionKind<K, C>,
  services: SyncServices,
  limits: RateLimits,
): Route[] {
  const now = (): number => services.clock.now();
  const shown = new Shown(kind, services.accountSid);
  const plural = `${kind.what}s`;
  const all = `/v1/Services/{ServiceSid}/${plural}`;
  const oneLabel = `${plural}/{name}`;
  const items = `${all}/{CollectionSid}/Items`;
  const itemLabel = `${oneLabel}/Items/{${kind.key.toLowerCase()}}`;

  const found = (call: Call, name: string): { service: SyncService; collection: C } => {
    const service = services.get(call.at('ServiceSid'));
    return { service, collection: kind.of(service).get(call.at(name), now()) };
  };

  const foundItem = (call: Call, collection: C): SyncItem<K> => {
    const key = kind.parseKey(call.at(kind.key));
    const item = collection.items.find(key, now());
    if (item) return item;
    throw new TwilioError(
      404,
      kind.itemNotFound,
      `${kind.what} Item not found: ${kind.key.toLowerCase()} ${JSON.stringify(key)}.`,
    );
  };

  const answer = (status: number, service: SyncService, collection: C): Answer => ({
    status,
    body: shown.collection(service, collection),
    headers: etag(collection),
  });

  const itemAnswer = (status: number, service: SyncService, collection: C, item: SyncItem<K>): Answer => ({
    status,
    body: shown.item(service, collection, item),
    headers: etag(item),
  });

  return [
    {
      service: 'sync',
      method: 'POST',
      path: all,
      label: plural,
      body: ['UniqueName', 'Ttl', 'CollectionTtl'],
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const uniqueName = parseUniqueName(call.form);
        const ttl = parseTtl(call.form, 'CollectionTtl', 'Ttl');
        const collections = kind.of(service);
        collections.requireFree(uniqueName, now());
        const collection = kind.create(collections.newSid(), uniqueName, now());
        collection.setTtl(ttl, now());
        limits.create(service.creations);
        limits.spend(collection.allowance, 'write', 0);
        collections.add(collection);
        return answer(201, service, collection);
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: all,
      label: plural,
      query: PAGING_PARAMETERS,
      handle(call) {
        const service = services.get(call.at('ServiceSid'));
        const request = pageRequest(call.query, 100);
        const page = kind
          .of(service)
          .page(request.after, request.size + 1, now())
          .map((collection) => ({ token: collection.sid, value: shown.collection(service, collection) }));
        const url = `https://sync.twilio.com/v1/Services/${service.sid}/${plural}`;
        return { status: 200, body: v1Page(url, plural.toLowerCase(), call.query, request, page) };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: `${all}/{Sid}`,
      label: oneLabel,
      handle(call) {
        const { service, collection } = found(call, 'Sid');
        limits.spend(collection.allowance, 'read', 0);
        return answer(200, service, collection);
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: `${all}/{Sid}`,
      label: oneLabel,
      body: ['Ttl', 'CollectionTtl'],
      handle(call) {
        requireSome(call.form);
        const ttl = parseTtl(call.form, 'CollectionTtl', 'Ttl');
        const { service, collection } = found(call, 'Sid');
        limits.spend(collection.allowance, 'write', 0);
        collection.setTtl(ttl, now());
        collection.changed(now());
        return answer(200, service, collection);
      },
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: `${all}/{Sid}`,
      label: oneLabel,
      handle(call) {
        const { service, collection } = found(call, 'Sid');
        limits.spend(collection.allowance, 'write', 0);
        kind.of(service).delete(collection);
        return { status: 204 };
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: items,
      label: `${oneLabel}/Items`,
      body: [...kind.itemParameters, 'Data', 'Ttl', 'ItemTtl', 'CollectionTtl'],
      handle(call) {
        const takeKey = kind.newKey(call.form);
        const text = call.form.get('Data');
        if (text === undefined) throw new TwilioError(400, 20001, 'Missing required parameter Data.');
        const data = parseData(text);
        const itemTtl = parseTtl(call.form, 'ItemTtl', 'Ttl');
        const collectionTtl = parseTtl(call.form, 'CollectionTtl');
        const { service, collection } = found(call, 'CollectionSid');
        limits.spend(collection.allowance, 'write', data.bytes);
        const item = new SyncItem(takeKey(collection, now()), data, now());
        item.setTtl(itemTtl, now());
        collection.items.add(item);
        collection.setTtl(collectionTtl, now());
        collection.changed(now());
        return itemAnswer(201, service, collection, item);
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: items,
      label: `${oneLabel}/Items`,
      query: ITEM_QUERY,
      handle(call) {
        const { service, collection } = found(call, 'CollectionSid');
        limits.spend(collection.allowance, 'read', 0);
        const request = pageRequest(call.query, 100);
        const range = itemRange(call.query, request, kind.parseKey);
        const page = collection.items
          .page(range, request.size + 1, now())
          .map((item) => ({ token: String(item.key), value: shown.item(service, collection, item) }));
        return {
          status: 200,
          body: v1Page(`${shown.url(service, collection)}/Items`, 'items', call.query, request, page),
        };
      },
    },
    {
      service: 'sync',
      method: 'GET',
      path: `${items}/{${kind.key}}`,
      label: itemLabel,
      handle(call) {
        const { service, collection } = found(call, 'CollectionSid');
        const item = foundItem(call, collection);
        limits.spend(collection.allowance, 'read', item.data.bytes);
        return itemAnswer(200, service, collection, item);
      },
    },
    {
      service: 'sync',
      method: 'POST',
      path: `${items}/{${kind.key}}`,
      label: itemLabel,
      body: ['Data', 'Ttl', 'ItemTtl', 'CollectionTtl'],
      handle(call) {
        requireSome(call.form);
        const text = call.form.get('Data');
        const data = text === undefined ? undefined : parseData(text);
        const itemTtl = parseTtl(call.form, 'ItemTtl', 'Ttl');
        const collectionTtl = parseTtl(call.form, 'CollectionTtl');
        const { service, collection } = found(call, 'CollectionSid');
        const item = foundItem(call, collection);
        limits.spend(collection.allowance, 'write', (data ?? item.data).bytes);
        requireRevision(item, call.ifMatch, kind.staleRevision, `${kind.what} Item`);
        if (data) item.data = data;
        item.setTtl(itemTtl, now());
        item.changed(now());
        collection.setTtl(collectionTtl, now());
        collection.changed(now());
        return itemAnswer(200, service, collection, item);
      },
    },
    {
      service: 'sync',
      method: 'DELETE',
      path: `${items}/{${kind.key}}`,
      label: itemLabel,
      handle(call) {
        const { collection } = found(call, 'CollectionSid');
        const item = foundItem(call, collection);
        limits.spend(collection.allowance, 'write', 0);
        requireRevision(item, call.ifMatch, kind.staleRevision, `${kind.what} Item`);
        collection.items.delete(item.key);
        collection.changed(now());
        return { status: 204 };
      },
    },
  ];
}
