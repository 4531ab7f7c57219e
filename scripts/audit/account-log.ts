/**
 * Hands the messages of an account's log to an audit, page by page, the newest first. It only reads. The day before the
 * period is read too: a message of it may have opened a window that the period begins in.
 */
import type { LogRow } from '../../src/domain/audit/log-row';
import type { Audit, AuditPeriod } from '../../src/domain/audit/replay';
import { WINDOW_MS } from '../../src/domain/customer-service-window';
import { parseWhatsAppAddress } from '../../src/domain/whatsapp-address';
import { loggedTime } from '../../src/twilio/log/message-log';
import type { TwilioSdk } from '../account/account';
import type { Output } from '../command/output';

/** The most that Twilio gives at once (https://www.twilio.com/docs/messaging/api/message-resource, PageSize). */
const PAGE_SIZE = 1000;
const HOUR_MS = 3_600_000;
/** What has not gone out, and may never. */
const NOT_SENT: readonly string[] = ['scheduled', 'canceled'];

/** @throws what the SDK throws */
export async function readAccountLog(
  sdk: TwilioSdk,
  { from, to }: AuditPeriod,
  audit: Audit,
  progress: Output['progress'],
): Promise<void> {
  const since = from - WINDOW_MS;
  const hours = (ms: number) => Math.floor(ms / HOUR_MS);
  const bar = progress('Reading the message log', hours(to - since));
  let messages = 0;
  // Not filtered by DateSent: what was refused may have none, and is what is looked for.
  const first = await sdk.messages.page({ pageSize: PAGE_SIZE });
  for (let page: Pick<typeof first, 'instances' | 'nextPage'> | undefined = first; page; ) {
    for (const message of page.instances) {
      messages += 1;
      addMessage(audit, message, messages, since);
    }
    // Of a scheduled message the two times are days apart, so that one message does not say how far back the page is.
    const newest = Math.max(...page.instances.map((message) => loggedTime(message) ?? 0), 0);
    if (newest < since) break;
    bar.at(hours(Math.min(to - newest, to - since)), `${messages} messages`);
    page = await page.nextPage();
  }
  bar.end(`${messages} messages.`);
}

interface LoggedMessage {
  readonly sid: string;
  readonly direction: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly body: string | null;
  readonly status: string;
  readonly numMedia: string | null;
  readonly errorCode: unknown;
  readonly dateSent: unknown;
  readonly dateCreated: unknown;
}

/** WhatsApp judges an outbound message when it is sent, which may be hours after it was created. */
function timeOf(message: LoggedMessage, direction: LogRow['direction']): number | null {
  const { dateSent } = message;
  const wasSent = dateSent instanceof Date && !Number.isNaN(dateSent.getTime());
  return direction === 'outbound' && wasSent ? dateSent.getTime() : loggedTime(message);
}

function addMessage(audit: Audit, message: LoggedMessage, line: number, since: number): void {
  const isWhatsApp = [message.from, message.to].some((address) => address?.startsWith('whatsapp:'));
  if (!isWhatsApp || NOT_SENT.includes(message.status)) return;
  const direction = message.direction === 'inbound' ? 'inbound' : 'outbound';
  const at = timeOf(message, direction);
  const [from, to] = [message.from, message.to].map((address) => parseWhatsAppAddress(address ?? ''));
  if (at === null || !from || !to) {
    audit.addProblem({ line, message: `The message ${message.sid} has no time, or no WhatsApp address.` });
    return;
  }
  if (at < since) return;
  const [sender, user] = direction === 'inbound' ? [to, from] : [from, to];
  const row: LogRow = {
    line,
    at,
    direction,
    sender,
    user,
    body: message.body ?? '',
    hasMedia: message.sid.startsWith('MM') || Number(message.numMedia ?? 0) > 0,
    status: message.status,
    errorCode: typeof message.errorCode === 'number' ? message.errorCode : null,
    sid: message.sid,
  };
  audit.add(row);
}
