/** What is left and what is past, in words. */
import { ago, countdown } from '../../src/assets/dashboard/words/countdown';

const MIN = 60_000;
const H = 60 * MIN;

test.each([
  [24 * H, '24 h 00 min'],
  [2 * H + 14 * MIN + 59_999, '2 h 14 min'],
  [H, '1 h 00 min'],
  [H - 1, '59 min'],
  [10 * MIN, '10 min'],
  [10 * MIN - 1, '9 min 59 s'],
  [4 * MIN + 5_000, '4 min 05 s'],
  [MIN, '1 min 00 s'],
  [MIN - 1, '59 s'],
  [999, '0 s'],
  [0, '0 s'],
  [-5, '0 s'],
])('the countdown shows %i ms left as %s', (milliseconds, words) => {
  expect(countdown(milliseconds)).toBe(words);
});

test('the countdown never shows more time than is left', () => {
  for (let left = 0; left < 26 * H; left += 997_331) {
    const [, hours = '0'] = /(\d+) h/.exec(countdown(left)) ?? [];
    const [, minutes = '0'] = /(\d+) min/.exec(countdown(left)) ?? [];
    const [, seconds = '0'] = /(\d+) s/.exec(countdown(left)) ?? [];
    expect(Number(hours) * H + Number(minutes) * MIN + Number(seconds) * 1000).toBeLessThanOrEqual(left);
  }
});

test.each([
  [0, 'just now'],
  [MIN, '1 min ago'],
  [H, '1 h ago'],
  [47 * H, '47 h ago'],
  [48 * H, '2 days ago'],
])('a moment %i ms ago is shown as %s', (milliseconds, words) => {
  expect(ago(milliseconds)).toBe(words);
});
