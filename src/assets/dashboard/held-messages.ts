/** The messages that wait for the chosen user's answer, oldest first, each of which can be cancelled. */
import { el, replaceChildren, setText } from './element';
import { shortMoment } from './local-time';
import { type Service, ServiceError } from './service';
import type { HeldAnswer } from './service-answers';
import type { PairName } from './service-requests';

export class HeldMessages {
  readonly element: HTMLElement;
  private readonly list = el('ol', { class: 'held-list' });
  private readonly status = el('p', { class: 'hint', role: 'status' });
  private pair: PairName | null = null;
  private shown = '';

  constructor(
    private readonly service: () => Service,
    private readonly now: () => number,
    private readonly onChange: () => void,
  ) {
    this.element = el(
      'section',
      { class: 'card held', 'aria-labelledby': 'held-title' },
      el('h3', { id: 'held-title' }, 'Held messages'),
      this.list,
      this.status,
    );
  }

  async show(pair: PairName): Promise<void> {
    if (this.pair?.user !== pair.user || this.pair.sender !== pair.sender) {
      this.pair = pair;
      replaceChildren(this.list);
      setText(this.status, '');
      this.shown = '';
    }
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const { pair } = this;
    if (!pair) return;
    try {
      const { held } = await this.service().held(pair, null);
      if (pair === this.pair) this.render(held);
    } catch (error) {
      if (pair === this.pair) setText(this.status, `They cannot be read now. ${messageOf(error)}`);
    }
  }

  private render(held: readonly HeldAnswer[]): void {
    const looks = JSON.stringify(held);
    if (looks === this.shown) return;
    this.shown = looks;
    replaceChildren(this.list, ...held.map((message) => this.item(message)));
    setText(this.status, held.length === 0 ? 'Nothing is held for this person.' : '');
  }

  private item(message: HeldAnswer): HTMLElement {
    const now = this.now();
    const since = message.heldAt === null ? '' : `Held since ${shortMoment(message.heldAt, now)}`;
    const until =
      message.expiresAt === null
        ? ''
        : `until they answer, ${shortMoment(message.expiresAt, now)} at the latest`;
    const what = message.body || `${message.mediaUrls.length} media`;
    const cancel = el(
      'button',
      { type: 'button', class: 'button quiet', 'aria-label': `Cancel: ${what.slice(0, 80)}` },
      'Cancel',
    );
    cancel.addEventListener('click', () => void this.cancel(message, cancel));
    return el(
      'li',
      {},
      el(
        'div',
        {},
        el('p', { class: 'held-text', dir: 'auto' }, what),
        el('p', { class: 'hint' }, [since, until].filter(Boolean).join(', ')),
      ),
      cancel,
    );
  }

  private async cancel(message: HeldAnswer, button: HTMLButtonElement): Promise<void> {
    const { pair } = this;
    if (!pair) return;
    button.disabled = true;
    let outcome: string;
    try {
      const cancelled = await this.service().cancelHeld(pair, message.id);
      outcome = cancelled
        ? 'Cancelled: it will not be sent.'
        : 'It was no longer held: sent, expired or cancelled before.';
    } catch (error) {
      button.disabled = false;
      outcome = `Not cancelled. ${messageOf(error)}`;
    }
    await this.refresh();
    setText(this.status, outcome);
    this.onChange();
  }
}

function messageOf(error: unknown): string {
  return error instanceof ServiceError ? error.message : String(error);
}
