/**
 * The time of a logged message, in the forms in which Twilio writes it: ISO 8601, RFC 2822 (the API), and date, time and
 * zone in either order (the Console). A time without a zone is read as UTC. What is ambiguous, such as 02/11/2026, is not
 * read at all.
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Minutes east of UTC. The Console names the zone of its reader; these are the names of the United States. */
const ZONES: Readonly<Record<string, number>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  akst: -540,
  akdt: -480,
  hst: -600,
};

/** What nearly every line of an export has: no search, no exceptions. */
const COMMON = /^(?:19[7-9]|2\d\d)\d-\d\d-\d\d[T ](?:[01]\d|2[0-3]):\d\d:\d\d ?(?:Z|UTC|\+00:?00)?$/;

const TIME = /(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s*([ap])\.?m\b\.?)?/i;
const DATES: readonly {
  readonly form: RegExp;
  readonly order: readonly ['year' | 'month' | 'day', 'year' | 'month' | 'day', 'year' | 'month' | 'day'];
  /** Only beside AM or PM is it the American order for sure. */
  readonly needsMeridiem?: true;
}[] = [
  { form: /(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/, order: ['year', 'month', 'day'] },
  { form: /(?<!\d)(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})(?!\d)/i, order: ['day', 'month', 'year'] },
  { form: /\b([a-z]{3,9})\.? (\d{1,2}),? (\d{4})(?!\d)/i, order: ['month', 'day', 'year'] },
  {
    form: /(?<!\d)(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)/,
    order: ['month', 'day', 'year'],
    needsMeridiem: true,
  },
];
const WORDS_BESIDE = /\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?|\bat\b/gi;
const ZONE = /^(?:(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d{2})?|([a-z]{1,4}))?(?:\s*\([^()]*\))?$/i;

/**
 * @example loggedTimeIn('2026-11-02T10:00:00Z') // 1793613600000
 * @returns milliseconds since the epoch, or undefined where the text is no time, or could be two
 */
export function loggedTimeIn(text: string): number | undefined {
  if (COMMON.test(text)) {
    const at = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`);
    // 30 February would become 2 March.
    if (new Date(at).getUTCDate() === Number(text.slice(8, 10))) return at;
    return undefined;
  }
  if (text.length > 64) return undefined;
  const time = TIME.exec(text);
  if (!time) return undefined;
  const [, hour, minute, second, fraction, meridiem] = time;
  // The T between date and time goes with them; a space keeps the neighbours apart.
  const withoutTime = `${text.slice(0, time.index).replace(/T$/, ' ')} ${text.slice(time.index + time[0].length)}`;
  for (const { form, order, needsMeridiem } of DATES) {
    const found = form.exec(withoutTime);
    if (!found || (needsMeridiem && meridiem === undefined)) continue;
    const rest = withoutTime.replace(found[0], ' ').replace(WORDS_BESIDE, ' ').replace(/,/g, ' ').trim();
    const offset = offsetIn(rest.replace(/\s+/g, ' '));
    const date = Object.fromEntries(order.map((name, index) => [name, found[index + 1]]));
    const hours = hourOf(hour, meridiem);
    if (offset === undefined || hours === undefined) return undefined;
    return epoch(date, { hour: hours, minute, second, fraction }, offset);
  }
  return undefined;
}

/** @returns minutes east of UTC */
function offsetIn(text: string): number | undefined {
  const [whole, sign, hours, minutes, name] = ZONE.exec(text) ?? [];
  if (whole === undefined) return undefined;
  if (sign !== undefined) {
    const size = Number(hours) * 60 + Number(minutes ?? 0);
    return size > 14 * 60 ? undefined : sign === '-' ? -size : size;
  }
  return name === undefined ? 0 : ZONES[name.toLowerCase()];
}

function hourOf(hour: string | undefined, meridiem: string | undefined): string | undefined {
  if (meridiem === undefined) return hour;
  const number = Number(hour);
  if (number < 1 || number > 12) return undefined;
  return String((number % 12) + (meridiem.toLowerCase() === 'p' ? 12 : 0));
}

type Digits = string | undefined;

function epoch(
  { year, month, day }: { readonly year?: Digits; readonly month?: Digits; readonly day?: Digits },
  { hour, minute, second, fraction }: Readonly<Record<'hour' | 'minute' | 'second' | 'fraction', Digits>>,
  offsetMinutes: number,
): number | undefined {
  const monthNumber = /^\d+$/.test(month ?? '')
    ? Number(month)
    : MONTHS.indexOf((month ?? '').slice(0, 3).toLowerCase()) + 1;
  const numbers = [year, day, hour, minute, second ?? '0'].map(Number);
  const [y = Number.NaN, d = Number.NaN, h = Number.NaN, min = Number.NaN, s = Number.NaN] = numbers;
  const isReal =
    y >= 1970 && monthNumber >= 1 && monthNumber <= 12 && d >= 1 && h <= 23 && min <= 59 && s <= 59;
  if (!isReal) return undefined;
  const at = Date.UTC(y, monthNumber - 1, d, h, min, s, Math.floor(Number(`0.${fraction ?? '0'}`) * 1000));
  // 30 February would become 2 March.
  return new Date(at).getUTCDate() === d ? at - offsetMinutes * 60_000 : undefined;
}
