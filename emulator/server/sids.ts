/**
 * Makes Twilio's identifiers: two letters that name the kind of thing, then 32 hexadecimal digits; for the newest products
 * a name, then 26 letters and digits. It must not hand out the same one twice.
 */
import { randomBytes } from 'node:crypto';

/** By `Math.random`: whoever seeds it, to play the same again, gets the same identifiers. They are no secrets. */
export function newSid(prefix: string): string {
  const digits = Array.from({ length: 4 }, () => Math.floor(Math.random() * 2 ** 32).toString(16));
  return prefix + digits.map((part) => part.padStart(8, '0')).join('');
}

export function isSid(prefix: string, text: string): boolean {
  return text.length === 34 && text.startsWith(prefix) && /^[0-9a-f]{32}$/i.test(text.slice(2));
}

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/** @param kind such as `webhooks_rule` */
export function newTypeId(kind: string): string {
  return `${kind}_${[...randomBytes(26)].map((byte) => LETTERS[byte % LETTERS.length]).join('')}`;
}
