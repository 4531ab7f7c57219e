/**
 * Whether a window that is open by Sync is so by Twilio's message log as well: the other direction of "inbound messages
 * arrive". It looks at a sample, with a bounded number of requests.
 */
import { isOpen, windowAt } from '../../../src/domain/customer-service-window';
import { readSettings } from '../../../src/http/settings';
import { loggedTime } from '../../../src/twilio/log/message-log';
import { syncContactRecords } from '../../../src/twilio/sync/contacts';
import { syncDocuments } from '../../../src/twilio/sync/documents';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import { isNotFound } from '../../account/former-webhooks';
import { type Check, type CheckedAccount, Lacking, notChecked, ok, warning } from '../check';

/** Pages of 100 records, in no order. */
const MAX_PAGES = 3;
/** Each may cost a request. */
const MAX_WINDOWS = 20;

export const storedWindows: Check = {
  name: 'Sync and the log agree',
  why: 'A window that Sync has open, and WhatsApp has not, is a text that is sent and lost.',
  async look(account) {
    const marginSeconds = marginOf(account);
    const { open, records, isAll } = await openWindows(account, marginSeconds);
    if (open.length === 0) {
      return notChecked(
        isAll
          ? 'No window is open.'
          : `No window is open among ${records} records of Sync; the others were not looked at.`,
      );
    }
    const later: number[] = [];
    let unknown = 0;
    for (const { facts, messageSid } of open) {
      const at = await loggedAt(account, messageSid);
      if (at === null) unknown += 1;
      else later.push(((facts.lastInboundAt ?? 0) - at) / 1000);
    }
    const count = `${open.length} open ${open.length === 1 ? 'window' : 'windows'} of Sync`;
    const worst = Math.max(0, ...later);
    if (worst > marginSeconds) {
      return warning(
        `Of ${count}, the log has the message that opened one ${Math.round(worst)} s earlier than Sync. Its webhook came late.`,
        `${account.run('backfill')} sets the times right. Where webhooks come late again and again, raise WINDOW_MARGIN_SECONDS (it is ${marginSeconds}), then ${account.run('deploy')}.`,
      );
    }
    if (unknown > 0) {
      return warning(
        `Of ${count}, the log does not have the message that opened ${unknown}: deleted there, or of another account.`,
        'Look whether SYNC_SERVICE_SID is shared with another account or environment; each needs a Sync service of its own.',
      );
    }
    return ok(`The log has the messages that opened ${count}.`);
  },
};

function marginOf(account: CheckedAccount): number {
  const read = readSettings(account.env);
  if (read.ok) return read.settings.marginSeconds;
  throw new Lacking('It needs complete settings.');
}

/** Those that a message opened, not a call or a contact that was reported; towards the account's own sender. */
async function openWindows(
  account: CheckedAccount,
  marginSeconds: number,
): Promise<{ readonly open: readonly ContactRecord[]; readonly records: number; readonly isAll: boolean }> {
  const records = syncContactRecords(syncDocuments(account.sdk(), account.syncServiceSid()));
  const found: ContactRecord[] = [];
  let read = 0;
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES && found.length < MAX_WINDOWS; page += 1) {
    const { windows, nextCursor }: Awaited<ReturnType<typeof records.page>> = await records.page(100, cursor);
    read += windows.length;
    found.push(...windows.filter((record) => isJudged(record, account, marginSeconds)));
    cursor = nextCursor;
    if (cursor === null) break;
  }
  return { open: found.slice(0, MAX_WINDOWS), records: read, isAll: cursor === null };
}

function isJudged(
  { pair, facts, messageSid }: ContactRecord,
  account: CheckedAccount,
  marginSeconds: number,
): boolean {
  return (
    pair.sender === account.sender() &&
    messageSid !== null &&
    isOpen(windowAt(facts, account.io.now(), marginSeconds))
  );
}

/** @returns null where the log has no such message */
async function loggedAt(
  account: CheckedAccount,
  messageSid: ContactRecord['messageSid'],
): Promise<number | null> {
  const listed = (await account.inboundOfTheDay()).find(({ sid }) => sid === messageSid);
  const message =
    listed ??
    (await account
      .sdk()
      .messages(messageSid ?? '')
      .fetch()
      .catch((error: unknown) => {
        if (isNotFound(error)) return null;
        throw error;
      }));
  return message && loggedTime(message);
}
