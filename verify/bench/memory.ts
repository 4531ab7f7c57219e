/**
 * Memory of one container over 10,000 invocations: inbound, send and window in turns, for 500 users. The slope after
 * warming up tells whether anything is kept that should not be. Garbage is collected before each look.
 */

import {
  demandSuccess,
  type FunctionProcess,
  type Invocation,
  newUser,
  OfflineService,
  type Side,
} from './offline-service';
import type { Row } from './row';
import { FREE_FORM } from './scenarios';

const INVOCATIONS = 10_000;
const STEP = 500;
const USERS = 500;
/** By then nearly everything is compiled, and every user is remembered. */
const WARM_AFTER = 5000;

export async function measureMemory(): Promise<readonly Row[]> {
  const offline = await OfflineService.start();
  try {
    const users = Array.from({ length: USERS }, newUser);
    const messages = await Promise.all(users.map((user) => offline.writes(user)));
    const calls = (side: Side): readonly Invocation[] =>
      users.flatMap((user, index) => [
        offline.inbound(side, user, messages[index] ?? ''),
        offline.send(side, user, FREE_FORM),
        offline.window(side, user),
      ]);
    // Side by side: bytes do not depend on what else the machine does.
    const [ours, baseline] = await Promise.all([
      slopeOf(await offline.process(), calls('ours')),
      slopeOf(await offline.process(), calls('baseline')),
    ]);
    return [
      {
        what: `memory gained by an invocation, from the ${WARM_AFTER.toLocaleString('en')}th to the ${INVOCATIONS.toLocaleString('en')}th`,
        unit: 'bytes',
        figures: { ours: ours.bytesPerInvocation, baseline: baseline.bytesPerInvocation },
        note: 'The slope of the heap, garbage collected. It strays by some hundred bytes to either side from run to run, the baseline’s as well. What is kept on purpose is bounded: 10,000 open windows.',
      },
      {
        what: `memory in use after ${INVOCATIONS.toLocaleString('en')} invocations`,
        unit: 'MB',
        figures: { ours: ours.endMb, baseline: baseline.endMb },
        note: `The heap of the whole process; ours holds larger functions, and the ${USERS} windows that it remembers. Grown since invocation ${WARM_AFTER}: ours by ${percent(ours.growth)}, the baseline by ${percent(baseline.growth)}.`,
      },
    ];
  } finally {
    await offline.stop();
  }
}

interface Slope {
  readonly bytesPerInvocation: number;
  readonly endMb: number;
  readonly growth: number;
}

async function slopeOf(functions: FunctionProcess, calls: readonly Invocation[]): Promise<Slope> {
  const points: { at: number; bytes: number }[] = [];
  for (let done = 0; done < INVOCATIONS; done += STEP) {
    const batch = Array.from({ length: STEP }, (_, index) => calls[(done + index) % calls.length]);
    demandSuccess(await functions.run(batch.filter((call) => call !== undefined)));
    if (done + STEP >= WARM_AFTER) points.push({ at: done + STEP, bytes: await functions.heap() });
  }
  const [first, last] = [points[0]?.bytes ?? Number.NaN, points.at(-1)?.bytes ?? Number.NaN];
  return { bytesPerInvocation: regression(points), endMb: last / 1024 / 1024, growth: last / first - 1 };
}

/** The slope of the straight line with the least squares. */
function regression(points: readonly { readonly at: number; readonly bytes: number }[]): number {
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [at, bytes] = [mean((point) => point.at), mean((point) => point.bytes)];
  return mean((point) => (point.at - at) * (point.bytes - bytes)) / mean((point) => (point.at - at) ** 2);
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
