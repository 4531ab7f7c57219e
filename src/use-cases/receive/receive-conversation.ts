/**
 * A user wrote into a conversation of Twilio Conversations or Flex, which no message webhook reports. It counts like any
 * inbound message, at the time at which it was written, however late or often it is told: the window starts, STOP or START
 * is obeyed, what is held is released. Consent is stored first: cut short, somebody who said STOP gets nothing.
 */
import { consentIn } from '../../domain/consent';
import type { WhatsAppAddress } from '../../domain/whatsapp-address';
import { type Moment, readPerson } from '../contacts/read-person';
import type { Participant, Participants } from '../ports/participants';
import { applyWord } from './apply-word';
import { cancelScheduled } from './cancel-scheduled';
import { consentAfter, type Word } from './consent-word';
import { type Contact, type ContactPorts, type ContactReceived, receiveContact } from './receive-contact';

export interface ConversationPorts extends ContactPorts {
  readonly participants: Participants;
}

export interface ConversationMessage {
  readonly participant: Participant;
  /** The user, as the webhook names them. */
  readonly author: WhatsAppAddress;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

export interface ConversationReceived extends ContactReceived {
  readonly pair: Contact['pair'];
  readonly consent: Word['word'] | null;
  /** After a STOP: whether what was scheduled is cancelled. Null where nothing had to be. */
  readonly scheduledCancelled: boolean | null;
}

/**
 * @returns null where the participant is not this user on WhatsApp: no inbound message
 * @throws Failure where it could not be stored, or where it is not known who wrote to whom: told again, it is recorded as
 * of the same time
 */
export async function receiveConversationMessage(
  ports: ConversationPorts,
  { participant, author, body, writtenAt }: ConversationMessage,
  at: Moment,
): Promise<ConversationReceived | null> {
  const sender = await ports.participants.senderOf(participant, author);
  if (sender === null || sender === author) return null;
  const pair = { sender, user: author };
  const contact: Contact = { pair, contactAt: Math.min(writtenAt, at.now), callSid: null, isMessage: true };
  const consent = consentIn(body, ports.consentWords);
  const scheduledCancelled = consent === null ? null : await applyConsent(ports, contact, consent, at);
  return { pair, consent, scheduledCancelled, ...(await receiveContact(ports, contact, at)) };
}

/** @returns after a STOP, whether what was scheduled is cancelled */
async function applyConsent(
  ports: ConversationPorts,
  { pair, contactAt }: Contact,
  consent: Word['word'],
  at: Moment,
): Promise<boolean | null> {
  // Also learns from the log what nobody stored yet, so that START lifts a STOP of before this software.
  await readPerson(ports, pair, at, { remember: true, fresh: true });
  const said = { word: consent, messageSid: null, at: contactAt };
  const counting = await applyWord(ports, pair, said, null, at.now, (current, word) => {
    const after = consentAfter(word, current.restrictions);
    // START means something only to one who said STOP.
    if (word.word === 'start' && after.optedOutAt === current.restrictions.optedOutAt) return null;
    return { ...current, restrictions: { ...current.restrictions, ...after } };
  });
  return counting.word === 'stop' ? cancelScheduled(ports, pair) : null;
}
