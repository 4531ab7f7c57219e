/** What a message costs by the file of its owner, in both forms of the file, and what is wrong with a file, all at once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  basisOf,
  costOfMessages,
  type Prices,
  priceOf,
  readPrices,
  staleness,
} from '../../src/domain/prices';

const FILE = {
  asOf: '2026-10-01',
  currency: 'USD',
  twilio: { outbound: 0.005, inbound: 0.005, failed: 0.001 },
  meta: {
    '*': { service: 0.01, utility: 0.02, authentication: 0.03, marketing: 0.04 },
    '+4': { service: 0.1 },
    '49': { service: 0.2, marketing: null },
  },
  freeServicePerSenderAndMonth: 1000,
  freeEntryHours: 72,
};
const OLD_FILE = {
  currency: 'EUR',
  prices: [
    { form: 'free-form', price: 0.5 },
    { form: 'template', price: 1 },
    { form: 'template', category: 'UTILITY', to: '+4', price: 2 },
    { form: 'template', category: 'UTILITY', to: '+49', price: 3 },
  ],
};

function pricesOf(json: unknown): Prices {
  const read = readPrices(json);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.prices;
}

test.each([
  ['service', '+15551234567', 0.01],
  ['utility', 'whatsapp:+15551234567', 0.02],
  ['service', '+48123456789', 0.1],
  ['service', '+491701234567', 0.2],
  ['service', 'whatsapp:DE.1349', 0.01],
] as const)(
  'a %s message to %s costs what the market with the longest matching calling code says',
  (basis, to, meta) => {
    expect(priceOf(pricesOf(FILE), basis, to)).toEqual({
      amount: Number((meta + 0.005).toFixed(6)),
      twilio: 0.005,
      meta,
      basis,
      currency: 'USD',
      asOf: '2026-10-01',
    });
  },
);

test.each([
  ['a kind that the market does not name', 'utility', '+491701234567', null],
  ['a template of unknown category', null, '+15551234567', null],
  ['what is not deliverable', 'marketing', '+491701234567', 'not deliverable'],
] as const)('names no price where the price file does not say one: %s', (_what, basis, to, expected) => {
  expect(priceOf(pricesOf(FILE), basis, to)).toBe(expected);
});

test.each([
  ['three service messages', 'service', '+491701234567', 3, [0.615, 0.015, 0.6]],
  ['one service message', 'service', '+491701234567', 1, [0.205, 0.005, 0.2]],
  ['no message', 'service', '+491701234567', 0, null],
  ['what is not deliverable', 'marketing', '+491701234567', 1, null],
  ['a kind that the market does not name', 'utility', '+491701234567', 1, null],
  ['a template of unknown category', null, '+15551234567', 1, null],
] as const)(
  'several messages cost as many times the price of one: %s',
  (_what, basis, to, count, expected) => {
    const [amount, twilio, meta] = expected ?? [];
    expect(costOfMessages(pricesOf(FILE), { basis, to, count })).toEqual(
      expected && { amount, twilio, meta, basis, currency: 'USD', asOf: '2026-10-01' },
    );
  },
);

test('a template of unknown category has no cost in the first form of the price file either', () => {
  const asked = { to: '+491701234567', count: 1 };
  expect(costOfMessages(pricesOf(OLD_FILE), { ...asked, basis: null })).toBeNull();
});

test('a market that is not named has no price where the file has no "*"', () => {
  const { '*': _, ...meta } = FILE.meta;
  expect(priceOf(pricesOf({ ...FILE, meta }), 'service', '+15551234567')).toBeNull();
});

test.each([
  ['service', '+491701234567', 0.5],
  ['utility', '+491701234567', 3],
  ['utility', '+481701234567', 2],
  ['utility', '+15551234567', 1],
  [null, '+491701234567', 1],
] as const)('still reads the first form of the price file: %s to %s', (basis, to, amount) => {
  expect(priceOf(pricesOf(OLD_FILE), basis, to)).toEqual({
    amount,
    twilio: 0,
    meta: amount,
    basis,
    currency: 'EUR',
    asOf: null,
  });
});

test('names everything that is wrong with a price file at once', () => {
  const read = readPrices({
    asOf: '2026-02-30',
    twilio: { outbound: -1, inbound: '0.005', fee: 1 },
    meta: { Germany: { service: 0.1 }, '49': { text: 1, utility: 'much' } },
    freeEntryHours: null,
    price: 1,
  });
  expect(read.ok ? [] : read.problems.map(({ field }) => field).sort()).toEqual([
    'asOf',
    'currency',
    'meta.49.text',
    'meta.49.utility',
    'meta.Germany',
    'price',
    'twilio.failed',
    'twilio.fee',
    'twilio.inbound',
    'twilio.outbound',
  ]);
});

test.each([[null], [[]], ['prices'], [3], [{}]])('refuses %j, which is no price file', (json) => {
  expect(readPrices(json).ok).toBe(false);
});

test('names everything that is wrong with a price file of the first form at once', () => {
  const read = readPrices({ prices: [{ form: 'sms', price: -1, to: '49', category: 'SPAM', x: 1 }] });
  expect(read.ok ? [] : read.problems.map(({ field }) => field).sort()).toEqual([
    'currency',
    'prices.0.category',
    'prices.0.form',
    'prices.0.price',
    'prices.0.to',
    'prices.0.x',
  ]);
});

test.each([
  [99, false],
  [100, false],
  [101, true],
])('calls prices old after 100 days: %d days after their day it is %s', (days, isOld) => {
  const now = Date.parse('2026-10-01T00:00:00Z') + days * 24 * 3_600_000;
  expect(staleness(pricesOf(FILE), now) !== null).toBe(isOld);
  expect(staleness(pricesOf(OLD_FILE), now)).toContain('does not say');
});

test('a category counts as a basis where Meta has a price for it', () => {
  expect([...['UTILITY', 'MARKETING', 'AUTHENTICATION', 'SERVICE', 'UNKNOWN'], null].map(basisOf)).toEqual([
    'utility',
    'marketing',
    'authentication',
    null,
    null,
    null,
  ]);
});

test('reads the example price file', () => {
  const text = readFileSync(join(__dirname, '../../prices.example.json'), 'utf8');
  expect(readPrices(JSON.parse(text)).ok).toBe(true);
});
