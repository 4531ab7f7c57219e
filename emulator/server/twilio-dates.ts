/**
 * Writes moments the way Twilio's two generations of API do: ISO 8601 for the v1 products, RFC 2822 for 2010-04-01.
 * Neither carries milliseconds, so nothing that needs them may be read back from these texts.
 */

export function isoDate(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

export function rfc2822Date(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
