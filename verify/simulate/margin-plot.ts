/**
 * Draws how the figures change with the margin, as an SVG that is legible on a light and on a dark page: two panels side
 * by side, each with a scale of its own. It must not know where the figures come from.
 */
import type { MarginFigures } from './margins';

const PANEL_WIDTH = 340;
const HEIGHT = 300;
const LEFT = 48;
const RIGHT = 12;
const TOP = 72;
const BOTTOM = 52;
const FLOOR = HEIGHT - BOTTOM;
/** About so many lines across. */
const LINES = 4;

const STYLE = `
    svg { --page: #ffffff; --ink: #1f2328; --faint: #d1d9e0; --late: #c0392b; --cautious: #0b6bcb; }
    @media (prefers-color-scheme: dark) {
      svg { --page: #0d1117; --ink: #e6edf3; --faint: #3d444d; --late: #ff8578; --cautious: #6cb6ff; }
    }
    text { font: 13px system-ui, sans-serif; fill: var(--ink); }
    .page { fill: var(--page); }
    .grid { stroke: var(--faint); }
    polyline { fill: none; stroke-width: 2.5; }
    polyline.late { stroke: var(--late); }
    polyline.cautious { stroke: var(--cautious); }
    circle.late { fill: var(--late); }
    circle.cautious { fill: var(--cautious); }`;

interface Panel {
  readonly name: 'late' | 'cautious';
  readonly title: readonly [string, string];
  readonly values: readonly number[];
}

export function marginPlot(margins: readonly MarginFigures[]): string {
  const labels = margins.map(({ marginSeconds }) => String(marginSeconds));
  const panels: readonly Panel[] = [
    {
      name: 'late',
      title: ['Free-form, rejected', 'because the window had closed'],
      values: margins.map(({ tooLate }) => tooLate),
    },
    {
      name: 'cautious',
      title: ['Not free-form,', 'though it would have been taken'],
      values: margins.map(({ tooCautious }) => tooCautious),
    },
  ];
  const width = PANEL_WIDTH * panels.length;
  const drawn = panels.map(
    (panel, index) =>
      `<g transform="translate(${index * PANEL_WIDTH} 0)">\n    ${panelParts(panel, labels).join('\n    ')}\n  </g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">How many free-form messages are rejected, and how many are held back, with each margin</title>
  <style>${STYLE}
  </style>
  <rect class="page" width="${width}" height="${HEIGHT}" rx="6"/>
  ${drawn.join('\n  ')}
  <text x="${width / 2}" y="${HEIGHT - 10}" text-anchor="middle">margin in seconds; for each 1,000 calls that asked for free-form</text>
</svg>
`;
}

function panelParts({ name, title, values }: Panel, labels: readonly string[]): readonly string[] {
  const top = roundUp(Math.max(1, ...values));
  const room = PANEL_WIDTH - LEFT - RIGHT;
  // The margins are not evenly spread: each gets the same room, and its own label.
  const x = (index: number) => (LEFT + (room * (index + 0.5)) / Math.max(1, values.length)).toFixed(1);
  const y = (value: number) => FLOOR - ((FLOOR - TOP) * value) / top;
  const points = values.map((value, index) => ({ x: x(index), y: y(value).toFixed(1) }));
  return [
    ...title.map((line, index) => `<text x="${LEFT}" y="${26 + 18 * index}">${line}</text>`),
    ...Array.from({ length: LINES + 1 }, (_, index) => (top * index) / LINES).flatMap((value) => [
      `<line class="grid" x1="${LEFT}" x2="${PANEL_WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>`,
      `<text x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${Number(value.toFixed(2))}</text>`,
    ]),
    ...labels.map(
      (label, index) => `<text x="${x(index)}" y="${FLOOR + 18}" text-anchor="middle">${label}</text>`,
    ),
    `<polyline class="${name}" points="${points.map((point) => `${point.x},${point.y}`).join(' ')}"/>`,
    ...points.map((point) => `<circle class="${name}" cx="${point.x}" cy="${point.y}" r="4"/>`),
  ];
}

/** To the next of 1, 2, 4 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
