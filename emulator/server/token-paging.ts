/**
 * Pages of a list as Twilio's newest products write them: a token in `meta` in place of addresses. It must not know how a
 * list is kept. https://www.twilio.com/docs/usage/webhooks/webhook-configuration
 */
import type { Parameters } from './parameters';
import { TwilioError } from './twilio-error';

export const TOKEN_PAGING_PARAMETERS = ['pageSize', 'pageToken'] as const;
const MAX_PAGE = 100;

export function tokenPage<T>(
  key: string,
  query: Parameters,
  items: readonly T[],
  tokenOf: (item: T) => string,
  shown: (item: T) => unknown,
): Record<string, unknown> {
  const size = Number(query.get('pageSize') ?? 50);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) {
    throw new TwilioError(400, 20001, `pageSize must be a whole number from 1 to ${MAX_PAGE}.`);
  }
  const token = query.get('pageToken');
  const before = items.findIndex((item) => tokenOf(item) === token);
  if (token !== undefined && before < 0) {
    throw new TwilioError(400, 20001, `pageToken "${token}" is not one that this list handed out.`);
  }
  const page = items.slice(before + 1, before + 1 + size);
  const last = page[page.length - 1];
  const hasMore = before + 1 + size < items.length;
  return {
    [key]: page.map(shown),
    meta: {
      key,
      pageSize: size,
      nextToken: hasMore && last !== undefined ? tokenOf(last) : null,
      previousToken: null,
    },
  };
}
