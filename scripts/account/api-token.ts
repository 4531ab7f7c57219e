/** How good an API token is: whoever guesses it can write to every user. It must never show the token. */
import { join } from 'node:path';
import type { ApiToken } from '../../src/http/api-tokens';
import { ROOT } from '../offline/twilio-run';
import { readEnvFile } from './env-file';

/** What `npm run setup` makes has 43; below this a person has most likely made it up. */
export const GOOD_LENGTH = 32;
/** A token drawn at random has far more different characters than a word with a number. */
const GOOD_VARIETY = 12;

/** The token of `.env.offline` stands in a public repository. */
export function isOfflineToken(token: string): boolean {
  return token === readEnvFile(join(ROOT, '.env.offline')).env.API_TOKEN;
}

/** What the settings call it: `API_TOKEN`, or `API_TOKENS, ada`. */
export function settingOf({ name }: ApiToken): string {
  return name === null ? 'API_TOKEN' : `API_TOKENS, ${name}`;
}

/** @returns what is weak about it, or null */
export function weaknessOf(token: string): string | null {
  if (token.length < GOOD_LENGTH) return `it has ${token.length} characters, fewer than ${GOOD_LENGTH}`;
  if (new Set(token).size < GOOD_VARIETY) return 'it repeats a few characters, so it can be guessed';
  return null;
}
