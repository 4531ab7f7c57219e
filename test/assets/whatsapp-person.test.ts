/** How people are shown and found. */
import { addressOf, readAddress } from '../../src/assets/dashboard/state/address';
import { firstLine, plain } from '../../src/assets/dashboard/words/plain-text';
import { spokenNumber } from '../../src/assets/dashboard/words/spoken-number';
import {
  foldedFacts,
  foldedQuery,
  initials,
  typedAddress,
} from '../../src/assets/dashboard/words/whatsapp-person';

test.each([
  ['Ada Lovelace', 'AL'],
  ['Ada', 'A'],
  ['  ada   de la  torre ', 'AT'],
  ['Lovely 🌻', 'L'],
  ['🌻', '🌻'],
  ['<img> <b>', '67'],
  ['', '67'],
  ['山田 花子', '山花'],
])('the initials of "%s" are %s', (name, letters) => {
  expect(initials(name, 'whatsapp:+491701234567')).toBe(letters);
});

test.each([
  ['', true],
  ['ada', true],
  ['LOVE', true],
  ['+49 (170) 123', true],
  ['1415', true],
  ['jose', true],
  ['my order', true],
  ['bob', false],
  ['4917099', false],
])('a search for "%s" finds the person: %s', (query, found) => {
  const facts = foldedFacts([
    'Ada José Lovelace',
    'whatsapp:+491701234567',
    'whatsapp:+14155238886',
    'Where is my order?',
  ]);
  expect(facts.includes(foldedQuery(query))).toBe(found);
});

test.each([
  ['+1 (555) 123-4567', 'whatsapp:+15551234567'],
  ['whatsapp:+15551234567', 'whatsapp:+15551234567'],
  ['whatsapp:US.13491208655302741918', 'whatsapp:US.13491208655302741918'],
  ['+1555', null],
  ['15551234567', null],
  ['Ada', null],
])('the search text "%s" is read as the address %s', (query, address) => {
  expect(typedAddress(query)).toBe(address);
});

test.each([
  ['whatsapp:+14155238886', '+1 415 523 8886'],
  ['whatsapp:+447700900123', '+44 7700 900123'],
  ['whatsapp:+491701234567', '+49 170 123 4567'],
  ['whatsapp:+33612345678', '+33 612 345 678'],
  ['whatsapp:+35312345678', '+353 123 456 78'],
  ['whatsapp:US.13491208655302741918', 'US.13491208655302741918'],
])('the address %s is written as %s', (address, spoken) => {
  expect(spokenNumber(address)).toBe(spoken);
});

test.each([
  ['#/+491701234567', { user: 'whatsapp:+491701234567', sender: null }],
  ['#/%2B491701234567', { user: 'whatsapp:+491701234567', sender: null }],
  ['#/+491701234567?from=+14155550199', { user: 'whatsapp:+491701234567', sender: 'whatsapp:+14155550199' }],
  ['#/DE.88001', { user: 'whatsapp:DE.88001', sender: null }],
  ['#/', null],
  ['', null],
  ['#/%E0%A4%A', null],
  ['#/Ada', null],
])('the fragment %s names the person %j', (hash, read) => {
  expect(readAddress(hash)).toEqual(read);
});

test('an address is read as it was written', () => {
  const pair = { user: 'whatsapp:+491701234567', sender: 'whatsapp:+14155550199' };
  expect([addressOf(pair, pair.sender), readAddress(addressOf(pair, ''))]).toEqual([
    '#/+491701234567',
    { user: pair.user, sender: pair.sender },
  ]);
});

test('a text loses the characters that would turn the text around it, and only those', () => {
  expect(plain('abc\u202Egnp.exe\u2069 \u05d0\u200f')).toBe('abcgnp.exe \u05d0\u200f');
  expect(firstLine('\n  \u2067first \nsecond')).toBe('first');
});
