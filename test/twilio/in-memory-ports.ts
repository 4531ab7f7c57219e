/**
 * The ports without Twilio: plain maps and lists, for tests of the use cases. They pass the same contract suites as the
 * adapters, so a use case that works with them works with Twilio.
 */
import type { Template } from '../../src/domain/message-template';
import type { MessageSid } from '../../src/domain/twilio-sid';
import {
  filingName,
  isParentId,
  isPhone,
  type Pair,
  parseWhatsAppAddress,
  spellings,
  type WhatsAppAddress,
} from '../../src/domain/whatsapp-address';
import { Failure } from '../../src/use-cases/failure';
import type { ContactRecords } from '../../src/use-cases/ports/contact-records';
import {
  type ContactRecord,
  emptyRecord,
  isRestricted,
  MAX_EARLIER,
  UNRESTRICTED,
} from '../../src/use-cases/ports/contact-store';
import { type HeldMessage, type HeldQueues, MAX_HELD } from '../../src/use-cases/ports/held-messages';
import type { LoggedMessage, MessageLog } from '../../src/use-cases/ports/message-log';
import type { Dispatch, Messenger } from '../../src/use-cases/ports/messenger';
import type { NameLink, NameLinks } from '../../src/use-cases/ports/name-links';
import type { RepairLock, RepairLocks } from '../../src/use-cases/ports/repair-locks';
import type { SeenCalls } from '../../src/use-cases/ports/seen-calls';
import type { SendKey, SendKeys } from '../../src/use-cases/ports/send-keys';
import type { SendRecord, SendRecords } from '../../src/use-cases/ports/send-records';
import type { TemplateCatalogue } from '../../src/use-cases/ports/template-catalogue';

const keyOf = (pair: Pair) => `${filingName(pair.sender)} ${filingName(pair.user)}`;

export function inMemoryRecords(): ContactRecords {
  const windows = new Map<string, ContactRecord>();
  const read = (pair: Pair) => {
    const window = windows.get(keyOf(pair));
    return window && { ...window, pair };
  };
  return {
    read: async (pair) => read(pair),
    async overwrite(window) {
      const before = read(window.pair);
      const isPlain = before !== undefined && !isRestricted(before.restrictions);
      if (isPlain) windows.set(keyOf(window.pair), { ...window, restrictions: UNRESTRICTED });
      return isPlain;
    },
    isMet: (pair) => windows.has(keyOf(pair)),
    // Nothing is faster here.
    lookAhead: async () => undefined,
    async open(window, restrictionsElsewhere = async () => window.restrictions) {
      // Whoever is asked may store something.
      const elsewhere = read(window.pair) ? UNRESTRICTED : await restrictionsElsewhere();
      const before = read(window.pair);
      const isGuarded = before && (isRestricted(before.restrictions) || before.facts.closedByWhatsApp);
      const known = isGuarded ? [before.messageSid, ...(before.earlierSids ?? [])] : [];
      if (before && window.messageSid !== null && known.includes(window.messageSid)) return before;
      const earlierSids = known.flatMap((sid) => sid ?? []).slice(0, MAX_EARLIER);
      const recorded = {
        ...window,
        ...(before && isRestricted(before.restrictions) && earlierSids.length > 0 && { earlierSids }),
        externalUserId: before?.externalUserId ?? window.externalUserId,
        restrictions: before?.restrictions ?? elsewhere,
      };
      windows.set(keyOf(window.pair), recorded);
      return recorded;
    },
    async remember(window) {
      if (!windows.has(keyOf(window.pair))) windows.set(keyOf(window.pair), window);
    },
    async change(pair, change) {
      const current = read(pair) ?? emptyRecord(pair);
      const next = change(current);
      const isNothing = next?.facts.lastInboundAt === null && !isRestricted(next.restrictions) && !read(pair);
      if (next && isNothing && !next.facts.closedByWhatsApp && next.externalUserId === null)
        return { window: next, changed: false };
      if (next) windows.set(keyOf(pair), next);
      return { window: next ?? current, changed: next !== null };
    },
    async page(limit, cursor) {
      if (cursor !== null && !/^\d+$/.test(cursor)) throw new Failure('INVALID_REQUEST', 'No cursor.');
      const start = Number(cursor ?? 0);
      const page = [...windows.values()].slice(start, start + limit);
      return { windows: page, nextCursor: start + limit < windows.size ? String(start + limit) : null };
    },
    async retire(pair, asRead) {
      const isAsRead = JSON.stringify(read(pair)) === JSON.stringify(asRead);
      return isAsRead && windows.delete(keyOf(pair));
    },
    async erase(pair, optedOutElsewhere) {
      const record = windows.get(keyOf(pair));
      const optedOutAt = record?.restrictions.optedOutAt ?? optedOutElsewhere;
      if (optedOutAt === null) return windows.delete(keyOf(pair));
      const isBare = record?.facts.lastInboundAt === null && !record.restrictions.holding;
      windows.set(keyOf(pair), { ...emptyRecord(pair), restrictions: { ...UNRESTRICTED, optedOutAt } });
      return record !== undefined && !isBare;
    },
  };
}

