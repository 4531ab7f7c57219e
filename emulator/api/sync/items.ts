/**
 * The items of one List or one Map: kept in order of their key, read in pages from any key in either direction.
 * It must not know which error codes its owner answers with.
 */

import { PAGING_PARAMETERS, type PageRequest } from '../../server/paging';
import type { Parameters } from '../../server/parameters';
import { SortedKeys } from '../../server/sorted-keys';
import { TwilioError } from '../../server/twilio-error';
import { StoredObject, type SyncData } from './stored-object';

export const ITEM_QUERY = ['Order', 'From', 'Bounds', ...PAGING_PARAMETERS] as const;

export class SyncItem<K extends string | number> extends StoredObject {
  constructor(
    readonly key: K,
    data: SyncData,
    now: number,
  ) {
    super(now, data);
  }
}

export class Items<K extends string | number> {
  private readonly byKey = new Map<K, SyncItem<K>>();
  private readonly order = new SortedKeys<K>();

  find(key: K, now: number): SyncItem<K> | undefined {
    const item = this.byKey.get(key);
    if (!item?.expired(now)) return item;
    this.delete(key);
    return undefined;
  }

  add(item: SyncItem<K>): void {
    this.byKey.set(item.key, item);
    this.order.add(item.key);
  }

  delete(key: K): void {
    this.byKey.delete(key);
    this.order.delete(key);
  }

  page(range: ItemRange<K>, count: number, now: number): SyncItem<K>[] {
    const found: SyncItem<K>[] = [];
    const expired: K[] = [];
    const keys = range.descending ? this.order.descending(range.from) : this.order.ascending(range.from);
    for (const key of keys) {
      if (range.exclusive && key === range.from) continue;
      const item = this.byKey.get(key);
      if (!item) continue;
      if (item.expired(now)) expired.push(key);
      else found.push(item);
      if (found.length === count) break;
    }
    for (const key of expired) this.delete(key);
    return found;
  }
}

export interface ItemRange<K> {
  from: K | null;
  exclusive: boolean;
  descending: boolean;
}

/** `From`, `Bounds` and `Order`: https://www.twilio.com/docs/sync/api/listitem-resource#read-multiple-listitem-resources */
export function itemRange<K>(
  query: Parameters,
  request: PageRequest,
  parseKey: (text: string) => K,
): ItemRange<K> {
  const order = query.get('Order') ?? 'asc';
  const bounds = query.get('Bounds') ?? 'inclusive';
  if (order !== 'asc' && order !== 'desc') throw new TwilioError(400, 20001, 'Order must be asc or desc.');
  if (bounds !== 'inclusive' && bounds !== 'exclusive') {
    throw new TwilioError(400, 20001, 'Bounds must be inclusive or exclusive.');
  }
  const descending = order === 'desc';
  if (request.after !== null) return { from: parseKey(request.after), exclusive: true, descending };
  const from = query.get('From');
  return {
    from: from === undefined ? null : parseKey(from),
    exclusive: bounds === 'exclusive',
    descending,
  };
}
