/** A pair's name in the log: the same person always hashes alike, and nobody without the auth token can tell who it is. */
import { createHmac } from 'node:crypto';
import { filingName, type Pair } from '../domain/whatsapp-address';

/** @returns 12 hexadecimal digits */
export function pairHash(authToken: string, pair: Pair): string {
  const names = `${filingName(pair.sender)} ${filingName(pair.user)}`;
  return createHmac('sha256', authToken).update(names).digest('hex').slice(0, 12);
}
