/** Who stands first, what a row is marked with, the next change, and what stays when the list is read again. */
import type { LoggedMessage, PairAnswer, WindowAnswer } from '../../src/assets/dashboard/service/answers';
import { isShownBy, lostFirst, markOf, nextChange, place } from '../../src/assets/dashboard/state/marks';
import { keyOf, PeopleBook } from '../../src/assets/dashboard/state/people-book';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-01-31T12:00:00Z');
const SENDER = 'whatsapp:+14155238886';

const answered = (lastInboundAt: number | null, state: WindowAnswer['state'] = 'open'): WindowAnswer => ({
  state,
  lastInboundAt,
  closesAt: lastInboundAt === null ? null : lastInboundAt + DAY,
  source: 'sync',
});
const said = (
  direction: LoggedMessage['direction'],
  at: number,
  more: Partial<LoggedMessage> = {},
): LoggedMessage => ({
  ...{ sid: `SM${direction}${at}`, direction, at, body: 'Hello', mediaCount: 0 },
  ...{ status: direction === 'inbound' ? 'received' : 'delivered', error: null },
  ...more,
});
const person = (name: string, window: WindowAnswer, more: Partial<PairAnswer> = {}): PairAnswer => ({
  ...{
    sender: SENDER,
    user: `whatsapp:${name}`,
    profileName: name,
    window,
    optedOut: null,
    lastMessage: null,
  },
  ...more,
});
const bookOf = (people: readonly PairAnswer[]) => {
  const book = new PeopleBook();
  book.put(people, NOW);
  return book;
};
const placed = (book: PeopleBook, now = NOW) => book.all().map((one) => place(book, one, now));
const names = (book: PeopleBook, now = NOW) =>
  lostFirst(placed(book, now)).map((entry) => entry.person.profileName);

test('the list shows whom it is easiest to lose first: waiting in an open window, then answered, closed, opted out, never wrote', () => {
  const book = bookOf([
    person('never', answered(null, 'never')),
    person('stopped', answered(NOW), { optedOut: true }),
    person('long closed', answered(NOW - 3 * DAY, 'closed')),
    person('just closed', answered(NOW - DAY, 'closed')),
    person('answered', answered(NOW - 20 * HOUR), { lastMessage: said('outbound', NOW - HOUR) }),
    person('not known', answered(NOW - 2 * HOUR)),
    person('waiting', answered(NOW - 3 * HOUR), { lastMessage: said('inbound', NOW - 3 * HOUR) }),
    person('closing', answered(NOW - DAY + 1000, 'closing')),
  ]);
  expect(names(book)).toEqual([
    ...['closing', 'waiting', 'not known', 'answered', 'just closed', 'long closed', 'stopped', 'never'],
  ]);
});

const failed = said('outbound', NOW, {
  status: 'undelivered',
  error: { code: 63024, class: 'recipient', message: 'No.' },
});

test.each([
  ['nothing is known of the last word', answered(NOW), {}, null, ['all', 'open']],
  [
    'the last word was theirs',
    answered(NOW),
    { lastMessage: said('inbound', NOW) },
    'answer',
    ['all', 'answer', 'open'],
  ],
  ['the last word was ours', answered(NOW), { lastMessage: said('outbound', NOW) }, null, ['all', 'open']],
  [
    'our last word did not arrive',
    answered(NOW),
    { lastMessage: failed },
    'failed',
    ['all', 'answer', 'open', 'failed'],
  ],
  ['two hours and a millisecond are left', answered(NOW - 22 * HOUR + 1), {}, null, ['all', 'open']],
  ['two hours are left', answered(NOW - 22 * HOUR), {}, 'soon', ['all', 'soon', 'open']],
  [
    'it closes soon and they have our answer',
    answered(NOW - 23 * HOUR),
    { lastMessage: said('outbound', NOW) },
    null,
    ['all', 'soon', 'open'],
  ],
  [
    'they opted out',
    answered(NOW),
    { optedOut: true, lastMessage: said('inbound', NOW) },
    'opted-out',
    ['all', 'opted-out'],
  ],
  ['it is closed', answered(NOW - DAY, 'closed'), {}, null, ['all', 'closed']],
] as const)('the list marks and filters a person rightly where %s', (_where, window, more, mark, filters) => {
  const [entry] = placed(bookOf([person('a', window, more)]));
  if (!entry) throw new Error('Nobody.');
  const all = ['all', 'answer', 'soon', 'open', 'closed', 'held', 'failed', 'opted-out'] as const;
  expect([markOf(entry)?.kind ?? null, all.filter((filter) => isShownBy(filter, entry))]).toEqual([
    mark,
    [...filters],
  ]);
});

