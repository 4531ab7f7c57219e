/**
 * Whether a message is scheduled for somebody who opted out. A STOP cancels what is scheduled through these functions; what
 * another program schedules is found here.
 */
import { parseWhatsAppAddress, type WhatsAppAddress } from '../../../src/domain/whatsapp-address';
import { peopleIn } from '../../account/people';
import { broken, type Check, MAX_MESSAGES, ok, onlyLookedAt } from '../check';

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
    const read = Math.max(bySender.length, byService.length);
    const ofMessages = onlyLookedAt(read, MAX_MESSAGES, 'the newest 1,000 messages');
    if (scheduled.size === 0) return ok(`None is scheduled.${ofMessages}`);
    const { windows } = peopleIn(sdk, account.syncServiceSid(), account.io.now());
    const stopped = new Set<WhatsAppAddress>();
    const people = [...new Set(scheduled.values())];
    for (const user of people.slice(0, MAX_PEOPLE)) {
      const record = await windows.read({ sender, user });
      if (record && record.restrictions.optedOutAt !== null) stopped.add(user);
    }
    const wrong = [...scheduled].flatMap(([sid, user]) => (stopped.has(user) ? [sid] : []));
    const count = `${scheduled.size} ${scheduled.size === 1 ? 'is' : 'are'} scheduled`;
    const limits = `${ofMessages}${onlyLookedAt(people.length, MAX_PEOPLE + 1, `${MAX_PEOPLE} of ${people.length} people`)}`;
    if (wrong.length === 0) return ok(`${count}, none for somebody who opted out.${limits}`);
    const more = wrong.length > MAX_NAMED ? ` and ${wrong.length - MAX_NAMED} more` : '';
    return broken(
      `${count}, ${wrong.length} of them for people who opted out: ${wrong.slice(0, MAX_NAMED).join(', ')}${more}.${limits}`,
      'Cancel them (POST Messages/SID with Status=canceled), and let the program that scheduled them send through these functions.',
    );
  },
};
