/** States in words. Colour comes on top in the style sheet and is never the only sign. */
import type { CustomerServiceWindow, WindowState } from '../../../domain/customer-service-window';
import { ago, countdown } from './countdown';
import { shortMoment } from './local-time';

export const STATE_WORDS: Readonly<Record<WindowState, string>> = {
  open: 'Open',
  closing: 'Closing',
  closed: 'Closed',
  never: 'Never wrote',
};

/** What is left, or since when nothing is. */
export function leftInWords(window: CustomerServiceWindow, now: number): string {
  if (window.closesAt === null) return window.closedByWhatsApp ? 'by WhatsApp' : '';
  if (window.state === 'open' || window.state === 'closing') return countdown(window.closesAt - now);
  return window.closedByWhatsApp ? 'by WhatsApp' : ago(now - window.closesAt);
}

/** What may be written now, in one sentence with one time. */
export function allowance(window: CustomerServiceWindow, now: number, marginSeconds: number): string {
  const closesAt = window.closesAt === null ? '' : shortMoment(window.closesAt, now);
  switch (window.state) {
    case 'open':
      return `Write freely until ${shortMoment((window.closesAt ?? now) - marginSeconds * 1000, now)}.`;
    case 'closing':
      return `Too late for free text (closes ${closesAt}). Send a template.`;
    case 'closed':
      return window.closedByWhatsApp
        ? 'WhatsApp refused free text. Send a template; their answer opens 24 hours.'
        : `Closed ${closesAt}. Send a template; their answer opens 24 hours.`;
    case 'never':
      return 'They have not written to this sender yet. Send a template; their answer opens 24 hours.';
  }
}

const SOURCE_WORDS: Readonly<Record<CustomerServiceWindow['source'], string>> = {
  sync: 'from the inbound webhook',
  'message-log': "from Twilio's message log",
  whatsapp: 'from an error of WhatsApp',
  none: 'nothing is known',
};

/** For a tooltip: when they last wrote, and how that is known. */
export function evidence(window: CustomerServiceWindow, now: number): string {
  const wrote =
    window.lastInboundAt === null ? 'No message yet' : `Last wrote ${shortMoment(window.lastInboundAt, now)}`;
  return `${wrote}; known ${SOURCE_WORDS[window.source]}.`;
}
