/**
 * What is known of the person behind an address: the store first, and Twilio's message log where the store knows nothing,
 * because a window may be older than this software.
 */
import { type ConsentWords, consentIn, lastConsentIn } from '../../domain/consent';
import { type CustomerServiceWindow, isOpen, windowAt } from '../../domain/customer-service-window';
import type { MessageSid } from '../../domain/twilio-sid';
import { isParentId, isPhone, type Pair } from '../../domain/whatsapp-address';
import { isUnavailable } from '../failure';
import {
  type ContactRecord,
  type ContactStore,
  emptyRecord,
  type Restrictions,
  UNRESTRICTED,
} from '../ports/contact-store';
import type { LoggedMessage, MessageLog } from '../ports/message-log';

export interface PersonSources {
  readonly windows: ContactStore;
  readonly messageLog: MessageLog;
  readonly consentWords: ConsentWords;
}

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly marginSeconds: number;
}

export interface Person {
  readonly window: CustomerServiceWindow;
  readonly optedOut: boolean;
  readonly externalUserId: ContactRecord['externalUserId'];
  /** Something is held for them. */
  readonly holding: boolean;
  /** Since when the person is being asked to answer, so that what is held can follow; see `Restrictions`. */
  readonly promptedAt: number | null;
  readonly promptSid: MessageSid | null;
  /** They opted out, and scheduled messages are left that could not be cancelled yet. */
  readonly cancelScheduled: boolean;
}

/** As much of a user's history as one page of the message log has: enough to find what they last said about consent. */
export const CONSENT_HISTORY = 50;

/** How a person is looked up. */
export interface HowToRead {
  /** False for a dry run, which stores nothing. */
  readonly remember: boolean;
  /** True where the answer must be exact, as of another time than now for instance: a container's memory tells for certain only that the window is open. */
  readonly fresh: boolean;
}

/** @throws Failure `STATE_UNAVAILABLE` where it cannot be found out */
export async function readPerson(
  sources: PersonSources,
  pair: Pair,
  at: Moment,
  how: HowToRead = { remember: true, fresh: false },
): Promise<Person> {
  const { person, remember } = await lookUpPerson(sources, pair, at, how);
  await remember();
  return person;
}

export interface FoundPerson {
  readonly person: Person;
  /**
   * Stores what Twilio's log told, which saves the next request. Once begun it has to be waited for: what is created is
   * looked at again, and cut short in between it would hide a STOP.
   */
  readonly remember: () => Promise<void>;
}

/**
 * For whoever may not wait for the answer: what it gives up on must not store anything afterwards.
 * @throws Failure `STATE_UNAVAILABLE` where it cannot be found out
 */
export async function lookUpPerson(
  sources: PersonSources,
  pair: Pair,
  at: Moment,
  how: HowToRead,
): Promise<FoundPerson> {
  const { windows } = sources;
  const record = await windows.read(pair, how.fresh);
  if (record) {
    const known = how.remember ? await withOverlooked(sources, record, at) : record;
    return { person: asPerson(pair, known, at), remember: async () => undefined };
  }
  const learnt = await recordFromLog(sources, pair);
  const remember = async () => {
    if (!how.remember) return;
    await windows.remember(learnt).catch((error: unknown) => {
      // Remembering only saves the next request: where Sync is away, the answer is no less true. A wrong setting is.
      if (!isUnavailable(error)) throw error;
    });
  };
  return { person: asPerson(pair, learnt, at), remember };
}

/** Longer than a function lives (10 s), in milliseconds: what began so long ago has ended, or died. */
export const MEANWHILE_MS = 15_000;

/** Whoever died while they held something, before they had asked, may have overlooked a message that came in that moment. */
async function withOverlooked(
  sources: PersonSources,
  record: ContactRecord,
  at: Moment,
): Promise<ContactRecord> {
  const { holding, promptedAt, promptSid } = record.restrictions;
  const hasDied =
    holding && promptedAt !== null && promptSid === null && Math.abs(at.now - promptedAt) >= MEANWHILE_MS;
  if (!hasDied || isOpen(windowAt(record.facts, at.now, at.marginSeconds))) return record;
  return (await learnFromLog(sources, record.pair).catch(() => null)) ?? record;
}

