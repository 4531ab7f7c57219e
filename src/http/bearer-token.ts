/** Whether a caller knows the API token. It must not tell how far a wrong one was right. */
import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Takes `Authorization: Bearer TOKEN`, or HTTP Basic with the token as the password and any user name, because Studio's
 * Make HTTP Request can send no header of its own but takes `https://studio:TOKEN@…`.
 * @param authorization the header's value, whatever the platform handed over
 */
export function isBearerOf(apiToken: string, authorization: unknown): boolean {
  const offered = typeof authorization === 'string' ? offeredToken(authorization) : '';
  // Hashing first makes both sides equally long, as a comparison in constant time needs.
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(offered), digest(apiToken)) && offered !== '';
}

function offeredToken(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return '';
  const decoded = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? '' : decoded.slice(colon + 1);
}
