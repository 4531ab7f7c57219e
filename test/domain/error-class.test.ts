/** Twilio's error codes, each by what it asks for (https://www.twilio.com/docs/api/errors), and the ranges at their edges. */
import { errorClass, OUTSIDE_WINDOW, VALIDITY_EXPIRED } from '../../src/domain/error-class';

test.each([
  ['window', [OUTSIDE_WINDOW, VALIDITY_EXPIRED]],
  ['template', [63005, 63013, 63021, 63027, 63028, 63030, 63040, 63041, 63042, 21654, 21655, 21656, 21617]],
  ['template', [92_000, 92_001, 92_999]],
  ['recipient', [63003, 63014, 63015, 63024, 63032, 63033, 63049, 63050, 21610, 21211]],
  ['sender', [63001, 63007, 63020, 63038, 63051, 63112, 20003]],
  ['transient', [63017, 63018, 63009, 63010, 63012, 20429]],
  ['unknown', [91_999, 93_000, 0, 11200, null]],
])('errors of class “%s” have these Twilio error codes: %p', (expected, codes) => {
  expect(codes.map(errorClass)).toEqual(codes.map(() => expected));
});
