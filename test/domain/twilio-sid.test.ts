/** Identifiers: two letters and 32 hexadecimal digits, nothing before or after, and none taken for another. */
import { parseCallSid, parseContentSid, parseMessageSid } from '../../src/domain/twilio-sid';

const digits = '0123456789abcdefABCDEF0123456789';
const parsers = { HX: parseContentSid, SM: parseMessageSid, MM: parseMessageSid, CA: parseCallSid };

describe.each(Object.entries(parsers))('an identifier that starts with %s', (letters, parse) => {
  test('is read as it is written', () => {
    expect(parse(letters + digits)).toBe(letters + digits);
  });

  test.each([
    ['one digit less', letters + digits.slice(1)],
    ['one digit more', `${letters}${digits}0`],
    ['a letter that is no digit', `${letters}${digits.slice(1)}g`],
    ['a letter before', `x${letters}${digits}`],
    ['a line break after', `${letters}${digits}\n`],
    ['small letters', letters.toLowerCase() + digits],
    ['nothing', ''],
  ])('is refused where it is or has %s', (_says, text) => {
    expect(parse(text)).toBeUndefined();
  });

  test('is not read as an identifier of another kind', () => {
    const others = Object.entries(parsers).filter(([, other]) => other !== parse);
    expect(others.map(([, other]) => other(letters + digits))).toEqual(others.map(() => undefined));
  });
});
