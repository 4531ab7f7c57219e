/** Durations in words, by pure arithmetic: how long is left, how long ago. It must not read a clock. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From here on the seconds are told: a person has to hurry. */
const TELL_SECONDS_BELOW = 10 * MINUTE;

/**
 * What is left, rounded down, because a promise must not be longer than the truth.
 * @example countdown(8_040_000) // '2 h 14 min'
 * @example countdown(272_000) // '4 min 32 s'
 */
export function countdown(milliseconds: number): string {
  const left = Math.max(0, milliseconds);
  if (left < MINUTE) return `${Math.floor(left / SECOND)} s`;
  const minutes = Math.floor((left % HOUR) / MINUTE);
  if (left < TELL_SECONDS_BELOW) {
    // Always two digits, so that the text keeps its width while it ticks.
    const seconds = String(Math.floor((left % MINUTE) / SECOND)).padStart(2, '0');
    return `${minutes} min ${seconds} s`;
  }
  const hours = Math.floor(left / HOUR);
  return hours === 0 ? `${minutes} min` : `${hours} h ${String(minutes).padStart(2, '0')} min`;
}

/** As short as the countdown, to stand beside it. @example ago(7_500_000) // '2 h ago' */
export function ago(milliseconds: number): string {
  if (milliseconds < MINUTE) return 'just now';
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min ago`;
  if (milliseconds < 2 * DAY) return `${Math.floor(milliseconds / HOUR)} h ago`;
  return `${Math.floor(milliseconds / DAY)} days ago`;
}

/** @example shortAge(7_500_000) // '2 h' */
export function shortAge(milliseconds: number): string {
  return ago(milliseconds).replace(' ago', '').replace('just now', 'now');
}
