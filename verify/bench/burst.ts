/**
 * A minute of 1,000 inbound messages a second from 10,000 users, with Sync's limits per object on. The clock of the
 * emulator paces it: 100 messages, then 100 ms pass, however long the machine took for them.
 */

import { type FunctionProcess, type Invocation, newUser, OfflineService, type Side } from './offline-service';
import type { Row } from './row';

const SECONDS = 60;
const PER_SECOND = 1000;
const TICK_MS = 100;
const PER_TICK = (PER_SECOND * TICK_MS) / 1000;
const USERS = 10_000;
/** Several containers are at work in such a burst; these share one process. */
const AT_ONCE = 25;

interface Burst {
  readonly refusedByTwilio: number;
  readonly lost: number;
}

export async function measureBurst(): Promise<readonly Row[]> {
  const [ours, baseline] = [await burst('ours'), await burst('baseline')];
  const row = (what: string, of: (burst: Burst) => number): Row => ({
    what: `burst of ${SECONDS * PER_SECOND} inbounds in ${SECONDS} s: ${what}`,
    unit: '',
    isBinding: true,
    figures: { ours: of(ours), baseline: of(baseline) },
  });
  return [
    row('429s from Twilio', ({ refusedByTwilio }) => refusedByTwilio),
    row('webhooks not answered 200', ({ lost }) => lost),
  ];
}

async function burst(side: Side): Promise<Burst> {
  const offline = await OfflineService.start({ rateLimits: true, limitsByClock: true, followsClock: true });
  try {
    await offline.control('clock', { freeze: true });
    const functions = await offline.process();
    const users = Array.from({ length: USERS }, newUser);
    let lost = 0;
    for (let second = 0; second < SECONDS; second += 1) {
      // One message for all: what the log says of it is when it was written.
      const messageSid = await offline.writes(newUser());
      for (let tick = 0; tick < 1000 / TICK_MS; tick += 1) {
        const first = (second * (1000 / TICK_MS) + tick) * PER_TICK;
        const calls = Array.from({ length: PER_TICK }, (_, index) =>
          offline.inbound(side, users[(first + index) % USERS] ?? '', messageSid),
        );
        lost += await lostOf(functions, calls);
        await offline.control('clock', { advanceMs: TICK_MS });
      }
    }
    return { refusedByTwilio: await refusals(offline), lost };
  } finally {
    await offline.stop();
  }
}

async function lostOf(functions: FunctionProcess, calls: readonly Invocation[]): Promise<number> {
  const { answers } = await functions.run(calls, AT_ONCE);
  return answers.filter(({ status }) => status !== 200).length;
}

async function refusals(offline: OfflineService): Promise<number> {
  const { requests } = await offline.control<{ requests: readonly { readonly status: number }[] }>(
    'requests',
  );
  return requests.filter(({ status }) => status === 429).length;
}
