/** What is set in an account rather than written to it, as it stands in the file of a state. */
import { z } from 'zod';
import { type ChannelSender, SENDER_STATUSES } from '../api/channel-senders';
import { APPROVAL_STATUSES, CATEGORIES, type ContentTemplate } from '../api/content/content-templates';
import type { MessagingService, MessagingServices } from '../api/messaging-services';
import { FLOW_STATUSES, type StudioFlow } from '../api/studio-flows';
import { USER_ID_PARAMETERS, type Wiring } from '../settings';
import { ALGORITHMS, MATCH_TYPES, RETRY_CAUSES, type WebhookRules } from '../whatsapp/webhook-rules';

const URL_OR_NONE = z.string().nullable();

/** Where the functions are is the affair of whoever starts the emulator. */
export const STORED_WIRING = z.object({
  incomingUrl: URL_OR_NONE,
  fallbackUrl: URL_OR_NONE,
  statusCallback: URL_OR_NONE,
  senders: z.array(z.string()),
  rateLimits: z.boolean(),
  creationLimit: z.boolean(),
  discardBodies: z.boolean(),
  logLagSeconds: z.number(),
  // A file of an earlier version has none.
  dateSentByDay: z.boolean().default(true),
  pairLimit: z.boolean().default(true),
  callToActionNeedsApproval: z.boolean(),
  unapprovedTextKeepsLimits: z.boolean(),
  optOutRefusal: z.enum(['answer', 'callback']),
  advancedOptOut: z.boolean(),
  userIdParameter: z.enum(USER_ID_PARAMETERS),
  latencyMs: z.number(),
}) satisfies z.ZodType<Omit<Wiring, 'functionsUrl'>>;

export const STORED_TEMPLATES = z.array(
  z.object({
    sid: z.string(),
    friendlyName: z.string(),
    language: z.string(),
    variables: z.record(z.string(), z.string()),
    types: z.record(z.string(), z.record(z.string(), z.unknown())),
    createdAt: z.number(),
    updatedAt: z.number(),
    status: z.enum(APPROVAL_STATUSES),
    approvalName: z.string(),
    category: z.enum([...CATEGORIES, '']),
    rejectionReason: z.string(),
  }) satisfies z.ZodType<ContentTemplate>,
);

export const STORED_SENDERS = z.array(
  z.object({
    sid: z.string(),
    address: z.string(),
    status: z.enum(SENDER_STATUSES),
    webhook: z.object({
      callback_url: URL_OR_NONE,
      callback_method: URL_OR_NONE,
      fallback_url: URL_OR_NONE,
      fallback_method: URL_OR_NONE,
      status_callback_url: URL_OR_NONE,
      status_callback_method: URL_OR_NONE,
    }),
  }) satisfies z.ZodType<ChannelSender>,
);

// A file of an earlier version has none.
export const STORED_STUDIO_FLOWS = z
  .array(
    z.object({
      sid: z.string(),
      createdAt: z.number(),
      revisions: z.array(
        z.object({
          friendlyName: z.string(),
          status: z.enum(FLOW_STATUSES),
          definition: z.record(z.string(), z.unknown()),
          commitMessage: z.string().nullable(),
          authorSid: z.string().nullable(),
          createdAt: z.number(),
        }),
      ),
    }) satisfies z.ZodType<StudioFlow>,
  )
  .default([]);

const METHOD = z.enum(['GET', 'POST']);

export const STORED_MESSAGING_SERVICES = z.array(
  z.object({
    sid: z.string(),
    createdAt: z.number(),
    updatedAt: z.number(),
    friendlyName: z.string(),
    inboundRequestUrl: URL_OR_NONE,
    inboundMethod: METHOD,
    fallbackUrl: URL_OR_NONE,
    fallbackMethod: METHOD,
    statusCallback: URL_OR_NONE,
    useInboundWebhookOnNumber: z.boolean(),
    pool: z.record(z.string(), z.number()),
  }) satisfies z.ZodType<Omit<MessagingService, 'pool'>>,
);

const ID = { id: z.string(), friendlyName: z.string(), createdAt: z.number() };

export const STORED_WEBHOOK_RULES = z.object({
  rules: z.array(
    z.object({
      ...{ ...ID, matchType: z.enum(MATCH_TYPES), match: z.string(), settingId: z.string() },
      split: z.object({ settingId: z.string(), percentage: z.number() }).exactOptional(),
    }),
  ),
  settings: z.array(
    z.object({
      ...ID,
      connection: z.object({
        connectTimeoutMs: z.number(),
        readTimeoutMs: z.number(),
        totalTimeoutMs: z.number().exactOptional(),
        retryPolicy: z
          .object({ retryCount: z.number(), retryOn: z.array(z.enum(RETRY_CAUSES)) })
          .exactOptional(),
      }),
      signature: z
        .discriminatedUnion('type', [
          z.object({
            type: z.literal('SHARED_KEY'),
            sharedKeyId: z.string(),
            algorithm: z.enum(ALGORITHMS),
          }),
          z.object({ type: z.literal('NONE') }),
        ])
        .nullable(),
    }),
  ),
  secrets: z.record(z.string(), z.string()),
});

export function storedMessagingServices(services: MessagingServices) {
  return services.all().map((service) => ({ ...service, pool: Object.fromEntries(service.pool) }));
}

export function restoreMessagingServices(
  services: MessagingServices,
  stored: z.infer<typeof STORED_MESSAGING_SERVICES>,
): void {
  services.restore(stored.map((service) => ({ ...service, pool: new Map(Object.entries(service.pool)) })));
}

export function storedWebhookRules({ rules, settings, secrets }: WebhookRules) {
  return { rules, settings, secrets: Object.fromEntries(secrets) };
}
