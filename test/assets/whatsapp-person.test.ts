/** How people are shown and found. */
import { initials, isFoundBy, typedAddress } from '../../src/assets/dashboard/whatsapp-person';

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
  ['bob', false],
  ['4917099', false],
])('a search for "%s" finds the person: %s', (query, found) => {
  const pair = {
    user: 'whatsapp:+491701234567',
    sender: 'whatsapp:+14155238886',
    profileName: 'Ada José Lovelace',
  };
  expect(isFoundBy(query, pair)).toBe(found);
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
