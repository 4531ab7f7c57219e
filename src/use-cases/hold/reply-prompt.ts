/**
 * The reply prompt: the one template message that asks a person to answer, so that what is held can follow. Being asked
 * has two states: somebody is about to ask (`promptedAt`), and the template message left (`promptSid`). Whoever dies in
 * between leaves the first, and the message log tells what became of it.
 */

import type { MessageSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import type { Moment, Person } from '../contacts/read-person';
import { Failure } from '../failure';
import type { LoggedMessage } from '../ports/message-log';
import type { SentMessage } from '../ports/messenger';
import type { SendPorts } from '../ports/send-ports';
import type { ReadyTemplate } from '../send/choose-template';
import { dispatchMessage } from '../send/dispatch';
import { LOG_TOLERANCE_MS, SETTLED_MS } from './release-evidence';

/** Whether the user was asked to answer and something still waits for it: what expired was asked for in vain. */
export async function wasPrompted(
  ports: SendPorts,
  pair: Pair,
  person: Person,
  { now }: Moment,
): Promise<boolean> {
  const { promptedAt, promptSid } = person;
  if (promptedAt === null) return false;
  if (!(await ports.held.list(pair)).some((held) => held.expiresAt > now)) return false;
  return promptSid !== null || mayHaveAsked(ports, pair, promptedAt, now);
}

/** Whether the question that somebody was about to ask then left, or still may. */
export async function mayHaveAsked(
  { messageLog }: Pick<SendPorts, 'messageLog'>,
  pair: Pair,
  promptedAt: number,
  now: number,
): Promise<boolean> {
  // Somebody is asking at this moment, or died while asking.
  if (now - promptedAt < SETTLED_MS) return true;
  const messages = await messageLog.newestOutbound(pair, 20);
  return messages.some((message) => mayBePrompt(message, promptedAt));
}

/** Between the moment of asking and the next text of ours nothing else can have left: everything waits in the queue. */
function mayBePrompt({ at }: LoggedMessage, promptedAt: number): boolean {
  return at >= promptedAt - LOG_TOLERANCE_MS;
}

/**
 * Sends the reply prompt, and notes that it left.
 * @param statusCallbacks the addresses to which its status callbacks go on
 * @throws Failure as `Messenger.send` does; where certainly nothing left, the next hold asks again
 */
export async function sendPrompt(
  ports: SendPorts,
  pair: Pair,
  { message }: ReadyTemplate,
  statusCallbacks: readonly string[],
  { now }: Moment,
): Promise<SentMessage> {
  try {
    const sent = await dispatchMessage(ports, { pair, message, statusCallbacks }, now);
    await notePrompt(ports, pair, now, { promptSid: sent.sid });
    return sent;
  } catch (error) {
    const isSurelyNotSent = !(error instanceof Failure) || error.code !== 'OUTCOME_UNKNOWN';
    if (isSurelyNotSent) await notePrompt(ports, pair, now, { promptedAt: null, promptSid: null });
    throw error;
  }
}

/** Where it cannot be noted, the message log tells the next hold. */
async function notePrompt(
  { windows }: SendPorts,
  pair: Pair,
  promptedAt: number,
  note: { readonly promptedAt?: null; readonly promptSid: SentMessage['sid'] | null },
): Promise<void> {
  await windows
    .change(pair, (current) =>
      current.restrictions.promptedAt === promptedAt
        ? { ...current, restrictions: { ...current.restrictions, ...note } }
        : null,
    )
    .catch(() => undefined);
}

/** The template that asked failed for the moment: nobody was asked, and the next text that is held asks anew. Best effort. */
export async function notePromptFailed(
  { windows }: SendPorts,
  pair: Pair,
  messageSid: MessageSid,
): Promise<void> {
  await windows
    .change(pair, (current) =>
      current.restrictions.promptSid === messageSid
        ? { ...current, restrictions: { ...current.restrictions, promptedAt: null, promptSid: null } }
        : null,
    )
    .catch(() => undefined);
}
