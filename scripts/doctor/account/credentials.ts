/** Whether Twilio accepts the credentials. Every other look at the account needs it. */
import { connect } from '../../account/account';
import { isRefused, ScriptFailure, sentenceOf } from '../../command/script-failure';
import { broken, type Check, ok } from '../check';

export const credentials: Check = {
  name: 'credentials',
  why: 'Nothing of the account can be reached without them.',
  async look(account) {
    try {
      const sdk = connect(account.settingsFile, account.io);
      const { status } = await sdk.api.v2010.accounts(sdk.accountSid).fetch();
      if (status !== 'active') {
        return broken(
          `The account is ${status}.`,
          'See the first page of the Twilio Console for the reason.',
        );
      }
      account.accept(sdk);
      return ok('Twilio accepts them; the account is active.');
    } catch (error) {
      const { message, nextStep } = sentenceOf(error);
      const areWrong = error instanceof ScriptFailure || isRefused(error);
      return areWrong
        ? broken(message, nextStep)
        : broken(
            `Whether Twilio accepts them is not known. ${message}`,
            'Run npm run doctor again once it answers.',
          );
    }
  },
};
