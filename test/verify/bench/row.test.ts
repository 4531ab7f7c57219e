/** What a row of the measurements is judged to be, and which rows have to say why they are not better. */
import { needsNote, rowOf, verdictOf } from '../../../verify/bench/row';
import { markdownTable } from '../../../verify/bench/table';

test.each([
  ['half of the baseline is ahead', { ours: [1], baseline: [2] }, 'ahead', false],
  ['as much as the baseline is level', { ours: [2], baseline: [2] }, 'level', true],
  ['more than the baseline is behind', { ours: [3], baseline: [2] }, 'behind', true],
  ['a tenth above the floor is at the floor', { ours: [11], floor: [10] }, 'at the floor', false],
  ['more than a tenth above the floor is above it', { ours: [12], floor: [10] }, 'above the floor', true],
  [
    'less than the baseline and more than the floor is both',
    { ours: [2], baseline: [3], floor: [1] },
    'ahead, above the floor',
    true,
  ],
  ['a result without a comparison has no verdict', { ours: [1] }, '', false],
])(
  'the benchmark calls a result ahead, level, behind, at or above the floor: %s',
  (_what, rounds, verdict, isLacking) => {
    const row = rowOf('a row', 'ms', rounds, undefined, true);
    expect([verdictOf(row), needsNote(row)]).toEqual([verdict, isLacking]);
    // What the noise of a machine may turn round is shown, and fails nothing.
    expect(needsNote(rowOf('a row', 'ms', rounds))).toBe(false);
  },
);

test.each([
  [{ ours: 0, baseline: 58_600 }, 'ahead'],
  [{ ours: 0, baseline: 0 }, 'level'],
  [{ ours: 1, baseline: 0 }, 'behind'],
  [{ ours: -14, baseline: 50 }, 'ahead'],
])('the benchmark judges figures that were measured once without a ratio: %j', (figures, verdict) => {
  expect(verdictOf({ what: 'a row', unit: '', figures })).toBe(verdict);
});

test('the benchmark calls more than the baseline ahead where more is better', () => {
  const figures = { ours: 300, baseline: 20 };
  expect(verdictOf({ what: 'a row', unit: '', figures, isMoreBetter: true })).toBe('ahead');
});

test('the benchmark takes the ratio round by round, so that a slow round does not count', () => {
  const { toBaseline } = rowOf('a row', 'ms', { ours: [1, 10, 2], baseline: [2, 20, 4] });
  expect(toBaseline).toEqual({ median: 0.5, low: 0.5, high: 0.5 });
});

test('the benchmark’s document says each note once, and names it beside its row', () => {
  const note = 'It is the least there is.';
  const rows = [
    rowOf('first', 'ms', { ours: [1.234], baseline: [1] }, note),
    rowOf('second', '', { ours: [1, 3], floor: [1, 1] }, note),
  ];
  expect(markdownTable(rows).split('\n').slice(2)).toEqual([
    '| first, ms [1] | 1.23 | 1 |  | 1.23 |  | behind |',
    '| second [1] | 2 |  | 1 |  | 2.00 (1.50 to 2.50) | above the floor |',
    '',
    '1. It is the least there is.',
  ]);
});
