/**
 * What a message costs, by a table that its owner keeps with the day it was true: prices change, so none is in the code.
 * Meta's price depends on the market and the kind of message, Twilio's own fee on neither
 * (https://www.twilio.com/en-us/whatsapp/pricing, https://developers.facebook.com/docs/whatsapp/pricing).
 */

/** Meta's kinds of messages that are charged. A free-form message in a window is a `service` message. */
export const PRICE_BASES = ['service', 'utility', 'authentication', 'marketing'] as const;
export type PriceBasis = (typeof PRICE_BASES)[number];

/** By the first form of the file: one price for all that is taken for a message. */
interface PriceRule {
  readonly form: 'free-form' | 'template';
  /** UTILITY, MARKETING, AUTHENTICATION; left out, any. */
  readonly category?: string;
  /** How the user's number begins, such as `+49`; left out, any. The longest that fits counts. */
  readonly to?: string;
  readonly price: number;
}

export interface Prices {
  /** The day on which the prices were true, such as `2026-10-01`; null in the first form of the file, which has none. */
  readonly asOf: string | null;
  /** Such as `USD`. */
  readonly currency: string;
  /** Twilio's fee of one message. `failed` is taken for the status `failed`; `undelivered` has no fee. */
  readonly twilio: { readonly outbound: number; readonly inbound: number; readonly failed: number };
  /** Meta's price of one delivered message by market, a calling code such as `49` or `*`; null: not deliverable there. */
  readonly meta: Readonly<Record<string, Readonly<Partial<Record<PriceBasis, number | null>>>>>;
  /** How many service messages of a sender and calendar month Meta does not charge. */
  readonly freeServicePerSenderAndMonth: number;
  /** For how long after a click on an ad Meta charges nothing. */
  readonly freeEntryHours: number;
  /** Of the first form of the file; empty in the second. */
  readonly rules: readonly PriceRule[];
}

export interface MessagePrice {
  readonly amount: number;
  readonly twilio: number;
  readonly meta: number;
  /** null for a template whose category is not known. */
  readonly basis: PriceBasis | null;
  readonly currency: string;
  readonly asOf: string | null;
}

/** What one or several messages of one kind cost together; `amount` is the sum of `twilio` and `meta`. */
export interface Cost extends MessagePrice {
  readonly basis: PriceBasis;
}

export interface PriceProblem {
  /** Such as `meta.49.service`. */
  readonly field: string;
  readonly message: string;
}

export type ReadPrices =
  | { readonly ok: true; readonly prices: Prices }
  | { readonly ok: false; readonly problems: readonly PriceProblem[] };

/** Prices change a few times a year. */
export const STALE_AFTER_DAYS = 100;
const DAY_MS = 24 * 3_600_000;
const CATEGORIES: readonly string[] = ['UTILITY', 'MARKETING', 'AUTHENTICATION'];
const TOP_FIELDS = ['asOf', 'currency', 'twilio', 'meta', 'freeServicePerSenderAndMonth', 'freeEntryHours'];

/**
 * Reads the contents of a price file, in its first or second form.
 * @param json what JSON.parse gave
 * @returns every problem at once, where there is one
 */
export function readPrices(json: unknown): ReadPrices {
  const reader = new PriceReader();
  const file = reader.object(json, '');
  const prices = 'prices' in file ? firstForm(file, reader) : secondForm(file, reader);
  return reader.problems.length === 0 ? { ok: true, prices } : { ok: false, problems: reader.problems };
}

type Fields = Readonly<Record<string, unknown>>;

function firstForm(file: Fields, reader: PriceReader): Prices {
  reader.onlyKnown(file, '', ['currency', 'prices']);
  const rules = Array.isArray(file.prices) ? file.prices : [];
  if (!Array.isArray(file.prices)) reader.add('prices', 'It must be a list.');
  return {
    asOf: null,
    currency: reader.text(file.currency, 'currency'),
    twilio: { outbound: 0, inbound: 0, failed: 0 },
    meta: {},
    freeServicePerSenderAndMonth: 0,
    freeEntryHours: 0,
    rules: rules.map((rule, index) =>
      readRule(reader.object(rule, `prices.${index}`), `prices.${index}`, reader),
    ),
  };
}

