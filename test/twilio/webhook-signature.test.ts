/** What a wrong signature may cost: anybody can send one, so looking at it must stay cheap and must not break. */
import twilio from 'twilio';
import { isSignedByTwilio } from '../../src/twilio/signature';

const urls = ['http://localhost:3000/studio/window', 'https://tunnel.example/studio/window'];
const forged = (parameters: readonly (readonly [string, unknown])[], addresses = urls) =>
  isSignedByTwilio({ signature: 'forged', urls: addresses, parameters }, 'the-auth-token');

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
])('%s: bounded', (_says, parameters, most) => {
  expect(charactersHashed(parameters)).toBeLessThanOrEqual(most);
});

test.each(['http://[/x', 'https://a b/x', 'https:///x', ''])(
  'an address that is none, "%s": refused',
  (url) => {
    expect(forged([['to', 'x']], [url])).toBe(false);
  },
);
