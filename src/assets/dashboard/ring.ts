/** A ring that stands for the 24 hours: what is left of them, and the margin at their end in its own colour. */
import { WINDOW_MS } from '../../domain/customer-service-window';
import { setAttribute, svg } from './element';

const RADIUS = 45;
const LENGTH = 2 * Math.PI * RADIUS;
/** A margin of five minutes would be a hair; this much of the ring it gets at least. */
const LEAST_MARGIN = 0.035;

export interface Ring {
  readonly element: SVGSVGElement;
  /** @param left milliseconds to the end */
  show(left: number, marginSeconds: number): void;
}

/** Purely to look at: the countdown beside it says the same in words. */
export function ring(): Ring {
  const common = { cx: 50, cy: 50, r: RADIUS, fill: 'none', pathLength: LENGTH };
  const margin = svg('circle', { ...common, class: 'ring-margin' });
  const rest = svg('circle', { ...common, class: 'ring-left' });
  const element = svg(
    'svg',
    { viewBox: '0 0 100 100', class: 'ring', 'aria-hidden': 'true', focusable: 'false' },
    svg('circle', { ...common, class: 'ring-track' }),
    rest,
    margin,
  );
  return {
    element,
    show(left, marginSeconds) {
      const share = Math.min(1, Math.max(0, left / WINDOW_MS));
      const marginShare = Math.max(LEAST_MARGIN, (marginSeconds * 1000) / WINDOW_MS);
      arc(rest, 0, share);
      // The end of the time is the start of the ring, so the margin is what vanishes last.
      const marginLeft = Math.min(1, left / (marginSeconds * 1000 || 1));
      arc(margin, 0, left <= 0 ? 0 : share > marginShare ? marginShare : marginShare * marginLeft);
    },
  };
}

function arc(circle: SVGElement, from: number, to: number): void {
  // Two decimals: finer steps cannot be seen, and fewer of them mean fewer repaints.
  const length = ((to - from) * LENGTH).toFixed(2);
  setAttribute(circle, 'stroke-dasharray', `${length} ${LENGTH.toFixed(2)}`);
  setAttribute(circle, 'visibility', to - from <= 0 ? 'hidden' : null);
}