function readRule(rule: Fields, at: string, reader: PriceReader): PriceRule {
  reader.onlyKnown(rule, at, ['form', 'category', 'to', 'price']);
  const { form, category, to } = rule;
  if (form !== 'free-form' && form !== 'template')
    reader.add(`${at}.form`, 'It must be "free-form" or "template".');
  if (category !== undefined && !CATEGORIES.includes(String(category)))
    reader.add(`${at}.category`, `It must be one of ${CATEGORIES.join(', ')}, or left out.`);
  if (to !== undefined && !/^\+[1-9]\d{0,14}$/.test(String(to)))
    reader.add(`${at}.to`, 'It must be how a number begins, such as "+49", or left out.');
  return {
    form: form === 'template' ? 'template' : 'free-form',
    ...(typeof category === 'string' && { category }),
    ...(typeof to === 'string' && { to }),
    price: reader.amount(rule.price, `${at}.price`),
  };
}

function secondForm(file: Fields, reader: PriceReader): Prices {
  reader.onlyKnown(file, '', TOP_FIELDS);
  const twilio = reader.object(file.twilio, 'twilio');
  reader.onlyKnown(twilio, 'twilio', ['outbound', 'inbound', 'failed']);
  const meta = Object.entries(reader.object(file.meta, 'meta')).map(
    ([market, prices]) => [market.replace(/^\+/, ''), readMarket(market, prices, reader)] as const,
  );
  const asOf = reader.text(file.asOf, 'asOf');
  if (asOf !== '' && dayOf(asOf) === undefined)
    reader.add('asOf', 'It must be the day on which the prices were true, such as "2026-10-01".');
  return {
    asOf,
    currency: reader.text(file.currency, 'currency'),
    twilio: {
      outbound: reader.amount(twilio.outbound, 'twilio.outbound'),
      inbound: reader.amount(twilio.inbound, 'twilio.inbound'),
      failed: reader.amount(twilio.failed, 'twilio.failed'),
    },
    meta: Object.fromEntries(meta),
    freeServicePerSenderAndMonth: reader.amount(
      file.freeServicePerSenderAndMonth ?? 0,
      'freeServicePerSenderAndMonth',
    ),
    freeEntryHours: reader.amount(file.freeEntryHours ?? 0, 'freeEntryHours'),
    rules: [],
  };
}

function readMarket(market: string, json: unknown, reader: PriceReader): Prices['meta'][string] {
  const at = `meta.${market}`;
  if (!/^(?:\*|\+?[1-9]\d{0,14})$/.test(market))
    reader.add(at, 'A market must be a calling code such as "49", or "*" for all others.');
  const prices = reader.object(json, at);
  reader.onlyKnown(prices, at, PRICE_BASES);
  const given = PRICE_BASES.filter((basis) => prices[basis] !== undefined);
  return Object.fromEntries(
    given.map((basis) => [
      basis,
      prices[basis] === null ? null : reader.amount(prices[basis], `${at}.${basis}`),
    ]),
  );
}

/** Collects what is wrong, so that all of it is told at once. */
class PriceReader {
  readonly problems: PriceProblem[] = [];

  add(field: string, message: string): void {
    this.problems.push({ field: field || '/', message });
  }
  object(value: unknown, field: string): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    this.add(field, 'It must be an object.');
    return {};
  }
  text(value: unknown, field: string): string {
    if (typeof value === 'string' && value !== '') return value;
    this.add(field, 'It must be a text.');
    return '';
  }
  amount(value: unknown, field: string): number {
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    this.add(field, 'It must be a number, 0 or more.');
    return 0;
  }
  onlyKnown(value: Fields, at: string, known: readonly string[]): void {
    for (const name of Object.keys(value).filter((key) => !known.includes(key)))
      this.add(at === '' ? name : `${at}.${name}`, `There is no such field; known are ${known.join(', ')}.`);
  }
}

