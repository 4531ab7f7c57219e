/**
 * What is known of the person behind an address: the store first, under every name that is known to be theirs, and
 * Twilio's message log where the store knows nothing, because a window may be older than this software.
 */
import { type ConsentWords, lastConsentIn } from '../../domain/consent';
import {
  type CustomerServiceWindow,
  isOpen,
  NO_FACTS,
  newerFacts,
  windowAt,
} from '../../domain/customer-service-window';
import type { MessageSid } from '../../domain/twilio-sid';
import { isPhone, type Pair, type WhatsAppAddress } from '../../domain/whatsapp-address';
import { isUnavailable } from '../failure';
import { type ContactRecord, type ContactStore, UNRESTRICTED } from '../ports/contact-store';
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
  /** The pair under which messages are held for this person, or null where none are; see `homeOf`. */
  readonly holdingAs: Pair | null;
  /** The pair of the person's other name, where it is known: a BSUID for a phone number, a phone number for a BSUID. */
  readonly alias: Pair | null;
  /** Since when the person is being asked to answer, so that what is held can follow; see `Restrictions`. */
  readonly promptedAt: number | null;
  readonly promptSid: MessageSid | null;
  /** They opted out, and scheduled messages are left that could not be cancelled yet. */
  readonly cancelScheduled: boolean;
}

/** As much of a user's history as one page of the message log has: enough to find what they last said about consent. */
export const CONSENT_HISTORY = 50;

/**
 * @param how.remember false for a dry run, which stores nothing
 * @param how.fresh true where the answer must be exact, as of another time than now for instance: a container's memory,
 * and the older of a person's two records, tell for certain only that the window is open
 * @throws Failure `STATE_UNAVAILABLE` where it cannot be found out
 */
export async function readPerson(
  sources: PersonSources,
  pair: Pair,
  at: Moment,
  how: { readonly remember: boolean; readonly fresh: boolean } = { remember: true, fresh: false },
): Promise<Person> {
  const { windows, messageLog } = sources;
  // Where a BSUID's own record will not do, the phone number is looked for in the same round trip.
  const phone = how.fresh && !isPhone(pair.user) ? windows.phoneOf(pair.user) : undefined;
  const [own] = await Promise.all([windows.read(pair, how.fresh), phone]);
  if (own && isWhole(own, pair, at, how.fresh)) {
    const externalUserId = isPhone(pair.user) ? own.externalUserId : null;
    return asPerson(pair, externalUserId && { sender: pair.sender, user: externalUserId }, [own], at);
  }
  // Nothing stored under a name: most likely nothing is under the other either, so the log is asked in the same round trip.
  const history = own ? undefined : messageLog.newestInbound(pair, CONSENT_HISTORY);
  history?.catch(() => undefined);
  const other = await alias(windows, pair, own, phone);
  const known = [own, other?.record].filter((record) => record !== undefined);
  if (known.length > 0 || !history) return asPerson(pair, other?.pair ?? null, known, at);
  const learnt = learn(await history, sources.consentWords, pair);
  if (how.remember) {
    await windows.remember(learnt).catch((error: unknown) => {
      // Remembering only saves the next request: where Sync is away, the answer is no less true. A wrong setting is.
      if (!isUnavailable(error)) throw error;
    });
  }
  return asPerson(pair, other?.pair ?? null, [learnt], at);
}

/**
 * Whether this one record tells everything, so that one round trip is enough. That of a phone number does: a message
 * under the BSUID starts its window as well, and an opt-out stands under both names. That of a BSUID tells, while it is
 * open, that the window is open; not for how long, because a message from the phone number starts that number's alone.
 */
function isWhole(record: ContactRecord, pair: Pair, at: Moment, exactly: boolean): boolean {
  if (record.restrictions.holding) return false;
  if (isPhone(pair.user)) return true;
  const isKnownOpen =
    isOpen(windowAt(record.facts, at.now, at.marginSeconds)) && record.restrictions.optedOutAt === null;
  return isKnownOpen && !exactly;
}

