/** The 24 hours, at their edges. */
import fc from 'fast-check';
import {
  isOpen,
  NO_FACTS,
  newerFacts,
  WINDOW_MS,
  type WindowFacts,
  windowAt,
} from '../../src/domain/customer-service-window';

const T = Date.parse('2026-03-01T10:00:00.000Z');
const CLOSES = Date.parse('2026-03-02T10:00:00.000Z');
const wrote: WindowFacts = { lastInboundAt: T, closedByWhatsApp: false, source: 'sync' };
const MARGIN = 300;

describe('the window of a user who wrote at T', () => {
  const edge = CLOSES - MARGIN * 1000;
  test.each([
    ['opens at the very moment of the message', T, 'open', 86_400],
    ['is open 1 ms before the margin', edge - 1, 'open', 300],
    ['is closing at the first ms of the margin', edge, 'closing', 300],
    ['is closing 1 ms into the margin', edge + 1, 'closing', 299],
    ['is closing 1 ms before the end', CLOSES - 1, 'closing', 0],
    ['is closed at T + 24 h exactly: the interval is half-open', CLOSES, 'closed', 0],
    ['is closed 1 ms later', CLOSES + 1, 'closed', 0],
    ['is open where a container is a second behind the one that wrote', T - 1000, 'open', 86_401],
  ])('has the right state: it %s', (_sentence, now, state, secondsLeft) => {
    expect(windowAt(wrote, now, MARGIN)).toEqual({
      state,
      lastInboundAt: T,
      closesAt: CLOSES,
      secondsLeft,
      closedByWhatsApp: false,
      source: 'sync',
    });
  });

  test('without a margin is open until the last ms', () => {
    expect(windowAt(wrote, CLOSES - 1, 0).state).toBe('open');
    expect(windowAt(wrote, CLOSES, 0).state).toBe('closed');
  });

  test('is closed once WhatsApp said so, whatever the time', () => {
    const facts: WindowFacts = { lastInboundAt: T, closedByWhatsApp: true, source: 'whatsapp' };
    expect(windowAt(facts, T + 1, MARGIN)).toEqual({
      state: 'closed',
      lastInboundAt: T,
      closesAt: CLOSES,
      secondsLeft: 0,
      closedByWhatsApp: true,
      source: 'whatsapp',
    });
  });
});

test('a user who never wrote has no customer service window', () => {
  expect(windowAt(NO_FACTS, T, MARGIN)).toEqual({
    state: 'never',
    lastInboundAt: null,
    closesAt: null,
    secondsLeft: 0,
    closedByWhatsApp: false,
    source: 'none',
  });
});

test('a user of whom only WhatsApp’s refusal is known has a closed window', () => {
  const facts: WindowFacts = { lastInboundAt: null, closedByWhatsApp: true, source: 'whatsapp' };
  expect(windowAt(facts, T, MARGIN)).toEqual({
    state: 'closed',
    lastInboundAt: null,
    closesAt: null,
    secondsLeft: 0,
    closedByWhatsApp: true,
    source: 'whatsapp',
  });
});

test.each([
  ['open', T, true],
  ['closing', CLOSES - 1, false],
  ['closed', CLOSES, false],
])('a free-form message may go out only while the window is open: its state is %s', (state, now, allowed) => {
  const window = windowAt(wrote, now, MARGIN);
  expect([window.state, isOpen(window)]).toEqual([state, allowed]);
});

describe('two records of one person', () => {
  const verdict: WindowFacts = { lastInboundAt: null, closedByWhatsApp: true, source: 'whatsapp' };
  const closed: WindowFacts = { lastInboundAt: T, closedByWhatsApp: true, source: 'whatsapp' };
  const nothing: WindowFacts = { ...NO_FACTS };
  const later: WindowFacts = { ...wrote, lastInboundAt: T + 1 };
  test.each<readonly [string, WindowFacts, WindowFacts, 'first' | 'second']>([
    ['the first, where neither record has a message', nothing, { ...NO_FACTS }, 'first'],
    [
      'the second, which alone has WhatsApp’s refusal, where neither has a message',
      nothing,
      verdict,
      'second',
    ],
    ['the first, which alone has WhatsApp’s refusal, where neither has a message', verdict, nothing, 'first'],
    ['the second, which alone has a message', nothing, wrote, 'second'],
    ['the first, which has a message where the other has WhatsApp’s refusal', wrote, verdict, 'first'],
    ['the second, which has a message where the other has WhatsApp’s refusal', verdict, wrote, 'second'],
    ['the second, which is newer by 1 ms', wrote, later, 'second'],
    ['the first, which is newer by 1 ms', later, wrote, 'first'],
    ['the first, where both are equally new and the second is closed by WhatsApp', wrote, closed, 'first'],
    ['the first, where both are equally new and the first is closed by WhatsApp', closed, wrote, 'first'],
  ])('the newer record counts: %s', (_says, first, second, expected) => {
    expect(newerFacts(first, second)).toBe(expected === 'first' ? first : second);
  });
});

const anyTime = fc.integer({ min: 0, max: 4_000_000_000_000 });

test('a window is open exactly inside the half-open interval less the margin, at any time', () => {
  fc.assert(
    fc.property(
      anyTime,
      fc.integer({ min: -WINDOW_MS, max: 2 * WINDOW_MS }),
      fc.nat(86_399),
      (at, later, margin) => {
        const window = windowAt(
          { lastInboundAt: at, closedByWhatsApp: false, source: 'sync' },
          at + later,
          margin,
        );
        expect(window.state === 'open').toBe(later < 86_400_000 - margin * 1000);
        expect(window.state === 'closed').toBe(later >= 86_400_000);
        expect(window.secondsLeft).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

test('the newer inbound message of two records counts, in whatever order they are compared', () => {
  fc.assert(
    fc.property(fc.option(anyTime), fc.option(anyTime), (a, b) => {
      const facts = (at: number | null): WindowFacts => ({
        lastInboundAt: at,
        closedByWhatsApp: false,
        source: 'sync',
      });
      const newest = a === null ? b : b === null ? a : Math.max(a, b);
      expect(newerFacts(facts(a), facts(b)).lastInboundAt).toBe(newest);
      expect(newerFacts(facts(b), facts(a)).lastInboundAt).toBe(newest);
    }),
  );
});
