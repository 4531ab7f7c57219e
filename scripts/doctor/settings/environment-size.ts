/** Whether the settings fit into what Twilio Functions take as variables. */
import { deployedSettings, MAX_TOTAL_BYTES, MAX_VALUE_BYTES, sizeOf } from '../../account/deployed-settings';
import { broken, type Check, ok } from '../check';

export const environmentSize: Check = {
  name: 'size of the settings',
  why: 'Twilio refuses a deploy with a variable that is too long, or with too much of them.',
  look({ env }) {
    const variables = deployedSettings(env);
    const { total, tooLong } = sizeOf(variables);
    if (tooLong.length > 0) {
      return broken(
        `${tooLong.join(', ')}: longer than ${MAX_VALUE_BYTES} bytes.`,
        'Shorten it; a long list of words or a long address is the usual reason.',
      );
    }
    if (total > MAX_TOTAL_BYTES) {
      return broken(
        `All together they have ${total} bytes, more than ${MAX_TOTAL_BYTES}.`,
        'Leave out what has its default anyway.',
      );
    }
    return ok(`${Object.keys(variables).length} variables, ${total} of ${MAX_TOTAL_BYTES} bytes.`);
  },
};
