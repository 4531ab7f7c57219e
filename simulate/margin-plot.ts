/**
 * Draws how the figures change with the margin, as an SVG that is legible on a light and on a dark page. It must not
 * know where the figures come from.
 */
import type { MarginFigures } from './margins';

const WIDTH = 720;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 24;
const TOP = 76;
const BOTTOM = 56;
/** About so many lines across. */
const LINES = 5;

const STYLE = `
    svg { --page: #ffffff; --ink: #1f2328; --faint: #d1d9e0; --late: #c0392b; --cautious: #0b6bcb; }
    @media (prefers-color-scheme: dark) {
      svg { --page: #0d1117; --ink: #e6edf3; --faint: #3d444d; --late: #ff8578; --cautious: #6cb6ff; }
    }
    text { font: 13px system-ui, sans-serif; fill: var(--ink); }
    .page { fill: var(--page); }
    .grid { stroke: var(--faint); stroke-width: 1; }
    polyline { fill: none; stroke-width: 2.5; }
    .late { stroke: var(--late); fill: var(--late); }
    .cautious { stroke: var(--cautious); fill: var(--cautious); stroke-dasharray: 7 4; }
    circle.cautious { stroke-dasharray: none; }
    polyline.late, polyline.cautious { fill: none; }`;

export function marginPlot(margins: readonly MarginFigures[]): string {
  const top = roundUp(Math.max(1, ...margins.flatMap(({ tooLate, tooCautious }) => [tooLate, tooCautious])));
  // The margins are not evenly spread: each gets the same room, and its own label.
  const x = (index: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (index + 0.5)) / Math.max(1, margins.length);
  const y = (value: number) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / top;
  const curve = (name: 'late' | 'cautious', heightOf: (figures: MarginFigures) => number) => {
    const points = margins.map((figures, index) => [x(index).toFixed(1), y(heightOf(figures)).toFixed(1)]);
    return [
      `<polyline class="${name}" points="${points.map((point) => point.join(',')).join(' ')}"/>`,
      ...points.map(([cx, cy]) => `<circle class="${name}" cx="${cx}" cy="${cy}" r="4"/>`),
    ];
  };
  const across = Array.from({ length: LINES + 1 }, (_, index) => (top * index) / LINES).flatMap((value) => [
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>`,
    `<text x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${Number(value.toFixed(1))}</text>`,
  ]);
  const labels = margins.map(
    ({ marginSeconds }, index) =>
      `<text x="${x(index).toFixed(1)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${marginSeconds} s</text>`,
  );
  const parts = [
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `<text x="${LEFT}" y="24">For each 1,000 calls that asked for free-form</text>`,
    ...legend(46, 'late', 'free-form, rejected because the window had closed'),
    ...legend(64, 'cautious', 'not free-form, though it would have been taken'),
    ...across,
    ...labels,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">margin (WINDOW_MARGIN_SECONDS)</text>`,
    ...curve('cautious', ({ tooCautious }) => tooCautious),
    ...curve('late', ({ tooLate }) => tooLate),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">How many free-form messages are rejected, and how many are held back, with each margin</title>
  <style>${STYLE}
  </style>
  ${parts.join('\n  ')}
</svg>
`;
}

function legend(y: number, name: string, text: string): readonly string[] {
  return [
    `<line class="${name}" x1="${LEFT}" x2="${LEFT + 32}" y1="${y - 4}" y2="${y - 4}" stroke-width="2.5"/>`,
    `<text x="${LEFT + 42}" y="${y}">${text}</text>`,
  ];
}

/** To the next of 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
