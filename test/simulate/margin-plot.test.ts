/** The plot of the margins shows its figures, and can be read on a light and on a dark page. */
import { marginPlot } from '../../simulate/margin-plot';
import { compareMargins, MARGINS } from '../../simulate/margins';
import { marginTable } from '../../simulate/report';

const FIGURES = [
  { marginSeconds: 0, tooLate: 8, tooCautious: 0 },
  { marginSeconds: 300, tooLate: 2, tooCautious: 10 },
];

test('a point for each figure, higher for more, at the same place across', () => {
  const svg = marginPlot(FIGURES);
  const points = [...svg.matchAll(/<circle class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"/g)].map(
    ([, name, x, y]) => ({ name, x: Number(x), y: Number(y) }),
  );
  const [firstCautious, lastCautious, firstLate, lastLate] = points;
  expect(points.map(({ name }) => name)).toEqual(['cautious', 'cautious', 'late', 'late']);
  expect(firstCautious?.x).toBe(firstLate?.x);
  expect(firstLate?.y).toBeLessThan(lastLate?.y ?? 0);
  expect(firstCautious?.y).toBeGreaterThan(lastCautious?.y ?? 0);
  expect(lastCautious?.y).toBe(76);
});

test('it says its margins, and has colours for both pages', () => {
  const svg = marginPlot(FIGURES);
  for (const part of ['>0 s<', '>300 s<', 'prefers-color-scheme: dark', '<title'])
    expect(svg).toContain(part);
});

test('the same trace is played with every margin: the larger, the more cautious and the less late', async () => {
  const margins = await compareMargins({ seed: 'margins', users: 6, days: 30, events: 150 }, () => undefined);
  expect(margins.map(({ marginSeconds }) => marginSeconds)).toEqual([...MARGINS]);
  const cautious = margins.map(({ tooCautious }) => tooCautious);
  expect(cautious).toEqual([...cautious].sort((a, b) => a - b));
  expect(cautious.at(-1)).toBeGreaterThan(cautious.at(0) ?? 0);
  expect(marginTable(margins).split('\n')).toHaveLength(2 + MARGINS.length);
});
