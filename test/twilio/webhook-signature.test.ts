/** What a wrong signature may cost: anybody can send one, so looking at it must stay cheap and must not break. */
import querystring from 'node:querystring';
import fc from 'fast-check';
import twilio from 'twilio';
import { isSignedByTwilio } from '../../src/twilio/webhooks/signature';

const urls = ['http://localhost:3000/studio/window', 'https://tunnel.example/studio/window'];
/** Of the right length, so that it has to be looked at. */
const FORGED = `${'A'.repeat(27)}=`;
const forged = (parameters: readonly (readonly [string, unknown])[], addresses = urls) =>
  isSignedByTwilio({ signature: FORGED, contentType: '', urls: addresses, parameters }, 'the-auth-token');

/** Counted, not timed: characters that are hashed, and how often. */
function charactersHashed(parameters: readonly (readonly [string, unknown])[]): number {
  const spy = jest.spyOn(twilio, 'getExpectedTwilioSignature');
  expect(forged(parameters)).toBe(false);
  const sizes = spy.mock.calls.map(([, text]) => text.length);
  spy.mockRestore();
  expect(sizes.length).toBeLessThan(10_000);
  return sizes.reduce((sum, size) => sum + size, 0);
}

const fields = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => [`p${index}`, '{'.repeat(length)] as const);

test.each<readonly [string, readonly (readonly [string, unknown])[], number]>([
  ['seven texts of 14 kB, of which one may stand in an address,', fields(7, 14_000), 2_000_000],
  [
    'seven texts of 14 kB with the hash of a JSON body',
    [['bodySHA256', 'x'], ...fields(7, 14_000)],
    2_000_000,
  ],
  ['two texts of 300 kB, more than Twilio ever posts', fields(2, 300_000), 0],
  ['60,000 keys', fields(60_000, 1), 0],
  [
    '500 keys whose spellings are all tried',
    fields(500, 20).map(([name]) => [name, "a b!~:@'(*)"]),
    2_000_000,
  ],
  [
    'eight parameters that can each be written in hundreds of ways',
    fields(8, 0).map(([name]) => [name, `a b!~:/@'(*)[]{}\\^"<>${'é'.repeat(200)}`]),
    2_000_000,
  ],
  [
    'a parameter that is repeated with 2,000 values',
    [['p', Array.from({ length: 2_000 }, () => ' ')]],
    2_000_000,
  ],
])('checks %s against a signature within a bounded number of attempts', (_says, parameters, most) => {
  expect(charactersHashed(parameters)).toBeLessThanOrEqual(most);
});

test.each(['http://[/x', 'https://a b/x', 'https:///x', ''])(
  'refuses the signature of "%s", which is not an address',
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

describe('the signature of a request is recognized in whatever way its query was written', () => {
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
    'a&b=',
    'a=&b',
    'first=Hi%20there&second=Hi+there',
    'first=Hi%21+there&second=Hi!%20(there)',
    'to=whatsapp:%2B15551234567&from=whatsapp%3A%2B14155238886',
    'to=whatsapp%3a%2b15551234567&from=whatsapp:%2B14155238886&text=Hi%21+there',
    'text=Hi%21+*',
    'text=a+*+%7E',
    'key=dGVzdA==&to=whatsapp%3A%2B1',
    'next=/a/b?c&name=J.%20%22Doc%22%20O%27Neil',
    'flow[to]=x',
    'q={{contact.name}}&at=10:30',
  ])('as in ?%s', (query) => {
    const of = (url: string) => signed(`${url}?${query}`, webhook);
    expect(urls.map((url) => isAccepted(query, webhook, of(url)))).toEqual([true, true]);
    const [url = ''] = urls;
    expect([
      isAccepted(query, { ...webhook, Body: 'Hi!' }, of(url)),
      isAccepted(`${query}x`, webhook, of(url)),
    ]).toEqual([false, false]);
  });
});

/** As programs write a name or a value, and as a person types one into a field of the Console. */
const WRITERS: readonly ((text: string) => string)[] = [
  encodeURIComponent,
  (text) => new URLSearchParams([[text, '']]).toString().slice(0, -1),
  querystring.escape,
  (text) =>
    new URL(
      `https://a/?${encodeURIComponent(text).replace(/%(?:3A|2F|40|2C|3B|24|3F)/g, decodeURIComponent)}`,
    ).search.slice(1),
  (text) =>
    encodeURIComponent(text)
      .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
      .replace(/%20/g, '+'),
  (text) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
];

test('the signature is recognized where every parameter was written by other software, and not with a character more', () => {
  const text = fc.constantFrom(
    '',
    'whatsapp:+15551234567',
    'Hi! (there)',
    'a b',
    "O'Neil & Co/KG",
    'José',
    '~x*',
    '10:30',
  );
  const parameter = fc.tuple(text, fc.constantFrom(...WRITERS), fc.boolean());
  fc.assert(
    fc.property(fc.array(parameter, { maxLength: 3 }), ([...parameters]) => {
      const query = parameters
        .map(
          ([value, write, isBare], index) => `p${index}${value === '' && isBare ? '' : `=${write(value)}`}`,
        )
        .join('&');
      const webhook = { From: 'whatsapp:+15551234567', To: 'whatsapp:+14155238886', Body: 'Hi! (there)' };
      const signature = signed(`${urls[0]}${query === '' ? '' : `?${query}`}`, webhook);
      expect([
        isAccepted(query, webhook, signature),
        isAccepted(query, { ...webhook, Body: 'Hi! (there) ' }, signature),
        isAccepted(`${query}&x`, webhook, signature),
      ]).toEqual([true, false, false]);
    }),
    { numRuns: 20 },
  );
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
