/**
 * What a decision costs by the operator's own prices.json, through HTTP: for each form, for what would be sent, and where
 * the file is not there, does not name it, or is broken. All figures are made up.
 */
import { problemsOf } from '../openapi/answers';
import { NOON, newUser, type SendAnswer as SendAnswerWithoutCost, type Service, useService } from './service';

interface SendAnswer extends SendAnswerWithoutCost {
  readonly cost: object | null;
}

const PRICES = {
  asOf: '2031-05-01',
  currency: 'EUR',
  twilio: { outbound: 0.005, inbound: 0.004, failed: 0.001 },
  meta: {
    '49': { service: 0.05, utility: 0.06, authentication: 0.07, marketing: 0.13 },
    '4930': { service: 0.11 },
    '1': { service: 0.01, utility: 0.02, marketing: null },
  },
  freeServicePerSenderAndMonth: 1000,
  freeEntryHours: 72,
};
const OLD_PRICES = {
  currency: 'USD',
  prices: [
    { form: 'free-form', price: 0.5 },
    { form: 'template', price: 1 },
    { form: 'template', category: 'UTILITY', to: '+49', price: 3 },
  ],
};
const KNOWN = { currency: 'EUR', asOf: '2031-05-01' };
const SERVICE = { amount: 0.055, twilio: 0.005, meta: 0.05, basis: 'service', ...KNOWN };
const UTILITY = { amount: 0.065, twilio: 0.005, meta: 0.06, basis: 'utility', ...KNOWN };
const AUTHENTICATION = { amount: 0.075, twilio: 0.005, meta: 0.07, basis: 'authentication', ...KNOWN };
const MARKETING = { amount: 0.135, twilio: 0.005, meta: 0.13, basis: 'marketing', ...KNOWN };

const TEXT = { body: 'Anything else?' };
const ORDER = { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } };
const CODE = { template: 'verification_code', contentVariables: { 1: '409173' } };
const SALE = { template: 'summer_sale', contentVariables: { 1: 'Ada', 2: '20%' } };
const photo = (name: string) => `https://example.com/${name}.jpg`;

/** @returns whether the message went out, or would, and what it costs, in an answer as openapi.yaml promises it */
async function costOf(service: Service, to: string, asked: object): Promise<unknown> {
  const { status, json } = await service.send<SendAnswer>({ to, ...asked });
  expect(problemsOf('/send-message', 'POST', status, json)).toEqual([]);
  return [status, json.outcome, json.cost];
}

async function whoWrote(service: Service, to = newUser()): Promise<string> {
  await service.inbound(to);
  return to;
}

