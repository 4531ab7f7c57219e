/** The API token, kept for this tab only. It must not be written anywhere else: no cookie, no local storage, no URL. */

const KEY = 'api-token';

export function readToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
