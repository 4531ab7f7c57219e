/**
 * Messages that users send: recorded by WhatsApp and in the account's message log, then posted to "a message comes in"
 * with the parameters that Twilio posts. What becomes of the answer is the business of `inbound-conversation.ts`.
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 */
import { randomUUID } from 'node:crypto';
import type { MessageLog } from '../api/messages/message-log';
import type { MessagingServices } from '../api/messaging-services';
import type { Clock } from '../clock';
import { newSid } from '../server/sids';
import type { Settings, Wiring } from '../settings';
import type { AdvancedOptOut, OptOutType } from './advanced-opt-out';
import type { ConversationEvents } from './conversation-events';
import type { InboundConversations, InboundEvent } from './inbound-conversation';
import type { InboundDestinations } from './inbound-destination';
import type { WebhookAttempt, WebhookParams, Webhooks } from './webhooks';
import type { WhatsApp } from './whatsapp';

export const INBOUND_TYPES = ['text', 'image', 'location', 'contact', 'button', 'list', 'reaction'] as const;
export type InboundType = (typeof INBOUND_TYPES)[number];

export interface InboundMessage {
  from: string;
  to: string;
  body: string;
  type: InboundType;
  profileName: string;
  waId: string | null;
  externalUserId: string | null;
  /** The same person's id for all of a company's accounts, such as `US.ENT.134`. */
  parentExternalUserId?: string | null;
  media: { url: string; contentType: string }[];
  /** Any further webhook parameters, such as `Latitude`, `ButtonPayload` or `ReferralCtwaClid`. */
  extra: WebhookParams;
  opensWindow: boolean;
  deliver: boolean;
}

export interface InboundResult {
  messageSid: string;
  webhooks: WebhookAttempt[];
}

export class Inbound {
  /** By the message's SID: what a replay posts again. */
  readonly sent = new Map<string, InboundEvent>();
  /** The SIDs that Conversations has for what it took. */
  readonly inConversations = new Map<string, string>();

  constructor(
    private readonly settings: Settings,
    private readonly wiring: Wiring,
    private readonly clock: Clock,
    private readonly messages: MessageLog,
    private readonly whatsapp: WhatsApp,
    private readonly webhooks: Webhooks,
    private readonly conversations: InboundConversations,
    private readonly services: MessagingServices,
    private readonly destinations: InboundDestinations,
    private readonly advancedOptOut: AdvancedOptOut,
    private readonly conversationEvents: ConversationEvents,
  ) {}

  async receive(message: InboundMessage): Promise<InboundResult> {
    const sid = newSid(message.media.length > 0 ? 'MM' : 'SM');
    const now = this.clock.now();
    const { externalUserId, parentExternalUserId = null } = message;
    const ids = [externalUserId, parentExternalUserId].filter((id) => id !== null);
    const addresses = [message.from, ...ids.map((id) => `whatsapp:${id}`)];
    this.whatsapp.received(message.to, addresses, now, message.opensWindow);
    this.whatsapp.show(message.from, {
      at: new Date(now).toISOString(),
      from: 'user',
      sender: message.to,
      text: message.body,
      media: message.media.map((media) => media.url),
      messageSid: sid,
    });
    // Whoever is written to is one of the account's senders.
    if (!this.wiring.senders.includes(message.to)) this.wiring.senders.push(message.to);
    this.messages.add({
      sid,
      direction: 'inbound',
      from: message.from,
      to: message.to,
      body: message.body,
      media: message.media.map((media) => ({ sid: newSid('ME'), ...media })),
      contentSid: null,
      contentVariables: null,
      usedSampleValues: false,
      messagingServiceSid: null,
      statusCallback: null,
      statusCallbackMethod: 'POST',
      validityPeriod: null,
      sendAt: null,
      createdAt: now,
      updatedAt: now,
      sentAt: now,
      status: 'received',
      errorCode: null,
      statuses: [{ status: 'received', at: new Date(now).toISOString(), errorCode: null }],
      delivered: true,
      judgedAt: null,
      fault: null,
      unschedule: null,
    });
    const optOutType = this.advancedOptOut.receive(message.to, addresses, message.body);
    const sent = { params: this.params(sid, message, optOutType), token: randomUUID() };
    this.sent.set(sid, sent);
    return { messageSid: sid, webhooks: message.deliver ? await this.deliver(sid, sent, message) : [] };
  }

  /** Where Conversations takes the message, no message webhook comes. */
  private async deliver(sid: string, sent: InboundEvent, message: InboundMessage): Promise<WebhookAttempt[]> {
    const taken = this.conversationEvents.takes(message.from, message.to);
    if (taken === null) return this.post(sent);
    const { from: address, to: proxyAddress, body } = message;
    const event = { type: 'whatsapp', address, proxyAddress, body, deliver: true, ...taken } as const;
    const { messageSid, webhooks } = await this.conversationEvents.receive(event);
    this.inConversations.set(sid, messageSid);
    return [...webhooks];
  }

  /** Posts an earlier message's webhook again, word for word. Neither WhatsApp nor the log hears of it. */
  async replay(messageSid: string): Promise<WebhookAttempt[] | null> {
    const inConversation = this.inConversations.get(messageSid);
    if (inConversation !== undefined) return this.conversationEvents.replay(inConversation);
    const sent = this.sent.get(messageSid);
    return sent ? this.post(sent) : null;
  }

  private post(sent: InboundEvent): Promise<WebhookAttempt[]> {
    const destination = this.destinations.of(sent.params.To ?? '');
    const { url } = destination;
    if (url === null) return Promise.resolve([]);
    return this.webhooks.throughFaults({ kind: 'inbound', url, params: sent.params }, () =>
      this.conversations.hold(url, destination, sent),
    );
  }

  private params(sid: string, message: InboundMessage, optOutType: OptOutType | null): WebhookParams {
    const params: WebhookParams = {
      MessageSid: sid,
      SmsSid: sid,
      SmsMessageSid: sid,
      AccountSid: this.settings.accountSid,
      From: message.from,
      To: message.to,
      Body: message.body,
      NumMedia: String(message.media.length),
      NumSegments: '1',
      SmsStatus: 'received',
      ApiVersion: '2010-04-01',
      ProfileName: message.profileName,
      MessageType: MESSAGE_TYPES[message.type],
      ReferralNumMedia: '0',
    };
    const messagingServiceSid =
      this.services.withSender(message.to)?.sid ?? this.settings.messagingServiceSid;
    if (messagingServiceSid !== '') params.MessagingServiceSid = messagingServiceSid;
    const context: Record<string, string> = { ProfileName: message.profileName };
    if (message.waId !== null) {
      params.WaId = message.waId;
      context.WaId = message.waId;
    }
    params.ChannelMetadata = JSON.stringify({ type: 'whatsapp', data: { context } });
    if (message.externalUserId !== null) params[this.wiring.userIdParameter] = message.externalUserId;
    if (message.parentExternalUserId) params.ParentExternalUserId = message.parentExternalUserId;
    if (optOutType !== null) params.OptOutType = optOutType;
    for (const [index, media] of message.media.entries()) {
      params[`MediaUrl${index}`] = media.url;
      params[`MediaContentType${index}`] = media.contentType;
    }
    return { ...params, ...message.extra };
  }
}

/** The values of `MessageType`, as far as they are documented. */
const MESSAGE_TYPES: Readonly<Record<InboundType, string>> = {
  text: 'text',
  image: 'image',
  location: 'location',
  contact: 'contacts',
  button: 'button',
  list: 'interactive',
  reaction: 'reaction',
};
