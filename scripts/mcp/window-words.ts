/** The customer service window in words that an agent can act on. Nothing is decided here. */
import type { CustomerServiceWindow, Template, WindowAnswer } from '../../client/answers.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Rounded down, so that nobody counts on time that is not there. */
export function span(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.floor(ms / 1000)} s`;
  if (ms < 2 * HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 48 * HOUR_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / (24 * HOUR_MS))} days`;
}

/** `2026-03-02 12:00 UTC` */
export function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** The state as a clause. @param now the service's clock, milliseconds since the epoch */
export function windowClause(window: CustomerServiceWindow | null, now: number): string {
  if (!window) return 'it is not known whether the window is open';
  const left = span(window.secondsLeft * 1000);
  const closesAt = window.closesAt === null ? null : Date.parse(window.closesAt);
  switch (window.state) {
    case 'open':
      return `the window is open for another ${left}`;
    case 'closing':
      return `the window closes in ${left}, too soon for free text to arrive in time`;
    case 'never':
      return 'this person never wrote to this sender, so no window is open';
    case 'closed':
      if (window.source === 'whatsapp' || closesAt === null)
        return 'WhatsApp refused free text, and this person has not written since';
      return closesAt > now
        ? `the window will have closed by then, at ${minute(new Date(closesAt).toISOString())}`
        : `the window closed ${span(now - closesAt)} ago`;
  }
}

/** The answer of /window. @param now the service's clock, milliseconds since the epoch */
export function windowSentence({ window, freeFormAllowed, optedOut }: WindowAnswer, now: number): string {
  if (optedOut) return OPTED_OUT;
  const clause = capital(windowClause(window, now));
  if (!freeFormAllowed) return `${clause}. Only an approved template may be sent until they write again.`;
  const until = window.closesAt === null ? '' : `, until ${minute(window.closesAt)}`;
  return `${clause}${until}. A free-form text may be sent now.`;
}

export const OPTED_OUT =
  'This person opted out (STOP). Do not write to them in any form until they write START.';

/** What to try instead of a free-form text. @param templates the account's; none where they could not be read */
export function templateAdvice(templates: readonly Template[]): string {
  const usable = templates.filter(
    ({ usableOutside, contentSid, category }) =>
      usableOutside && contentSid !== null && category !== 'MARKETING' && category !== 'AUTHENTICATION',
  );
  // One without variables can be sent as it is.
  const template = usable.find(({ placeholders }) => placeholders.length === 0) ?? usable[0];
  if (!template) return 'Use an approved template (whatsapp_templates)';
  const { name, placeholders } = template;
  const variables = placeholders.length === 0 ? '' : ` (contentVariables ${placeholders.join(', ')})`;
  return `Use the template ${name}${variables}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
