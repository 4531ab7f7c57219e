/** The composition root: joins the use cases' ports to Twilio for one invocation. No logic of its own. */
import { createClient, type InvocationBudget } from '../twilio/client';
import { contentTemplates } from '../twilio/content-templates';
import { conversationParticipants } from '../twilio/conversation-participants';
import { twilioMessageLog } from '../twilio/log/message-log';
import { twilioPersonLog } from '../twilio/log/person-log';
import { twilioRecentMessages } from '../twilio/log/recent-messages';
import { twilioThreadLog, twilioThreadMedia } from '../twilio/log/thread-log';
import { twilioMessenger } from '../twilio/messenger';
import { syncSeenCalls } from '../twilio/sync/calls';
import { syncContactRecords } from '../twilio/sync/contacts';
import { syncDocuments } from '../twilio/sync/documents';
import { syncHeldMessages } from '../twilio/sync/held-messages';
import { syncSendKeys } from '../twilio/sync/keys';
import { syncNameLinks } from '../twilio/sync/name-links';
import { syncPersonTraces } from '../twilio/sync/person-traces';
import { syncRepairLocks } from '../twilio/sync/repair-locks';
import { syncSendRecords } from '../twilio/sync/send-records';
import { spreadItems } from '../twilio/sync/spread-items';
import type { ActivePeoplePorts } from '../use-cases/contacts/active-people';
import { AdEntries, withAdEntries } from '../use-cases/contacts/ad-entries';
import type { ForgetPorts } from '../use-cases/contacts/forget-person';
import { OpenWindowMemory, withMemory } from '../use-cases/contacts/open-window-memory';
import { personPorts } from '../use-cases/contacts/person-ports';
import type { RecentMessageLog } from '../use-cases/ports/recent-messages';
import type { ConversationPorts } from '../use-cases/receive/receive-conversation';
import type { SendOncePorts } from '../use-cases/send/send-once';
import type { ThreadPorts } from '../use-cases/thread/read-thread';
import type { Settings } from './settings';

/**
 * Outlives the invocation on purpose: what a warm container knows, per Sync service. Each function is a bundle with module
 * state of its own; where several run in one process, a STOP that one of them hears has to reach the others at once.
 */
const memoryOf = perSyncService('whatsapp-window.open-windows', () => new OpenWindowMemory());
const adEntriesOf = perSyncService('whatsapp-window.ad-entries', () => new AdEntries());

function perSyncService<T>(name: string, create: () => T): (syncServiceSid: string) => T {
  const globals = globalThis as { [key: symbol]: Map<string, T> | undefined };
  const key = Symbol.for(name);
  const all = globals[key] ?? new Map<string, T>();
  globals[key] = all;
  return (syncServiceSid) => {
    const there = all.get(syncServiceSid) ?? create();
    all.set(syncServiceSid, there);
    return there;
  };
}

/** Enough for one more message with all that belongs to it. */
const ENOUGH_MS = 3000;
/** How often whoever waits looks at the clock. */
const LOOK_MS = 100;

export type Services = SendOncePorts &
  ConversationPorts &
  ThreadPorts &
  ForgetPorts &
  ActivePeoplePorts & { readonly recentMessages: RecentMessageLog };

/** @param baseUrl this service's own address, for status callbacks; without a slash at its end */
export function connect(
  settings: Settings,
  budget: InvocationBudget,
  baseUrl: string,
  now: number,
): Services {
  const { syncServiceSid, marginSeconds, consentWords } = settings;
  const sdk = createClient(settings, budget);
  const documents = syncDocuments(sdk, syncServiceSid);
  const items = spreadItems(sdk, syncServiceSid);
  const hasTime = () => budget.millisecondsLeft() > ENOUGH_MS;
  const byName = {
    records: withAdEntries(
      withMemory(syncContactRecords(documents), memoryOf(syncServiceSid), { now, marginSeconds }),
      adEntriesOf(syncServiceSid),
      now,
    ),
    links: syncNameLinks(documents, items),
    queues: syncHeldMessages(sdk, syncServiceSid),
    hasTime,
  };
  const waitUntil = async (time: number) => {
    while (Date.now() < time && hasTime()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return Date.now();
  };
  return {
    ...byName,
    ...personPorts({ ...byName, messageLog: twilioMessageLog(sdk) }, now),
    waitUntil,
    consentWords,
    joinsHeld: settings.releaseHeld === 'together',
    sendRecords: syncSendRecords(items, documents),
    threadLog: twilioThreadLog(sdk),
    threadMedia: twilioThreadMedia(sdk),
    personLog: twilioPersonLog(sdk),
    recentMessages: twilioRecentMessages(sdk),
    traces: syncPersonTraces(sdk, syncServiceSid, documents, items),
    sendKeys: syncSendKeys(items),
    repairLocks: syncRepairLocks(items),
    seenCalls: syncSeenCalls(documents),
    participants: conversationParticipants(sdk, items),
    templates: contentTemplates(sdk, settings.accountSid),
    messenger: twilioMessenger(sdk, {
      statusCallback: `${baseUrl}/message-status`,
      messagingServiceSid: settings.messagingServiceSid,
    }),
  };
}
