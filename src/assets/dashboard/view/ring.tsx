/** A ring that stands for the 24 hours: what is left of them, and the margin at their end in its own colour. */
import type { JSX } from 'preact';
import { WINDOW_MS } from '../../../domain/customer-service-window';

const RADIUS = 45;
const LENGTH = 2 * Math.PI * RADIUS;
/** A margin of five minutes would be a hair; this much of the ring it gets at least. */
const LEAST_MARGIN = 0.035;
const CIRCLE = { cx: 50, cy: 50, r: RADIUS, fill: 'none', pathLength: LENGTH };

/** Purely to look at: the words beside it say the same. @param left milliseconds to the end */
export function Ring({
  left,
  marginSeconds,
}: {
  readonly left: number;
  readonly marginSeconds: number;
}): JSX.Element {
  const share = Math.min(1, Math.max(0, left / WINDOW_MS));
  const marginShare = Math.max(LEAST_MARGIN, (marginSeconds * 1000) / WINDOW_MS);
  // The end of the time is the start of the ring, so the margin is what vanishes last.
  const marginLeft = Math.min(1, left / (marginSeconds * 1000 || 1));
  const margin = left <= 0 ? 0 : share > marginShare ? marginShare : marginShare * marginLeft;
  return (
    <svg viewBox="0 0 100 100" class="ring" aria-hidden="true" focusable="false">
      <circle {...CIRCLE} class="ring-track" />
      <Arc name="ring-left" share={share} />
      <Arc name="ring-margin" share={margin} />
    </svg>
  );
}

function Arc({ name, share }: { readonly name: string; readonly share: number }): JSX.Element {
  // Two decimals: finer steps cannot be seen, and fewer of them mean fewer repaints.
  const length = `${(share * LENGTH).toFixed(2)} ${LENGTH.toFixed(2)}`;
  return (
    <circle
      {...CIRCLE}
      class={name}
      stroke-dasharray={length}
      visibility={share <= 0 ? 'hidden' : 'visible'}
    />
  );
}
