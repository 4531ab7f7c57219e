/**
 * What a send costs by the operator's prices, from what was done or, in a dry run, would be. It counts what this call
 * sends: what is held costs once it goes out. It must not know any price itself.
 */
import { freeEntryUntil } from '../../domain/customer-service-window';
import { partsOf } from '../../domain/outbound-message';
import { basisOf, type Cost, costOfMessages, type PriceBasis, type Prices } from '../../domain/prices';
import type { SendRequest, SendResult } from './send-request';

interface Charged {
  readonly count: number;
  /** null for a template whose category is not known. */
  readonly basis: PriceBasis | null;
}

/**
 * @param now milliseconds since the epoch
 * @returns null where nothing is sent, or the price of it is not known
 */
export function costOf(prices: Prices, request: SendRequest, result: SendResult, now: number): Cost | null {
  const charged = result.outcome === 'dry-run' ? wouldBeCharged(request, result) : isCharged(result);
  const { window } = result;
  const isFreeEntry =
    window !== null && freeEntryUntil(window, request.sendAt ?? now, prices.freeEntryHours) !== null;
  return costOfMessages(prices, { ...charged, to: request.pair.user, isFreeEntry });
}

/** One call sends messages of one kind: a template, or a text with its attachments. */
function isCharged({ messages, preview }: SendResult): Charged {
  const isTemplate = messages.some(({ contentSid }) => contentSid !== null);
  return {
    count: messages.length,
    basis: isTemplate ? basisOf(preview?.category ?? null) : 'service',
  };
}

function wouldBeCharged({ content }: SendRequest, { decision, preview }: SendResult): Charged {
  if (preview !== null) return { count: 1, basis: basisOf(preview.category) };
  const isSent = decision?.action === 'free-form' && content.kind === 'free-form';
  return { count: isSent ? partsOf(content.message).length : 0, basis: 'service' };
}
