/**
 * Windows in Twilio Sync: one Document per (sender, user). A Sync Map would share 20 writes a second among all users
 * (docs/sync/limits), a Document has them to itself. This file must not interpret a window.
 *
 * A pair's record stands in one of two places. `window.…` is the fast lane: it is written blindly by every inbound
 * message and read by every send, one round trip each, and it exists only while nothing else needs to be known. A pair
 * that needs care (opted out, something held) has its record in `guard.…`, changed only under its revision, and no
 * `window.…`: whoever takes the fast lane then finds nothing there and goes the careful way. Two orders keep this true
 * however many containers meet: the guard is written before the window is removed, and after a window is created the
 * guard is read again.
 */
import type { WindowSource } from '../../domain/customer-service-window';
import { NO_FACTS, newerFacts } from '../../domain/customer-service-window';
import { parseMessageSid } from '../../domain/twilio-sid';
import {
  filingName,
  type Pair,
  parseExternalUserId,
  parseWhatsAppAddress,
} from '../../domain/whatsapp-address';
import {
  type Care,
  NO_CARE,
  type StoredWindow,
  type WindowPage,
  type WindowStore,
} from '../../use-cases/ports/window-store';
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
/** A BSUID and a phone number belong together as long as Sync keeps anything (54011). */
const KEEP_LINK_SECONDS = 31_536_000;
/** Pages of other documents that are passed over in one call before the caller is asked to come again. */
const MAX_PAGES = 5;

export function syncWindows(documents: SyncDocuments): WindowStore {
  return {
    async read(pair) {
      const window = await readWindow(pair);
      return window ?? (await readGuard(pair))?.window;
    },

    async record(window) {
      if (await documents.overwrite(windowName(window.pair), toRecord(window), KEEP_SECONDS)) return window;
      return underLock(async () => {
        const guard = await readGuard(window.pair);
        if (guard && needsCare(guard.window.care)) {
          const care = changedHands(guard.window, window) ? NO_CARE : guard.window.care;
          return (await settle(window.pair, { ...window, care }, guard.revision)) ?? undefined;
        }
        return (await openFastLane(window)) ? window : undefined;
      });
    },

    async remember(window) {
      if (needsCare(window.care)) {
        await change(window.pair, (current) =>
          current.facts.lastInboundAt === null && !needsCare(current.care) ? window : null,
        );
        return;
      }
      const ttl = window.facts.lastInboundAt === null ? KEEP_NOTHING_SECONDS : KEEP_SECONDS;
      if (await documents.create(windowName(window.pair), toRecord(window), ttl))
        await closeIfGuarded(window.pair);
    },

    change,

    async page(limit, cursor): Promise<WindowPage> {
      let position = cursor;
      for (let pages = 1; ; pages += 1) {
        const page = await documents.page(limit, positionOf(position));
        const windows = page.documents.flatMap(({ name, data }) => {
          const window = /^(?:window|guard)\./.test(name) ? parseRecord(data) : undefined;
          // A guard that no longer guards anything stands beside the window it gave way to.
          return window && (name.startsWith('window.') || needsCare(window.care)) ? [window] : [];
        });
        position = page.nextPageUrl === null ? null : cursorOf(page.nextPageUrl);
        // The service also holds other documents: a page of nothing but those is no page of windows.
        if (windows.length > 0 || position === null || pages === MAX_PAGES)
          return { windows, nextCursor: position };
      }
    },

    async link(externalUserId, phone) {
      return documents.create(linkName(externalUserId), { phone }, KEEP_LINK_SECONDS);
    },

    async phoneOf(externalUserId) {
      const link = await documents.fetch(linkName(externalUserId));
      return parseWhatsAppAddress(textOf(link?.data, 'phone'));
    },
  };

  async function change(
    pair: Pair,
    apply: (current: StoredWindow) => StoredWindow | null,
  ): ReturnType<WindowStore['change']> {
    return underLock(async () => {
      const [guard, fast] = await Promise.all([readGuard(pair), fetchWindow(pair)]);
      const current = merge(pair, guard?.window, fast?.window);
      const next = apply(current);
      if (next === null) return { window: current, changed: false };
      if (!needsCare(next.care) && !(guard && needsCare(guard.window.care)) && fast) {
        // Nothing to be careful about before or after: the fast lane's own record, under its own revision.
        const done = await documents.replace(windowName(pair), toRecord(next), KEEP_SECONDS, fast.revision);
        return done ? { window: next, changed: true } : undefined;
      }
      const settled = await settle(pair, next, guard?.revision);
      return settled ? { window: settled, changed: true } : undefined;
    });
  }

  async function fetchWindow(pair: Pair): Promise<Versioned | undefined> {
    return asVersioned(await documents.fetch(windowName(pair)), pair);
  }

  async function readWindow(pair: Pair): Promise<StoredWindow | undefined> {
    return (await fetchWindow(pair))?.window;
  }

  async function readGuard(pair: Pair): Promise<Versioned | undefined> {
    return asVersioned(await documents.fetch(guardName(pair)), pair);
  }

  /**
   * Writes the guard, then brings the fast lane in line with it.
   * @param revision of the guard; undefined where there was none
   * @returns undefined where somebody else was faster
   */
  async function settle(
    pair: Pair,
    next: StoredWindow,
    revision: string | undefined,
  ): Promise<StoredWindow | undefined> {
    const careful = needsCare(next.care);
    const ttl = careful ? KEEP_FOR_GOOD : KEEP_SECONDS;
    const name = guardName(pair);
    const written =
      revision === undefined
        ? await documents.create(name, toRecord(next), ttl)
        : await documents.replace(name, toRecord(next), ttl, revision);
    if (!written) return undefined;
    if (careful) {
      await documents.remove(windowName(pair));
      return next;
    }
    await openFastLane(next);
    return next;
  }

  /** @returns false where the pair came to need care meanwhile */
  async function openFastLane(window: StoredWindow): Promise<boolean> {
    const name = windowName(window.pair);
    await underLock(async () => {
      if (await documents.create(name, toRecord(window), KEEP_SECONDS)) return true;
      // Another container was first (54301): what it wrote stays, unless this is newer.
      const there = await fetchWindow(window.pair);
      if (!there) return undefined;
      if (newerFacts(there.window.facts, window.facts) === there.window.facts) return true;
      return (await documents.replace(name, toRecord(window), KEEP_SECONDS, there.revision)) || undefined;
    });
    return !(await closeIfGuarded(window.pair));
  }

  async function closeIfGuarded(pair: Pair): Promise<boolean> {
    const guard = await readGuard(pair);
    if (!guard || !needsCare(guard.window.care)) return false;
    await documents.remove(windowName(pair));
    return true;
  }
}

