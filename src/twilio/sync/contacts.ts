/**
 * Contact records in Twilio Sync: one Document per (sender, user). A Sync Map would share 20 writes a second among all
 * users (https://www.twilio.com/docs/sync/limits), a Document has them to itself. This file must not interpret a window.
 *
 * A pair's record is in one of two Documents. The plain record, `window.…`, is written blindly by every inbound message
 * and read by every send, one round trip each. It exists only while the pair has no restriction. A pair that opted out,
 * for which something is held, or whose window WhatsApp closed has a restricted record, `guard.…`, which is changed only
 * under its revision: there a message that is delivered again is recognised and moves nothing. Whoever
 * finds no plain record reads the restricted one; whoever finds neither asks Twilio's message log, for consent as well as
 * for the window. These rules hold however many containers meet, and wherever one of them dies:
 *
 * 1. To restrict a pair, remove the plain record, write the restricted one, and remove the plain one again.
 *    Killed after the first step: neither exists, so the log is asked, and it has the STOP. Killed after the second: the
 *    restricted record is what everybody reads. The last step takes away what an inbound message wrote in between.
 * 2. After a plain record was created, read the restricted one. If it restricts the pair, remove the plain one again.
 * 3. To lift restrictions, write that into the restricted record first, then create the plain one. Killed in between:
 *    the restricted record restricts nothing, and says the same as the plain one would.
 */
import type { WindowSource } from '../../domain/customer-service-window';
import { newerFacts } from '../../domain/customer-service-window';
import { parseMessageSid } from '../../domain/twilio-sid';
import {
  filingName,
  type Pair,
  parseExternalUserId,
  parseWhatsAppAddress,
} from '../../domain/whatsapp-address';
import type { ContactRecords, LookedAhead } from '../../use-cases/ports/contact-records';
import {
  type Changed,
  type ContactRecord,
  emptyRecord,
  isRestricted,
  MAX_EARLIER,
  UNRESTRICTED,
  type WindowPage,
} from '../../use-cases/ports/contact-store';
import { cursorOf, positionOf } from '../page-cursor';
import { type SyncDocuments, underLock } from './documents';

/**
 * How long a record is kept, in seconds: well beyond the window, so that whoever wrote this week needs no look-up in
 * the message log. Sync does not extend a TTL by itself, so it is sent with every write.
 */
const KEEP_SECONDS = 7 * 24 * 3600;
/** "Nobody wrote yet" is believed for a day only: by then a webhook that was not connected should be noticed. */
const KEEP_NOTHING_SECONDS = 24 * 3600;
/** An opt-out, and what is held, must not be forgotten by the passing of time. */
const KEEP_FOR_GOOD = 0;
/** What is left of a record that is being erased goes by itself where the erasing was cut short. */
const KEEP_NOTHING_LEFT_SECONDS = 60;
/** Longer than a function may live (10 s), in milliseconds: whoever was erasing it is dead by then. */
const ERASING_MS = 11_000;
/** Pages of other documents that are passed over in one call before the caller is asked to come again. */
const MAX_PAGES = 5;

