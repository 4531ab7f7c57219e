/** Everything about the chosen user: the window, large; the composer; the held messages. It must not fetch windows. */
import { isOpen } from '../../domain/customer-service-window';
import type { Composer } from './composer';
import { el, setAttribute, setText } from './element';
import type { HeldMessages } from './held-messages';
import type { Pair, PairBook } from './pair-book';
import { ring } from './ring';
import { lastInboundInWords, leftInWords, meaning, STATE_WORDS, sourceInWords } from './state-words';
import { bareAddress } from './whatsapp-person';

export class PersonPane {
  private readonly circle = ring();
  private readonly left = el('span', { class: 'hero-left' });
  private readonly leftNote = el('span', { class: 'hero-note' });
  private readonly name = el('h2', { class: 'hero-name', dir: 'auto', tabindex: -1 });
  private readonly address = el('p', { class: 'hero-address' });
  private readonly state = el('span', { class: 'state' });
  private readonly consent = el('span', { class: 'opted-out' }, 'Opted out');
  private readonly means = el('p', { class: 'hero-meaning' });
  private readonly about = el('p', { class: 'hint' });
  private readonly announcement = el('p', { class: 'visually-hidden', role: 'status' });
  private readonly content: HTMLElement;
  private announced: string | null = null;

  constructor(
    private readonly place: HTMLElement,
    private readonly empty: HTMLElement,
    private readonly book: PairBook,
    private readonly composer: Composer,
    private readonly held: HeldMessages,
  ) {
    const hero = el(
      'header',
      { class: 'hero' },
      el(
        'div',
        { class: 'hero-ring' },
        this.circle.element,
        el('div', { class: 'hero-figure' }, this.left, this.leftNote),
      ),
      el(
        'div',
        { class: 'hero-words' },
        el('div', { class: 'hero-title' }, this.name, this.state, this.consent),
        this.address,
        this.means,
        this.about,
      ),
    );
    this.content = el('div', { class: 'person' }, hero, composer.element, held.element, this.announcement);
    this.content.hidden = true;
    place.append(this.content);
  }

  /** @param pair null: nobody is chosen */
  show(pair: Pair | null, now: number): void {
    this.empty.hidden = pair !== null;
    this.content.hidden = pair === null;
    if (!pair) return;
    const window = this.book.windowOf(pair, now);
    const number = bareAddress(pair.user);
    setAttribute(this.place, 'data-state', window.state);
    setText(this.name, pair.profileName ?? number);
    const to = pair.sender === '' ? 'the default sender' : bareAddress(pair.sender);
    setText(this.address, `${number} → ${to}`);
    setText(this.state, STATE_WORDS[window.state]);
    this.consent.hidden = !pair.optedOut;
    setText(this.means, meaning(window, pair.optedOut, now, this.book.marginSeconds));
    setText(this.about, `${capital(lastInboundInWords(window, now))} · known ${sourceInWords(window)}`);
    const isRunning = window.state === 'open' || window.state === 'closing';
    setText(this.left, leftInWords(window, now));
    setText(this.leftNote, isRunning ? 'left' : window.closesAt === null ? '' : 'closed');
    this.circle.show(
      isRunning && window.closesAt !== null ? window.closesAt - now : 0,
      this.book.marginSeconds,
    );
    this.announce(
      `${pair.profileName ?? number}: window ${STATE_WORDS[window.state].toLowerCase()}${pair.optedOut ? ', opted out' : ''}.`,
    );
    this.composer.show(pair, isOpen(window));
  }

  focus(): void {
    this.name.focus();
  }

  async refreshHeld(pair: Pair): Promise<void> {
    await this.held.show(pair);
  }

  /** For screen readers: once per change, not once per second. */
  private announce(sentence: string): void {
    if (sentence === this.announced) return;
    this.announced = sentence;
    setText(this.announcement, sentence);
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
