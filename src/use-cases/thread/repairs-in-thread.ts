/**
 * Which messages of a thread were sent in place of one that WhatsApp refused. Nothing is stored for it: a repair tells
 * that it sent something and when, and where only one message fits, that is the one. Otherwise it is not known.
 */
import { OUTSIDE_WINDOW, VALIDITY_EXPIRED } from '../../domain/error-class';
import type { MessageSid } from '../../domain/twilio-sid';
import type { KnownRepair, RepairLookup } from '../ports/repair-lookup';
import type { ThreadMessage } from '../ports/thread-log';

/** As many repairs are looked up for one page of a thread, the newest first. */
const MAX_LOOKUPS = 5;
/** A message that was refused longer than this before the page begins is not looked up for it. */
const NEAR_MS = 3_600_000;
/** A function lives 10 s at most, and the log knows whole seconds. */
const LONGEST_MS = 12_000;

/**
 * @param shown the messages of a page, newest first
 * @param ahead those after them, as far as they are known, without a gap
 * @param isNewest nothing newer is in the log
 * @returns the refused message, by the message that was sent in its place
 */
export async function repairsAmong(
  repairs: RepairLookup,
  shown: readonly ThreadMessage[],
  ahead: readonly ThreadMessage[],
  isNewest: boolean,
): Promise<ReadonlyMap<MessageSid, MessageSid>> {
  const sent = [...shown, ...ahead].filter(({ direction }) => direction === 'outbound');
  const since = (shown.at(-1)?.at ?? 0) - NEAR_MS;
  const refused = sent
    .filter(({ errorCode, at }) => isRefusal(errorCode) && at >= since)
    .slice(0, MAX_LOOKUPS);
  const found = await Promise.all(
    refused.map(async (message) => {
      // That it repairs another says more, and nobody needs it: it must not fail the whole thread.
      const repair = await repairs.repairOf(message.sid).catch(() => undefined);
      const repairSid = repair && (repair.repairSid ?? onlyOneThatFits(repair, message, sent, isNewest));
      return repairSid ? [[repairSid, message.sid] as const] : [];
    }),
  );
  return new Map(found.flat());
}

const isRefusal = (code: number | null) => code === OUTSIDE_WINDOW || code === VALIDITY_EXPIRED;

function onlyOneThatFits(
  { sent: kind, startedAt }: KnownRepair,
  refused: ThreadMessage,
  sent: readonly ThreadMessage[],
  isNewest: boolean,
): MessageSid | undefined {
  const from = Math.floor(startedAt / 1000) * 1000;
  const until = startedAt + LONGEST_MS;
  const isWhollySeen = isNewest || sent.some(({ at }) => at > until);
  const fitting = sent.filter(
    ({ sid, at, body }) =>
      sid !== refused.sid && at >= from && at <= until && (kind === 'template' || body === refused.body),
  );
  return isWhollySeen && fitting.length === 1 ? fitting[0]?.sid : undefined;
}
