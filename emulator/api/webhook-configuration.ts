/**
 * The Webhooks configuration API, to read: https://www.twilio.com/docs/usage/webhooks/webhook-configuration
 * Rules come from control. Keys are never shown; whoever makes one is told its secret once.
 */
import type { Call, Route } from '../server/router';
import { TOKEN_PAGING_PARAMETERS, tokenPage } from '../server/token-paging';
import { notFound, TwilioError } from '../server/twilio-error';
import type { WebhookRule, WebhookRules, WebhookSetting } from '../whatsapp/webhook-rules';

const BASE = '/v1/Webhooks';

export function shownRule(rule: WebhookRule): Record<string, unknown> {
  const { id, friendlyName, matchType, match, settingId, split } = rule;
  const at = new Date(rule.createdAt).toISOString();
  return {
    id,
    friendlyName,
    description: '',
    matchType,
    ...(matchType === 'EXACT_MATCH' ? { value: match } : {}),
    ...(matchType === 'PREFIX_MATCH' ? { prefix: match } : {}),
    settings: [
      { settingId, percentage: 100 - (split?.percentage ?? 0) },
      ...(split === undefined ? [] : [split]),
    ],
    createdAt: at,
    updatedAt: at,
  };
}

export function shownSetting(setting: WebhookSetting): Record<string, unknown> {
  const { id, friendlyName, connection, signature } = setting;
  const at = new Date(setting.createdAt).toISOString();
  return {
    id,
    type: 'CUSTOMER',
    friendlyName,
    description: '',
    auth: { source: 'INLINE', value: { scheme: 'NONE' } },
    ...(signature === null ? {} : { signature }),
    connection,
    createdAt: at,
    updatedAt: at,
  };
}

function wantedSettings({ query }: Call, settings: readonly WebhookSetting[]): readonly WebhookSetting[] {
  const type = query.get('type') ?? 'CUSTOMER';
  if (type !== 'CUSTOMER' && type !== 'SYSTEM') {
    throw new TwilioError(400, 20001, 'type must be CUSTOMER or SYSTEM.');
  }
  // Credentials are not imitated, so no setting refers to any.
  if (type === 'SYSTEM' || query.has('authProfileId')) return [];
  const keyId = query.get('sharedKeyId');
  return settings.filter(
    ({ signature }) =>
      keyId === undefined || (signature?.type === 'SHARED_KEY' && signature.sharedKeyId === keyId),
  );
}

export function webhookConfigurationRoutes(configuration: WebhookRules): Route[] {
  const idOf = ({ id }: { id: string }): string => id;
  const found = <T extends { id: string }>(items: readonly T[], id: string, path: string): T => {
    const item = items.find((other) => other.id === id);
    if (!item) throw notFound(`${BASE}/${path}/${id}`);
    return item;
  };
  return [
    {
      service: 'webhooks',
      method: 'GET',
      path: `${BASE}/Settings`,
      label: 'Webhooks/Settings',
      query: [...TOKEN_PAGING_PARAMETERS, 'authProfileId', 'sharedKeyId', 'type'],
      handle(call) {
        const settings = wantedSettings(call, configuration.settings);
        return { status: 200, body: tokenPage('settings', call.query, settings, idOf, shownSetting) };
      },
    },
    {
      service: 'webhooks',
      method: 'GET',
      path: `${BASE}/Settings/{SettingId}`,
      label: 'Webhooks/Settings/{id}',
      handle: (call) => ({
        status: 200,
        body: shownSetting(found(configuration.settings, call.at('SettingId'), 'Settings')),
      }),
    },
    {
      service: 'webhooks',
      method: 'GET',
      path: `${BASE}/Rules`,
      label: 'Webhooks/Rules',
      query: [...TOKEN_PAGING_PARAMETERS, 'settingId'],
      handle(call) {
        const settingId = call.query.get('settingId') ?? null;
        const rules = configuration.rules.filter(
          (rule) => settingId === null || rule.settingId === settingId || rule.split?.settingId === settingId,
        );
        return { status: 200, body: tokenPage('rules', call.query, rules, idOf, shownRule) };
      },
    },
    {
      service: 'webhooks',
      method: 'GET',
      path: `${BASE}/Rules/{RuleId}`,
      label: 'Webhooks/Rules/{id}',
      handle: (call) => ({
        status: 200,
        body: shownRule(found(configuration.rules, call.at('RuleId'), 'Rules')),
      }),
    },
  ];
}
