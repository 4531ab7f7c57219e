/**
 * Reads a rule for webhooks from a control request, in the words of Twilio's own API, and makes it together with its
 * setting and its key. https://www.twilio.com/docs/usage/webhooks/webhook-rules
 */
import { shownRule, shownSetting } from '../api/webhook-configuration';
import {
  ALGORITHMS,
  MATCH_TYPES,
  type MatchType,
  type NewRule,
  type NewSetting,
  RETRY_CAUSES,
  type RuleConnection,
  type WebhookRules,
} from '../whatsapp/webhook-rules';
import { isWebUrl } from '../whatsapp/webhook-url';
import { ControlError, type Fields } from './fields';

const SIGNATURE_TYPES = ['SHARED_KEY', 'NONE'] as const;
const MAX_RETRIES = 5;

export function addWebhookRule(body: Fields, rules: WebhookRules): Record<string, unknown> {
  const matchType = body.oneOf('matchType', MATCH_TYPES);
  if (matchType === undefined) throw body.wrong('matchType', `must be one of ${MATCH_TYPES.join(', ')}`);
  const given: NewRule = {
    friendlyName: body.text('friendlyName') ?? '',
    matchType,
    match: matchOf(body, matchType),
    ...settingOf(body),
    ...splitOf(body.fields('split')),
  };
  body.done();
  try {
    const { rule, setting } = rules.add(given);
    return { rule: shownRule(rule), setting: shownSetting(setting) };
  } catch (error) {
    throw new ControlError(409, error instanceof Error ? error.message : String(error));
  }
}

export function shownWebhookRules(rules: WebhookRules): Record<string, unknown> {
  return { rules: rules.rules.map(shownRule), settings: rules.settings.map(shownSetting) };
}

function settingOf(fields: Fields): NewSetting {
  return {
    connection: connectionOf(fields.fields('connection')),
    signature: signatureOf(fields.fields('signature')),
  };
}

/** The second of two settings. */
function splitOf(fields: Fields | undefined): Pick<NewRule, 'split'> {
  if (fields === undefined) return {};
  const percentage = within(fields, 'percentage', 1, 99);
  if (percentage === undefined) throw fields.wrong('percentage', 'is missing');
  const split = { percentage, ...settingOf(fields) };
  fields.done();
  return { split };
}

function matchOf(body: Fields, matchType: MatchType): string {
  if (matchType === 'DEFAULT') return '';
  const isPrefix = matchType === 'PREFIX_MATCH';
  const name = isPrefix ? 'prefix' : 'value';
  const match = body.requiredText(name);
  if (!isWebUrl(match) || match.includes('#')) throw body.wrong(name, 'must be a URL without a fragment');
  if (match.endsWith('/') !== isPrefix) {
    throw body.wrong(name, isPrefix ? 'must end with /' : 'must not end with /');
  }
  return match;
}

function connectionOf(fields: Fields | undefined): RuleConnection {
  const total = fields && within(fields, 'totalTimeoutMs', 100, 60_000);
  const retry = fields?.fields('retryPolicy');
  const connection: RuleConnection = {
    connectTimeoutMs: (fields && within(fields, 'connectTimeoutMs', 100, 15_000)) ?? 5000,
    readTimeoutMs: (fields && within(fields, 'readTimeoutMs', 100, 15_000)) ?? 15_000,
    ...(total === undefined ? {} : { totalTimeoutMs: total }),
    ...(retry === undefined ? {} : { retryPolicy: retryPolicyOf(retry) }),
  };
  fields?.done();
  return connection;
}

function retryPolicyOf(fields: Fields): NonNullable<RuleConnection['retryPolicy']> {
  const retryOn = (fields.list('retryOn') ?? []).map((given) => {
    const cause = RETRY_CAUSES.find((known) => known === given);
    if (cause === undefined) throw fields.wrong('retryOn', `must hold only ${RETRY_CAUSES.join(', ')}`);
    return cause;
  });
  const policy = { retryCount: within(fields, 'retryCount', 0, MAX_RETRIES) ?? 0, retryOn };
  fields.done();
  return policy;
}

function signatureOf(fields: Fields | undefined): NewRule['signature'] {
  if (fields === undefined) return null;
  const type = fields.oneOf('type', SIGNATURE_TYPES);
  if (type === undefined) throw fields.wrong('type', `must be one of ${SIGNATURE_TYPES.join(', ')}`);
  if (type === 'NONE') {
    fields.done();
    return 'none';
  }
  const signature = {
    secret: fields.requiredText('secret'),
    algorithm: fields.oneOf('algorithm', ALGORITHMS) ?? 'HMAC_SHA256',
  };
  fields.done();
  return signature;
}

function within(fields: Fields, name: string, minimum: number, maximum: number): number | undefined {
  const value = fields.number(name);
  if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum)) return value;
  throw fields.wrong(name, `must be a whole number from ${minimum} to ${maximum}`);
}
