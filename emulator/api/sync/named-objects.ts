/**
 * The objects of one kind in one Sync service, found by SID or by unique name at once, and listed by SID: an order
 * that is stable but, as in Sync itself, not the order of creation. An expired object is gone at the next look.
 */
import { isSid, newSid } from '../../server/sids';
import { SortedKeys } from '../../server/sorted-keys';
import { TwilioError } from '../../server/twilio-error';
import type { StoredObject } from './stored-object';

export interface NamedObject extends StoredObject {
  readonly sid: string;
  readonly uniqueName: string | null;
}

export interface NotFoundCodes {
  bySid: number;
  byName: number;
  what: string;
}

export class NamedObjects<T extends NamedObject> {
  private readonly bySid = new Map<string, T>();
  private readonly byName = new Map<string, T>();
  private readonly order = new SortedKeys<string>();

  constructor(
    private readonly prefix: string,
    private readonly codes: NotFoundCodes,
  ) {}

  newSid(): string {
    return newSid(this.prefix);
  }

  /** 54301 "Unique name already exists": https://www.twilio.com/docs/api/errors/54301 */
  requireFree(name: string | null, now: number): void {
    if (name === null || !this.live(this.byName.get(name), now)) return;
    throw new TwilioError(409, 54301, `Unique name already exists: "${name}".`);
  }

  add(object: T): void {
    this.bySid.set(object.sid, object);
    if (object.uniqueName !== null) this.byName.set(object.uniqueName, object);
    this.order.add(object.sid);
  }

  get(address: string, now: number): T {
    const bySid = isSid(this.prefix, address);
    const object = this.live(bySid ? this.bySid.get(address) : this.byName.get(address), now);
    if (object) return object;
    throw bySid
      ? new TwilioError(404, this.codes.bySid, `${this.codes.what} not found: ${address}.`)
      : new TwilioError(404, this.codes.byName, `Unique name not found: no ${this.codes.what} "${address}".`);
  }

  delete(object: T): void {
    this.bySid.delete(object.sid);
    this.order.delete(object.sid);
    if (object.uniqueName !== null) this.byName.delete(object.uniqueName);
  }

  page(after: string | null, count: number, now: number): T[] {
    const found: T[] = [];
    const expired: T[] = [];
    for (const sid of this.order.ascending(after)) {
      const object = this.bySid.get(sid);
      if (!object || sid === after) continue;
      if (object.expired(now)) expired.push(object);
      else found.push(object);
      if (found.length === count) break;
    }
    for (const object of expired) this.delete(object);
    return found;
  }

  private live(object: T | undefined, now: number): T | undefined {
    if (!object?.expired(now)) return object;
    this.delete(object);
    return undefined;
  }
}
