/**
 * Whether the region is one that has WhatsApp, Sync and Functions: only US1 has all three
 * (https://www.twilio.com/docs/global-infrastructure/regional-product-and-feature-availability).
 */
import { broken, type Check, ok } from '../check';

/** The SDK takes its region from it, here and in the functions. An edge (TWILIO_EDGE) is only a way in. */
const NAME = 'TWILIO_REGION';
const HOME = 'us1';

export const region: Check = {
  name: 'region',
  why: 'WhatsApp, Sync and Functions are together in the region US1 only; in IE1 and AU1 a part is missing.',
  look({ env, file, io }) {
    const set = [
      { value: io.env[NAME], where: 'the environment of this command' },
      { value: env[NAME], where: file },
    ];
    const wrong = set.flatMap(({ value = '', where }) =>
      ['', HOME].includes(value.trim().toLowerCase()) ? [] : [`${NAME} is ${value.trim()} in ${where}`],
    );
    if (wrong.length === 0) return ok('The region is US1.');
    return broken(
      `${wrong.join(', and ')}.`,
      'Take it out, and use the AUTH_TOKEN of US1: each region has one of its own.',
    );
  },
};