function asPerson(pair: Pair, other: Pair | null, records: readonly ContactRecord[], at: Moment): Person {
  const recorded = records.find((record) => record.externalUserId)?.externalUserId ?? null;
  const facts = records.map((record) => record.facts).reduce(newerFacts);
  const closed = records.some(
    (record) => record.facts.closedByWhatsApp && record.facts.lastInboundAt === facts.lastInboundAt,
  );
  return {
    window: windowAt(
      closed ? { ...facts, closedByWhatsApp: true, source: 'whatsapp' } : facts,
      at.now,
      at.marginSeconds,
    ),
    optedOut: records.some((record) => record.restrictions.optedOutAt !== null),
    externalUserId: isPhone(pair.user) ? recorded : pair.user,
    alias: other,
    holdingAs: records.some((record) => record.restrictions.holding) ? homeOf(pair, other) : null,
    ...promptOf(records),
    cancelScheduled: records.some((record) => record.restrictions.cancelScheduled),
  };
}

function promptOf(records: readonly ContactRecord[]): Pick<Person, 'promptedAt' | 'promptSid'> {
  const prompted = records.find(
    ({ restrictions }) => restrictions.holding && restrictions.promptedAt !== null,
  );
  return {
    promptedAt: prompted?.restrictions.promptedAt ?? null,
    promptSid: prompted?.restrictions.promptSid ?? null,
  };
}

/**
 * The person as Twilio's message log alone knows them, where the store cannot be read: their last message opens the
 * window, the last of STOP and START among their messages is their consent.
 * @returns null where the log has nothing of a BSUID: the person may have written under their number, which only the store
 * knows
 * @throws Failure `STATE_UNAVAILABLE` where the log cannot be read
 */
export async function readFromLog(
  { messageLog, consentWords }: Pick<PersonSources, 'messageLog' | 'consentWords'>,
  pair: Pair,
  at: Moment,
): Promise<Person | null> {
  const history = await messageLog.newestInbound(pair, CONSENT_HISTORY);
  if (history.length === 0 && !isPhone(pair.user)) return null;
  return asPerson(pair, null, [learn(history, consentWords, pair)], at);
}

/** A name and what is stored under it, if anything is. */
export interface OtherName {
  readonly pair: Pair;
  readonly record: ContactRecord | undefined;
}

/**
 * The person's other name: the BSUID of a phone number, the phone number of a BSUID, also where nothing is stored under
 * it any more.
 * @param own what is stored under `pair`
 * @param noted the phone number that is noted for a BSUID, where it was asked for already
 */
export async function alias(
  windows: Pick<ContactStore, 'read' | 'phoneOf'>,
  pair: Pair,
  own: ContactRecord | undefined,
  noted?: Promise<WhatsAppAddress | undefined>,
): Promise<OtherName | undefined> {
  const named = (user: WhatsAppAddress): Pair => ({ sender: pair.sender, user });
  if (isPhone(pair.user)) {
    const externalUserId = own?.externalUserId;
    if (!externalUserId) return undefined;
    return { pair: named(externalUserId), record: await windows.read(named(externalUserId), true) };
  }
  const phone = await (noted ?? windows.phoneOf(pair.user));
  if (!phone) return undefined;
  const record = await windows.read(named(phone), true);
  return record && !belongsTo(record, pair.user) ? undefined : { pair: named(phone), record };
}

/** Under which of a person's names messages are held, whichever they were meant for: one queue keeps them in order. */
export function homeOf(pair: Pair, other: Pair | null): Pair {
  return other && isPhone(other.user) ? other : pair;
}

/** A number that changed hands names somebody else now; one that names nobody contradicts nothing. */
export function belongsTo(record: ContactRecord, externalUserId: WhatsAppAddress): boolean {
  return record.externalUserId === null || record.externalUserId === externalUserId;
}

/** @param history the user's messages, newest first */
function learn(history: readonly LoggedMessage[], words: ConsentWords, pair: Pair): ContactRecord {
  const [newest] = history;
  const bodies = history.map(({ body }) => body);
  const stoppedAt = lastConsentIn(bodies, words) === 'stop' ? (newest?.at ?? null) : null;
  return {
    pair,
    facts: newest ? { lastInboundAt: newest.at, closedByWhatsApp: false, source: 'message-log' } : NO_FACTS,
    messageSid: newest?.messageSid ?? null,
    profileName: null,
    externalUserId: null,
    restrictions: { ...UNRESTRICTED, optedOutAt: stoppedAt },
  };
}
