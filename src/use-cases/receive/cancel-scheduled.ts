/**
 * Nobody who said STOP gets a message that was scheduled before it. Twilio's own list tells what is scheduled, so nothing
 * is kept of it here; what cannot be cancelled in time is noted with the opt-out, and cancelled by the next call that meets
 * the person.
 */

import type { Pair } from '../../domain/whatsapp-address';
import type { Person } from '../contacts/read-person';
import type { ContactStore } from '../ports/contact-store';
import type { MessageLog } from '../ports/message-log';
import type { Messenger, SentMessage } from '../ports/messenger';

export interface CancelPorts {
  readonly windows: ContactStore;
  readonly messageLog: MessageLog;
  readonly messenger: Messenger;
}

/**
 * Cancels what is scheduled for a person, and notes that it is done.
 * @param names all names of the person; they are opted out already
 * @returns whether nothing is left
 */
export async function cancelScheduled(ports: CancelPorts, names: readonly Pair[]): Promise<boolean> {
  try {
    const lists = await Promise.all(names.map((name) => ports.messageLog.scheduled(name)));
    for (const messageSid of new Set(lists.flat())) await ports.messenger.cancel(messageSid);
    for (const name of names) await noteDone(ports, name);
    return true;
  } catch {
    // The note stays, and the next call that meets the person tries again.
    return false;
  }
}

/** The next call that meets a person of whom something could not be cancelled. */
export async function cancelLeftScheduled(ports: CancelPorts, pair: Pair, person: Person): Promise<boolean> {
  return cancelScheduled(ports, person.alias ? [pair, person.alias] : [pair]);
}

/** A STOP that came while a message was being scheduled did not find it in Twilio's list. Best effort: it is answered anyway. */
export async function cancelIfOptedOut(
  ports: CancelPorts,
  pair: Pair,
  scheduled: readonly SentMessage[],
): Promise<void> {
  try {
    const record = await ports.windows.read(pair, true);
    if (record?.restrictions.optedOutAt == null) return;
    for (const { sid } of scheduled) await ports.messenger.cancel(sid);
  } catch {
    // The next STOP, or the next call that meets the person, finds it.
  }
}

async function noteDone({ windows }: CancelPorts, name: Pair): Promise<void> {
  await windows.change(name, (current) =>
    current.restrictions.cancelScheduled
      ? { ...current, restrictions: { ...current.restrictions, cancelScheduled: false } }
      : null,
  );
}
