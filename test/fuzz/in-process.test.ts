/** Sequences of hostile requests against the built functions in this process: the bulk of the attack. */
import fc from 'fast-check';
import { type HostileRequest, type Step, step } from './hostile-requests';
import { START, settingFor, USERS } from './hostile-values';
import { InProcessHost } from './in-process-host';
import { PATIENCE_MS, REQUESTS, runs } from './runs';
import { FUNCTIONS, SETTING_NAMES } from './surface';
import { problemsWith } from './verdict';

const host = new InProcessHost();
beforeAll(() => host.start());
afterAll(() => host.stop());

/** What each step brought about that must not be, in order. */
async function attack(steps: readonly Step[]): Promise<readonly string[]> {
  await host.begin();
  const problems: string[] = [];
  let last: HostileRequest | undefined;
  for (const [index, one] of steps.entries()) {
    const found = await take(one, last);
    problems.push(...found.map((problem) => `step ${index}: ${problem}`));
    if (one.kind === 'request') last = one.request;
  }
  return problems;
}

async function take(one: Step, last: HostileRequest | undefined): Promise<readonly string[]> {
  const request = one.kind === 'request' ? one.request : one.kind === 'again' ? last : undefined;
  if (request) return problemsWith(request, await host.exchange(request), host.keys);
  if (one.kind === 'passes') await host.pass(one.ms);
  if (one.kind !== 'writes' && one.kind !== 'refused') return [];
  const webhook =
    one.kind === 'writes' ? await host.writes(one.user, one.body) : await host.refuses(one.errorCode);
  return webhook === undefined || webhook.status === 200
    ? []
    : [`${one.kind}: ${JSON.stringify(webhook.body)}`];
}

const MEAN_STEPS = 5;
const SHARE_OF_SETTINGS = 0.1;

test(
  'no sequence of random requests crashes a function, passes its token check or makes it reveal a secret',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 2 * MEAN_STEPS }), async (steps) => {
        expect(await attack(steps)).toEqual([]);
      }),
      runs(Math.ceil(REQUESTS / MEAN_STEPS), `sequences of ${MEAN_STEPS} requests on average`),
    );
  },
  PATIENCE_MS,
);

const wrongSetting = fc.oneof(
  ...SETTING_NAMES.map((name) =>
    settingFor(name).map((value) => ({ [name]: value }) as Readonly<Record<string, string>>),
  ),
);
const ordinaryFields: fc.Arbitrary<object> = fc.constantFrom(
  { to: USERS[0], body: 'Hello', whenClosed: 'hold' },
  { to: USERS[0], template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } },
  { to: USERS[0], template: 'please_answer', sendAt: new Date(START + 3_600_000).toISOString() },
);
const ordinaryRequest: fc.Arbitrary<HostileRequest> = fc
  .tuple(fc.constantFrom(...FUNCTIONS.filter(({ guard }) => guard === 'bearer')), ordinaryFields)
  .map(([target, fields]) => ({
    target,
    method: target.path === '/send-message' ? 'POST' : 'GET',
    ...{ query: target.path === '/send-message' ? '' : 'to=%2B4915550000001' },
    ...{ contentType: 'application/json', host: null, credentials: 'token' as const },
    body: target.path === '/send-message' ? JSON.stringify(fields) : null,
  }));

test(
  'no random setting crashes a function, and a wrong one is named without its value',
  async () => {
    await fc.assert(
      fc.asyncProperty(ordinaryRequest, wrongSetting, async (request, wrong) => {
        await host.begin();
        const exchange = await host.exchange(request, { ...host.settings, ...wrong });
        expect(problemsWith(request, exchange, host.keys)).toEqual([]);
        const secrets = Object.entries(wrong).filter(([name]) => name.endsWith('_TOKEN'));
        const told = JSON.stringify([exchange.body, exchange.log]);
        expect(secrets.filter(([, value]) => told.includes(value))).toEqual([]);
      }),
      runs(Math.ceil(REQUESTS * SHARE_OF_SETTINGS), 'settings'),
    );
  },
  PATIENCE_MS,
);