/**
 * Stores the user's newest message of Twilio's log where the store does not know it, a STOP as well.
 * @returns what is stored then; null where there was nothing new, or WhatsApp has closed the window
 * @throws Failure `STATE_UNAVAILABLE` where the log or the store cannot be reached
 */
export async function learnFromLog(
  { windows, messageLog, consentWords }: PersonSources,
  pair: Pair,
): Promise<ContactRecord | null> {
  const [inbound] = await messageLog.newestInbound(pair, 1);
  if (!inbound) return null;
  const isStop = consentIn(inbound.body, consentWords) === 'stop';
  // The log knows whole seconds: what is stored is newer by up to one.
  const { changed, window } = await windows.change(pair, (current) =>
    inbound.at <= (current.facts.lastInboundAt ?? 0) || current.facts.closedByWhatsApp
      ? null
      : {
          ...current,
          facts: { lastInboundAt: inbound.at, closedByWhatsApp: false, source: 'message-log' },
          messageSid: inbound.messageSid,
          restrictions: {
            ...current.restrictions,
            optedOutAt: isStop ? inbound.at : current.restrictions.optedOutAt,
          },
        },
  );
  return changed ? window : null;
}

function asPerson(pair: Pair, { facts, externalUserId, restrictions }: ContactRecord, at: Moment): Person {
  const { optedOutAt, holding, promptedAt, promptSid, cancelScheduled } = restrictions;
  return {
    window: windowAt(facts, at.now, at.marginSeconds),
    optedOut: optedOutAt !== null,
    externalUserId: isPhone(pair.user) || isParentId(pair.user) ? externalUserId : pair.user,
    holding,
    // Where nothing is held, whoever was asked was asked for something else.
    promptedAt: holding ? promptedAt : null,
    promptSid: holding ? promptSid : null,
    cancelScheduled,
  };
}

/**
 * Whether the person has said STOP by now, whatever was known before.
 * @throws Failure `STATE_UNAVAILABLE` where the store cannot be read
 */
export async function saidStop({ windows }: Pick<PersonSources, 'windows'>, pair: Pair): Promise<boolean> {
  const record = await windows.read(pair, true);
  return record !== undefined && record.restrictions.optedOutAt !== null;
}

/**
 * The person as Twilio's message log alone knows them, where the store cannot be read: their last message opens the
 * window, the last of STOP and START among their messages is their consent.
 * @returns null where the log has nothing of a BSUID: the person may have written under their number, which only the store
 * knows
 * @throws Failure `STATE_UNAVAILABLE` where the log cannot be read
 */
export async function readFromLog(
  sources: Pick<PersonSources, 'messageLog' | 'consentWords'>,
  pair: Pair,
  at: Moment,
): Promise<Person | null> {
  const learnt = await recordFromLog(sources, pair);
  return learnt.facts.lastInboundAt === null && !isPhone(pair.user) ? null : asPerson(pair, learnt, at);
}

/** What the log tells of them, as it would be stored. */
async function recordFromLog(
  { messageLog, consentWords }: Pick<PersonSources, 'messageLog' | 'consentWords'>,
  pair: Pair,
): Promise<ContactRecord> {
  const history = await messageLog.newestInbound(pair, CONSENT_HISTORY);
  const [newest] = history;
  if (!newest) return emptyRecord(pair);
  return {
    ...emptyRecord(pair),
    facts: { lastInboundAt: newest.at, closedByWhatsApp: false, source: 'message-log' },
    messageSid: newest.messageSid,
    restrictions: restrictionsIn(history, consentWords),
  };
}

/** @param history the person's messages, newest first: the last of STOP and START among them is their consent */
export function restrictionsIn(history: readonly LoggedMessage[], consentWords: ConsentWords): Restrictions {
  const bodies = history.map(({ body }) => body);
  const isStop = lastConsentIn(bodies, consentWords) === 'stop';
  return { ...UNRESTRICTED, optedOutAt: isStop ? (history[0]?.at ?? null) : null };
}