interface Versioned {
  readonly window: StoredWindow;
  readonly revision: string;
}

function asVersioned(
  document: { data: unknown; revision: string } | undefined,
  pair: Pair,
): Versioned | undefined {
  const window = document && parseRecord(document.data, pair);
  return window && document ? { window, revision: document.revision } : undefined;
}

/** The newer facts of the two places, and the guard's care. */
function merge(pair: Pair, guard: StoredWindow | undefined, window: StoredWindow | undefined): StoredWindow {
  const empty: StoredWindow = {
    pair,
    facts: NO_FACTS,
    messageSid: null,
    profileName: null,
    externalUserId: null,
    care: NO_CARE,
  };
  // A guard that no longer guards is what is left of an earlier time: the fast lane's record alone counts.
  if (guard && window && !needsCare(guard.care)) return { ...window, care: NO_CARE };
  const care = guard?.care ?? NO_CARE;
  if (!guard || !window) return { ...(guard ?? window ?? empty), care };
  const newer = newerFacts(guard.facts, window.facts) === guard.facts ? guard : window;
  return { ...newer, care };
}

export function needsCare(care: Care): boolean {
  return care.optedOutAt !== null || care.holding;
}

/** A new owner of a number has another BSUID (DOMAIN: "a new phone number means a new BSUID"). */
function changedHands(before: StoredWindow, now: StoredWindow): boolean {
  return (
    before.externalUserId !== null &&
    now.externalUserId !== null &&
    before.externalUserId !== now.externalUserId
  );
}

/** Built from `[A-Za-z0-9_.-]` only: the SDK does not encode path parameters. */
const windowName = (pair: Pair) => `window.${filingName(pair.sender)}.${filingName(pair.user)}`;
const guardName = (pair: Pair) => `guard.${filingName(pair.sender)}.${filingName(pair.user)}`;
const linkName = (externalUserId: Pair['user']) => `link.${filingName(externalUserId)}`;

function toRecord(window: StoredWindow): object {
  const { pair, facts, care } = window;
  return {
    sender: pair.sender,
    user: pair.user,
    lastInboundAt: isoOrNull(facts.lastInboundAt),
    source: facts.source,
    ...(facts.closedByWhatsApp && { closedByWhatsApp: true }),
    ...(window.messageSid && { messageSid: window.messageSid }),
    ...(window.profileName && { profileName: window.profileName }),
    ...(window.externalUserId && { externalUserId: window.externalUserId }),
    ...(care.optedOutAt !== null && { optedOutAt: isoOrNull(care.optedOutAt) }),
    ...(care.holding && { holding: true }),
    ...(care.askedAt !== null && { askedAt: isoOrNull(care.askedAt) }),
    ...(care.releasingUntil !== null && { releasingUntil: isoOrNull(care.releasingUntil) }),
  };
}

const isoOrNull = (time: number | null) => (time === null ? null : new Date(time).toISOString());

const SOURCES: readonly WindowSource[] = ['sync', 'message-log', 'whatsapp', 'none'];

/** @param asked the pair as it was asked for; without it, the pair that the record itself names */
function parseRecord(data: unknown, asked?: Pair): StoredWindow | undefined {
  const sender = parseWhatsAppAddress(textOf(data, 'sender'));
  const user = parseWhatsAppAddress(textOf(data, 'user'));
  const source = SOURCES.find((known) => known === textOf(data, 'source'));
  if (!sender || !user || !source) return undefined;
  return {
    pair: asked ?? { sender, user },
    facts: {
      lastInboundAt: timeOf(data, 'lastInboundAt'),
      closedByWhatsApp: isSet(data, 'closedByWhatsApp'),
      source,
    },
    messageSid: parseMessageSid(textOf(data, 'messageSid')) ?? null,
    profileName: textOf(data, 'profileName') || null,
    externalUserId: parseExternalUserId(textOf(data, 'externalUserId')) ?? null,
    care: {
      optedOutAt: timeOf(data, 'optedOutAt'),
      holding: isSet(data, 'holding'),
      askedAt: timeOf(data, 'askedAt'),
      releasingUntil: timeOf(data, 'releasingUntil'),
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
