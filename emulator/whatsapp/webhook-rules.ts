/**
 * Rules by the address of a webhook, and the settings that they apply to it: how it is retried and by which key it is
 * signed. It must not post, and serves no requests.
 * https://www.twilio.com/docs/usage/webhooks/webhook-rules, https://www.twilio.com/docs/usage/webhooks/webhook-settings
 */
import type { Clock } from '../clock';
import { newTypeId } from '../server/sids';

export const MATCH_TYPES = ['EXACT_MATCH', 'PREFIX_MATCH', 'DEFAULT'] as const;
export type MatchType = (typeof MATCH_TYPES)[number];
export const RETRY_CAUSES = ['HTTP_4XX', 'HTTP_5XX', 'CONNECTION_TIMEOUT', 'READ_TIMEOUT', 'ALL'] as const;
export type RetryCause = (typeof RETRY_CAUSES)[number];
export const ALGORITHMS = ['HMAC_SHA1', 'HMAC_SHA256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Takes precedence over whatever the fragment of the address says. */
export interface RuleConnection {
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly totalTimeoutMs?: number;
  /** Without one nothing is retried, not even where no connection came about. */
  readonly retryPolicy?: { readonly retryCount: number; readonly retryOn: readonly RetryCause[] };
}

export type RuleSignature =
  | { readonly type: 'SHARED_KEY'; readonly sharedKeyId: string; readonly algorithm: Algorithm }
  | { readonly type: 'NONE' };

export interface WebhookSetting {
  readonly id: string;
  readonly friendlyName: string;
  readonly connection: RuleConnection;
  /** Null: signed with the account's token, as ever. */
  readonly signature: RuleSignature | null;
  readonly createdAt: number;
}

export interface WebhookRule {
  readonly id: string;
  readonly friendlyName: string;
  readonly matchType: MatchType;
  /** What is compared; empty where the rule is the default. */
  readonly match: string;
  readonly settingId: string;
  /** A second setting, and how many of a hundred webhooks it applies to. */
  readonly split?: { readonly settingId: string; readonly percentage: number };
  readonly createdAt: number;
}

export interface NewSetting {
  readonly connection: RuleConnection;
  readonly signature: { readonly secret: string; readonly algorithm: Algorithm } | 'none' | null;
}

export interface NewRule extends NewSetting {
  readonly friendlyName: string;
  readonly matchType: MatchType;
  readonly match: string;
  readonly split?: NewSetting & { readonly percentage: number };
}

/** What holds for one webhook. */
export interface AppliedSetting {
  readonly connection: RuleConnection;
  readonly signature: RuleSignature | null;
  /** Of the key that the signature names. */
  readonly secret: string | null;
}

export class WebhookRules {
  private readonly byId = new Map<string, WebhookRule>();
  private readonly settingById = new Map<string, WebhookSetting>();
  /** By the id of the key. */
  readonly secrets = new Map<string, string>();
  /** By the id of the rule: how many webhooks it was asked about. */
  private readonly asked = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  get rules(): WebhookRule[] {
    return [...this.byId.values()];
  }

  get settings(): WebhookSetting[] {
    return [...this.settingById.values()];
  }

  /** @throws Error where there is a rule for the same (https://www.twilio.com/docs/api/errors/59103) */
  add(given: NewRule): { rule: WebhookRule; setting: WebhookSetting } {
    const { friendlyName, matchType, match, split } = given;
    if (this.rules.some((rule) => rule.matchType === matchType && rule.match === match)) {
      throw new Error(`"${match}" has a rule of the kind ${matchType} already (59103).`);
    }
    const createdAt = this.clock.now();
    const setting = this.addSetting(given, friendlyName, createdAt);
    const id = newTypeId('webhooks_rule');
    const rule: WebhookRule = {
      ...{ id, friendlyName, matchType, match, settingId: setting.id, createdAt },
      ...(split && {
        split: {
          settingId: this.addSetting(split, `${friendlyName} (split)`, createdAt).id,
          percentage: split.percentage,
        },
      }),
    };
    this.byId.set(id, rule);
    return { rule, setting };
  }

  restore(
    rules: readonly WebhookRule[],
    settings: readonly WebhookSetting[],
    secrets: Readonly<Record<string, string>>,
  ): void {
    for (const rule of rules) this.byId.set(rule.id, rule);
    for (const setting of settings) this.settingById.set(setting.id, setting);
    for (const [id, secret] of Object.entries(secrets)) this.secrets.set(id, secret);
  }

  clear(): void {
    this.byId.clear();
    this.settingById.clear();
    this.secrets.clear();
    this.asked.clear();
  }

  /** Exact rules first, then prefixes, the longest first, then the default. @param url with or without a fragment */
  settingFor(url: string): AppliedSetting | null {
    const [address = ''] = url.split('#');
    const found = this.rules
      .filter((rule) => fits(rule, address))
      .sort(
        (a, b) =>
          MATCH_TYPES.indexOf(a.matchType) - MATCH_TYPES.indexOf(b.matchType) ||
          b.match.length - a.match.length,
      )[0];
    const setting = found && this.settingById.get(this.settingIdOf(found));
    if (!setting) return null;
    const { connection, signature } = setting;
    const keyId = signature?.type === 'SHARED_KEY' ? signature.sharedKeyId : '';
    return { connection, signature, secret: this.secrets.get(keyId) ?? null };
  }

  /** Twilio draws lots; here the second setting's share is spread evenly, the same every time. */
  private settingIdOf({ id, settingId, split }: WebhookRule): string {
    if (!split) return settingId;
    const before = this.asked.get(id) ?? 0;
    this.asked.set(id, before + 1);
    const share = (count: number) => Math.floor((count * split.percentage) / 100);
    return share(before + 1) > share(before) ? split.settingId : settingId;
  }

  private addSetting(given: NewSetting, friendlyName: string, createdAt: number): WebhookSetting {
    const id = newTypeId('webhooks_setting');
    const signature = this.signatureOf(given.signature);
    const setting = { id, friendlyName, connection: given.connection, signature, createdAt };
    this.settingById.set(id, setting);
    return setting;
  }

  private signatureOf(given: NewRule['signature']): RuleSignature | null {
    if (given === null) return null;
    if (given === 'none') return { type: 'NONE' };
    const sharedKeyId = newTypeId('webhooks_sharedkey');
    this.secrets.set(sharedKeyId, given.secret);
    return { type: 'SHARED_KEY', sharedKeyId, algorithm: given.algorithm };
  }
}

/** Twilio's pages do not say whether a query belongs to what is compared: an exact rule fits with it and without it. */
function fits({ matchType, match }: WebhookRule, address: string): boolean {
  if (matchType === 'DEFAULT') return true;
  if (matchType === 'PREFIX_MATCH') return address.startsWith(match);
  return address === match || address.split('?')[0] === match;
}
