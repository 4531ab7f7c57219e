/** Addresses: what is one, and which of them are the same person. */
import fc from 'fast-check';
import {
  filingName,
  isPhone,
  isUnitedStates,
  parseExternalUserId,
  parseWhatsAppAddress,
  spellings,
  type WhatsAppAddress,
} from '../../src/domain/whatsapp-address';

test.each([
  ['a full address', 'whatsapp:+15551234567', 'whatsapp:+15551234567'],
  ['a bare number', '+15551234567', 'whatsapp:+15551234567'],
  ['a BSUID', 'whatsapp:US.13491208655302741918', 'whatsapp:US.13491208655302741918'],
  ['a BSUID of an enterprise', 'whatsapp:DE.ENT.1a2B', 'whatsapp:DE.ENT.1a2B'],
  ['the shortest number (7 digits)', '+1234567', 'whatsapp:+1234567'],
  ['the longest number (15 digits)', '+123456789012345', 'whatsapp:+123456789012345'],
])('parses %s as a WhatsApp address', (_sentence, text, address) => {
  expect(parseWhatsAppAddress(text)).toBe(address);
});

test.each([
  ['one digit too few', '+123456'],
  ['one digit too many', '+1234567890123456'],
  ['no plus', 'whatsapp:15551234567'],
  ['a leading zero', '+05551234567'],
  ['a space', '+1 5551234567'],
  ['a line break at the end', '+15551234567\n'],
  ['a BSUID without its prefix', 'US.13491208655302741918'],
  ['a BSUID with a small country', 'whatsapp:us.134'],
  ['a BSUID of 129 characters', `whatsapp:US.${'1'.repeat(129)}`],
  ['a BSUID with something before it', 'whatsapp:xUS.134'],
  ['a path', 'whatsapp:US.1/../2'],
  ['the prefix twice', 'whatsapp:whatsapp:+15551234567'],
  ['nothing', ''],
])('refuses a text as a WhatsApp address where it is or has %s', (_sentence, text) => {
  expect(parseWhatsAppAddress(text)).toBeUndefined();
});

test('accepts a BSUID as ExternalUserId with or without its prefix, and never a number', () => {
  expect(parseExternalUserId('US.134')).toBe('whatsapp:US.134');
  expect(parseExternalUserId('whatsapp:US.134')).toBe('whatsapp:US.134');
  expect(parseExternalUserId('+15551234567')).toBeUndefined();
});

const address = (text: string) => text as WhatsAppAddress;

test.each([
  ['Argentine mobiles, with and without the 9', 'whatsapp:+5491123456789', 'whatsapp:+541123456789'],
  ['Mexican mobiles, with and without the 1', 'whatsapp:+5215512345678', 'whatsapp:+525512345678'],
  [
    'Brazilian mobiles, with and without the ninth digit',
    'whatsapp:+5511987654321',
    'whatsapp:+551187654321',
  ],
  ['Ivorian mobiles of Orange, before and since 2021', 'whatsapp:+2250707123456', 'whatsapp:+22507123456'],
  ['Ivorian mobiles of MTN, before and since 2021', 'whatsapp:+2250544123456', 'whatsapp:+22544123456'],
  ['Ivorian mobiles of Moov, before and since 2021', 'whatsapp:+2250171123456', 'whatsapp:+22571123456'],
  ['Beninese mobiles, before and since 2024', 'whatsapp:+2290197123456', 'whatsapp:+22997123456'],
])('%s have one key and count as one user', (_sentence, long, short) => {
  expect(filingName(address(long))).toBe(filingName(address(short)));
  expect(spellings(address(long))).toEqual([long, short]);
  expect(spellings(address(short))).toEqual([short, long]);
});

test.each([
  ['two Brazilians whose numbers differ', 'whatsapp:+5511987654321', 'whatsapp:+5511987654322'],
  [
    'a Brazilian landline and a mobile with a 9 before it',
    'whatsapp:+551133334444',
    'whatsapp:+5511933334444',
  ],
  ['a number and a BSUID of the same digits', 'whatsapp:+15551234567', 'whatsapp:US.15551234567'],
])('%s have different keys and count as two users', (_sentence, a, b) => {
  expect(filingName(address(a))).not.toBe(filingName(address(b)));
});

