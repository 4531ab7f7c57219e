/**
 * What the tests of the use cases start from: all ports in memory, one sender, one person with a number and a BSUID, and
 * a moment. It must not know what any use case should do.
 */
import { DEFAULT_CONSENT_WORDS } from '../../src/domain/consent';
import { NO_FACTS, type WindowFacts } from '../../src/domain/customer-service-window';
import type { Template } from '../../src/domain/message-template';
import type { FreeFormMessage } from '../../src/domain/outbound-message';
import type { ContentSid, MessageSid } from '../../src/domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { personPorts } from '../../src/use-cases/contacts/person-ports';
import { Failure, type FailureCode } from '../../src/use-cases/failure';
import {
  type ContactRecord,
  type ContactStore,
  type Restrictions,
  UNRESTRICTED,
} from '../../src/use-cases/ports/contact-store';
import type { HeldMessage, NewHeldMessage } from '../../src/use-cases/ports/held-messages';
import type { Messenger } from '../../src/use-cases/ports/messenger';
import type { SendOptions } from '../../src/use-cases/send/send-request';
import {
  inMemoryCatalogue,
  inMemoryHeld,
  inMemoryLinks,
  inMemoryLog,
  inMemoryMessenger,
  inMemoryRecords,
  inMemoryRepairLocks,
  inMemorySeenCalls,
  inMemorySendKeys,
  inMemorySendRecords,
  type LoggedPairMessage,
} from '../twilio/in-memory-ports';

export const NOON = Date.parse('2031-05-05T12:00:00Z');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const sender = 'whatsapp:+14155550100' as WhatsAppAddress;
/** The person by their number, by their BSUID, by their parent id, and somebody else. */
export const phone: Pair = { sender, user: 'whatsapp:+4915550000001' as WhatsAppAddress };
export const bsuid: Pair = { sender, user: 'whatsapp:DE.1349' as WhatsAppAddress };
export const parent: Pair = { sender, user: 'whatsapp:DE.ENT.1349' as WhatsAppAddress };
export const stranger: Pair = { sender, user: 'whatsapp:DE.4711' as WhatsAppAddress };

export const at: SendOptions = {
  now: NOON,
  marginSeconds: 300,
  holdTtlSeconds: 7 * 86_400,
  fallbackTemplate: null,
};

export const messageSid = (number: number) => `SM${String(number).padStart(32, '0')}` as MessageSid;
export const contentSid = (number: number) => `HX${String(number).padStart(32, '0')}` as ContentSid;

export const text = (body: string): FreeFormMessage => ({ kind: 'free-form', body, mediaUrls: [] });

/** Of an inbound message so long before noon. */
export const wrote = (ago: number): WindowFacts => ({
  lastInboundAt: NOON - ago,
  closedByWhatsApp: false,
  source: 'sync',
});
export const closedByWhatsApp = (ago: number): WindowFacts => ({
  lastInboundAt: NOON - ago,
  closedByWhatsApp: true,
  source: 'whatsapp',
});

export const restrictions = (changes: Partial<Restrictions>): Restrictions => ({
  ...UNRESTRICTED,
  ...changes,
});

/** A record with nothing in it but what the test names. */
export const stored = (pair: Pair, changes: Partial<ContactRecord> = {}): ContactRecord => ({
  pair,
  facts: NO_FACTS,
  messageSid: null,
  profileName: null,
  externalUserId: null,
  restrictions: UNRESTRICTED,
  ...changes,
});

export const held = (pair: Pair, body: string, changes: Partial<HeldMessage> = {}): NewHeldMessage => ({
  pair,
  to: pair.user,
  message: text(body),
  template: null,
  group: `alone: ${body}`,
  acceptedAt: changes.heldAt ?? NOON - HOUR,
  repairs: null,
  statusCallback: null,
  heldAt: NOON - HOUR,
  expiresAt: NOON + DAY,
  sendAt: null,
  externalUserId: null,
  key: null,
  ...changes,
});

export const template = (number: number, changes: Partial<Template> = {}): Template => ({
  name: `template_${number}`,
  contentSid: contentSid(number),
  language: 'en',
  category: 'UTILITY',
  type: 'twilio/text',
  status: 'approved',
  text: `Template ${number} for {{1}}.`,
  placeholders: ['1'],
  ...changes,
});
/** One that asks for an answer, and needs no variables. */
export const question = template(9, {
  name: 'question',
  text: 'We have an answer for you. Reply to read it.',
  placeholders: [],
});

