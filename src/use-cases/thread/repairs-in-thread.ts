/** Which messages of a thread were sent in place of one that did not arrive: the lock of its repair names the message. */
import { isRepaired } from '../../domain/error-class';
import type { MessageSid } from '../../domain/twilio-sid';
import type { RepairLocks } from '../ports/repair-locks';
import type { ThreadMessage } from '../ports/thread-log';

/** As many repairs are looked up for one page of a thread, the newest first. */
const MAX_LOOKUPS = 5;

/**
 * @param messages of a page, and those that came before it as far as they are known; newest first
 * @returns the refused message, by the message that was sent in its place
 */
export async function repairsAmong(
  repairLocks: Pick<RepairLocks, 'read'>,
  messages: readonly ThreadMessage[],
): Promise<ReadonlyMap<MessageSid, MessageSid>> {
  const refused = messages
    .filter(({ direction, errorCode }) => direction === 'outbound' && isRepaired(errorCode))
    .slice(0, MAX_LOOKUPS);
  const found = await Promise.all(
    refused.map(async ({ sid }) => {
      // That it repairs another says more, and nobody needs it: it must not fail the whole thread.
      const lock = await repairLocks.read(sid).catch(() => undefined);
      return lock?.repairedBy ? [[lock.repairedBy, sid] as const] : [];
    }),
  );
  return new Map(found.flat());
}