/**
 * The price of one message that arrives.
 * @param basis null for a template whose category is not known
 * @param to the user's number, such as `+491701234567`, with or without `whatsapp:`; a BSUID belongs to `*`
 * @returns null where the table does not name it; `not deliverable` where the table says that it does not arrive there
 */
export function priceOf(
  prices: Prices,
  basis: PriceBasis | null,
  to: string,
): MessagePrice | 'not deliverable' | null {
  const { currency, asOf, twilio } = prices;
  const number = to.replace(/^whatsapp:/, '');
  if (prices.rules.length > 0) {
    const amount = ruleFor(prices.rules, basis, number);
    return amount === undefined ? null : { amount, twilio: 0, meta: amount, basis, currency, asOf };
  }
  const meta = basis === null ? undefined : marketOf(prices, number)?.[basis];
  if (meta === undefined) return null;
  if (meta === null) return 'not deliverable';
  return { amount: rounded(twilio.outbound + meta), twilio: twilio.outbound, meta, basis, currency, asOf };
}

export interface Charged {
  readonly basis: PriceBasis | null;
  readonly to: string;
  readonly count: number;
  /** In the hours after an ad, in which Meta charges nothing. */
  readonly isFreeEntry?: boolean;
}

/**
 * The price of several messages of one kind to one person, if they arrive.
 * @param basis null where the kind is not known: then the price is not known either
 * @param to as for `priceOf`
 * @returns null for no message, for what the table does not name, and for what it says is not deliverable
 */
export function costOfMessages(
  prices: Prices,
  { basis, to, count, isFreeEntry = false }: Charged,
): Cost | null {
  const listed = basis === null || count === 0 ? null : priceOf(prices, basis, to);
  if (basis === null || listed === null || listed === 'not deliverable') return null;
  const price = isFreeEntry ? { ...listed, amount: listed.twilio, meta: 0 } : listed;
  const times = (one: number) => rounded(one * count);
  return {
    ...price,
    amount: times(price.amount),
    twilio: times(price.twilio),
    meta: times(price.meta),
    basis,
  };
}

function marketOf({ meta }: Prices, number: string): Prices['meta'][string] | undefined {
  const digits = number.startsWith('+') ? number.slice(1) : '';
  for (let length = digits.length; length > 0; length -= 1) {
    const market = digits.slice(0, length);
    if (Object.hasOwn(meta, market)) return meta[market];
  }
  return Object.hasOwn(meta, '*') ? meta['*'] : undefined;
}

function ruleFor(rules: readonly PriceRule[], basis: PriceBasis | null, number: string): number | undefined {
  const form = basis === 'service' ? 'free-form' : 'template';
  const fitting = rules.filter(
    ({ form: ruleForm, category, to }) =>
      ruleForm === form &&
      (category === undefined || category === basis?.toUpperCase()) &&
      (to === undefined || number.startsWith(to)),
  );
  const weight = ({ to, category }: PriceRule) => (to?.length ?? 0) * 2 + (category ? 1 : 0);
  return [...fitting].sort((a, b) => weight(b) - weight(a))[0]?.price;
}

/** @param category of a template, such as `UTILITY` @returns null where it is none that Meta has a price for */
export function basisOf(category: string | null): PriceBasis | null {
  return PRICE_BASES.find((basis) => basis !== 'service' && basis === category?.toLowerCase()) ?? null;
}

/**
 * One sentence where the prices are older than 100 days, or say no day.
 * @param now milliseconds since the epoch
 */
export function staleness(prices: Prices, now: number): string | null {
  const day = prices.asOf === null ? undefined : dayOf(prices.asOf);
  if (day === undefined) return 'The price file does not say on which day its prices were true (asOf).';
  const days = Math.floor((now - day) / DAY_MS);
  return days > STALE_AFTER_DAYS
    ? `The prices are ${days} days old (asOf ${prices.asOf}): look them up again.`
    : null;
}

/** To a millionth: sums of decimal fractions are not exact. */
export function rounded(amount: number): number {
  return Number(amount.toFixed(6));
}

function dayOf(text: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? undefined : at;
}
