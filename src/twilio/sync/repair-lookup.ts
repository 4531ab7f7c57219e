/**
 * What the records of repairs tell about one. The record of a text is named after its MessageSid; that of a message with a
 * template beside it is not, so its repair is not found here. Neither notes which message was sent instead.
 */
import type { RepairLookup } from '../../use-cases/ports/repair-lookup';
import type { SendRecords } from '../../use-cases/ports/send-records';

export function syncRepairLookup(sendRecords: Pick<SendRecords, 'read'>): RepairLookup {
  return {
    async repairOf(refused) {
      const repair = (await sendRecords.read(refused))?.repair;
      if (repair?.outcome !== 'sent-again' && repair?.outcome !== 'template-sent') return undefined;
      const sent = repair.outcome === 'sent-again' ? 'same-text' : 'template';
      return { sent, startedAt: repair.claimedAt, repairSid: null };
    },
  };
}
