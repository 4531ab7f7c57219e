/**
 * A page of the same host that shows this one in a frame may hand over the token, such as a portal of the operator's own. It
 * has to answer a question, so that no token is sent before somebody listens, and nothing of the token stands in an address.
 */

/** What a page that frames this one is sent, and may answer with `{ apiToken }`. */
export const QUESTION = { asksFor: 'apiToken' } as const;

export function askForToken(onToken: (token: string) => void): void {
  if (window.parent === window) return;
  window.addEventListener('message', ({ source, origin, data }) => {
    if (source !== window.parent || hostOf(origin) !== location.hostname) return;
    const token: unknown = typeof data === 'object' && data !== null ? data.apiToken : undefined;
    if (typeof token === 'string' && token !== '') onToken(token);
  });
  window.parent.postMessage(QUESTION, '*');
}

/** '' for a frame without an origin of its own. */
function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}
