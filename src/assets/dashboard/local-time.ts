/** Moments in the reader's own time zone. English on purpose, as the rest of the page; it must not read a clock. */

const LANGUAGE = 'en-GB';
const timeOfDay = new Intl.DateTimeFormat(LANGUAGE, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(LANGUAGE, { weekday: 'short' });
const toTheSecond = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium' });

/** Nearer than this a weekday names one day only. */
const WEEKDAYS_MS = 6 * 24 * 60 * 60 * 1000;

/** The time, with its day where that is not today. @param now milliseconds since the epoch */
export function shortMoment(time: number, now: number): string {
  if (day.format(time) === day.format(now)) return timeOfDay.format(time);
  const named = Math.abs(time - now) < WEEKDAYS_MS ? weekday.format(time) : day.format(time);
  return `${named} ${timeOfDay.format(time)}`;
}

export function clockFace(time: number): string {
  return `${day.format(time)}, ${toTheSecond.format(time)}`;
}

const INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z/g;

/** The service tells instants in its sentences as ISO 8601; people read them in their own time. */
export function withLocalTimes(sentence: string, now: number): string {
  return sentence.replace(INSTANT, (instant) => shortMoment(Date.parse(instant), now));
}
