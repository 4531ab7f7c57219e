/**
 * Every message of the account, outbound and inbound, and the ways to find one. It must not decide anything about a
 * message; it only remembers.
 */

import { takesCaption } from './media-types';

export const MESSAGE_STATUSES = [
  'accepted',
  'scheduled',
  'canceled',
  'queued',
  'sent',
  'delivered',
  'read',
  'undelivered',
  'failed',
  'received',
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface StatusChange {
  status: MessageStatus;
  at: string;
  errorCode: number | null;
}

export interface MessageRecord {
  readonly sid: string;
  readonly direction: 'outbound-api' | 'outbound-reply' | 'inbound';
  /** Null until Twilio has picked a sender from the messaging service. */
  from: string | null;
  readonly to: string;
  /** The text as the user sees it, placeholders filled. */
  body: string;
  readonly media: { sid: string; url: string; contentType: string }[];
  readonly contentSid: string | null;
  readonly contentVariables: string | null;
  readonly usedSampleValues: boolean;
  readonly messagingServiceSid: string | null;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: 'GET' | 'POST';
  readonly validityPeriod: number | null;
  readonly sendAt: number | null;
  readonly createdAt: number;
  updatedAt: number;
  sentAt: number | null;
  status: MessageStatus;
  errorCode: number | null;
  readonly statuses: StatusChange[];
  delivered: boolean;
  /** When WhatsApp judged it; null while it waits. */
  judgedAt: number | null;
  /** The fault of delivery that it met: what it `does`, as control set it. */
  fault: string | null;
  /** Ends the wait of a scheduled message. */
  unschedule: (() => void) | null;
}

/**
 * What of a message's media reaches its reader: WhatsApp carries one attachment, and the others are dropped without an error
 * (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages).
 */
export function deliveredMedia(message: MessageRecord): string[] {
  return message.media.slice(0, 1).map(({ url }) => url);
}

/** What of a message's text reaches its reader, beside that attachment. */
export function deliveredText({ direction, body, media: [first] }: MessageRecord): string {
  const isLost = direction !== 'inbound' && first !== undefined && !takesCaption(first.contentType);
  return isLost ? '' : body;
}

export class MessageLog {
  private readonly all: MessageRecord[] = [];
  private readonly bySid = new Map<string, MessageRecord>();
  /** A look-up by user must stay cheap with a long log: a fresh window is told from it. */
  private readonly byFrom = new Map<string, MessageRecord[]>();
  private readonly byTo = new Map<string, MessageRecord[]>();

  add(message: MessageRecord): void {
    this.all.push(message);
    this.bySid.set(message.sid, message);
    append(this.byTo, message.to, message);
    if (message.from !== null) append(this.byFrom, message.from, message);
  }

  /** Once the sender of a messaging service's message is known. */
  setFrom(message: MessageRecord, from: string): void {
    if (message.from !== null) return;
    message.from = from;
    append(this.byFrom, from, message);
  }

  get(sid: string): MessageRecord | undefined {
    return this.bySid.get(sid);
  }

  delete(message: MessageRecord): void {
    this.bySid.delete(message.sid);
  }

  everything(): MessageRecord[] {
    return this.all.filter((message) => this.bySid.has(message.sid));
  }

  /** Newest first. */
  *newest(from: string | undefined, to: string | undefined): Generator<MessageRecord> {
    const candidates = [
      this.all,
      ...(from === undefined ? [] : [this.byFrom.get(from) ?? []]),
      ...(to === undefined ? [] : [this.byTo.get(to) ?? []]),
    ];
    const shortest = candidates.reduce((a, b) => (b.length < a.length ? b : a));
    for (let index = shortest.length - 1; index >= 0; index--) {
      const message = shortest[index];
      if (!message || !this.bySid.has(message.sid)) continue;
      if (from !== undefined && message.from !== from) continue;
      if (to !== undefined && message.to !== to) continue;
      yield message;
    }
  }
}

function append(index: Map<string, MessageRecord[]>, key: string, message: MessageRecord): void {
  const messages = index.get(key);
  if (messages) messages.push(message);
  else index.set(key, [message]);
}
