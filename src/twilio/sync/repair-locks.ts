/** The locks of repairs as items of Sync Maps, named after the refused message: a create that fails with "exists" (54208). */
import { parseMessageSid } from '../../domain/twilio-sid';
import type { RepairLock, RepairLocks } from '../../use-cases/ports/repair-locks';
import type { VersionedRecords } from './documents';

/** In seconds. Status callbacks of one message come within hours of each other. */
const KEEP_SECONDS = 7 * 24 * 3600;

const nameOf = (messageSid: string) => `repair.${messageSid}`;

export function syncRepairLocks(items: VersionedRecords): RepairLocks {
  return {
    async read(messageSid) {
      return asLock((await items.fetch(nameOf(messageSid)))?.data);
    },
    async claim(messageSid, mine) {
      if (await items.create(nameOf(messageSid), mine, KEEP_SECONDS)) return undefined;
      // Given back since: the next callback takes it.
      return asLock((await items.fetch(nameOf(messageSid)))?.data) ?? mine;
    },
    async takeOver(messageSid, left, mine) {
      const item = await items.fetch(nameOf(messageSid));
      const current = asLock(item?.data);
      if (!item || current?.outcome !== null || current.claimedAt !== left.claimedAt) return false;
      return items.replace(nameOf(messageSid), mine, KEEP_SECONDS, item.revision);
    },
    async settle(messageSid, settled) {
      await items.overwrite(nameOf(messageSid), settled, KEEP_SECONDS);
    },
    async release(messageSid) {
      await items.remove(nameOf(messageSid));
    },
  };
}

/** Written by this file only. */
function asLock(data: unknown): RepairLock | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { claimedAt, outcome, repairedBy, errorCode } = data as Readonly<Record<string, unknown>>;
  if (typeof claimedAt !== 'number') return undefined;
  return {
    claimedAt,
    outcome: typeof outcome === 'string' ? outcome : null,
    repairedBy: parseMessageSid(String(repairedBy)) ?? null,
    errorCode: Number(errorCode),
  };
}
