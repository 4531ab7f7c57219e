/** The order of the list, the next change, and what stays when pages are read again. */
import { keyOf, PairBook, soonestFirst } from '../../src/assets/dashboard/pair-book';
import type { PairAnswer, WindowAnswer } from '../../src/assets/dashboard/service-answers';

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.parse('2026-01-31T12:00:00Z');
const SENDER = 'whatsapp:+14155238886';

const answered = (lastInboundAt: number | null, state: WindowAnswer['state'] = 'open'): WindowAnswer => ({
  state,
  lastInboundAt,
  closesAt: lastInboundAt === null ? null : lastInboundAt + DAY,
  source: 'sync',
});
const pair = (name: string, window: WindowAnswer): PairAnswer => ({
  sender: SENDER,
  user: `whatsapp:${name}`,
  profileName: name,
  window,
  optedOut: null,
});
const names = (book: PairBook, now: number) =>
  soonestFirst(book, now).map(({ pair: { profileName } }) => profileName);

test('the list shows windows that close soonest first, then closed ones, latest first, then those without a message', () => {
  const book = new PairBook();
  const pairs = [
    pair('never', answered(null, 'never')),
    pair('long closed', answered(NOW - 3 * DAY, 'closed')),
    pair('just closed', answered(NOW - DAY, 'closed')),
    pair('new', answered(NOW)),
    pair('closing', answered(NOW - DAY + 1000, 'closing')),
  ];
  book.putPage(0, null, pairs, null, NOW);
  expect(names(book, NOW)).toEqual(['closing', 'new', 'just closed', 'long closed', 'never']);
});

test('the next change of a window is the start of its margin, then its end, then none', () => {
  const book = new PairBook();
  book.marginSeconds = 300;
  book.putPage(0, null, [pair('a', answered(NOW))], null, NOW);
  const margin = NOW + DAY - 300_000;
  expect(book.nextChange(NOW)).toBe(margin);
  expect(book.nextChange(margin - 1)).toBe(margin);
  expect(book.nextChange(margin)).toBe(NOW + DAY);
  expect(book.nextChange(NOW + DAY)).toBe(Number.POSITIVE_INFINITY);
});

test('a window that WhatsApp closed early stays closed in the list', () => {
  const book = new PairBook();
  book.putPage(0, null, [pair('a', answered(NOW - 1000, 'closed'))], null, NOW);
  expect(soonestFirst(book, NOW + 1).map(({ state }) => state)).toEqual(['closed']);
  expect(book.nextChange(NOW)).toBe(Number.POSITIVE_INFINITY);
});

test('a pair that no page lists any more is removed, and one that was looked up is kept', () => {
  const book = new PairBook();
  book.putPage(0, null, [pair('a', answered(NOW)), pair('b', answered(NOW))], 'next', NOW);
  book.putPage(1, 'next', [pair('c', answered(NOW))], null, NOW);
  book.putPair(pair('d', answered(null, 'never')), NOW);
  book.putPage(0, null, [pair('a', answered(NOW))], null, NOW);
  expect(book.all().map(({ user }) => user)).toEqual(['whatsapp:a', 'whatsapp:d']);
  expect(book.unlisted().map(({ user }) => user)).toEqual(['whatsapp:d']);
  expect([book.pageCount, book.nextCursor]).toEqual([1, null]);
});

test('a pair keeps its name when it is looked up, and its opt-out when its page is read', () => {
  const book = new PairBook();
  const a = pair('a', answered(NOW));
  book.putPage(0, null, [a], null, NOW);
  book.putPair({ ...pair('a', answered(NOW + 5)), profileName: null, optedOut: true }, NOW + 5);
  expect(book.get(keyOf(a))).toMatchObject({ profileName: 'a', facts: { lastInboundAt: NOW + 5 } });
  // Nor does a page that is silent about consent forget it.
  book.putPage(0, null, [pair('a', answered(NOW + 5))], null, NOW + 6);
  expect(book.get(keyOf(a))).toMatchObject({ optedOut: true });
});
