/**
 * Signs a webhook the way Twilio does: a hash with a key, over the URL followed by every form parameter in order of its name
 * (https://www.twilio.com/docs/usage/security#validating-requests). Written from that page, not taken from the SDK,
 * so that a mistake in one shows against the other.
 */
import { createHmac } from 'node:crypto';

export function signature(
  key: string,
  url: string,
  params: Readonly<Record<string, string>>,
  hash: 'sha1' | 'sha256' = 'sha1',
): string {
  const names = Object.keys(params).sort();
  const signed = names.reduce((text, name) => text + name + (params[name] ?? ''), url);
  return createHmac(hash, key).update(signed, 'utf8').digest('base64');
}
