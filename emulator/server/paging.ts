/**
 * Pages of a list as Twilio's v1 products (a `meta` object with absolute URLs) and its 2010-04-01 API (relative URIs)
 * write them. It must not know how a list is kept: it asks for the items after a token, one more than fit.
 */
import type { Parameters } from './parameters';
import { TwilioError } from './twilio-error';

export const PAGING_PARAMETERS = ['PageSize', 'Page', 'PageToken'] as const;

export interface PageRequest {
  size: number;
  page: number;
  /** What the token of the previous page held, or null for the first page. */
  after: string | null;
}

export interface PageItem {
  token: string;
  value: unknown;
}

const TOKEN_PREFIX = 'PT';

/** 20007 "Page size too large": https://www.twilio.com/docs/api/errors/20007 */
export function pageRequest(query: Parameters, maximum: number): PageRequest {
  const size = Number(query.get('PageSize') ?? 50);
  if (!Number.isInteger(size) || size < 1) {
    throw new TwilioError(400, 20001, `PageSize must be a whole number from 1 to ${maximum}.`);
  }
  if (size > maximum) throw new TwilioError(400, 20007, `Page size too large: at most ${maximum}.`);
  const token = query.get('PageToken');
  if (token !== undefined && !token.startsWith(TOKEN_PREFIX)) {
    throw new TwilioError(400, 20001, `PageToken "${token}" is not one that this list handed out.`);
  }
  return {
    size,
    page: Number(query.get('Page') ?? 0),
    after: token === undefined ? null : Buffer.from(token.slice(2), 'base64url').toString(),
  };
}

function link(
  base: string,
  query: Parameters,
  request: PageRequest,
  page: number,
  token: string | null,
): string {
  const search = query.without(...PAGING_PARAMETERS);
  search.set('PageSize', String(request.size));
  search.set('Page', String(page));
  if (token !== null) search.set('PageToken', TOKEN_PREFIX + Buffer.from(token).toString('base64url'));
  return `${base}?${search}`;
}

function links(base: string, query: Parameters, request: PageRequest, items: readonly PageItem[]) {
  const shown = items.slice(0, request.size);
  const last = shown[shown.length - 1];
  return {
    shown,
    first: link(base, query, request, 0, null),
    here: link(base, query, request, request.page, request.after),
    next:
      items.length > request.size && last ? link(base, query, request, request.page + 1, last.token) : null,
  };
}

/** `items` holds up to one more than a page: whether there is a next page is read off it. */
export function v1Page(
  url: string,
  key: string,
  query: Parameters,
  request: PageRequest,
  items: readonly PageItem[],
): Record<string, unknown> {
  const { shown, first, here, next } = links(url, query, request, items);
  return {
    [key]: shown.map((item) => item.value),
    meta: {
      page: request.page,
      page_size: request.size,
      first_page_url: first,
      // Only forward tokens are handed out here; the README lists it as a difference.
      previous_page_url: null,
      url: here,
      next_page_url: next,
      key,
    },
  };
}

export function v2010Page(
  uri: string,
  key: string,
  query: Parameters,
  request: PageRequest,
  items: readonly PageItem[],
): Record<string, unknown> {
  const { shown, first, here, next } = links(uri, query, request, items);
  const start = request.page * request.size;
  return {
    [key]: shown.map((item) => item.value),
    page: request.page,
    page_size: request.size,
    start,
    end: shown.length === 0 ? start : start + shown.length - 1,
    first_page_uri: first,
    previous_page_uri: null,
    next_page_uri: next,
    uri: here,
  };
}
