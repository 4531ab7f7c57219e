/** Whether the API token can be guessed. The token itself is never shown. */
import { isOfflineToken, weaknessOf } from '../account/api-token';
import { broken, type Check, ok, warning } from './check';

const RENEW = 'Empty the line API_TOKEN, run npm run setup, then npm run deploy; give callers the new one.';

export const token: Check = {
  name: 'API token',
  why: 'Whoever guesses it can write to every user in your name.',
  look({ env }) {
    const value = env.API_TOKEN?.trim() ?? '';
    if (value === '') {
      return warning(
        'There is none, so the dashboard and all HTTP callers are refused. Studio and Twilio’s webhooks work.',
        'npm run setup makes one.',
      );
    }
    if (isOfflineToken(value)) {
      return broken(
        'It is the one for trying things offline, which everybody can read in this repository.',
        RENEW,
      );
    }
    const weakness = weaknessOf(value);
    return weakness === null
      ? ok(`It has ${value.length} characters.`)
      : warning(`It is weak: ${weakness}.`, RENEW);
  },
};
