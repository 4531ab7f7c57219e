/** Messages, conversations, and what people and WhatsApp know of them, as they stand in the file of a state. */
import { z } from 'zod';
import { type AddressConfiguration, CREATION_TYPES } from '../api/conversations/address-configurations';
import {
  CONVERSATION_STATES,
  type Conversation,
  type ConversationLog,
  type ConversationService,
} from '../api/conversations/conversation-log';
import { MESSAGE_STATUSES, type MessageLog, type MessageRecord } from '../api/messages/message-log';
import type { KnownPerson } from '../whatsapp/whatsapp';

const STATUS = z.enum(MESSAGE_STATUSES);

export const STORED_MESSAGES = z.array(
  z.object({
    sid: z.string(),
    direction: z.enum(['outbound-api', 'outbound-reply', 'inbound']),
    from: z.string().nullable(),
    to: z.string(),
    body: z.string(),
    media: z.array(z.object({ sid: z.string(), url: z.string(), contentType: z.string() })),
    contentSid: z.string().nullable(),
    contentVariables: z.string().nullable(),
    usedSampleValues: z.boolean(),
    messagingServiceSid: z.string().nullable(),
    statusCallback: z.string().nullable(),
    statusCallbackMethod: z.enum(['GET', 'POST']),
    validityPeriod: z.number().nullable(),
    sendAt: z.number().nullable(),
    createdAt: z.number(),
    updatedAt: z.number(),
    sentAt: z.number().nullable(),
    status: STATUS,
    errorCode: z.number().nullable(),
    statuses: z.array(z.object({ status: STATUS, at: z.string(), errorCode: z.number().nullable() })),
    delivered: z.boolean(),
    judgedAt: z.number().nullable(),
    fault: z.string().nullable(),
  }) satisfies z.ZodType<Omit<MessageRecord, 'unschedule'>>,
);

export const STORED_PEOPLE = z.array(
  z.object({
    addresses: z.array(z.string()),
    lastInbound: z.record(z.string(), z.number()),
    phone: z.array(
      z.object({
        at: z.string(),
        from: z.enum(['user', 'business']),
        sender: z.string(),
        text: z.string(),
        media: z.array(z.string()),
        messageSid: z.string(),
      }),
    ),
  }) satisfies z.ZodType<KnownPerson>,
);

/** Webhooks that a replay posts again, by the message's SID. */
export const STORED_EVENTS = z.record(
  z.string(),
  z.object({ params: z.record(z.string(), z.string()), token: z.string() }),
);

const CONVERSATION = z.object({
  sid: z.string(),
  serviceSid: z.string(),
  friendlyName: z.string().nullable(),
  state: z.enum(CONVERSATION_STATES).exactOptional(),
  createdAt: z.number(),
  participants: z.array(
    z.object({
      sid: z.string(),
      conversationSid: z.string(),
      identity: z.string().nullable(),
      binding: z
        .object({ type: z.enum(['whatsapp', 'sms']), address: z.string(), proxyAddress: z.string() })
        .nullable(),
      createdAt: z.number(),
    }),
  ),
  messages: z.array(
    z.object({
      sid: z.string(),
      conversationSid: z.string(),
      index: z.number(),
      author: z.string(),
      participantSid: z.string().nullable(),
      body: z.string(),
      createdAt: z.number(),
    }),
  ),
}) satisfies z.ZodType<Conversation>;

const CONVERSATION_WEBHOOK = z.object({
  postWebhookUrl: z.string().nullable(),
  preWebhookUrl: z.string().nullable(),
  method: z.enum(['GET', 'POST']),
  filters: z.array(z.string()).nullable(),
});

const CONVERSATION_SERVICE = z.object({
  sid: z.string(),
  friendlyName: z.string(),
  createdAt: z.number(),
  webhook: CONVERSATION_WEBHOOK,
}) satisfies z.ZodType<ConversationService>;

export const STORED_CONVERSATIONS = z.object({
  serviceSid: z.string(),
  webhook: CONVERSATION_WEBHOOK,
  services: z.array(CONVERSATION_SERVICE),
  conversations: z.array(CONVERSATION),
});

/** The addresses that Conversations takes over. */
export const STORED_ADDRESSES = z.array(
  z.object({
    sid: z.string(),
    type: z.enum(['whatsapp', 'sms']),
    address: z.string(),
    createdAt: z.number(),
    friendlyName: z.string(),
    autoCreation: z.object({
      enabled: z.boolean(),
      type: z.enum(CREATION_TYPES),
      conversationServiceSid: z.string().nullable(),
      webhookUrl: z.string().nullable(),
      webhookMethod: z.string().nullable(),
      webhookFilters: z.array(z.string()).nullable(),
      studioFlowSid: z.string().nullable(),
      studioRetryCount: z.number().nullable(),
    }),
  }) satisfies z.ZodType<AddressConfiguration>,
);

export function storedMessages(messages: MessageLog): readonly Omit<MessageRecord, 'unschedule'>[] {
  return messages.everything().map(({ unschedule: _, ...message }) => message);
}

export function storedConversations(log: ConversationLog) {
  return {
    serviceSid: log.serviceSid,
    webhook: log.webhook,
    services: log.allServices(),
    conversations: log.all(),
  };
}
