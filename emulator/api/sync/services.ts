/**
 * What one Sync Service keeps, and the Services of an account. A Service is the room that Documents, Lists and Maps live
 * in: https://www.twilio.com/docs/sync/api/service. `default` is another name for the account's first.
 */
import type { Clock } from '../../clock';
import type { Allowance } from '../../server/rate-limits';
import { TwilioError } from '../../server/twilio-error';
import { Lists, Maps } from './collections';
import { Documents } from './documents';

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

  add(
    sid: string,
    uniqueName: string | null,
    friendlyName: string,
    createdAt = this.clock.now(),
  ): SyncService {
    const service: SyncService = {
      sid,
      uniqueName,
      friendlyName,
      createdAt,
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

  clear(): void {
    this.services.clear();
  }

  all(): SyncService[] {
    return [...this.services.values()];
  }
}
