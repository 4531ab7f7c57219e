/** A verdict in a line or two, with its tone as a sign and in words; codes and the service's own sentence as a tooltip. */
import type { ComponentChildren, JSX } from 'preact';
import { plain } from '../words/plain-text';
import type { Verdict } from '../words/verdict';

export function Say({
  verdict,
  children,
}: {
  readonly verdict: Verdict;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { tone, headline, explanation, details } = verdict;
  return (
    <div class="say" data-tone={tone} title={details === '' ? undefined : details}>
      <strong>{plain(headline)}</strong>
      {explanation !== '' && <p>{plain(explanation)}</p>}
      {children}
    </div>
  );
}
