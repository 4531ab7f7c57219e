/** Says that something is the matter with the service, above everything, until it no longer is. */
import { el, onPage, setText } from './element';

export class ServiceTrouble {
  private readonly bar = onPage('trouble', HTMLElement);
  private readonly words = el('p', {});
  private readonly again = el('button', { type: 'button', class: 'button quiet' }, 'Try now');

  constructor(onAgain: () => void) {
    this.bar.append(this.words, this.again);
    this.again.addEventListener('click', onAgain);
  }

  show(message: string | null): void {
    this.bar.hidden = message === null;
    setText(this.words, message ?? '');
  }
}
