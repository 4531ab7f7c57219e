/**
 * Whether a message is scheduled for somebody who opted out. A STOP cancels what is scheduled through these functions; what
 * another program schedules is found here.
 */
import { parseWhatsAppAddress, type WhatsAppAddress } from '../../../src/domain/whatsapp-address';
import { peopleIn } from '../../account/people';
import { broken, type Check, ok } from '../check';

/** Newest first. */
const MAX_MESSAGES = 1000;
/** People whose record is read. */
const MAX_PEOPLE = 50;
/** SIDs that are named. */
const MAX_NAMED = 5;

export const scheduledMessages: Check = {
  name: 'scheduled messages',
  why: 'Whoever said STOP must get nothing: WhatsApp takes a sender offline whom people report.',
  async look(account) {
    const sdk = account.sdk();
    const sender = account.sender();
    const [bySender, byService] = await Promise.all([
      sdk.messages.list({ from: sender, limit: MAX_MESSAGES, pageSize: MAX_MESSAGES }),
      // What is scheduled may name only its Messaging Service until it is sent.
      sdk.messages.list({ limit: MAX_MESSAGES, pageSize: MAX_MESSAGES }),
    ]);
    const scheduled = new Map<string, WhatsAppAddress>();
    for (const { sid, status, from, to } of [...bySender, ...byService]) {
      const user = parseWhatsAppAddress(to ?? '');
      if (status === 'scheduled' && user && (!from || from === sender)) scheduled.set(sid, user);
    }
    if (scheduled.size === 0) return ok('None is scheduled.');
    const { windows } = peopleIn(sdk, account.syncServiceSid(), account.io.now());
    const stopped = new Set<WhatsAppAddress>();
    const people = [...new Set(scheduled.values())].slice(0, MAX_PEOPLE);
    for (const user of people) {
      const record = await windows.read({ sender, user });
      if (record && record.restrictions.optedOutAt !== null) stopped.add(user);
    }
    const wrong = [...scheduled].flatMap(([sid, user]) => (stopped.has(user) ? [sid] : []));
    const count = `${scheduled.size} ${scheduled.size === 1 ? 'is' : 'are'} scheduled`;
    if (wrong.length === 0) return ok(`${count}, none for somebody who opted out.`);
    const more = wrong.length > MAX_NAMED ? ` and ${wrong.length - MAX_NAMED} more` : '';
    return broken(
      `${count}, ${wrong.length} of them for people who opted out: ${wrong.slice(0, MAX_NAMED).join(', ')}${more}.`,
      'Cancel them (POST Messages/SID with Status=canceled), and let the program that scheduled them send through these functions.',
    );
  },
};