export const failure = (code: FailureCode) => new Failure(code, `as the test wants it: ${code}`);
export const failing = (code: FailureCode) => () => Promise.reject(failure(code));

/** Each failure in turn instead of a message, or the message where it is null; after them, messages only. */
export function moody(messenger: Messenger, moods: readonly (FailureCode | Error | null)[]): Messenger {
  let calls = 0;
  return {
    ...messenger,
    async send(dispatch) {
      const mood = moods[calls] ?? null;
      calls += 1;
      if (mood !== null) throw mood instanceof Error ? mood : failure(mood);
      return messenger.send(dispatch);
    },
  };
}

export function stage() {
  const log: LoggedPairMessage[] = [];
  const templates: Template[] = [];
  const messenger = inMemoryMessenger();
  const byName = {
    records: inMemoryRecords(),
    links: inMemoryLinks(),
    queues: inMemoryHeld(),
    hasTime: () => true,
    waitUntil: async (time: number) => time,
    messageLog: inMemoryLog(log),
  };
  const ports = {
    ...byName,
    ...personPorts(byName, NOON),
    joinsHeld: false,
    consentWords: DEFAULT_CONSENT_WORDS,
    sendRecords: inMemorySendRecords(),
    repairLocks: inMemoryRepairLocks(),
    sendKeys: inMemorySendKeys(),
    seenCalls: inMemorySeenCalls(),
    templates: inMemoryCatalogue(() => templates),
    messenger: messenger as Messenger,
  };
  const say = (from: string, to: string, body: string, ago: number, changes: Partial<LoggedPairMessage>) => {
    log.push({
      ...{
        from,
        to,
        body,
        mediaCount: 0,
        at: NOON - ago,
        messageSid: messageSid(1000 + log.length),
        errorCode: null,
      },
      status: 'delivered',
      ...changes,
    });
  };
  return {
    ports,
    templates,
    sent: messenger.sent,
    cancelled: messenger.cancelled,
    /** Stores it, whatever was there. */
    async store(...windows: readonly ContactRecord[]) {
      for (const window of windows) await ports.records.change(window.pair, () => window);
    },
    /** The number is known for the BSUID, as version 0.1 noted it; with a sender as all is stored since. */
    async link(...joined: readonly WhatsAppAddress[]) {
      const before = await ports.links.read(bsuid);
      await ports.links.write(bsuid, { phone: phone.user, joined }, before);
    },
    theyWrote: (pair: Pair, body: string, ago: number, changes: Partial<LoggedPairMessage> = {}) =>
      say(pair.user, pair.sender, body, ago, { status: 'received', ...changes }),
    weWrote: (pair: Pair, body: string, ago: number, changes: Partial<LoggedPairMessage> = {}) =>
      say(pair.sender, pair.user, body, ago, changes),
    /** All that is stored of windows and held messages. */
    async everything() {
      const { windows } = await ports.records.page(100, null);
      return { windows, held: (await ports.held.page(null)).held };
    },
    /** What went out: to whom, and the text or the template. */
    went: () =>
      messenger.sent.map(({ pair, message }) => [
        pair.user,
        message.kind === 'free-form' ? message.body : message.contentSid,
      ]),
  };
}

/** A store that notes what it is asked, and by whom. */
export function noting(store: ContactStore): { readonly windows: ContactStore; readonly asked: string[] } {
  const asked: string[] = [];
  const note = (what: string) => {
    asked.push(what);
  };
  return {
    asked,
    windows: {
      ...store,
      read(pair, fresh) {
        note(`read ${pair.user}${fresh ? ' fresh' : ''}`);
        return store.read(pair, fresh);
      },
      meet(pair, names) {
        note(`meet ${pair.user}`);
        return store.meet(pair, names);
      },
      change(pair, change) {
        note(`change ${pair.user}`);
        return store.change(pair, change);
      },
      remember(window) {
        note(`remember ${window.pair.user}`);
        return store.remember(window);
      },
    },
  };
}
