/**
 * Makes Twilio's identifiers: two letters that name the kind of thing, then 32 hexadecimal digits.
 * It must not hand out the same one twice.
 */
import { randomUUID } from 'node:crypto';

export function newSid(prefix: string): string {
  return prefix + randomUUID().replaceAll('-', '');
}

export function isSid(prefix: string, text: string): boolean {
  return text.length === 34 && text.startsWith(prefix) && /^[0-9a-f]{32}$/i.test(text.slice(2));
}
