/** Asks for the API token, once per tab or computer, and again where the service does not take it. */
import type { JSX, TargetedSubmitEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Desk } from '../state/desk';

export function Gate({ desk }: { readonly desk: Desk }): JSX.Element {
  const token = useRef<HTMLInputElement>(null);
  const stay = useRef<HTMLInputElement>(null);
  const problem = desk.gateProblem.value;
  useEffect(() => token.current?.focus(), [problem]);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = token.current?.value.trim() ?? '';
    if (typed !== '') desk.signIn(typed, stay.current?.checked ?? false);
  };
  return (
    <main id="gate" class="gate" aria-labelledby="gate-title">
      <form class="card gate-card" onSubmit={submit}>
        <img src="favicon.svg" alt="" width="44" height="44" />
        <h1 id="gate-title">Desk</h1>
        <p>Who needs an answer on WhatsApp, what they said, and how long you may write freely.</p>
        <label for="token" class="label">
          API token
        </label>
        <input
          ref={token}
          id="token"
          class="field"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-invalid={problem === null ? undefined : 'true'}
          aria-describedby="gate-hint gate-problem"
        />
        <p id="gate-problem" class="problem" role="alert">
          {problem}
        </p>
        <label class="stay">
          <input ref={stay} type="checkbox" />
          <span>Stay signed in on this computer</span>
        </label>
        <button type="submit" class="button primary">
          Open the dashboard
        </button>
        <p id="gate-hint" class="hint">
          It is the service’s setting API_TOKEN, or yours in API_TOKENS. This tab keeps it until it is closed,
          unless you stay signed in; it goes nowhere else.
        </p>
      </form>
    </main>
  );
}
