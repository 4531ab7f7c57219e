/** Whether an API token can be guessed. The tokens themselves are never shown. */
import { type ApiToken, readApiTokens } from '../../../src/http/api-tokens';
import { isOfflineToken, settingOf, weaknessOf } from '../../account/api-token';
import { broken, type Check, type CheckedAccount, type Finding, ok, warning } from '../check';

export const token: Check = {
  name: 'API token',
  why: 'Whoever guesses it can write to every user in your name.',
  look(account) {
    const { tokens, problems } = readApiTokens(account.env);
    if (problems.length > 0) {
      return broken(
        problems.map(({ message }) => message).join(' '),
        `Correct it, then ${account.run('deploy')}.`,
      );
    }
    const [first, ...others] = tokens;
    if (!first) {
      return warning(
        'There is none, so the dashboard and all HTTP callers are refused. Studio and Twilio’s webhooks work.',
        `${account.run('setup')} makes one.`,
      );
    }
    const found = tokens.flatMap((one) => weaknessFound(one, tokens.length > 1, account));
    const [worst] = [...found.filter(({ mark }) => mark === 'broken'), ...found];
    if (worst) return worst;
    return ok(
      others.length === 0
        ? `It has ${first.token.length} characters.`
        : `There are ${tokens.length}, none of which is weak.`,
    );
  },
};

function weaknessFound(one: ApiToken, isOneOfSeveral: boolean, account: CheckedAccount): readonly Finding[] {
  const which = isOneOfSeveral || one.name !== null ? settingOf(one) : 'It';
  if (isOfflineToken(one.token)) {
    if (account.options.offline) return [];
    return [
      broken(
        `${which} is the one for trying things offline, which everybody can read in this repository.`,
        renewal(one, account),
      ),
    ];
  }
  const weakness = weaknessOf(one.token);
  return weakness === null ? [] : [warning(`${which} is weak: ${weakness}.`, renewal(one, account))];
}

/** The old one works until it is revoked, so that no caller is locked out. */
function renewal({ name }: ApiToken, account: CheckedAccount): string {
  const words = name ?? 'API_TOKEN';
  return `${account.run('setup', `--token ${words}`)} draws another beside it, then ${account.run('deploy')}; once its caller has the new one, ${account.run('setup', `--revoke ${words}.old`)}.`;
}
