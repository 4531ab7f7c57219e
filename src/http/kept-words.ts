/** What /forget leaves, in sentences for whoever has to answer for it. */
import type { Forgotten } from '../use-cases/contacts/forget-person';

/** @param accountSid stands in the addresses at which Twilio's log is erased */
export function keptWords(
  { isOptedOut, logged, isComplete }: Pick<Forgotten, 'isOptedOut' | 'logged' | 'isComplete'>,
  accountSid: string,
): string {
  const account = `https://api.twilio.com/2010-04-01/Accounts/${accountSid}`;
  const messages =
    logged.count === 0
      ? "Twilio's message log has no message of this person."
      : `Twilio's message log has ${logged.count}${logged.hasMore ? ' or more' : ''} messages of this person; GET /thread lists their SIDs. Delete each with DELETE ${account}/Messages/SID.json, which removes its media too; cancel what is still scheduled first, with Status=canceled.`;
  return [
    ...(isOptedOut
      ? ['A bare note that this person opted out is kept, so that nothing is sent to them.']
      : []),
    messages,
    `A WhatsApp call stands in Twilio's call log: DELETE ${account}/Calls/SID.json.`,
    'Idempotency keys hold no number; one whose message is not in the log cannot be told to be theirs, and expires within 48 hours.',
    ...(isComplete
      ? []
      : [
          'Sync holds more than one call can look through: call again when there is less to do, or wait. Keys and repairs expire within 48 hours; windows towards senders that are in none of their logged messages, within 7 days, unless something is held there.',
        ]),
  ].join(' ');
}
