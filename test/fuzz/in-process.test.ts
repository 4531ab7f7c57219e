/** Sequences of hostile requests against the built functions in this process: the bulk of the attack. */
import fc from 'fast-check';
import { type HostileRequest, type Step, step } from './hostile-requests';
import { InProcessHost } from './in-process-host';
import { PATIENCE_MS, REQUESTS, runs } from './runs';
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

test(
  'no sequence of requests breaks, opens or betrays anything',
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
