/** The forms in which a logged time comes, and those that are refused because they could mean two moments. */
import fc from 'fast-check';
import { loggedTimeIn } from '../../../src/domain/audit/logged-time';

const TEN = Date.parse('2026-11-02T10:00:00Z');

test.each([
  '2026-11-02T10:00:00Z',
  '2026-11-02T10:00:00.000Z',
  '2026-11-02T10:00:00+00:00',
  '2026-11-02T10:00Z',
  '2026-11-02T05:00:00-05:00',
  '2026-11-02T15:30:00+0530',
  '2026-11-02 10:00:00',
  '2026-11-02 10:00:00 UTC',
  '2026-11-02 10:00:00 +0000',
  '2026-11-02 05:00:00 EST',
  '2026-11-02 03:00:00 PDT',
  '2026-11-02 10:00:00 AM UTC',
  '10:00:00 UTC 2026-11-02',
  '05:00:00 EST 2026-11-02',
  'Mon, 02 Nov 2026 10:00:00 +0000',
  'Mon, 2 Nov 2026 10:00:00 GMT',
  'Nov 2, 2026, 10:00:00 AM UTC',
  'November 2, 2026 at 5:00 AM EST',
  'Mon Nov 02 2026 10:00:00 GMT+0000 (Coordinated Universal Time)',
  '11/2/2026 10:00:00 AM',
])('reads the time %j as 10:00 UTC', (text) => {
  expect(loggedTimeIn(text)).toBe(TEN);
});

test.each([
  ['2026-11-02 12:00:00 AM', '2026-11-02T00:00:00Z'],
  ['2026-11-02 12:00:00 PM', '2026-11-02T12:00:00Z'],
  ['2026-11-02T10:00:00.9999Z', '2026-11-02T10:00:00.999Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
])('reads the time %j as %s', (text, same) => {
  expect(loggedTimeIn(text)).toBe(Date.parse(same));
});

test.each([
  ['', 'is empty'],
  ['2026-11-02', 'has no time of day'],
  ['02/11/2026 10:00:00', 'may be February or November'],
  ['2026-02-30T10:00:00Z', 'is no day'],
  ['2026-13-01T10:00:00Z', 'is no month'],
  ['2026-11-02T24:00:00Z', 'is no hour'],
  ['2026-11-02 13:00:00 PM', 'is no hour before or after noon'],
  ['2026-11-02 10:00:00 XYZ', 'has a zone that is not known'],
  ['2026-11-02 10:00:00 UTC or so', 'has words beside it'],
  ['1793613600', 'is a bare number'],
])('does not read %j as a time, because it %s', (text) => {
  expect(loggedTimeIn(text)).toBeUndefined();
});

test('refuses a long text as a time without searching it', () => {
  expect(loggedTimeIn(`${' '.repeat(100_000)}2026-11-02 10:00`)).toBeUndefined();
});

test('reads the ISO and RFC 2822 forms of any date as that moment', () => {
  const seconds = fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(seconds, (date) => {
      expect(loggedTimeIn(date.toISOString())).toBe(date.getTime());
      expect(loggedTimeIn(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000);
    }),
  );
});
