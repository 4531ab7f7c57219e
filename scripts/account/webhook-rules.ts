/**
 * The rules by which Twilio posts its webhooks, as far as they concern one address: which retries take the place of those
 * that the address asks for, and by which key it is signed. It only reads.
 * https://www.twilio.com/docs/usage/webhooks/webhook-configuration
 */
import { z } from 'zod';
import type { TwilioSdk } from './account';

const BASE = 'https://webhooks.twilio.com/v1/Webhooks';
/** Of 100 each: an account has few rules. */
const MAX_PAGES = 10;

const RULE = z.object({
  id: z.string(),
  friendlyName: z.string().nullish(),
  matchType: z.string(),
  value: z.string().nullish(),
  prefix: z.string().nullish(),
  /** Two where the traffic is split. */
  settings: z.array(z.object({ settingId: z.string() })),
});
const SETTING = z.object({
  id: z.string(),
  friendlyName: z.string().nullish(),
  signature: z.object({ type: z.string() }).nullish(),
  connection: z
    .object({
      readTimeoutMs: z.number().nullish(),
      retryPolicy: z
        .object({ retryCount: z.number().nullish(), retryOn: z.array(z.string()).nullish() })
        .nullish(),
    })
    .nullish(),
});
const META = z.object({ nextToken: z.string().nullish() }).nullish();

export type WebhookRule = z.infer<typeof RULE>;
export type WebhookSetting = z.infer<typeof SETTING>;

export interface WebhookRules {
  readonly rules: readonly WebhookRule[];
  readonly settings: readonly WebhookSetting[];
}

/** @returns null where the account has no such API: it is in public beta */
export async function readWebhookRules(sdk: TwilioSdk): Promise<WebhookRules | null> {
  const rules = await listOf(sdk, 'Rules', z.object({ rules: z.array(RULE), meta: META }), 'rules');
  if (rules === null) return null;
  // The account's own and those that Twilio manages: a rule may name either.
  const own = await listOf(sdk, 'Settings', z.object({ settings: z.array(SETTING), meta: META }), 'settings');
  return { rules, settings: own ?? [] };
}

/** The first that matches counts: exact, the longest first; then prefixes, the longest first; then the default. */
export function ruleFor(rules: readonly WebhookRule[], url: string): WebhookRule | null {
  const longest = (type: string, matched: (rule: WebhookRule) => string, fits: (match: string) => boolean) =>
    rules
      .filter((rule) => rule.matchType === type && fits(matched(rule)))
      .sort((a, b) => matched(b).length - matched(a).length);
  const exact = longest(
    'EXACT_MATCH',
    ({ value }) => value ?? '',
    (value) => value === url,
  );
  const byPrefix = longest(
    'PREFIX_MATCH',
    ({ prefix }) => prefix ?? '',
    (prefix) => prefix !== '' && url.startsWith(prefix),
  );
  return exact[0] ?? byPrefix[0] ?? rules.find(({ matchType }) => matchType === 'DEFAULT') ?? null;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | null;
}

/** @returns null where the account has no such API */
async function listOf<Item, Name extends string>(
  sdk: TwilioSdk,
  path: string,
  shape: z.ZodType<Record<Name, Item[]> & { meta?: z.infer<typeof META> }>,
  name: Name,
): Promise<readonly Item[] | null> {
  const items: Item[] = [];
  let token: string | null = '';
  for (let pages = 0; pages < MAX_PAGES && token !== null; pages += 1) {
    const page: Page<Item> | null = await pageOf(sdk, path, shape, name, token);
    if (page === null) return null;
    items.push(...page.items);
    token = page.nextToken;
  }
  return items;
}

async function pageOf<Item, Name extends string>(
  sdk: TwilioSdk,
  path: string,
  shape: z.ZodType<Record<Name, Item[]> & { meta?: z.infer<typeof META> }>,
  name: Name,
  token: string,
): Promise<Page<Item> | null> {
  const query = new URLSearchParams({ pageSize: '100', ...(token !== '' && { pageToken: token }) });
  const response: { readonly statusCode: number; readonly body: unknown } = await sdk.request({
    method: 'get',
    uri: `${BASE}/${path}?${query}`,
  });
  if (response.statusCode === 403 || response.statusCode === 404) return null;
  const read = shape.safeParse(typeof response.body === 'string' ? JSON.parse(response.body) : response.body);
  if (response.statusCode !== 200 || !read.success) {
    throw Object.assign(new Error('The rules of webhooks cannot be read.'), {
      status: response.statusCode,
    });
  }
  return { items: read.data[name], nextToken: read.data.meta?.nextToken || null };
}
