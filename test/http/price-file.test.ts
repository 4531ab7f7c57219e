/** The operator's price file as a container has it: read once, and never the reason why a function fails. */
import type { PriceFile } from '../../src/http/price-file';

const FILE = JSON.stringify({
  asOf: '2031-05-01',
  currency: 'EUR',
  twilio: { outbound: 0.005, inbound: 0.004, failed: 0.001 },
  meta: { '*': { service: 0.05 } },
});

/** A module of its own, as a container that was just started has. */
async function freshContainer(): Promise<() => PriceFile> {
  jest.resetModules();
  return (await import('../../src/http/price-file.ts')).deployedPrices;
}

const provide = (getAssets: () => unknown) => Object.assign(globalThis, { Runtime: { getAssets } });
afterEach(() => Reflect.deleteProperty(globalThis, 'Runtime'));

test.each([
  ['a valid file', FILE],
  ['a broken file', '{'],
])('a container reads the price file once: %s', async (_which, text) => {
  const open = jest.fn(() => text);
  provide(() => ({ '/prices.json': { open, path: '/var/task/prices.json' } }));
  const deployedPrices = await freshContainer();
  expect(deployedPrices()).toBe(deployedPrices());
  expect(open).toHaveBeenCalledTimes(1);
  (await freshContainer())();
  expect(open).toHaveBeenCalledTimes(2);
});

test('a price file that begins with a byte order mark is read', async () => {
  provide(() => ({ '/prices.json': { open: () => `\ufeff${FILE}` } }));
  expect((await freshContainer())()).toEqual({
    prices: expect.objectContaining(JSON.parse(FILE)),
    problem: null,
  });
});

test('a container without the platform’s global has no price file and no error', async () => {
  expect((await freshContainer())()).toEqual({ prices: null, problem: null });
});

test('other private assets are not read as price files', async () => {
  provide(() => ({ '/other.json': { open: () => FILE } }));
  expect((await freshContainer())()).toEqual({ prices: null, problem: null });
});

test.each<[string, () => unknown]>([
  [
    'its list of assets',
    () => {
      throw new Error('no list');
    },
  ],
  [
    'the price file',
    () => ({
      '/prices.json': {
        open: () => {
          throw new Error('EACCES /var/task');
        },
      },
    }),
  ],
])(
  'a platform that cannot give %s is reported in the log in one sentence, without the text of the error',
  async (_what, getAssets) => {
    provide(getAssets);
    const { prices, problem } = (await freshContainer())();
    expect([prices, problem]).toEqual([
      null,
      expect.stringMatching(/^prices\.json is not used, .*npm run deploy/),
    ]);
    expect(problem).not.toMatch(/EACCES|no list/);
  },
);

test('the log names ten mistakes of a price file that has a hundred', async () => {
  const meta = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`market ${index}`, {}]));
  provide(() => ({ '/prices.json': { open: () => JSON.stringify({ ...JSON.parse(FILE), meta }) } }));
  const { problem } = (await freshContainer())();
  expect(problem?.match(/meta\.market/g)).toHaveLength(10);
});
