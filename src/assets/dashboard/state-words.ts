/** States and outcomes in words. Colour comes on top in the style sheet and is never the only sign. */
import type { CustomerServiceWindow, WindowState } from '../../domain/customer-service-window';
import { ago, countdown } from './countdown';
import { shortMoment } from './local-time';

export const STATE_WORDS: Readonly<Record<WindowState, string>> = {
  open: 'Open',
  closing: 'Closing',
  closed: 'Closed',
  never: 'Never wrote',
};

/** The large figure: what is left, or since when nothing is. */
export function leftInWords(window: CustomerServiceWindow, now: number): string {
  if (window.closesAt === null) return '—';
  if (window.state === 'open' || window.state === 'closing') return countdown(window.closesAt - now);
  return window.closedByWhatsApp ? 'by WhatsApp' : ago(now - window.closesAt);
}

export function lastInboundInWords(window: CustomerServiceWindow, now: number): string {
  return window.lastInboundAt === null ? 'no message yet' : `wrote ${ago(now - window.lastInboundAt)}`;
}

/** What the state means for whoever wants to write. */
export function meaning(
  window: CustomerServiceWindow,
  optedOut: boolean,
  now: number,
  marginSeconds: number,
): string {
  if (optedOut)
    return 'They asked not to be written to (STOP): nothing goes out, not even a template, until they write START.';
  const closesAt = window.closesAt === null ? null : shortMoment(window.closesAt, now);
  switch (window.state) {
    case 'open': {
      const until = shortMoment((window.closesAt ?? now) - marginSeconds * 1000, now);
      return `Write freely until ${until}; the window closes ${closesAt}.`;
    }
    case 'closing':
      return `The safety margin has begun and the window closes ${closesAt}: templates only.`;
    case 'closed':
      return window.closedByWhatsApp
        ? 'WhatsApp itself refused a free-form message (63016): templates only, until they write again.'
        : `The window closed ${closesAt}: templates only, until they write again.`;
    case 'never':
      return 'They have not written to this sender yet: templates only, until they do.';
  }
}

const SOURCE_WORDS: Readonly<Record<CustomerServiceWindow['source'], string>> = {
  sync: 'from the inbound webhook',
  'message-log': "from Twilio's message log",
  whatsapp: 'from an error of WhatsApp',
  none: 'nothing is known',
};

export function sourceInWords(window: CustomerServiceWindow): string {
  return SOURCE_WORDS[window.source];
}
