/**
 * What is known of the person behind an address: the store first, under every name that is known to be theirs, and
 * Twilio's message log where the store knows nothing, because a window may be older than this software.
 */
import {
  type CustomerServiceWindow,
  isOpen,
  NO_FACTS,
  newerFacts,
  windowAt,
} from '../domain/customer-service-window';
import { isPhone, type Pair, type WhatsAppAddress } from '../domain/whatsapp-address';
import { isUnavailable } from './failure';
import type { MessageLog } from './message-log';
import { NO_CARE, type StoredWindow, type WindowStore } from './window-store';

export interface PersonSources {
  readonly windows: WindowStore;
  readonly messageLog: MessageLog;
}

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly marginSeconds: number;
}

export interface Person {
  readonly window: CustomerServiceWindow;
  readonly optedOut: boolean;
  readonly externalUserId: StoredWindow['externalUserId'];
  /** The pair under which messages are held for this person, or null where none are. */
  readonly holdingAs: Pair | null;
  /** The pair of the person's other name, where it is known: a BSUID for a phone number, a phone number for a BSUID. */
  readonly otherName: Pair | null;
  /** The person was asked already to answer, so that what is held can follow. */
  readonly asked: boolean;
}

/**
 * @param how.remember false for a dry run, which stores nothing
 * @param how.fresh true where the question is about another time than now, which a container's memory cannot answer
 * @throws Failure `STATE_UNAVAILABLE` where it cannot be found out
 */
export async function readPerson(
  sources: PersonSources,
  pair: Pair,
  at: Moment,
  how: { readonly remember: boolean; readonly fresh: boolean } = { remember: true, fresh: false },
): Promise<Person> {
  const own = await sources.windows.read(pair, how.fresh);
  if (own && isWhole(own, pair, at)) return asPerson(pair, [own], at);

  const other = await otherRecord(sources.windows, pair, own);
  const known = [own, other].filter((record) => record !== undefined);
  if (known.length > 0) return asPerson(pair, known, at);
  return asPerson(pair, [await askMessageLog(sources, pair, how.remember)], at);
}

/**
 * Whether this one record tells everything, so that one round trip is enough. That of a phone number does: a message
 * under the BSUID starts its window as well, and an opt-out stands under both names. That of a BSUID does while it is open.
 */
function isWhole(record: StoredWindow, pair: Pair, at: Moment): boolean {
  if (record.care.holding) return false;
  if (isPhone(pair.user)) return true;
  return isOpen(windowAt(record.facts, at.now, at.marginSeconds)) && record.care.optedOutAt === null;
}

function asPerson(pair: Pair, records: readonly StoredWindow[], at: Moment): Person {
  const externalUserId = records.find((record) => record.externalUserId)?.externalUserId ?? null;
  const others = records.map((record) => record.pair.user).filter((user) => user !== pair.user);
  const otherUser = isPhone(pair.user) ? externalUserId : (others[0] ?? null);
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
    optedOut: records.some((record) => record.care.optedOutAt !== null),
    externalUserId,
    otherName: otherUser && { sender: pair.sender, user: otherUser },
    holdingAs: records.find((record) => record.care.holding)?.pair ?? null,
    asked: records.some((record) => record.care.holding && record.care.askedAt !== null),
  };
}

/** The record under the person's other name: the BSUID of a phone number, the phone number of a BSUID. */
export async function otherRecord(
  windows: WindowStore,
  pair: Pair,
  own: StoredWindow | undefined,
): Promise<StoredWindow | undefined> {
  if (isPhone(pair.user)) {
    const externalUserId = own?.externalUserId;
    return externalUserId ? windows.read({ sender: pair.sender, user: externalUserId }) : undefined;
  }
  const phone = await windows.phoneOf(pair.user);
  const record = phone && (await windows.read({ sender: pair.sender, user: phone }));
  return record && belongsTo(record, pair.user) ? record : undefined;
}

/** A number that changed hands names somebody else now; one that names nobody contradicts nothing. */
export function belongsTo(record: StoredWindow, externalUserId: WhatsAppAddress): boolean {
  return record.externalUserId === null || record.externalUserId === externalUserId;
}

async function askMessageLog(sources: PersonSources, pair: Pair, remember: boolean): Promise<StoredWindow> {
  const [inbound] = await sources.messageLog.newestInbound(pair, 1);
  const learnt: StoredWindow = {
    pair,
    facts: inbound ? { lastInboundAt: inbound.at, closedByWhatsApp: false, source: 'message-log' } : NO_FACTS,
    messageSid: inbound?.messageSid ?? null,
    profileName: null,
    externalUserId: null,
    care: NO_CARE,
  };
  if (remember) {
    await sources.windows.remember(learnt).catch((error: unknown) => {
      // Remembering only saves the next request: where Sync is away, the answer is no less true. A wrong setting is.
      if (!isUnavailable(error)) throw error;
    });
  }
  return learnt;
}
