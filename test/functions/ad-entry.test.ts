/** A person who came from an ad: for 72 hours Meta charges nothing, and free-form ends with the window all the same. */
import { DAY_MS, HOUR_MS, iso, NOON, newUser, type SendAnswer, useService } from './service';

const PRICES = {
  ...{ asOf: '2031-05-01', currency: 'EUR', freeServicePerSenderAndMonth: 0, freeEntryHours: 72 },
  twilio: { outbound: 0.005, inbound: 0.005, failed: 0.001 },
  meta: { '*': { service: 0.05, utility: 0.06, marketing: 0.13 } },
};
const service = useService({ prices: JSON.stringify(PRICES) });
const AD = { parameters: { ReferralCtwaClid: 'ARAkLkA8rmlFeiCktEJQ' } };
const TEMPLATE = { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } };

interface Asked {
  readonly window: { readonly state: string };
  readonly freeFormAllowed: boolean;
  readonly freeEntryUntil: string | null;
}

const windowOf = async (to: string) =>
  (await service.get<Asked>(`/window?to=${encodeURIComponent(to)}`)).json;
const until = async (to: string) => (await windowOf(to)).freeEntryUntil;
const metaOf = async (to: string, asked: object = { body: 'Hello' }) =>
  (await service.send<SendAnswer & { cost: { meta: number; twilio: number } | null }>({ to, ...asked })).json
    .cost?.meta;

beforeEach(() => service.freeze(NOON));

test.each([
  ['a millisecond before its end', 3 * DAY_MS - 1, iso(NOON + 3 * DAY_MS)],
  ['no more at its end', 3 * DAY_MS, null],
])('/window names the end of the 72 hours after an ad: %s', async (_says, later, expected) => {
  const to = newUser();
  await service.inbound(to, AD);
  await service.advance(later);
  expect(await windowOf(to)).toMatchObject({ freeEntryUntil: expected, freeFormAllowed: false });
});

test('it costs no further request to note an ad', async () => {
  const to = newUser();
  await service.inbound(to);
  const usual = await service.requestsOf(() => service.inbound(to));
  const fromAd = await service.requestsOf(() => service.inbound(to, AD));
  expect(fromAd.requests.length).toBe(usual.requests.length);
});

test('a later message of theirs neither ends the 72 hours nor starts them again; a further ad does', async () => {
  const to = newUser();
  await service.inbound(to, AD);
  await service.advance(HOUR_MS);
  await service.inbound(to, { body: 'and another thing' });
  expect(await until(to)).toBe(iso(NOON + 3 * DAY_MS));
  await service.advance(HOUR_MS);
  await service.inbound(to, AD);
  expect(await until(to)).toBe(iso(NOON + 3 * DAY_MS + 2 * HOUR_MS));
});

test('an ad that is told of late counts from when the person wrote', async () => {
  const to = newUser();
  await service.inbound(to);
  const { messageSid } = await service.inbound(to, { ...AD, deliver: false });
  await service.advance(2 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await until(to)).toBe(iso(NOON + 3 * DAY_MS));
});

test('Meta’s charge is left out of the cost until then, of a template as well, and comes back after', async () => {
  const to = newUser();
  await service.inbound(to, AD);
  expect([
    await metaOf(to),
    await metaOf(to, TEMPLATE),
    await metaOf(to, { ...TEMPLATE, dryRun: true }),
  ]).toEqual([0, 0, 0]);
  // The window has closed by then: a text is not sent, and a template still costs Twilio's fee alone.
  await service.advance(2 * DAY_MS);
  expect([await metaOf(to), await metaOf(to, TEMPLATE)]).toEqual([undefined, 0]);
  await service.advance(DAY_MS);
  expect(await metaOf(to, TEMPLATE)).toBe(0.06);
});

test('forgetting the person forgets the ad', async () => {
  const to = newUser();
  await service.inbound(to, AD);
  await service.post('/forget', { to });
  await service.inbound(to);
  expect(await until(to)).toBeNull();
});