/** No id may be in the queues of two names of one person. */
function queuePrefix({ user }: Pair): string {
  if (isPhone(user)) return '';
  return isParentId(user) ? 'p' : 'b';
}

export function inMemoryLinks(): NameLinks {
  const links = new Map<string, NameLink>();
  const nameOf = ({ sender, user }: Pair) => (isParentId(user) ? `${sender} ${user}` : user);
  const bsuids = new Map<string, WhatsAppAddress>();
  return {
    read: async (name) => links.get(nameOf(name)),
    async write(name, link, before) {
      const isAsRead = links.get(nameOf(name)) === before;
      if (isAsRead) links.set(nameOf(name), link);
      return isAsRead;
    },
    bsuidOf: async (phone) => bsuids.get(filingName(phone)),
    rememberBsuid: async (phone, externalUserId) => {
      bsuids.set(filingName(phone), externalUserId);
    },
    erase: async (name) => links.delete(nameOf(name)),
  };
}

export interface LoggedPairMessage extends LoggedMessage {
  readonly from: string;
  readonly to: string;
}

/** @param messages in any order */
export function inMemoryLog(messages: readonly LoggedPairMessage[]): MessageLog {
  const select = (wanted: (message: LoggedPairMessage) => boolean, limit: number) =>
    messages
      .filter(wanted)
      .sort((a, b) => b.at - a.at)
      .slice(0, limit)
      .map(({ messageSid, at, body, mediaCount, status, errorCode }) => ({
        ...{ messageSid, at, body, mediaCount, status, errorCode },
      }));
  return {
    newestInbound: async ({ sender, user }, limit) =>
      select(({ from, to }) => to === sender && spellings(user).some((spelling) => spelling === from), limit),
    newestOutbound: async ({ sender, user }, limit) =>
      select(({ from, to }) => from === sender && spellings(user).some((spelling) => spelling === to), limit),
    scheduled: async ({ sender, user }) =>
      messages
        .filter(({ from, to, status }) => from === sender && to === user && status === 'scheduled')
        .flatMap(({ messageSid }) => messageSid ?? []),
    async find(messageSid) {
      const message = messages.find((one) => one.messageSid === messageSid);
      const [sender, user] = [message?.from, message?.to].map((name) => parseWhatsAppAddress(name ?? ''));
      const [logged] = select((one) => one === message, 1);
      return logged && { ...logged, pair: sender && user ? { sender, user } : null };
    },
  };
}

export function inMemoryMessenger(): Messenger & {
  readonly sent: readonly Dispatch[];
  readonly cancelled: readonly MessageSid[];
} {
  const sent: Dispatch[] = [];
  const cancelled: MessageSid[] = [];
  return {
    sent,
    cancelled,
    async cancel(messageSid) {
      cancelled.push(messageSid);
      return true;
    },
    async send(dispatch) {
      sent.push(dispatch);
      const sid = `SM${String(sent.length).padStart(32, '0')}` as MessageSid;
      return { sid, status: dispatch.sendAt === null ? 'queued' : 'scheduled' };
    },
  };
}

/** @param templates what the account has, and may change under the catalogue's feet */
export function inMemoryCatalogue(templates: () => readonly Template[]): TemplateCatalogue {
  return {
    all: async () => templates(),
    bySid: async (sid) => templates().find(({ contentSid }) => contentSid === sid),
  };
}