export function syncContactRecords(documents: SyncDocuments): ContactRecords {
  return {
    async read(pair) {
      return ((await readPlain(pair)) ?? (await readRestricted(pair)))?.record;
    },

    overwrite: (window) => documents.overwrite(plainName(window.pair), toRecord(window), KEEP_SECONDS),

    isMet: () => false,

    lookAhead: readRestricted,

    async open(window, restrictionsElsewhere = async () => UNRESTRICTED, ahead = undefined) {
      const elsewhere = restrictionsElsewhere();
      elsewhere.catch(() => undefined);
      let lookedAhead = ahead;
      return underLock(() => {
        const looked = lookedAhead ?? readRestricted(window.pair);
        lookedAhead = undefined;
        return openOnce(window, looked, elsewhere);
      });
    },

    async remember(window) {
      if (isGuarded(window)) {
        await change(window.pair, (current) =>
          current.facts.lastInboundAt === null && !isGuarded(current) ? window : null,
        );
        return;
      }
      const ttl = window.facts.lastInboundAt === null ? KEEP_NOTHING_SECONDS : KEEP_SECONDS;
      if (await documents.create(plainName(window.pair), toRecord(window), ttl))
        await closeIfRestricted(window.pair);
    },

    change,

    async page(limit, cursor): Promise<WindowPage> {
      let position = cursor;
      for (let pages = 1; ; pages += 1) {
        const page = await documents.page(limit, positionOf(position));
        const windows = page.documents.flatMap(({ name, data }) => {
          const window = /^(?:window|guard)\./.test(name) ? parseRecord(data) : undefined;
          // A restricted record that restricts nothing any more stands beside the plain one.
          return window && (name.startsWith('window.') || isGuarded(window)) ? [window] : [];
        });
        position = page.nextPageUrl === null ? null : cursorOf(page.nextPageUrl);
        // The service also holds other documents: a page of nothing but those is no page of windows.
        if (windows.length > 0 || position === null || pages === MAX_PAGES)
          return { windows, nextCursor: position };
      }
    },

    retire: (pair, asRead) => underLock(() => retireOnce(pair, asRead)),

    erase: (pair, optedOutAt) => underLock(() => eraseOnce(pair, optedOutAt)),
  };

  /** @returns undefined where somebody else was faster */
  async function openOnce(
    window: ContactRecord,
    looked: LookedAhead,
    restrictionsElsewhere: Promise<ContactRecord['restrictions']>,
  ): Promise<ContactRecord | undefined> {
    const restricted = await looked;
    if (restricted && isGuarded(restricted.record)) {
      // Delivered again. The log tells that too, but it may be away.
      if (isKnownMessage(restricted.record, window)) return restricted.record;
      const { restrictions, externalUserId, parentUserId } = restricted.record;
      const next = {
        ...window,
        restrictions,
        externalUserId: externalUserId ?? window.externalUserId,
        ...(parentUserId && { parentUserId }),
      };
      return settle(window.pair, withEarlier(next, restricted.record), restricted.revision);
    }
    const unknown = restricted ? UNRESTRICTED : await restrictionsElsewhere;
    if (isRestricted(unknown)) return settle(window.pair, { ...window, restrictions: unknown }, undefined);
    return (await openPlainRecord(window)) ? window : undefined;
  }

  /** @returns undefined where somebody else was faster */
  async function eraseOnce(pair: Pair, optedOutElsewhere: number | null): Promise<boolean | undefined> {
    const [restricted, plain] = await Promise.all([
      documents.fetch(restrictedName(pair)),
      documents.fetch(plainName(pair)),
    ]);
    const record = asVersioned(restricted, pair)?.record;
    const wasThere = record !== undefined || plain !== undefined;
    const optedOutAt = record?.restrictions.optedOutAt ?? optedOutElsewhere;
    if (optedOutAt === null) {
      return (await removeBoth(pair, restricted?.revision, plain !== undefined)) ? wasThere : undefined;
    }
    const note: ContactRecord = { ...emptyRecord(pair), restrictions: { ...UNRESTRICTED, optedOutAt } };
    const isBare = record !== undefined && isSame(record, note);
    if (isBare && !plain) return false;
    // Rule 1: the note takes the place of the restricted record, and no plain one stands beside it.
    return (await settle(pair, note, restricted?.revision)) ? wasThere : undefined;
  }

  /** @returns undefined where somebody else was faster */
  async function retireOnce(pair: Pair, asRead: ContactRecord): Promise<boolean | undefined> {
    const [restricted, plain] = await Promise.all([readRestricted(pair), readPlain(pair)]);
    if (!isSame(merge(pair, restricted?.record, plain?.record), asRead)) return false;
    return (await removeBoth(pair, restricted?.revision, plain !== undefined)) || undefined;
  }

  /**
   * @param revision of the restricted record; undefined where there is none
   * @returns false where somebody else was faster
   */
  async function removeBoth(pair: Pair, revision: string | undefined, isPlainThere: boolean) {
    if (revision !== undefined && !(await blank(pair, revision))) return false;
    if (isPlainThere) await documents.remove(plainName(pair));
    return true;
  }

  /**
   * Removes the restricted record under its revision, so that no STOP is erased that came meanwhile; and what stands there
   * then can be restricted only once it is gone, or left behind: an eraser that lives would remove that as well.
   * @returns false where somebody else was faster
   */
  async function blank(pair: Pair, revision: string): Promise<boolean> {
    const name = restrictedName(pair);
    const blanked = { erasingSince: isoOrNull(Date.now()) };
    const isOurs = await documents.replace(name, blanked, KEEP_NOTHING_LEFT_SECONDS, revision);
    if (isOurs) await documents.remove(name);
    return isOurs;
  }

  async function change(
    pair: Pair,
    apply: (current: ContactRecord) => ContactRecord | null,
  ): Promise<Changed> {
    /** Also where an earlier round removed it, and then somebody else was faster. */
    let lastPlain: ContactRecord | undefined;
    return underLock(async () => {
      const [restricted, plain] = await Promise.all([readRestricted(pair), readPlain(pair)]);
      lastPlain = plain?.record ?? lastPlain;
      const current = merge(pair, restricted?.record, lastPlain);
      const next = apply(current);
      if (next === null) return { window: current, changed: false };
      // Erased meanwhile, or never there: a record without facts would say "never", whatever Twilio's log tells.
      if (!restricted && !lastPlain && saysNothing(next)) return { window: next, changed: false };
      const written = await replace(pair, withEarlier(next, current), restricted, plain);
      return written ? { window: written, changed: true } : undefined;
    });
  }

  /** @returns undefined where somebody else was faster */
  async function replace(
    pair: Pair,
    next: ContactRecord,
    restricted: Versioned | undefined,
    plain: Versioned | undefined,
  ): Promise<ContactRecord | undefined> {
    const wasRestricted = restricted !== undefined && isGuarded(restricted.record);
    if (!isGuarded(next) && !wasRestricted && plain) {
      // Not restricted before or after: the plain record, under its own revision.
      const done = await documents.replace(plainName(pair), toRecord(next), KEEP_SECONDS, plain.revision);
      return done ? next : undefined;
    }
    // Rule 1: first no plain record may stand that says otherwise.
    if (isGuarded(next) && plain) await documents.remove(plainName(pair));
    return settle(pair, next, restricted?.revision);
  }

  async function readPlain(pair: Pair): Promise<Versioned | undefined> {
    return asVersioned(await documents.fetch(plainName(pair)), pair);
  }

  async function readRestricted(pair: Pair): Promise<Versioned | undefined> {
    return asVersioned(await documents.fetch(restrictedName(pair)), pair);
  }

  /**
   * Writes the restricted record, then brings the plain record in line with it.
   * @param revision of the restricted record; undefined where there was none
   * @returns undefined where somebody else was faster
   */
  async function settle(
    pair: Pair,
    next: ContactRecord,
    revision: string | undefined,
  ): Promise<ContactRecord | undefined> {
    const restricts = isGuarded(next);
    const ttl = isRestricted(next.restrictions) ? KEEP_FOR_GOOD : KEEP_SECONDS;
    const name = restrictedName(pair);
    const written =
      revision === undefined
        ? (await documents.create(name, toRecord(next), ttl)) || (await replaceLeft(name, next, ttl))
        : await documents.replace(name, toRecord(next), ttl, revision);
    if (!written) return undefined;
    if (restricts) {
      await documents.remove(plainName(pair));
      return next;
    }
    await openPlainRecord(next);
    return next;
  }

  /** What an eraser that died has left of a record. @returns false where it is something else, or somebody else was faster */
  async function replaceLeft(name: string, next: ContactRecord, ttl: number): Promise<boolean> {
    const there = await documents.fetch(name);
    const erasingSince = timeOf(there?.data, 'erasingSince');
    if (!there || erasingSince === null || Date.now() - erasingSince < ERASING_MS) return false;
    return documents.replace(name, toRecord(next), ttl, there.revision);
  }

  /** @returns false where the pair was restricted meanwhile */
  async function openPlainRecord(window: ContactRecord): Promise<boolean> {
    const name = plainName(window.pair);
    await underLock(async () => {
      if (await documents.create(name, toRecord(window), KEEP_SECONDS)) return true;
      // Another container was first (54301): what it wrote stays, unless this is newer.
      const there = await readPlain(window.pair);
      if (!there) return undefined;
      if (newerFacts(there.record.facts, window.facts) === there.record.facts) return true;
      return (await documents.replace(name, toRecord(window), KEEP_SECONDS, there.revision)) || undefined;
    });
    return !(await closeIfRestricted(window.pair));
  }

  async function closeIfRestricted(pair: Pair): Promise<boolean> {
    const restricted = await readRestricted(pair);
    if (!restricted || !isGuarded(restricted.record)) return false;
    await documents.remove(plainName(pair));
    return true;
  }
}

