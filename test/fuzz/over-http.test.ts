/** A share of the same requests over HTTP: what twilio-run and its parsers make of them before a function sees them. */
import fc from 'fast-check';
import { dress, type HostileRequest, type Step, step } from './hostile-requests';
import { PRIVATE } from './hostile-values';
import { HttpHost } from './http-host';
import { PATIENCE_MS, REQUESTS, runs } from './runs';
import { problemsWith } from './verdict';

const host = new HttpHost();
beforeAll(() => host.start());
afterAll(() => host.stop());

/** Node.js itself refuses a longer head (431). */
const fits = (request: HostileRequest) => JSON.stringify(dress(request, host.keys)).length < 15_000;

async function attack(steps: readonly Step[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [index, one] of steps.entries()) {
    if (one.kind === 'writes') {
      const statuses = await host.writes(one.user, one.body);
      problems.push(
        ...statuses.filter((status) => status !== 200).map((status) => `a webhook got ${status}`),
      );
    }
    if (one.kind !== 'request' || !fits(one.request)) continue;
    const found = problemsWith(one.request, await host.exchange(one.request), host.keys);
    problems.push(...found.map((problem) => `step ${index}: ${problem}`));
  }
  return problems;
}

const MEAN_STEPS = 5;
const SHARE = 0.1;

test(
  'no sequence of requests breaks, opens or betrays anything',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 2 * MEAN_STEPS }), async (steps) => {
        expect(await attack(steps)).toEqual([]);
      }),
      runs(
        Math.ceil((REQUESTS * SHARE) / MEAN_STEPS),
        `sequences over HTTP of ${MEAN_STEPS} requests on average`,
      ),
    );
    // twilio-run logs the addresses that were asked for, queries included; what the functions log begins with a brace.
    const ours = host.log.filter((line) => line.startsWith('{'));
    const secrets = [host.keys.apiToken, host.keys.authToken, PRIVATE];
    expect(ours.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    expect(host.log.filter((line) => /^\s+at /.test(line))).toEqual([]);
    expect(ours.length).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);
