/**
 * Nobody who said STOP gets a message that was scheduled before it. Twilio's own list tells what is scheduled, so nothing
 * is kept of it here; what cannot be cancelled in time is noted with the opt-out, and cancelled by the next call that meets
 * the person.
 */

import type { Pair } from '../../domain/whatsapp-address';
import { saidStop } from '../contacts/read-person';
import type { ContactStore } from '../ports/contact-store';
import type { MessageLog } from '../ports/message-log';
import type { Messenger, SentMessage } from '../ports/messenger';

export interface CancelPorts {
  readonly windows: ContactStore;
  readonly messageLog: MessageLog;
  readonly messenger: Messenger;
}

/**
 * Cancels what is scheduled for a person, who is opted out already, and notes that it is done.
 * @returns whether nothing is left
 */
export async function cancelScheduled(ports: CancelPorts, pair: Pair): Promise<boolean> {
  try {
    const scheduled = await ports.messageLog.scheduled(pair);
    for (const messageSid of new Set(scheduled)) await ports.messenger.cancel(messageSid);
    await noteDone(ports, pair);
    return true;
  } catch {
    // The note stays, and the next call that meets the person tries again.
    return false;
  }
}

/** A STOP that came while a message was being scheduled did not find it in Twilio's list. Best effort: it is answered anyway. */
export async function cancelIfOptedOut(
  ports: CancelPorts,
  pair: Pair,
  scheduled: readonly SentMessage[],
): Promise<void> {
  try {
    if (!(await saidStop(ports, pair))) return;
    for (const { sid } of scheduled) await ports.messenger.cancel(sid);
  } catch {
    // The next STOP, or the next call that meets the person, finds it.
  }
}

async function noteDone({ windows }: CancelPorts, pair: Pair): Promise<void> {
  await windows.change(pair, (current) =>
    current.restrictions.cancelScheduled
      ? { ...current, restrictions: { ...current.restrictions, cancelScheduled: false } }
      : null,
  );
}
