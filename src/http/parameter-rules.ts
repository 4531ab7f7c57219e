/**
 * What a value must be, whichever function takes it: /send-message and the drop-in for Twilio's API word a problem each in
 * their own way, and must not differ in what they refuse.
 */

/** The longest address that Twilio takes, for media and callbacks. */
export const MAX_URL_CHARACTERS = 2000;

const ISO_WITH_ZONE = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** ISO 8601 with a zone, as milliseconds since the epoch; undefined for what is no such time. */
export function isoTime(text: string): number | undefined {
  const time = isRealDay(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The language's own parser takes the 31st of February for the 3rd of March. */
function isRealDay(text: string): boolean {
  const [, year, month, day] = ISO_WITH_ZONE.exec(text) ?? [];
  if (day === undefined) return false;
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
}

export function isIdempotencyKey(text: string): boolean {
  return /^[A-Za-z0-9_.:-]{1,128}$/.test(text);
}

/** An address that Twilio can fetch an attachment from. */
export function isMediaUrl(url: unknown): url is string {
  return (
    typeof url === 'string' &&
    textProblem(url, MAX_URL_CHARACTERS) === undefined &&
    /^https:\/\/\S+$/.test(url) &&
    URL.canParse(url)
  );
}

/**
 * What is wrong with a text, as the end of a sentence, or undefined. Line breaks and tabs are allowed.
 * @param max in UTF-16 units: no page of Twilio says how it counts, and this is the stricter reading
 */
export function textProblem(value: string, max: number): string | undefined {
  if (value.length > max) return `has ${value.length} characters; ${max} are allowed.`;
  if (!value.isWellFormed())
    return 'contains half of a character (a lone surrogate): send it as valid UTF-8.';
  if (value.includes('\ufffd'))
    return 'contains a character that could not be decoded (U+FFFD): send it as UTF-8.';
  if (/[^\P{Cc}\n\r\t]/u.test(value)) return 'contains control characters: remove them.';
  return undefined;
}
