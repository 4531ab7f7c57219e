/**
 * Takes a webhook URL apart: what is requested and signed, and the connection overrides in its fragment, which are
 * neither sent nor signed. Where a rule applies to the address, its connection takes their place.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */

import type { RetryCause, RuleConnection } from './webhook-rules';

/** All attempts together: https://www.twilio.com/docs/usage/webhooks/webhook-settings */
const LONGEST_RULE_MS = 60_000;

/** Ways in which a request can fail: connect timeout or refusal, read timeout, an HTTP status. */
export type FailureKind = 'ct' | 'rt' | '4xx' | '5xx';

export interface WebhookTarget {
  url: string;
  retries: number;
  retryOn: ReadonlySet<string>;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  totalTimeoutMs: number;
}

function limited(text: string | null, fallback: number, minimum: number, maximum: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) ? Math.min(maximum, Math.max(minimum, value)) : fallback;
}

/** Without overrides: one retry, and only where no connection came about. A 5xx loses the event. */
export function webhookTarget(text: string, rule: RuleConnection | null = null): WebhookTarget {
  const [url = '', fragment = ''] = text.split('#', 2);
  if (rule) return { url, ...byRule(rule) };
  const overrides = new URLSearchParams(fragment);
  return {
    url,
    retries: limited(overrides.get('rc'), 1, 0, 5),
    retryOn: new Set((overrides.get('rp') ?? 'ct').split(',')),
    connectTimeoutMs: limited(overrides.get('ct'), 5000, 100, 10_000),
    readTimeoutMs: limited(overrides.get('rt'), 15_000, 100, 15_000),
    totalTimeoutMs: limited(overrides.get('tt'), 15_000, 100, 15_000),
  };
}

const CAUSES: Readonly<Record<RetryCause, string>> = {
  HTTP_4XX: '4xx',
  HTTP_5XX: '5xx',
  CONNECTION_TIMEOUT: 'ct',
  READ_TIMEOUT: 'rt',
  ALL: 'all',
};

function byRule({ connectTimeoutMs, readTimeoutMs, totalTimeoutMs, retryPolicy }: RuleConnection) {
  return {
    retries: retryPolicy?.retryCount ?? 0,
    retryOn: new Set(retryPolicy?.retryOn.map((cause) => CAUSES[cause])),
    connectTimeoutMs,
    readTimeoutMs,
    totalTimeoutMs: totalTimeoutMs ?? LONGEST_RULE_MS,
  };
}

export function retriesOn(target: WebhookTarget, kind: FailureKind): boolean {
  return target.retryOn.has('all') || target.retryOn.has(kind);
}

export function isWebUrl(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
