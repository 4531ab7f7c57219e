/** Sync Documents as they are kept: one JSON object each, under a SID and, if it was given one, a unique name. */
import { NamedObjects } from './named-objects';
import { StoredObject, type SyncData } from './stored-object';

export class SyncDocument extends StoredObject {
  constructor(
    readonly sid: string,
    readonly uniqueName: string | null,
    data: SyncData,
    now: number,
  ) {
    super(now, data);
  }
}

/** By name 54300, by SID 54100: https://www.twilio.com/docs/api/errors/54300, …/54100 */
export class Documents extends NamedObjects<SyncDocument> {
  constructor() {
    super('ET', { bySid: 54100, byName: 54300, what: 'Document' });
  }
}
