/** Asks for the API token, once per tab, and again where the service does not take it. */
import { onPage, setText } from './element';

export class TokenGate {
  private readonly gate = onPage('gate', HTMLElement);
  private readonly form = onPage('gate-form', HTMLFormElement);
  private readonly input = onPage('token', HTMLInputElement);
  private readonly problem = onPage('gate-problem', HTMLElement);

  constructor(onToken: (token: string) => void) {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      const token = this.input.value.trim();
      this.input.value = '';
      if (token !== '') onToken(token);
    });
  }

  /** @param problem what is wrong with the token that was given, or null */
  open(problem: string | null): void {
    this.gate.hidden = false;
    setText(this.problem, problem ?? '');
    if (problem === null) this.input.removeAttribute('aria-invalid');
    else this.input.setAttribute('aria-invalid', 'true');
    this.input.focus();
  }

  close(): void {
    this.gate.hidden = true;
  }
}