describe('the cost with a price file', () => {
  const service = useService({ prices: JSON.stringify(PRICES) });
  beforeAll(() => service.freeze(NOON));

  test.each([
    ['a text is a service message', TEXT, SERVICE],
    ['a utility template is charged as that', ORDER, UTILITY],
    ['an authentication template is charged as that', CODE, AUTHENTICATION],
    ['a marketing template is charged as that', SALE, MARKETING],
    ['a text that has a template with it is a service message', { ...TEXT, ...SALE }, SERVICE],
  ])('is the same in a send and in a dry run inside the window: %s', async (_kind, asked, cost) => {
    const to = await whoWrote(service);
    expect([await costOf(service, to, { ...asked, dryRun: true }), await costOf(service, to, asked)]).toEqual(
      [
        [200, 'dry-run', cost],
        [200, 'sent', cost],
      ],
    );
  });

  test.each([
    ['a template', SALE, 'sent', MARKETING],
    ['a text that matches a template', { body: 'Your hacker code is 1337.' }, 'sent', UTILITY],
    ['a template that replaces a text', { ...TEXT, ...SALE }, 'sent', MARKETING],
    ['a template that leaves before a held text', { ...TEXT, ...ORDER, whenClosed: 'hold' }, 'sent', UTILITY],
    ['a reply prompt', { ...TEXT, whenClosed: 'hold' }, 'held', UTILITY],
  ])(
    'is the same in a send and in a dry run outside the window, for %s',
    async (_kind, asked, outcome, cost) => {
      const to = newUser();
      expect([
        await costOf(service, to, { ...asked, dryRun: true }),
        await costOf(service, to, asked),
      ]).toEqual([
        [200, 'dry-run', cost],
        [200, outcome, cost],
      ]);
    },
  );

  test('is null where nothing is sent: a refusal, a wrong request, a text that waits with others', async () => {
    const to = newUser();
    await service.send({ to, ...TEXT, whenClosed: 'hold' });
    const asked = [
      { ...TEXT, whenClosed: 'refuse' },
      { ...TEXT, whenClosed: 'refuse', dryRun: true },
      { template: 'no_such_template' },
      { ...TEXT, whenClosed: 'sometimes' },
      { ...TEXT, whenClosed: 'hold' },
      { ...TEXT, whenClosed: 'hold', dryRun: true },
    ];
    const costs = [];
    for (const one of asked) costs.push(await costOf(service, to, one));
    expect(costs).toEqual([
      [409, 'refused', null],
      [200, 'dry-run', null],
      [422, 'failed', null],
      [400, 'failed', null],
      [200, 'held', null],
      [200, 'dry-run', null],
    ]);
  });

  test('of several attachments is that of several messages', async () => {
    const to = await whoWrote(service);
    const asked = { ...TEXT, mediaUrl: [photo('a'), photo('b'), photo('c')] };
    const cost = { ...SERVICE, amount: 0.165, twilio: 0.015, meta: 0.15 };
    expect([await costOf(service, to, { ...asked, dryRun: true }), await costOf(service, to, asked)]).toEqual(
      [
        [200, 'dry-run', cost],
        [200, 'sent', cost],
      ],
    );
  });

  test('of several attachments counts only those that left', async () => {
    const to = await whoWrote(service);
    await service.fault({
      match: { method: 'POST', path: '/Messages' },
      ...{ skip: 1, do: 'status', status: 400, code: 21211 },
    });
    const asked = { ...TEXT, mediaUrl: [photo('a'), photo('b')] };
    const cost = await costOf(service, to, asked);
    await service.clearFaults();
    expect(cost).toEqual([200, 'sent', SERVICE]);
  });

  test('is that of the market with the longest calling code', async () => {
    const to = await whoWrote(service, 'whatsapp:+493012345678');
    expect(await costOf(service, to, TEXT)).toEqual([
      ...[200, 'sent'],
      { ...SERVICE, amount: 0.115, meta: 0.11 },
    ]);
  });

  test.each([
    ['a market that the file does not name', 'whatsapp:+33612345678', TEXT],
    ['a user whose number is not known', 'whatsapp:DE.13491208655302741918', TEXT],
    ['a kind that the market does not name', 'whatsapp:+493012345679', ORDER],
  ])('is null for %s, and the message leaves', async (_what, user, asked) => {
    const to = await whoWrote(service, user);
    expect([await costOf(service, to, { ...asked, dryRun: true }), await costOf(service, to, asked)]).toEqual(
      [
        [200, 'dry-run', null],
        [200, 'sent', null],
      ],
    );
  });

  test('is repeated in the answer to a repeated key', async () => {
    const to = await whoWrote(service);
    const asked = { ...TEXT, idempotencyKey: 'cost-1' };
    expect([await costOf(service, to, asked), await costOf(service, to, asked)]).toEqual([
      [200, 'sent', SERVICE],
      [200, 'sent', SERVICE],
    ]);
  });

  test('is answered to Studio as to any caller', async () => {
    const to = await whoWrote(service);
    const { json } = await service.studio<SendAnswer>('/studio/send-message', { to, ...TEXT });
    expect(json.cost).toEqual(SERVICE);
  });

  test('needs no further request, so a warm container makes one', async () => {
    const to = await whoWrote(service);
    await service.send({ to, ...TEXT });
    const { answer, requests } = await service.requestsOf(() => costOf(service, to, TEXT));
    expect([answer, requests.length]).toEqual([[200, 'sent', SERVICE], 1]);
  });

  test('comes from a file that is served to nobody', async () => {
    const response = await service.fetch('/prices.json');
    expect([response.status, (await response.text()).includes('0.05')]).toEqual([403, false]);
  });
});

describe('the cost with a price file of the first form', () => {
  const service = useService({ prices: JSON.stringify(OLD_PRICES) });

  test('is the file’s one price for both kinds, without a date', async () => {
    const to = await whoWrote(service);
    const known = { twilio: 0, currency: 'USD', asOf: null };
    expect([await costOf(service, to, TEXT), await costOf(service, to, ORDER)]).toEqual([
      [200, 'sent', { amount: 0.5, meta: 0.5, basis: 'service', ...known }],
      [200, 'sent', { amount: 3, meta: 3, basis: 'utility', ...known }],
    ]);
  });
});

describe('the cost without a price file', () => {
  const service = useService();

  test('is null, and the log says nothing about prices', async () => {
    const to = await whoWrote(service);
    expect([await costOf(service, to, { ...TEXT, dryRun: true }), await costOf(service, to, TEXT)]).toEqual([
      [200, 'dry-run', null],
      [200, 'sent', null],
    ]);
    expect(service.logLines().filter((line) => 'prices' in line)).toEqual([]);
  });
});

describe.each([
  ['is not JSON', '{"asOf": ', /cannot be read, or is no JSON/],
  ['is empty', '', /cannot be read, or is no JSON/],
  ['is not an object', '[]', /It must be an object/],
  ['is not a price file', '{"asOf":"soon"}', /asOf: .*currency: .*twilio\.outbound: /s],
])('a price file that %s', (_says, prices, why) => {
  const service = useService({ prices });

  test('stops no message: the cost is null, and the log names the problem and the fix', async () => {
    const to = await whoWrote(service);
    expect(await costOf(service, to, TEXT)).toEqual([200, 'sent', null]);
    const lines = service.logLines().filter((line) => 'prices' in line);
    expect(lines).toEqual([
      expect.objectContaining({
        ...{ function: '/send-message', status: 200, outcome: 'sent' },
        prices: expect.stringMatching(/^prices\.json is not used.*prices\.example\.json.*npm run deploy/s),
      }),
    ]);
    expect(lines[0]?.prices).toMatch(why);
  });
});