test('the list counts held messages for their person', () => {
  const book = bookOf([person('a', answered(NOW - 2 * DAY, 'closed'))]);
  const held = {
    id: '1',
    to: 'whatsapp:a',
    from: SENDER,
    body: 'x',
    mediaUrl: [],
    heldAt: NOW,
    expiresAt: NOW,
  };
  book.putHeld([held, { ...held, id: '2' }]);
  const [entry] = placed(book);
  expect(entry && markOf(entry)).toEqual({ kind: 'held', words: '2 held' });
});

test('the next change of a window comes when it closes soon, is urgent, enters the margin and ends, and then there is none', () => {
  const book = bookOf([person('a', answered(NOW))]);
  const end = NOW + DAY;
  const changes = [end - 2 * HOUR, end - HOUR / 2, end - 300_000, end, Number.POSITIVE_INFINITY];
  let moment = NOW;
  for (const change of changes) {
    expect(nextChange(placed(book, moment), moment, book)).toBe(change);
    moment = change;
  }
});

test('the list takes over from the service when a window closes soon and is urgent', () => {
  const book = bookOf([person('a', answered(NOW - DAY + HOUR))]);
  const mark = () => placed(book).map(({ isSoon }) => isSoon);
  const usual = mark();
  book.follow({ marginSeconds: 300, soonSeconds: 3599, urgentSeconds: 60 });
  const end = NOW + HOUR;
  expect([usual, mark(), nextChange(placed(book), NOW, book)]).toEqual([[true], [false], end - 3_599_000]);
  book.follow({ marginSeconds: null, soonSeconds: null, urgentSeconds: null });
  expect(book.soonSeconds).toBe(3599);
});

test('the list keeps a window closed that WhatsApp closed early', () => {
  const book = bookOf([person('a', answered(NOW - 1000, 'closed'))]);
  expect(placed(book, NOW + 1).map(({ state }) => state)).toEqual(['closed']);
  expect(nextChange(placed(book), NOW, book)).toBe(Number.POSITIVE_INFINITY);
});

test('the list removes whom no page has any more once all pages were read, and keeps who was looked up', () => {
  const book = bookOf([person('a', answered(NOW)), person('b', answered(NOW))]);
  book.put([person('d', answered(null, 'never'))], NOW);
  book.pin(keyOf({ sender: SENDER, user: 'whatsapp:d' }));
  book.beginWalk();
  book.put([person('a', answered(NOW))], NOW);
  expect(book.size).toBe(3);
  book.endWalk();
  expect(book.all().map(({ user }) => user)).toEqual(['whatsapp:a', 'whatsapp:d']);
});

test('the list keeps a name when its person is looked up, and an opt-out and the last message when a page is read', () => {
  const book = new PeopleBook();
  const a = person('a', answered(NOW), { lastMessage: said('inbound', NOW) });
  book.put([a], NOW);
  book.put([person('a', answered(NOW + 5), { profileName: null, optedOut: true })], NOW + 5);
  book.put([person('a', answered(NOW + 5))], NOW + 6);
  expect(book.get(keyOf(a))).toMatchObject({
    ...{ profileName: 'a', optedOut: true, facts: { lastInboundAt: NOW + 5 } },
    last: { at: NOW },
  });
});

describe('the last message of a person', () => {
  const of = (book: PeopleBook) => book.all()[0]?.last?.body;
  const listed = (message: LoggedMessage) => ({ sender: SENDER, user: 'whatsapp:a', ...message });

  test('is the first one on a page of the log, and an older page changes nothing', () => {
    const book = bookOf([person('a', answered(NOW))]);
    const second = said('outbound', NOW, { body: 'second' });
    expect(book.putMessages([listed(second), listed(said('inbound', NOW, { body: 'first' }))])).toBe(true);
    expect(book.putMessages([listed(said('inbound', NOW - HOUR, { body: 'older' }))])).toBe(false);
    expect(of(book)).toBe('second');
  });

  test('is kept until its person is read, and its status changes', () => {
    const book = new PeopleBook();
    const sent = said('outbound', NOW, { body: 'early', status: 'queued' });
    expect(book.putMessages([listed(sent)])).toBe(false);
    book.put([person('a', answered(NOW))], NOW);
    expect(of(book)).toBe('early');
    expect(book.putMessages([listed({ ...sent, status: 'read' })])).toBe(true);
    expect(book.all()[0]?.last?.status).toBe('read');
  });
});

test('the search finds a person by name, number or last message, and not by parts of two of them', () => {
  const a = person('+49170123', answered(NOW), {
    profileName: 'José',
    lastMessage: said('inbound', NOW, { body: 'Where is it?' }),
  });
  const [found] = bookOf([a]).all();
  const finds = (query: string) => found?.folded.includes(query);
  expect([finds('jose'), finds('49170'), finds('whereis'), finds('jose49')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
