/** The conversation on the phone: bubbles, ticks, what never arrived, and the buttons of the last template. */
import type { PhoneMessage, PhoneTemplate } from './control-client';
import { make } from './page-element';

/** What a user taps: a quick reply or a row of a list. */
export interface Tap {
  readonly type: 'button' | 'list';
  readonly text: string;
  readonly id: string;
  readonly messageSid: string;
}

const TICKS: Readonly<Record<string, readonly [sign: string, words: string]>> = {
  accepted: ['◷', 'accepted by Twilio'],
  scheduled: ['◷', 'scheduled'],
  queued: ['◷', 'queued at Twilio'],
  sent: ['✓', 'sent'],
  delivered: ['✓✓', 'delivered'],
  read: ['✓✓', 'read'],
};

const FAILURES: Readonly<Record<number, string>> = {
  63016: 'never arrived: WhatsApp takes no free-form message outside the 24 hours',
  63049: 'never arrived: marketing is not delivered to this number',
  30036: 'never arrived: its time to live ran out in the queue',
};

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

export function thread(
  messages: readonly PhoneMessage[],
  templates: readonly PhoneTemplate[],
  onTap: (tap: Tap) => void,
): readonly HTMLElement[] {
  const elements: HTMLElement[] = [];
  let shownDay = '';
  for (const message of messages) {
    const date = day.format(Date.parse(message.createdAt));
    if (date !== shownDay) elements.push(make('li', { class: 'day' }, date));
    shownDay = date;
    elements.push(bubble(message));
  }
  const last = messages.at(-1);
  // A button can be tapped once; what the user does next is the last message then.
  if (last?.delivered && last.contentSid !== null && last.direction !== 'inbound') {
    const template = templates.find(({ sid }) => sid === last.contentSid);
    const taps = template ? tapsOf(template, last.sid) : [];
    if (taps.length > 0)
      elements.push(make('li', { class: 'taps' }, ...taps.map((tap) => tapButton(tap, onTap))));
  }
  return elements;
}

function bubble(message: PhoneMessage): HTMLElement {
  const isMine = message.direction === 'inbound';
  const text = message.text || (message.media.length > 0 ? `${message.media.length} media` : 'Location');
  const at = time.format(Date.parse(message.createdAt));
  if (isMine)
    return make('li', { class: 'bubble mine' }, make('p', { dir: 'auto' }, text), make('small', {}, at));
  if (message.errorCode !== null) {
    const why = FAILURES[message.errorCode] ?? 'never arrived';
    return make(
      'li',
      { class: 'bubble lost' },
      make('p', { dir: 'auto' }, text),
      make('small', {}, `${at} · ✕ ${message.errorCode}, ${why}`),
    );
  }
  const [sign, words] = TICKS[message.status] ?? ['', message.status];
  const ticks = make(
    'span',
    { class: `ticks ${message.status}`, role: 'img', 'aria-label': words, title: words },
    sign,
  );
  const kind = message.contentSid === null ? '' : 'template · ';
  return make(
    'li',
    { class: 'bubble theirs' },
    make('p', { dir: 'auto' }, text),
    make('small', {}, `${kind}${at} `, ticks),
  );
}

function tapButton(tap: Tap, onTap: (tap: Tap) => void): HTMLElement {
  const button = make('button', { type: 'button' }, tap.text);
  button.addEventListener('click', () => onTap(tap));
  return button;
}

/** The buttons and rows of a template's content types: `actions` with a title, `items` with an item. */
function tapsOf(template: PhoneTemplate, messageSid: string): readonly Tap[] {
  return Object.values(template.types).flatMap((definition) => {
    const { actions, items } = definition as { readonly actions?: unknown; readonly items?: unknown };
    const buttons = list(actions).flatMap(({ title, id, url, phone }) =>
      typeof title === 'string' && url === undefined && phone === undefined
        ? [{ type: 'button' as const, text: title, id: String(id ?? title), messageSid }]
        : [],
    );
    const rows = list(items).flatMap(({ item, id }) =>
      typeof item === 'string'
        ? [{ type: 'list' as const, text: item, id: String(id ?? item), messageSid }]
        : [],
    );
    return [...buttons, ...rows];
  });
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value : [];
}
