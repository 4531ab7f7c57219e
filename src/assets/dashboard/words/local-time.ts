/** Moments in the reader's own language and time zone. It must not read a clock. */

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const toTheSecond = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const dayHeading = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** Such as `Europe/Berlin`: the page says by which zone its times are. */
export const TIME_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Nearer than this a weekday names one day only. */
const WEEKDAYS_MS = 6 * 24 * 60 * 60 * 1000;

/** The time, with its day where that is not today. @param now milliseconds since the epoch */
export function shortMoment(time: number, now: number): string {
  if (dayOf(time) === dayOf(now)) return timeOfDay.format(time);
  const named = Math.abs(time - now) < WEEKDAYS_MS ? weekday.format(time) : day.format(time);
  return `${named} ${timeOfDay.format(time)}`;
}

export function clockTime(time: number): string {
  return timeOfDay.format(time);
}

/** Equal for two moments of one day of the reader's. */
export function dayOf(time: number): string {
  return day.format(time);
}

/** Above the messages of a day. @example dayInWords(Date.parse('2026-11-26T12:00:00Z')) // 'Thu 26 Nov', as the reader writes it */
export function dayInWords(time: number): string {
  return dayHeading.format(time);
}

export function clockFace(time: number): string {
  return `${day.format(time)}, ${toTheSecond.format(time)}`;
}

/** With everything, for a tooltip. */
export function wholeMoment(time: number): string {
  return whole.format(time);
}

const INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z/g;

/** The service tells instants in its sentences as ISO 8601; people read them in their own time. */
export function withLocalTimes(sentence: string, now: number): string {
  return sentence.replace(INSTANT, (instant) => shortMoment(Date.parse(instant), now));
}
