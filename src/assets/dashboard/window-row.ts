/** One row of the list: a person, the ring of their 24 hours, the countdown, the state in words. */
import type { CustomerServiceWindow } from '../../domain/customer-service-window';
import { el, setAttribute, setText } from './element';
import type { Pair } from './pair-book';
import { ring } from './ring';
import { lastInboundInWords, leftInWords, STATE_WORDS } from './state-words';
import { bareAddress, initials } from './whatsapp-person';

export interface WindowRow {
  readonly element: HTMLElement;
  update(pair: Pair, window: CustomerServiceWindow, held: number, now: number, marginSeconds: number): void;
}

export function windowRow(id: string): WindowRow {
  const avatar = el('span', { class: 'row-initials', 'aria-hidden': 'true' });
  const circle = ring();
  const name = el('span', { class: 'row-name', dir: 'auto' });
  const about = el('span', { class: 'row-about' });
  const left = el('span', { class: 'row-left' });
  const state = el('span', { class: 'state' });
  const held = el('span', { class: 'row-held' });
  const consent = el('span', { class: 'opted-out' }, 'Opted out');
  const element = el(
    'div',
    { id, role: 'option', class: 'row', 'aria-selected': 'false' },
    el('span', { class: 'row-ring' }, circle.element, avatar),
    el('span', { class: 'row-who' }, name, about),
    el('span', { class: 'row-when' }, left, el('span', { class: 'row-marks' }, held, consent, state)),
  );
  return {
    element,
    update(pair, window, heldCount, now, marginSeconds) {
      const number = bareAddress(pair.user);
      setAttribute(element, 'data-state', window.state);
      setText(avatar, initials(pair.profileName, pair.user));
      setText(name, pair.profileName ?? number);
      const said = lastInboundInWords(window, now);
      setText(about, pair.profileName === null ? said : `${said} · ${number}`);
      setText(left, leftInWords(window, now));
      setText(state, STATE_WORDS[window.state]);
      // There is room for one; the ring and the countdown tell the window as well.
      consent.hidden = !pair.optedOut;
      state.hidden = pair.optedOut;
      setText(held, heldCount === 0 ? '' : `${heldCount} held`);
      const remaining = window.state === 'closed' || window.closesAt === null ? 0 : window.closesAt - now;
      circle.show(remaining, marginSeconds);
    },
  };
}
