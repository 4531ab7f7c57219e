/** What a wrong signature may cost: anybody can send one, so looking at it must stay cheap and must not break. */
import twilio from 'twilio';
import { isSignedByTwilio } from '../../src/twilio/signature';

const urls = ['http://localhost:3000/studio/window', 'https://tunnel.example/studio/window'];
const forged = (parameters: readonly (readonly [string, unknown])[], addresses = urls) =>
  isSignedByTwilio({ signature: 'forged', contentType: '', urls: addresses, parameters }, 'the-auth-token');

/** Counted, not timed: characters that are hashed. */
function charactersHashed(parameters: readonly (readonly [string, unknown])[]): number {
  const spy = jest.spyOn(twilio, 'validateRequest');
  expect(forged(parameters)).toBe(false);
  const sizes = spy.mock.calls.map(([, , url, body]) => url.length + JSON.stringify(body).length);
  spy.mockRestore();
  return sizes.reduce((sum, size) => sum + size, 0);
}

const fields = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => [`p${index}`, '{'.repeat(length)] as const);

test.each<readonly [string, readonly (readonly [string, unknown])[], number]>([
  ['seven texts of 14 kB, of which one may stand in an address', fields(7, 14_000), 2_000_000],
  ['the same with the hash of a JSON body', [['bodySHA256', 'x'], ...fields(7, 14_000)], 2_000_000],
  ['two texts of 300 kB, more than Twilio ever posts', fields(2, 300_000), 0],
  ['60,000 keys', fields(60_000, 1), 0],
  [
    '500 keys of which each spelling is tried',
    fields(500, 20).map(([name]) => [name, "a b!~:@'(*)"]),
    2_000_000,
  ],
])('%s: bounded', (_says, parameters, most) => {
  expect(charactersHashed(parameters)).toBeLessThanOrEqual(most);
});

test.each(['http://[/x', 'https://a b/x', 'https:///x', ''])(
  'an address that is none, "%s": refused',
  (url) => {
    expect(forged([['to', 'x']], [url])).toBe(false);
  },
);

const TOKEN = 'the-auth-token';
/** As Twilio does it: over the address as it was configured, and the sorted form. */
const signed = (url: string, form: Readonly<Record<string, string>> = {}) =>
  twilio.getExpectedTwilioSignature(TOKEN, url, form);
const FORM = 'application/x-www-form-urlencoded';
const isAccepted = (
  query: string,
  form: Readonly<Record<string, string>>,
  signature: string,
  contentType = FORM,
) =>
  isSignedByTwilio(
    {
      ...{ signature, contentType, urls },
      parameters: [...new URLSearchParams(query), ...Object.entries(form)],
    },
    TOKEN,
  );

describe('a query is recognised in whatever way it was written', () => {
  const webhook = { From: 'whatsapp:+15551234567', Body: 'Hi! (there)' };
  test.each([
    'to=whatsapp:%2B15551234567',
    'text=Hi%21+there',
    'text=a+%28b%29',
    'a',
    'a=',
    'a&b=c',
    "text=it's%20(so)",
    'text=it%27s+%28so%29%2A',
    'at=10%3a30',
    'home=~ada',
    'home=%7Eada+x',
    'url=https://example.com/a?b',
    'url=https%3A%2F%2Fexample.com%2Fa%3Fb',
    'as=text&attempt=2&then=release',
    'name=Jos%C3%A9+%C3%81lvarez&to=whatsapp:%2B15551234567&x=%21',
  ])('?%s', (query) => {
    for (const url of urls) {
      const signature = signed(`${url}?${query}`, webhook);
      expect([
        isAccepted(query, webhook, signature),
        isAccepted(query, { ...webhook, Body: 'Hi!' }, signature),
        isAccepted(`${query}x`, webhook, signature),
      ]).toEqual([true, false, false]);
    }
  });
});

test('a form under a signature that was made for JSON is refused', () => {
  const query = `bodySHA256=${'a'.repeat(64)}`;
  const signature = signed(`${urls[0]}?${query}`);
  const form = { to: 'whatsapp:+15551234567' };
  expect([
    isAccepted(query, form, signature, 'application/json; charset=utf-8'),
    isAccepted(query, form, signature, FORM),
    isAccepted(query, form, signature, 'multipart/form-data; boundary=x'),
  ]).toEqual([true, false, false]);
});
