/** What /forget answers: how much of one person was erased, and what Twilio's own log still has. */
import type { ForgetAnswer } from '../../../client/answers';
import { forgetPerson } from '../../use-cases/contacts/forget-person';
import type { Failure } from '../../use-cases/failure';
import { type Answer, errorJson, type Failed } from '../answers';
import type { Call } from '../endpoint';
import { keptWords } from '../kept-words';
import { pairHash } from '../pair-hash';

export async function respondToForget({
  parameters,
  services,
  settings,
  now,
}: Call): Promise<Answer<ForgetAnswer>> {
  const user = parameters.to();
  const pair = { sender: settings.sender, ...parameters.finish(['to'], { user }) };
  const forgotten = await forgetPerson(services, pair, now);
  const { erased } = forgotten;
  return {
    status: 200,
    json: { erased, kept: keptWords(forgotten, settings.accountSid), error: null },
    log: { pair: pairHash(settings.authToken, pair), erased, isComplete: forgotten.isComplete },
  };
}

export function forgetFailedJson(failure: Failure): Failed<{ erased: null; kept: null }> {
  return { erased: null, kept: null, error: errorJson(failure) };
}
