/**
 * Whether rules for webhooks make Twilio sign them otherwise, or give up sooner, than these functions count on. It finds so
 * before the first message is lost: such a rule holds for the account, or for an address that nothing calls yet.
 */
import { conversationsUrl } from '../../account/conversations-webhook';
import {
  readWebhookRules,
  ruleFor,
  type WebhookRule,
  type WebhookSetting,
} from '../../account/webhook-rules';
import { broken, type Check, type CheckedAccount, type Finding, notChecked, ok, warning } from '../check';

/** A function answers within 8 s. */
const NEEDED_MS = 10_000;
const PAGE = 'https://www.twilio.com/docs/usage/webhooks/webhook-rules';
/** What a rule for everything applies to, where nothing is deployed yet. */
const ANYWHERE = 'https://not-deployed-yet.invalid';

interface Applied {
  readonly path: string;
  readonly rule: WebhookRule;
  readonly setting: WebhookSetting;
}

export const webhookRules: Check = {
  name: 'webhook rules',
  why: 'A rule can replace the key that webhooks are signed with, and the retries that their address asks for.',
  async look(account) {
    const known = await readWebhookRules(account.sdk());
    if (known === null) return notChecked('This account has no Webhooks configuration API.');
    const baseUrl = account.knownFunctionsUrl() ?? ANYWHERE;
    const applied = addressesOf(baseUrl).flatMap((address): readonly Applied[] => {
      const rule = ruleFor(known.rules, address);
      if (rule === null) return [];
      return rule.settings.flatMap(({ settingId }) => {
        const setting = known.settings.find(({ id }) => id === settingId);
        return setting ? [{ path: new URL(address).pathname, rule, setting }] : [];
      });
    });
    return (
      foreignKey(applied) ?? lostRetries(applied, account) ?? harmless(known.rules.length, applied, baseUrl)
    );
  },
};

function addressesOf(baseUrl: string): readonly string[] {
  return [`${baseUrl}/incoming-message`, `${baseUrl}/message-status`, conversationsUrl(baseUrl)];
}

function foreignKey(applied: readonly Applied[]): Finding | null {
  const found = applied.filter(({ setting }) => setting.signature);
  const [first] = found;
  if (!first) return null;
  const how =
    first.setting.signature?.type === 'NONE' ? 'leaves the signature out' : 'signs with a key of its own';
  return broken(
    `${nameOf(first)} ${how}, for ${pathsOf(found)}. These functions check with AUTH_TOKEN and refuse every such webhook with 403: no message would arrive.`,
    `Give these addresses a rule whose setting has no signature: an exact rule for each comes before all others. ${PAGE}`,
  );
}

function lostRetries(applied: readonly Applied[], account: CheckedAccount): Finding | null {
  const found = applied.filter(({ setting }) => weaknessOf(setting) !== null);
  const [first] = found;
  if (!first) return null;
  const isKnown = account.knownFunctionsUrl() !== null;
  return warning(
    `${nameOf(first)} ${weaknessOf(first.setting)}, for ${isKnown ? pathsOf(found) : 'every address'}. What the address says of retries (#rc=…) does not count then.`,
    `Let the setting of these addresses retry 3 times on HTTP_4XX, HTTP_5XX, CONNECTION_TIMEOUT and READ_TIMEOUT, and wait ${NEEDED_MS / 1000} s for an answer. ${PAGE}`,
  );
}

function weaknessOf({ connection }: WebhookSetting): string | null {
  const { readTimeoutMs, retryPolicy } = connection ?? {};
  const causes = retryPolicy?.retryOn ?? [];
  const retries =
    (retryPolicy?.retryCount ?? 0) > 0 && (causes.includes('ALL') || causes.includes('HTTP_5XX'));
  if (!retries) return 'does not retry where the functions answer 5xx';
  return readTimeoutMs !== null && readTimeoutMs !== undefined && readTimeoutMs < NEEDED_MS
    ? `waits ${readTimeoutMs} ms for an answer, and a function may take 8 s`
    : null;
}

function harmless(count: number, applied: readonly Applied[], baseUrl: string): Finding {
  if (count === 0) return ok('There are none.');
  if (applied.length > 0) return ok('Those that apply here keep the signature and the retries.');
  return ok(`None of the account’s ${count} applies ${baseUrl === ANYWHERE ? 'to every address' : 'here'}.`);
}

function nameOf({ rule, setting }: Applied): string {
  const which =
    rule.matchType === 'DEFAULT' ? 'The default rule' : `The rule ${rule.friendlyName || rule.id}`;
  return `${which} (setting ${setting.friendlyName || setting.id})`;
}

const pathsOf = (found: readonly Applied[]) => [...new Set(found.map(({ path }) => path))].join(', ');
