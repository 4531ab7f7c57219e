/**
 * Small records that come and go with the messages, as items of a fixed set of Sync Maps. Sync creates fewer than 20
 * objects a second, and an item is no object; a Map takes 20 writes a second for all its items together, so the items
 * are spread over many Maps (https://www.twilio.com/docs/sync/limits). A Map is created when its first item is.
 */
import { createHash } from 'node:crypto';
import { asFailure, isStatus, type TwilioSdk } from '../client';
import { noSuchService, overwriteOnce, readingBack, removeOnce, type VersionedRecords } from './documents';

const SERVICE = 'Twilio Sync';
/** 64 Maps take 1,280 writes a second together: 150 keyed sends a second need 450. */
const MAPS = 64;

/**
 * @returns records by name (`[A-Za-z0-9_.-]`, 1 to 320 characters). Each has a time to live of its own, in seconds; a
 * create whose name is taken (409, 54208) answers false, so that it serves as a lock
 */
export function spreadItems(sdk: TwilioSdk, serviceSid: string): VersionedRecords {
  const maps = sdk.sync.v1.services(serviceSid).syncMaps;
  const itemsBeside = (name: string) => maps(mapOf(name)).syncMapItems;

  return {
    async fetch(name) {
      try {
        const item = await itemsBeside(name)(name).fetch();
        return { data: item.data, revision: item.revision };
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw asFailure(error, SERVICE);
      }
    },

    overwrite: (name, data, ttl) =>
      overwriteOnce(() => itemsBeside(name)(name).update({ data, itemTtl: ttl })),

    async create(name, data, ttl) {
      const create = (signed: object) =>
        readingBack(
          signed,
          (marked) => itemsBeside(name).create({ key: name, data: marked, itemTtl: ttl }),
          () => itemsBeside(name)(name).fetch(),
        );
      try {
        return await create(data).catch(async (error: unknown) => {
          if (!isStatus(error, 404)) throw error;
          await createMap(mapOf(name));
          return create(data);
        });
      } catch (error) {
        if (isStatus(error, 409)) return false;
        throw asFailure(error, SERVICE);
      }
    },

    replace: (name, data, ttl, revision) =>
      readingBack(
        data,
        (signed) => itemsBeside(name)(name).update({ data: signed, itemTtl: ttl, ifMatch: revision }),
        () => itemsBeside(name)(name).fetch(),
      ).catch((error: unknown) => {
        if (isStatus(error, 412) || isStatus(error, 404)) return false;
        throw asFailure(error, SERVICE);
      }),

    remove: (name) => removeOnce(() => itemsBeside(name)(name).remove()),
  };

  /** Another container may be faster (409, 54301): the Map is there, which is all that matters. */
  async function createMap(uniqueName: string): Promise<void> {
    try {
      await maps.create({ uniqueName });
    } catch (error) {
      if (isStatus(error, 404)) throw noSuchService();
      if (!isStatus(error, 409)) throw error;
    }
  }
}

/** The Map of a record, `items.00` to `items.63`: always the same for the same name. */
function mapOf(name: string): string {
  const [byte = 0] = createHash('sha256').update(name).digest();
  return mapName(byte % MAPS);
}

function mapName(number: number): string {
  return `items.${String(number).padStart(2, '0')}`;
}

/** All Maps that there may be. */
export const MAP_NAMES: readonly string[] = Array.from({ length: MAPS }, (_, number) => mapName(number));
