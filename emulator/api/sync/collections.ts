/** Sync Lists and Maps as they are kept. They differ in how an item is named: a List counts, a Map takes the caller's key. */
import { Items } from './items';
import { NamedObjects } from './named-objects';
import { NO_DATA, StoredObject } from './stored-object';

export class SyncCollection<K extends string | number> extends StoredObject {
  readonly items = new Items<K>();

  constructor(
    readonly sid: string,
    readonly uniqueName: string | null,
    now: number,
  ) {
    super(now, NO_DATA);
  }
}

export class SyncList extends SyncCollection<number> {
  /** Of the item that is added next. */
  nextIndex = 0;

  /** An index is never given twice, also when its item is gone. */
  takeIndex(): number {
    return this.nextIndex++;
  }
}

export class SyncMap extends SyncCollection<string> {}

/** 54150: https://www.twilio.com/docs/api/errors/54150 */
export class Lists extends NamedObjects<SyncList> {
  constructor() {
    super('ES', { bySid: 54150, byName: 54150, what: 'List' });
  }
}

/** 54200: https://www.twilio.com/docs/api/errors/54200 */
export class Maps extends NamedObjects<SyncMap> {
  constructor() {
    super('MP', { bySid: 54200, byName: 54200, what: 'Map' });
  }
}