test.each([
  ['an Argentinian mobile without the 9', 'whatsapp:+5491123456789', '541123456789'],
  ['a Mexican mobile without the 1', 'whatsapp:+5215512345678', '525512345678'],
  ['a Brazilian mobile without the ninth digit', 'whatsapp:+5511987654321', '551187654321'],
  ['an American number that only ends like an Argentinian one', 'whatsapp:+15491123456789', '15491123456789'],
  ['a number that only begins like an Argentinian mobile', 'whatsapp:+54911234567890', '54911234567890'],
  ['an American number that only ends like a Mexican one', 'whatsapp:+15215512345678', '15215512345678'],
  ['a number that only begins like a Mexican mobile', 'whatsapp:+52155123456789', '52155123456789'],
  ['an American number that only ends like a Brazilian one', 'whatsapp:+15511987654321', '15511987654321'],
  ['a number that only begins like a Brazilian mobile', 'whatsapp:+55119876543210', '55119876543210'],
  ['any other number', 'whatsapp:+4915112345678', '4915112345678'],
  ['a BSUID', 'whatsapp:US.134', 'US.134'],
])(
  'the key of an address is its shorter spelling, without whatsapp: and plus: %s',
  (_sentence, text, name) => {
    expect(filingName(address(text))).toBe(name);
  },
);

test.each([
  ['a BSUID', 'whatsapp:US.134'],
  ['a number of a country with one spelling', 'whatsapp:+4915112345678'],
  ['a number that is too long for Argentina', 'whatsapp:+54112345678901'],
  ['a number that is too long for Mexico', 'whatsapp:+52551234567890'],
  ['a number that is too long for Brazil', 'whatsapp:+5511876543210'],
  ['an American number that only ends like an Argentinian one', 'whatsapp:+1541123456789'],
  ['an American number that only ends like a Mexican one', 'whatsapp:+1525512345678'],
  ['an American number that only ends like a Brazilian one', 'whatsapp:+1551187654321'],
  ['a Brazilian landline', 'whatsapp:+551133334444'],
])('an address has only one spelling: %s', (_sentence, text) => {
  expect(spellings(address(text))).toEqual([text]);
});

test.each([
  ['whatsapp:+4915112345678', true],
  ['whatsapp:US.134', false],
])('tells a phone number from a BSUID: %s is a number: %s', (text, expected) => {
  expect(isPhone(address(text))).toBe(expected);
});

test('a key needs no URL encoding, because the SDK does none', () => {
  const digits = fc.stringMatching(/^[1-9]\d{6,14}$/).map((text) => `whatsapp:+${text}`);
  const bsuid = fc.stringMatching(/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/).map((text) => `whatsapp:${text}`);
  fc.assert(
    fc.property(fc.oneof(digits, bsuid), (text) => {
      const parsed = parseWhatsAppAddress(text);
      expect(parsed).toBe(text);
      expect(filingName(address(text))).toMatch(/^[A-Za-z0-9.]{1,140}$/);
      expect(spellings(address(text)).map(filingName)).toEqual(
        spellings(address(text)).map(() => filingName(address(text))),
      );
    }),
  );
});

test.each([
  ['a number in New York is', 'whatsapp:+12125550100', true],
  ['a number in Toronto shares +1 but is not', 'whatsapp:+14165550100', false],
  ['a number in Ontario is not', 'whatsapp:+15195550100', false],
  ['a number in Nova Scotia is not', 'whatsapp:+19025550100', false],
  ['a number in Jamaica is not', 'whatsapp:+18765550100', false],
  ['a number in Puerto Rico is', 'whatsapp:+17875550100', true],
  ['a number in Germany is not', 'whatsapp:+4915112345678', false],
  ['an American BSUID is', 'whatsapp:US.134', true],
  ['a German BSUID is not', 'whatsapp:DE.134', false],
])('tells who is in the United States: %s', (_sentence, text, expected) => {
  expect(isUnitedStates(address(text))).toBe(expected);
});
