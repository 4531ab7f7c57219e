/** What Twilio's answers are turned into, also where they are not as documented. */
import RestException from 'twilio/lib/base/RestException';
import { asFailure, asTwilioFailure } from '../../src/twilio/client';

describe('Twilio’s answer to a refused request', () => {
  test.each([
    ['a code and a message', '{"code":54006,"message":"Too big"}', 54006, 'error 54006, Too big'],
    ['a code without a message', '{"code":20404}', 20404, 'error 20404'],
    ['an empty object', '{}', null, 'HTTP 400'],
    ['a text in JSON', '"no"', null, 'HTTP 400'],
    ['not JSON', '<html>', null, 'HTTP 400, [HTTP 400] Failed to execute request'],
    ['empty', '', null, 'HTTP 400, [HTTP 400] Failed to execute request'],
  ])(
    'is read into an error with the code and message that it has: its body is %s',
    (_sentence, body, code, told) => {
      const error = new RestException({ statusCode: 400, body });
      expect(asTwilioFailure(error)).toMatchObject({ kind: 'answered', status: 400, code });
      expect(asFailure(error, 'Twilio Sync')).toMatchObject({
        code: 'TWILIO_REJECTED',
        message: `Twilio Sync refused a request: ${told}.`,
      });
    },
  );
});
