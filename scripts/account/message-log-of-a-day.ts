/**
 * What Twilio's message log tells of the last 24 hours, or of another while, pair by pair: the newest inbound message and the last word on
 * consent. It only reads, page by page, and keeps one small entry per pair, however long the log is.
 */
import { type ConsentWords, consentIn } from '../../src/domain/consent';
import { WINDOW_MS } from '../../src/domain/customer-service-window';
import { type MessageSid, parseMessageSid } from '../../src/domain/twilio-sid';
import { filingName, type Pair, parseWhatsAppAddress } from '../../src/domain/whatsapp-address';
import { loggedTime } from '../../src/twilio/log/message-log';
import type { TwilioSdk } from './account';

/** What the log says of one pair. Times are milliseconds since the epoch, in whole seconds. */
export interface LoggedPair {
  readonly pair: Pair;
  readonly lastInboundAt: number;
  readonly messageSid: MessageSid | null;
  /** The last word on consent of the period, if there was one. */
  readonly consent: 'stop' | 'start' | null;
}

export interface LoggedDay {
  readonly pairs: readonly LoggedPair[];
  readonly messages: number;
}

interface Entry extends LoggedPair {
  /** When the last word on consent was said. */
  readonly consentAt: number;
}

/** The most that Twilio gives at once (https://www.twilio.com/docs/messaging/api/message-resource, PageSize). */
const PAGE_SIZE = 1000;

/**
 * @param now milliseconds since the epoch
 * @param onPage how many messages were read, and how far back the last page reached, in milliseconds
 * @throws what the SDK throws
 */
export function readDay(
  sdk: TwilioSdk,
  words: ConsentWords,
  now: number,
  onPage: (messages: number, reachedMs: number) => void,
): Promise<LoggedDay> {
  return readLogSince(sdk, words, now - WINDOW_MS, (messages, oldest) =>
    onPage(messages, oldest === undefined ? WINDOW_MS : now - oldest),
  );
}

/** The same from another moment on. @param onPage how many messages were read, and of when the oldest is */
export async function readLogSince(
  sdk: TwilioSdk,
  words: ConsentWords,
  since: number,
  onPage: (messages: number, oldest: number | undefined) => void,
): Promise<LoggedDay> {
  const pairs = new Map<string, Entry>();
  let messages = 0;
  // The account may have several senders, so there is no filter by one; the log has none by direction.
  const first = await sdk.messages.page({ dateSentAfter: new Date(since), pageSize: PAGE_SIZE });
  for (let page: Pick<typeof first, 'instances' | 'nextPage'> | undefined = first; page; ) {
    for (const message of page.instances) note(pairs, message, since, words);
    messages += page.instances.length;
    onPage(messages, page.instances.at(-1)?.dateSent?.getTime());
    page = await page.nextPage();
  }
  return { pairs: [...pairs.values()].map(({ consentAt: _, ...logged }) => logged), messages };
}

/** Of two messages of one second the one that comes first counts: the log is given newest first. */
function note(
  pairs: Map<string, Entry>,
  message: {
    readonly sid: string;
    readonly direction: string;
    readonly from: string;
    readonly to: string;
    readonly body: string;
    readonly dateSent: unknown;
    readonly dateCreated: unknown;
  },
  since: number,
  words: ConsentWords,
): void {
  if (message.direction !== 'inbound') return;
  const sender = whatsApp(message.to);
  const user = whatsApp(message.from);
  const at = loggedTime(message);
  if (!sender || !user || at === null || at < since) return;

  const key = `${filingName(sender)}.${filingName(user)}`;
  const consent = consentIn(message.body, words);
  const messageSid = parseMessageSid(message.sid) ?? null;
  const entry = pairs.get(key) ?? {
    pair: { sender, user },
    lastInboundAt: at,
    messageSid,
    consent: null,
    consentAt: 0,
  };
  pairs.set(key, {
    ...entry,
    ...(at > entry.lastInboundAt && { pair: { sender, user }, lastInboundAt: at, messageSid }),
    ...(consent !== null && at > entry.consentAt && { consent, consentAt: at }),
  });
}

/** A message of another channel, such as SMS, has addresses without the prefix, or none. */
function whatsApp(address: string | null) {
  return address?.startsWith('whatsapp:') ? parseWhatsAppAddress(address) : undefined;
}