/** Nothing expires by itself: Sync's TTL is approximate, so a use case must not rely on either. */
export function inMemoryHeld(): HeldQueues {
  interface Item {
    readonly held: HeldMessage;
    readonly revision: number;
  }
  const queues = new Map<string, Map<string, Item>>();
  /** The revision at which an item was read, so that a claim fails where somebody else was faster. */
  const revisions = new WeakMap<HeldMessage, number>();
  const queueOf = (pair: Pair) => queues.get(keyOf(pair)) ?? new Map<string, Item>();
  const listed = (items: Iterable<Item>, pair?: Pair) =>
    [...items].slice(0, 2 * MAX_HELD + 1).map(({ held, revision }) => {
      const read = { ...held, pair: pair ?? held.pair };
      revisions.set(read, revision);
      return read;
    });
  /** How many each queue ever had: an id is unique within its pair only, as in Sync. */
  const appended = new Map<string, number>();
  const QUEUES_PER_PAGE = 20;
  let tokens = 0;
  const newToken = () => {
    tokens += 1;
    return tokens.toString(16).padStart(24, '0');
  };
  return {
    newName: newToken,
    async append(held) {
      const before = appended.get(keyOf(held.pair)) ?? 0;
      const id = `${queuePrefix(held.pair)}${before}`;
      const item = { ...held, id, token: newToken(), sendingSince: null, notThese: [], joint: null };
      appended.set(keyOf(held.pair), before + 1);
      queues.set(keyOf(held.pair), queueOf(held.pair).set(item.id, { held: item, revision: 0 }));
      return { ...item };
    },
    async adopt(held, pair) {
      queues.set(keyOf(pair), queueOf(pair).set(held.id, { held: { ...held, pair }, revision: 0 }));
    },
    list: async (pair) => listed(queueOf(pair).values(), pair),
    async mark(held, sendingSince, notThese, joint = null) {
      const item = queueOf(held.pair).get(held.id);
      const read = revisions.get(held);
      if (!item || (read !== undefined && read !== item.revision)) return false;
      const revision = item.revision + 1;
      // One that waits again was never being sent.
      const mark = sendingSince === null ? { notThese: [], joint: null } : { notThese, joint };
      const marked = { ...item.held, sendingSince, ...mark };
      queueOf(held.pair).set(held.id, { held: marked, revision });
      revisions.set(held, revision);
      return true;
    },
    async remove(pair, id, evenWhileSending) {
      const item = queueOf(pair).get(id);
      if (!item || (!evenWhileSending && item.held.sendingSince !== null)) return false;
      return queueOf(pair).delete(id);
    },
    async settle(pair, { id, token, isJoint }) {
      for (const { held } of isJoint ? [...queueOf(pair).values()] : []) {
        if (held.joint?.token === token) queueOf(pair).delete(held.id);
      }
      if (queueOf(pair).get(id)?.held.token === token) queueOf(pair).delete(id);
    },
    async erase(pair) {
      const { size } = queueOf(pair);
      queues.delete(keyOf(pair));
      return size;
    },
    async page(cursor) {
      if (cursor !== null && !/^\d+$/.test(cursor)) throw new Failure('INVALID_REQUEST', 'No cursor.');
      const start = Number(cursor ?? 0);
      const end = start + QUEUES_PER_PAGE;
      const page = [...queues.values()].slice(start, end);
      return {
        held: page.flatMap((items) => listed(items.values())),
        nextCursor: end < queues.size ? String(end) : null,
      };
    },
  };
}

export function inMemorySendRecords(): SendRecords {
  const records = new Map<string, SendRecord>();
  let ids = 0;
  return {
    newId() {
      ids += 1;
      return ids.toString(16).padStart(24, '0');
    },
    async save(record) {
      if (!records.has(record.id)) records.set(record.id, record);
    },
    read: async (id) => records.get(id),
  };
}

export function inMemoryRepairLocks(): RepairLocks {
  const locks = new Map<MessageSid, RepairLock>();
  return {
    read: async (messageSid) => locks.get(messageSid),
    async claim(messageSid, mine) {
      const there = locks.get(messageSid);
      if (!there) locks.set(messageSid, mine);
      return there;
    },
    async takeOver(messageSid, left, mine) {
      const there = locks.get(messageSid);
      if (there?.outcome !== null || there.claimedAt !== left.claimedAt) return false;
      locks.set(messageSid, mine);
      return true;
    },
    async settle(messageSid, settled) {
      if (locks.has(messageSid)) locks.set(messageSid, settled);
    },
    async release(messageSid) {
      locks.delete(messageSid);
    },
  };
}

export function inMemorySendKeys(): SendKeys {
  const keys = new Map<string, SendKey>();
  const claims = new Map<MessageSid, string>();
  return {
    async claim(messageSid, key) {
      const owner = claims.get(messageSid) ?? key;
      claims.set(messageSid, owner);
      return owner === key;
    },
    async take(key, mine) {
      const taken = keys.get(key);
      if (!taken) keys.set(key, mine);
      return taken;
    },
    read: async (key) => keys.get(key),
    async takeOver(key, since, mine) {
      const current = keys.get(key)?.value;
      const isLeft = current?.state === 'pending' || current?.state === 'unknown';
      if (!isLeft || current.since !== since) return false;
      keys.set(key, mine);
      return true;
    },
    async settle(key, settled) {
      // One that is not there was freed, or forgotten: there is nothing to settle.
      if (keys.has(key)) keys.set(key, settled);
    },
    async free(key) {
      keys.delete(key);
    },
  };
}

export function inMemorySeenCalls(): SeenCalls {
  const calls = new Map<string, number>();
  return {
    async startOf(callSid, startedAt) {
      const first = calls.get(callSid) ?? startedAt;
      calls.set(callSid, first);
      return first;
    },
  };
}