interface Versioned {
  readonly record: ContactRecord;
  readonly revision: string;
}

function asVersioned(
  document: { data: unknown; revision: string } | undefined,
  pair: Pair,
): Versioned | undefined {
  const record = document && parseRecord(document.data, pair);
  return record && document ? { record, revision: document.revision } : undefined;
}

/** The newer facts of the two records, and the restrictions of the restricted one. */
function merge(
  pair: Pair,
  restricted: ContactRecord | undefined,
  plain: ContactRecord | undefined,
): ContactRecord {
  // A restricted record that restricts nothing any more is left of an earlier time: the plain record alone counts.
  if (restricted && plain && !isGuarded(restricted)) return { ...plain, restrictions: UNRESTRICTED };
  const restrictions = restricted?.restrictions ?? UNRESTRICTED;
  if (!restricted || !plain) return { ...(restricted ?? plain ?? emptyRecord(pair)), restrictions };
  const newer = newerFacts(restricted.facts, plain.facts) === restricted.facts ? restricted : plain;
  return { ...newer, restrictions };
}

function saysNothing(record: ContactRecord): boolean {
  const { lastInboundAt, closedByWhatsApp } = record.facts;
  return lastInboundAt === null && !closedByWhatsApp && record.externalUserId === null && !isGuarded(record);
}

