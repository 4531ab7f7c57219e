/** The plot of the margins shows its figures, and can be read on a light and on a dark page. */
import { marginPlot } from '../../../verify/simulate/margin-plot';
import { compareMargins, MARGINS } from '../../../verify/simulate/margins';
import { marginTable } from '../../../verify/simulate/report';

const FIGURES = [
  { marginSeconds: 0, tooLate: 8, tooCautious: 0 },
  { marginSeconds: 300, tooLate: 2, tooCautious: 10 },
];

test('the margin plot has a point for each figure, higher for more, in two panels with their own scales', () => {
  const points = [...marginPlot(FIGURES).matchAll(/<circle class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"/g)].map(
    ([, name, x, y]) => ({ name, x: Number(x), y: Number(y) }),
  );
  // From 72 at the top of a panel to 248 at its foot; 10 for both, as the next round number.
  expect(points).toEqual([
    { name: 'late', x: 118, y: 107.2 },
    { name: 'late', x: 258, y: 212.8 },
    { name: 'cautious', x: 118, y: 248 },
    { name: 'cautious', x: 258, y: 72 },
  ]);
});

test('the margin plot names its margins and has colours for light and dark pages', () => {
  const svg = marginPlot(FIGURES);
  for (const part of ['>0<', '>300<', 'prefers-color-scheme: dark', '<title']) expect(svg).toContain(part);
});

test('the comparison of margins plays one trace with each: a larger margin is more cautious and less often late', async () => {
  const margins = await compareMargins({ seed: 'margins', users: 6, days: 30, events: 150 }, () => undefined);
  expect(margins.map(({ marginSeconds }) => marginSeconds)).toEqual([...MARGINS]);
  const cautious = margins.map(({ tooCautious }) => tooCautious);
  expect(cautious).toEqual([...cautious].sort((a, b) => a - b));
  expect(cautious.at(-1)).toBeGreaterThan(cautious.at(0) ?? 0);
  expect(marginTable(margins).split('\n')).toHaveLength(2 + MARGINS.length);
});
