/** What Twilio's answers are turned into, also where they are not as documented. */
import RestException from 'twilio/lib/base/RestException';
import { asFailure, asTwilioFailure } from '../../src/twilio/client';

describe('an answer that refuses, whatever its body', () => {
  test.each([
    ['code and message', '{"code":54006,"message":"Too big"}', 54006, 'error 54006, Too big'],
    ['a code only', '{"code":20404}', 20404, 'error 20404'],
    ['an empty object', '{}', null, 'HTTP 400'],
    ['a text in JSON', '"no"', null, 'HTTP 400'],
    ['no JSON', '<html>', null, 'HTTP 400, [HTTP 400] Failed to execute request'],
    ['nothing', '', null, 'HTTP 400, [HTTP 400] Failed to execute request'],
  ])('%s', (_sentence, body, code, told) => {
    const error = new RestException({ statusCode: 400, body });
    expect(asTwilioFailure(error)).toMatchObject({ kind: 'answered', status: 400, code });
    expect(asFailure(error, 'Twilio Sync')).toMatchObject({
      code: 'TWILIO_REJECTED',
      message: `Twilio Sync refused a request: ${told}.`,
    });
  });
});
