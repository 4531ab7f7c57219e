/**
 * How much of the addresses that callers name for status callbacks fits into one message. They travel in the query of our own
 * status callback's address, of which Twilio takes 4,000 characters (https://www.twilio.com/docs/api/errors/21609); the rest
 * of it has fewer than 1,000.
 */
const MAX_ENCODED_CHARACTERS = 3000;

/** In a query, a character may take three times its room, or more. */
export function fitsIntoCallback(urls: readonly string[]): boolean {
  return new URLSearchParams({ on: urls.join(' ') }).toString().length <= MAX_ENCODED_CHARACTERS;
}