/** Whether it belongs into the restricted record. WhatsApp's verdict is lifted by a new message, so it must not be written over blindly. */
function isGuarded({ restrictions, facts }: ContactRecord): boolean {
  return isRestricted(restrictions) || facts.closedByWhatsApp;
}

function isKnownMessage({ messageSid, earlierSids = [] }: ContactRecord, now: ContactRecord): boolean {
  return now.messageSid !== null && [messageSid, ...earlierSids].includes(now.messageSid);
}

/** A message whose place another one takes is older than that. Only a restricted record has room for it. */
function withEarlier({ earlierSids = [], ...next }: ContactRecord, before: ContactRecord): ContactRecord {
  if (!isGuarded(next)) return next;
  const sids = [before.messageSid, ...earlierSids, ...(before.earlierSids ?? [])];
  const known = [...new Set(sids)].flatMap((sid) => (sid === null || sid === next.messageSid ? [] : [sid]));
  return known.length > 0 ? { ...next, earlierSids: known.slice(0, MAX_EARLIER) } : next;
}

/** The note of an ad apart, which a container may know and Sync not: it is about the price alone. */
function isSame(a: ContactRecord, b: ContactRecord): boolean {
  const [one, other] = [a, b].map((record) => {
    const { fromAdAt: _fromAdAt, ...facts } = record.facts;
    return JSON.stringify(toRecord({ ...record, facts }));
  });
  return one === other;
}

/** Built from `[A-Za-z0-9_.-]` only: the SDK does not encode path parameters. */
const plainName = (pair: Pair) => `window.${filingName(pair.sender)}.${filingName(pair.user)}`;
const restrictedName = (pair: Pair) => `guard.${filingName(pair.sender)}.${filingName(pair.user)}`;

