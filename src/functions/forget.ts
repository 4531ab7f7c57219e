/** POST /forget: erases what is stored about one person, save that they opted out, and says what Twilio's own log has. */
import { errorJson } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { keptWords } from '../http/kept-words';
import { pairHash } from '../http/pair-hash';
import { forgetPerson } from '../use-cases/contacts/forget-person';

export const handler = endpoint({
  path: '/forget',
  methods: ['POST'],
  guard: 'bearer',
  failed: (failure) => ({ erased: null, kept: null, error: errorJson(failure) }),
  async respond({ parameters, services, settings }) {
    const user = parameters.to();
    const pair = { sender: settings.sender, ...parameters.finish(['to'], { user }) };
    const forgotten = await forgetPerson(services, pair);
    const { erased } = forgotten;
    return {
      status: 200,
      json: { erased, kept: keptWords(forgotten, settings.accountSid), error: null },
      log: { pair: pairHash(settings.authToken, pair), erased, isComplete: forgotten.isComplete },
    };
  },
});
