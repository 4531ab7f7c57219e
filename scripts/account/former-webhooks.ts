/**
 * What the webhooks were before setup changed them, in a document of the Sync service that holds all other state: so that
 * `npm run teardown` can set them back, from whichever machine. It must not change a webhook.
 */
import { z } from 'zod';
import type { TwilioSdk } from './account';

const DOCUMENT = 'setup.webhooks';

const INBOUND = z.object({
  url: z.string().nullable(),
  method: z.string().nullable(),
  fallbackUrl: z.string().nullable(),
  fallbackMethod: z.string().nullable(),
});
const CONVERSATIONS = z.object({
  url: z.string().nullable(),
  method: z.string().nullable(),
  filters: z.array(z.string()),
});
const FORMER = z.object({
  /** By the SID of the sender or the Messaging Service. */
  inbound: z.record(z.string(), INBOUND).default({}),
  conversations: CONVERSATIONS.nullable().default(null),
  /** By the SID of a conversation service with webhooks of its own. */
  conversationServices: z.record(z.string(), CONVERSATIONS).default({}),
});

export type FormerConversations = z.infer<typeof CONVERSATIONS>;
export type FormerWebhooks = z.infer<typeof FORMER>;

const NOTHING: FormerWebhooks = { inbound: {}, conversations: null, conversationServices: {} };

/** @returns nothing remembered where there is no such document, or no such service any more */
export async function readFormerWebhooks(sdk: TwilioSdk, syncServiceSid: string): Promise<FormerWebhooks> {
  if (syncServiceSid === '') return NOTHING;
  try {
    const { data } = await sdk.sync.v1.services(syncServiceSid).documents(DOCUMENT).fetch();
    const read = FORMER.safeParse(data);
    return read.success ? read.data : NOTHING;
  } catch (error) {
    if (isNotFound(error)) return NOTHING;
    throw error;
  }
}

export async function rememberWebhooks(
  sdk: TwilioSdk,
  syncServiceSid: string,
  more: Partial<FormerWebhooks>,
): Promise<void> {
  const before = await readFormerWebhooks(sdk, syncServiceSid);
  const data = {
    conversations: more.conversations ?? before.conversations,
    inbound: { ...before.inbound, ...more.inbound },
    conversationServices: { ...before.conversationServices, ...more.conversationServices },
  };
  const { documents } = sdk.sync.v1.services(syncServiceSid);
  try {
    await documents(DOCUMENT).update({ data });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await documents.create({ uniqueName: DOCUMENT, data });
  }
}

export function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 404;
}
