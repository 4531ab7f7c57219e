/** Whether an API token can be guessed. The tokens themselves are never shown. */
import { type ApiToken, readApiTokens } from '../../src/http/api-tokens';
import { isOfflineToken, settingOf, weaknessOf } from '../account/api-token';
import { broken, type Check, type Finding, ok, warning } from './check';

const RENEW = 'Empty the line API_TOKEN, run npm run setup, then npm run deploy; give callers the new one.';
const REPLACE =
  'Put another in its place, 24 characters or more and drawn at random, then npm run deploy; give the caller the new one.';

export const token: Check = {
  name: 'API token',
  why: 'Whoever guesses it can write to every user in your name.',
  look({ env }) {
    const { tokens, problems } = readApiTokens(env);
    if (problems.length > 0) {
      return broken(problems.map(({ message }) => message).join(' '), 'Correct it, then npm run deploy.');
    }
    const [first, ...others] = tokens;
    if (!first) {
      return warning(
        'There is none, so the dashboard and all HTTP callers are refused. Studio and Twilio’s webhooks work.',
        'npm run setup makes one.',
      );
    }
    const found = tokens.flatMap((one) => weaknessFound(one, tokens.length > 1));
    const [worst] = [...found.filter(({ mark }) => mark === 'broken'), ...found];
    if (worst) return worst;
    return ok(
      others.length === 0
        ? `It has ${first.token.length} characters.`
        : `There are ${tokens.length}, none of which is weak.`,
    );
  },
};

function weaknessFound(one: ApiToken, isOneOfSeveral: boolean): readonly Finding[] {
  const which = isOneOfSeveral || one.name !== null ? settingOf(one) : 'It';
  const fix = one.name === null ? RENEW : REPLACE;
  if (isOfflineToken(one.token)) {
    return [
      broken(
        `${which} is the one for trying things offline, which everybody can read in this repository.`,
        fix,
      ),
    ];
  }
  const weakness = weaknessOf(one.token);
  return weakness === null ? [] : [warning(`${which} is weak: ${weakness}.`, fix)];
}
