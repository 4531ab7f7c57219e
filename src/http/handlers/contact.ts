/** What /contact and its Studio twin do alike. */

import type { ContactAnswer } from '../../../client/answers';
import { WINDOW_MS } from '../../domain/customer-service-window';
import type { Failure } from '../../use-cases/failure';
import { type Contact, receiveContact } from '../../use-cases/receive/receive-contact';
import { type Answer, errorJson, type Failed, windowJson } from '../answers';
import type { Call } from '../endpoint';
import { pairHash } from '../pair-hash';

/** How far a caller's clock may be ahead of ours; what is ahead counts as now. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The names that /contact knows. */
export const CONTACT_PARAMETERS = ['to', 'from', 'at'] as const;

/** @throws Failure `INVALID_REQUEST` with all problems */
export function readContact({ parameters, settings, now }: Call): Contact {
  const user = parameters.to();
  const sender = parameters.from(settings);
  const time = parameters.time('at');
  if (user === sender) parameters.add('to', 'to is the sender itself.');
  if (time !== undefined && time - now > CLOCK_TOLERANCE_MS) {
    parameters.add('at', 'at lies in the future: give the time at which the user made contact.');
  } else if (time !== undefined && now - time > WINDOW_MS) {
    parameters.add('at', 'at is more than 24 hours ago: such a contact opens no window any more.');
  }
  const pair = { sender, ...parameters.finish(CONTACT_PARAMETERS, { user }) };
  return { pair, contactAt: Math.min(time ?? now, now), callSid: null };
}

export async function respondToContact(
  { services, settings, now }: Call,
  contact: Contact,
): Promise<Answer<ContactAnswer>> {
  const at = { now, marginSeconds: settings.marginSeconds };
  const { window, recorded, released } = await receiveContact(services, contact, at);
  return {
    status: 200,
    json: { window: windowJson(window), recorded, error: null },
    log: { pair: pairHash(settings.authToken, contact.pair), recorded, released, state: window.state },
  };
}

export function contactFailedJson(failure: Failure): Failed<Omit<ContactAnswer, 'error'>> {
  return { window: null, recorded: false, error: errorJson(failure) };
}
