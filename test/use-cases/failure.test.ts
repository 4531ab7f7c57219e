/** Failures: what they carry, and which of them say that a service could not be asked just now. */
import { Failure, type FailureCode, isUnavailable } from '../../src/use-cases/failure';

test('a failure is recognized by its name, and has problems and a Twilio code only where they are given', () => {
  const { name, code, message, problems, twilioCode } = new Failure('NOT_FOUND', 'Nothing is there.');
  expect({ name, code, message, problems, twilioCode }).toEqual({
    ...{ name: 'Failure', code: 'NOT_FOUND', message: 'Nothing is there.', problems: [], twilioCode: null },
  });
});

test.each<readonly [FailureCode, boolean]>([
  ['STATE_UNAVAILABLE', true],
  ['RATE_LIMITED', true],
  ['MISCONFIGURED', false],
  ['TWILIO_REJECTED', false],
  ['OUTCOME_UNKNOWN', false],
  ['INTERNAL_ERROR', false],
])('says whether %s means that a service is temporarily unavailable: %s', (code, expected) => {
  expect(isUnavailable(new Failure(code, ''))).toBe(expected);
});

test('an error that is no failure never means that a service is temporarily unavailable', () => {
  expect(
    [new Error('STATE_UNAVAILABLE'), { code: 'STATE_UNAVAILABLE' }, undefined].map(isUnavailable),
  ).toEqual([false, false, false]);
});
