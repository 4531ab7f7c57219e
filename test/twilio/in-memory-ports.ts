/**
 * The ports without Twilio: plain maps and lists, for tests of the use cases. They pass the same contract suites as the
 * adapters, so a use case that works with them works with Twilio.
 */
import { NO_FACTS } from '../../src/domain/customer-service-window';
import type { Template } from '../../src/domain/message-template';
import type { MessageSid } from '../../src/domain/twilio-sid';
import { filingName, type Pair, spellings, type WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { Failure } from '../../src/use-cases/failure';
import type { LoggedMessage, MessageLog } from '../../src/use-cases/message-log';
import type { Dispatch, Messenger } from '../../src/use-cases/messenger';
import type { TemplateCatalogue } from '../../src/use-cases/template-catalogue';
import { NO_CARE, type StoredWindow, type WindowStore } from '../../src/use-cases/window-store';

const keyOf = (pair: Pair) => `${filingName(pair.sender)} ${filingName(pair.user)}`;

export function inMemoryWindows(): WindowStore {
  const windows = new Map<string, StoredWindow>();
  const links = new Map<string, WhatsAppAddress>();
  const read = (pair: Pair) => {
    const window = windows.get(keyOf(pair));
    return window && { ...window, pair };
  };
  return {
    read: async (pair) => read(pair),
    async record(window) {
      const before = read(window.pair);
      const isSomebodyElse =
        before?.externalUserId != null &&
        window.externalUserId !== null &&
        before.externalUserId !== window.externalUserId;
      const recorded = { ...window, care: isSomebodyElse ? NO_CARE : (before?.care ?? window.care) };
      windows.set(keyOf(window.pair), recorded);
      return recorded;
    },
    async remember(window) {
      if (!windows.has(keyOf(window.pair))) windows.set(keyOf(window.pair), window);
    },
    async change(pair, change) {
      const empty: StoredWindow = {
        ...{
          pair,
          facts: NO_FACTS,
          messageSid: null,
          profileName: null,
          externalUserId: null,
          care: NO_CARE,
        },
      };
      const current = read(pair) ?? empty;
      const next = change(current);
      if (next) windows.set(keyOf(pair), next);
      return { window: next ?? current, changed: next !== null };
    },
    async page(limit, cursor) {
      if (cursor !== null && !/^\d+$/.test(cursor)) throw new Failure('INVALID_REQUEST', 'No cursor.');
      const start = Number(cursor ?? 0);
      const page = [...windows.values()].slice(start, start + limit);
      return { windows: page, nextCursor: start + limit < windows.size ? String(start + limit) : null };
    },
    async link(externalUserId, phone) {
      if (links.has(externalUserId)) return false;
      links.set(externalUserId, phone);
      return true;
    },
    phoneOf: async (externalUserId) => links.get(externalUserId),
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
      .map(({ messageSid, at, body, status, errorCode }) => ({ messageSid, at, body, status, errorCode }));
  return {
    newestInbound: async ({ sender, user }, limit) =>
      select(({ from, to }) => to === sender && spellings(user).some((spelling) => spelling === from), limit),
    newestOutbound: async ({ sender, user }, limit) =>
      select(({ from, to }) => from === sender && to === user, limit),
    find: async (messageSid) => select((message) => message.messageSid === messageSid, 1)[0],
  };
}

export function inMemoryMessenger(): Messenger & { readonly sent: readonly Dispatch[] } {
  const sent: Dispatch[] = [];
  return {
    sent,
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
