/**
 * Whether WhatsApp closed windows that are open by our rule: outbound messages of the last week with error 63016 that
 * left, by the log's own times, while the window was open. Where they lie shortly before its end, a larger margin helps.
 */
import { isOpen, windowAt } from '../../../src/domain/customer-service-window';
import { readSettings } from '../../../src/http/settings';
import { loggedTime } from '../../../src/twilio/log/message-log';
import { type Check, type CheckedAccount, Lacking, MAX_MESSAGES, ok, onlyLookedAt, warning } from '../check';

const OUTSIDE_WINDOW = 63016;
const DAYS = 7;
const DAY_MS = 24 * 3600 * 1000;
/** Each costs a look at the log. */
const MAX_LOOKED_AT = 50;
/** A refusal this close to the end is the clocks' doing; any earlier one is false, or a template's: the log does not tell those. */
const NEAR_THE_END_SECONDS = 3600;
/** On top of the largest disagreement. */
const RESERVE_SECONDS = 60;

export const disagreements: Check = {
  name: 'WhatsApp agrees',
  why: 'A message sent in a window that WhatsApp counts as closed is lost, until it is repaired.',
  async look(account) {
    const marginSeconds = marginOf(account);
    const { refused, read } = await refusedMessages(account);
    const secondsLeft: number[] = [];
    for (const { to, at } of refused.slice(0, MAX_LOOKED_AT)) {
      const lastInboundAt = await lastInboundBefore(account, to, at);
      const window = windowAt(
        { lastInboundAt, closedByWhatsApp: false, source: 'message-log' },
        at,
        marginSeconds,
      );
      if (isOpen(window)) secondsLeft.push(window.secondsLeft);
    }
    const near = secondsLeft.filter((seconds) => seconds <= NEAR_THE_END_SECONDS);
    const found = [
      `Refused with 63016 in the last ${DAYS} days: ${refused.length}`,
      `while the window was open by our rule: ${secondsLeft.length}`,
      `of those near its end: ${near.length}`,
    ].join(', ');
    const limits = [
      onlyLookedAt(read, MAX_MESSAGES, 'the newest 1,000 messages'),
      onlyLookedAt(refused.length, MAX_LOOKED_AT + 1, `the windows of ${MAX_LOOKED_AT} of those refused`),
    ].join('');
    if (secondsLeft.length === 0) return ok(`${found}.${limits}`);
    if (near.length === 0) {
      return warning(
        `${found}. They were refused falsely, or were templates that could not be sent.${limits}`,
        'A margin does not help; /message-status repairs them. For templates see the check above.',
      );
    }
    const suggested = Math.ceil((Math.max(...near) + RESERVE_SECONDS) / 60) * 60;
    return warning(
      `${found}.${limits}`,
      `Set WINDOW_MARGIN_SECONDS=${suggested} (it is ${marginSeconds}), then ${account.run('deploy')}.`,
    );
  },
};

function marginOf(account: CheckedAccount): number {
  const read = readSettings(account.env);
  if (read.ok) return read.settings.marginSeconds;
  throw new Lacking('It needs complete settings.');
}

/** By the time of creation: what was refused may never have been "sent", so the log's own filter could leave it out. */
async function refusedMessages(
  account: CheckedAccount,
): Promise<{ readonly refused: readonly { to: string; at: number }[]; readonly read: number }> {
  const since = account.io.now() - DAYS * DAY_MS;
  const messages = await account.sdk().messages.list({
    from: account.sender(),
    limit: MAX_MESSAGES,
    pageSize: MAX_MESSAGES,
  });
  const refused = messages
    .filter(({ errorCode, dateCreated }) => errorCode === OUTSIDE_WINDOW && dateCreated.getTime() >= since)
    .map(({ to, dateSent, dateCreated }) => ({ to, at: (dateSent ?? dateCreated).getTime() }));
  return { refused, read: messages.length };
}

/** The user's newest message of the day before: an older one opens no window at that time. */
async function lastInboundBefore(account: CheckedAccount, user: string, at: number): Promise<number | null> {
  const messages = await account.sdk().messages.list({
    from: user,
    to: account.sender(),
    // Twilio filters by day, so whole days are asked for and the exact time compared here.
    dateSentAfter: new Date(at - DAY_MS),
    dateSentBefore: new Date(at + DAY_MS),
    limit: MAX_MESSAGES,
    pageSize: MAX_MESSAGES,
  });
  const before = messages.flatMap((message) => {
    const arrival = loggedTime(message);
    return arrival !== null && arrival <= at ? [arrival] : [];
  });
  return before.length === 0 ? null : Math.max(...before);
}
