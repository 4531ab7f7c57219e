/**
 * A text that stands for one customer service window of one pair: the same for as long as the window lasts, another
 * once the user writes again. As an `idempotencyKey` it lets something happen once per window; nobody without the auth
 * token can tell whose it is.
 */
import { createHmac } from 'node:crypto';
import { filingName } from '../domain/whatsapp-address';
import type { ContactRecord } from '../use-cases/ports/contact-store';

/** @returns such as `window.0f3a…` (24 hexadecimal digits), or null where nobody wrote yet */
export function windowKey(authToken: string, { pair, facts, messageSid }: ContactRecord): string | null {
  if (facts.lastInboundAt === null) return null;
  // The message before its time: a webhook that comes again corrects the time by some milliseconds, not the message.
  const openedBy = messageSid ?? facts.lastInboundAt;
  const names = `${filingName(pair.sender)} ${filingName(pair.user)} ${openedBy}`;
  return `window.${createHmac('sha256', authToken).update(names).digest('hex').slice(0, 24)}`;
}
