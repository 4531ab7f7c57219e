/**
 * What a reload keeps. The token stays in this tab, or on this computer where somebody chose that; filter, search and drafts
 * stay in this tab. Nothing else is written anywhere: no cookie, no address.
 */
import type { Draft } from './draft';
import { type Filter, isFilter } from './marks';

const TOKEN = 'api-token';
const VIEW = 'desk-view';
const DRAFTS = 'desk-drafts';

export function readToken(): string | null {
  return sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN);
}

export function keepToken(token: string, onThisComputer: boolean): void {
  sessionStorage.setItem(TOKEN, token);
  if (onThisComputer) localStorage.setItem(TOKEN, token);
}

/** Also what was typed: whoever signs out leaves nothing behind. */
export function forgetAll(): void {
  localStorage.removeItem(TOKEN);
  for (const name of [TOKEN, VIEW, DRAFTS]) sessionStorage.removeItem(name);
}

/** The token is not taken any more; what was typed stays for whoever comes with another. */
export function forgetToken(): void {
  localStorage.removeItem(TOKEN);
  sessionStorage.removeItem(TOKEN);
}

export interface View {
  readonly filter: Filter;
  readonly query: string;
}

export function readView(): View {
  const view = readObject(VIEW);
  return {
    filter: isFilter(view.filter) ? view.filter : 'all',
    query: typeof view.query === 'string' ? view.query : '',
  };
}

export function keepView(view: View): void {
  if (view.filter === 'all' && view.query === '') {
    sessionStorage.removeItem(VIEW);
    return;
  }
  sessionStorage.setItem(VIEW, JSON.stringify(view));
}

export function readDrafts(): ReadonlyMap<string, Draft> {
  return new Map(
    Object.entries(readObject(DRAFTS)).flatMap(([key, draft]) => (isDraft(draft) ? [[key, draft]] : [])),
  );
}

export function keepDrafts(drafts: ReadonlyMap<string, Draft>): void {
  if (drafts.size === 0) sessionStorage.removeItem(DRAFTS);
  else sessionStorage.setItem(DRAFTS, JSON.stringify(Object.fromEntries(drafts)));
}

/** Written by an earlier version of this page, perhaps. */
function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const draft = value as Readonly<Record<string, unknown>>;
  return (
    ['text', 'template', 'both'].includes(String(draft.mode)) &&
    typeof draft.text === 'string' &&
    typeof draft.template === 'object' &&
    typeof draft.variables === 'object' &&
    draft.variables !== null
  );
}

function readObject(name: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(name) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
