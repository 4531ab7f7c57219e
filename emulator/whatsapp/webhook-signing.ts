/**
 * By which key a webhook is signed, and the headers that say so: the account's token, or the key that a rule names.
 * https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys
 */
import { signature } from './signature';
import type { AppliedSetting } from './webhook-rules';

export function signatureHeaders(
  setting: AppliedSetting | null,
  authToken: string,
  url: string,
  params: Readonly<Record<string, string>>,
): Record<string, string> {
  const applied = setting?.signature ?? null;
  if (applied === null) return { 'X-Twilio-Signature': signature(authToken, url, params) };
  if (applied.type === 'NONE') return {};
  const { sharedKeyId, algorithm } = applied;
  const hash = algorithm === 'HMAC_SHA256' ? 'sha256' : 'sha1';
  return {
    'X-Twilio-Signature': signature(setting?.secret ?? '', url, params, hash),
    'X-Twilio-Webhooks-Signature-Settings': `key=${sharedKeyId},algorithm=${algorithm}`,
  };
}
