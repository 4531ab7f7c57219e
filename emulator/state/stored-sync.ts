/** The Sync services of an account, as they stand in the file of a state. */
import { z } from 'zod';
import { type SyncCollection, SyncList, SyncMap } from '../api/sync/collections';
import { SyncDocument } from '../api/sync/documents';
import { SyncItem } from '../api/sync/items';
import type { SyncService, SyncServices } from '../api/sync/services';
import type { StoredObject, SyncData } from '../api/sync/stored-object';

const HISTORY = {
  revision: z.string().regex(/^[0-9a-f]+$/),
  createdAt: z.number(),
  updatedAt: z.number(),
  expiresAt: z.number().nullable(),
};
const DATA = z.record(z.string(), z.unknown());
const NAMED = { sid: z.string(), uniqueName: z.string().nullable(), ...HISTORY };

export const STORED_SYNC = z.array(
  z.object({
    sid: z.string(),
    uniqueName: z.string().nullable(),
    friendlyName: z.string(),
    createdAt: z.number(),
    documents: z.array(z.object({ ...NAMED, data: DATA })),
    lists: z.array(
      z.object({
        ...NAMED,
        nextIndex: z.number(),
        items: z.array(z.object({ key: z.number(), data: DATA, ...HISTORY })),
      }),
    ),
    maps: z.array(
      z.object({ ...NAMED, items: z.array(z.object({ key: z.string(), data: DATA, ...HISTORY })) }),
    ),
  }),
);
type StoredSync = z.infer<typeof STORED_SYNC>;

const ALL = Number.POSITIVE_INFINITY;

export function storedSync(services: SyncServices): StoredSync {
  return services.all().map((service) => storedService(service, services.clock.now()));
}

function storedService(service: SyncService, now: number): StoredSync[number] {
  const { sid, uniqueName, friendlyName, createdAt } = service;
  return {
    ...{ sid, uniqueName, friendlyName, createdAt },
    documents: service.documents
      .page(null, ALL, now)
      .map((document) => ({ ...named(document), data: dataIn(document) })),
    lists: service.lists
      .page(null, ALL, now)
      .map((list) => ({ ...named(list), nextIndex: list.nextIndex, items: storedItems(list, now) })),
    maps: service.maps.page(null, ALL, now).map((map) => ({ ...named(map), items: storedItems(map, now) })),
  };
}

function storedItems<K extends string | number>(collection: SyncCollection<K>, now: number) {
  return collection.items
    .page({ from: null, exclusive: false, descending: false }, ALL, now)
    .map((item) => ({ key: item.key, data: dataIn(item), ...history(item) }));
}

function history({ revision, createdAt, updatedAt, expiresAt }: StoredObject) {
  return { revision, createdAt, updatedAt, expiresAt };
}

function named(object: StoredObject & { readonly sid: string; readonly uniqueName: string | null }) {
  return { sid: object.sid, uniqueName: object.uniqueName, ...history(object) };
}

function dataIn({ data }: StoredObject): Record<string, unknown> {
  return DATA.parse(data.value);
}

/** In the place of the services that are there. */
export function restoreSync(services: SyncServices, stored: StoredSync): void {
  services.clear();
  for (const { sid, uniqueName, friendlyName, createdAt, documents, lists, maps } of stored) {
    const service = services.add(sid, uniqueName, friendlyName, createdAt);
    for (const given of documents) {
      const document = new SyncDocument(given.sid, given.uniqueName, dataOf(given.data), given.createdAt);
      document.restore(given);
      service.documents.add(document);
    }
    for (const given of lists) {
      const list = new SyncList(given.sid, given.uniqueName, given.createdAt);
      list.nextIndex = given.nextIndex;
      restoreItems(list, given.items);
      list.restore(given);
      service.lists.add(list);
    }
    for (const given of maps) {
      const map = new SyncMap(given.sid, given.uniqueName, given.createdAt);
      restoreItems(map, given.items);
      map.restore(given);
      service.maps.add(map);
    }
  }
}

type StoredItem<K> = { readonly key: K; readonly data: Record<string, unknown> } & ReturnType<typeof history>;

function restoreItems<K extends string | number>(
  collection: SyncCollection<K>,
  items: readonly StoredItem<K>[],
): void {
  for (const given of items) {
    const item = new SyncItem(given.key, dataOf(given.data), given.createdAt);
    item.restore(given);
    collection.items.add(item);
  }
}

function dataOf(value: Record<string, unknown>): SyncData {
  return { value, bytes: Buffer.byteLength(JSON.stringify(value)) };
}
