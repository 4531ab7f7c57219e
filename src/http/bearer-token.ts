/** Which API token a caller shows. It must not tell how far a wrong one was right. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiToken } from './api-tokens';

/**
 * Takes `Authorization: Bearer TOKEN`, or HTTP Basic with the token as the password and any user name, because Studio's
 * Make HTTP Request can send no header of its own but takes `https://studio:TOKEN@…`.
 * @param authorization the header's value, whatever the platform handed over
 * @returns undefined where it is none of the tokens
 */
export function tokenOf(tokens: readonly ApiToken[], authorization: unknown): ApiToken | undefined {
  const offered = typeof authorization === 'string' ? offeredToken(authorization) : '';
  const digest = digestOf(offered);
  // Every one is compared, also after one that matches: how long it takes says nothing about which it is.
  const matching = tokens.filter(({ token }) => timingSafeEqual(digest, digestOf(token)));
  return offered === '' ? undefined : matching[0];
}

/** Both sides of a comparison in constant time have to be equally long. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function offeredToken(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return '';
  const decoded = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? '' : decoded.slice(colon + 1);
}
