/**
 * A user reached the sender otherwise than by a message, such as by a WhatsApp call: that starts the customer service
 * window as well, and releases what is held. It only ever moves a window forward, because what it is told may be late or
 * told again; consent is a matter of messages and stays as it is.
 */

import {
  type CustomerServiceWindow,
  newerFacts,
  type WindowFacts,
  windowAt,
} from '../../domain/customer-service-window';
import type { CallSid } from '../../domain/twilio-sid';
import type { Pair } from '../../domain/whatsapp-address';
import { type Moment, readPerson } from '../contacts/read-person';
import { releaseHeld, sentCount } from '../hold/release-held';
import type { SeenCalls } from '../ports/seen-calls';
import type { SendPorts } from '../ports/send-ports';
import { wasRefusedSince } from './whatsapp-verdict';

export interface ContactPorts extends SendPorts {
  readonly seenCalls: SeenCalls;
}

export interface Contact {
  readonly pair: Pair;
  /** When the user made contact, not after now; milliseconds since the epoch. */
  readonly contactAt: number;
  /** The call, where it was one that may be reported again. */
  readonly callSid: CallSid | null;
  /** It was a message, which Twilio's log may have as well: what the log says of this very moment is this contact. */
  readonly isMessage?: true;
}

export interface ContactReceived {
  /** As it is afterwards. */
  readonly window: CustomerServiceWindow;
  /** Whether the window starts at this contact now; false where something as new was known already. */
  readonly recorded: boolean;
  readonly released: number;
}

/**
 * @throws Failure `STATE_UNAVAILABLE` where it could not be stored, or where it is not known whether something newer is:
 * told again, it is recorded as of the same time
 */
export async function receiveContact(
  ports: ContactPorts,
  contact: Contact,
  at: Moment,
): Promise<ContactReceived> {
  const { pair, callSid } = contact;
  const contactAt =
    callSid === null ? contact.contactAt : await ports.seenCalls.startOf(callSid, contact.contactAt);
  const person = await readPerson(ports, pair, at, { remember: true, fresh: true });
  // Only what is newer than the message that WhatsApp refused speaks against its verdict.
  const isRefused = person.window.closedByWhatsApp && (await wasRefusedSince(ports, pair, contactAt));
  const facts = {
    lastInboundAt: contactAt,
    closedByWhatsApp: isRefused,
    source: isRefused ? ('whatsapp' as const) : ('sync' as const),
  };
  const known = person.window;
  const isNewerThan = (other: WindowFacts) =>
    newerFacts(other, facts) === facts ||
    (contact.isMessage && other.source === 'message-log' && other.lastInboundAt === contactAt);
  const isNew = isNewerThan(known);
  const { window, changed } = await ports.windows.change(pair, (current) =>
    isNew && isNewerThan(current.facts) ? { ...current, facts, messageSid: null } : null,
  );

  const mayRelease = person.holding || window.restrictions.holding;
  const released = mayRelease ? sentCount(await releaseHeld(ports, pair, at)) : 0;
  const after = !changed && newerFacts(known, window.facts) === known ? known : window.facts;
  return { window: windowAt(after, at.now, at.marginSeconds), recorded: changed, released };
}