function toRecord(window: ContactRecord): object {
  const { pair, facts, restrictions } = window;
  return {
    sender: pair.sender,
    user: pair.user,
    lastInboundAt: isoOrNull(facts.lastInboundAt),
    source: facts.source,
    ...(facts.closedByWhatsApp && { closedByWhatsApp: true }),
    ...(facts.fromAdAt !== undefined && { fromAdAt: isoOrNull(facts.fromAdAt) }),
    ...(window.messageSid && { messageSid: window.messageSid }),
    ...(window.earlierSids && { earlierSids: window.earlierSids.join(' ') }),
    ...(window.profileName && { profileName: window.profileName }),
    ...(window.externalUserId && { externalUserId: window.externalUserId }),
    ...(window.parentUserId && { parentUserId: window.parentUserId }),
    ...(restrictions.optedOutAt !== null && { optedOutAt: isoOrNull(restrictions.optedOutAt) }),
    ...(restrictions.holding && { holding: true }),
    ...(restrictions.promptedAt !== null && { askedAt: isoOrNull(restrictions.promptedAt) }),
    ...(restrictions.promptSid !== null && { promptSid: restrictions.promptSid }),
    ...(restrictions.cancelScheduled && { cancelScheduled: true }),
    ...(restrictions.releasingUntil !== null && { releasingUntil: isoOrNull(restrictions.releasingUntil) }),
    ...(restrictions.pausedUntil !== null && { pausedUntil: isoOrNull(restrictions.pausedUntil) }),
  };
}

const isoOrNull = (time: number | null) => (time === null ? null : new Date(time).toISOString());

const SOURCES: readonly WindowSource[] = ['sync', 'message-log', 'whatsapp', 'none'];

/** @param asked the pair as it was asked for; without it, the pair that the record itself names */
function parseRecord(data: unknown, asked?: Pair): ContactRecord | undefined {
  const sender = parseWhatsAppAddress(textOf(data, 'sender'));
  const user = parseWhatsAppAddress(textOf(data, 'user'));
  const source = SOURCES.find((known) => known === textOf(data, 'source'));
  if (!sender || !user || !source) return undefined;
  const fromAdAt = timeOf(data, 'fromAdAt');
  const parentUserId = parseExternalUserId(textOf(data, 'parentUserId'));
  const earlierSids = textOf(data, 'earlierSids')
    .split(' ')
    .flatMap((sid) => parseMessageSid(sid) ?? []);
  return {
    pair: asked ?? { sender, user },
    facts: {
      lastInboundAt: timeOf(data, 'lastInboundAt'),
      closedByWhatsApp: isSet(data, 'closedByWhatsApp'),
      source,
      ...(fromAdAt !== null && { fromAdAt }),
    },
    messageSid: parseMessageSid(textOf(data, 'messageSid')) ?? null,
    ...(earlierSids.length > 0 && { earlierSids }),
    profileName: textOf(data, 'profileName') || null,
    externalUserId: parseExternalUserId(textOf(data, 'externalUserId')) ?? null,
    ...(parentUserId && { parentUserId }),
    restrictions: {
      optedOutAt: timeOf(data, 'optedOutAt'),
      holding: isSet(data, 'holding'),
      promptedAt: timeOf(data, 'askedAt'),
      promptSid: parseMessageSid(textOf(data, 'promptSid')) ?? null,
      releasingUntil: timeOf(data, 'releasingUntil'),
      pausedUntil: timeOf(data, 'pausedUntil'),
      cancelScheduled: isSet(data, 'cancelScheduled'),
    },
  };
}

function field(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, name)
    ? (data as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function textOf(data: unknown, name: string): string {
  const value = field(data, name);
  return typeof value === 'string' ? value : '';
}

function isSet(data: unknown, name: string): boolean {
  return field(data, name) === true;
}

function timeOf(data: unknown, name: string): number | null {
  const time = Date.parse(textOf(data, name));
  return Number.isNaN(time) ? null : time;
}
