/** CPU time of one invocation in a warm container: the process's own books over batches of calls, one after the other. */
import { interleaved } from './interleaved';
import {
  demandSuccess,
  type FunctionProcess,
  type Invocation,
  OfflineService,
  type Side,
} from './offline-service';
import { processesOf } from './requests-and-latency';
import { type Row, rowOf } from './row';
import { FREE_FORM, knownUser } from './scenarios';

const CALLS = 200;
const ROUNDS = 9;
const WARMING_ROUNDS = 4;

const INBOUND =
  'Both make two requests, which is most of it; the rest is ours to check the signature, which the baseline leaves to the platform, and to write a log line. The floor makes one request.';
const SEND =
  'Both make two requests, which is most of it; ours are two writes, and a write costs more than a read. The floor makes one request.';

export async function measureCpu(): Promise<readonly Row[]> {
  const offline = await OfflineService.start();
  try {
    const processes = await processesOf(offline);
    const users = {
      ours: await knownUser(offline, 'ours', processes.ours),
      baseline: await knownUser(offline, 'baseline', processes.baseline),
      floor: await knownUser(offline, 'floor', processes.floor),
    };
    const inbound = await Promise.all(Object.values(users).map((user) => offline.writes(user)));
    const calls: readonly (readonly [string, (side: Side) => Invocation, string?])[] = [
      ['inbound, known user', (side) => offline.inbound(side, users[side], inbound[0] ?? ''), INBOUND],
      ['send, warm container', (side) => offline.send(side, users[side], FREE_FORM), SEND],
      ['window, warm container', (side) => offline.window(side, users[side])],
    ];
    const rows: Row[] = [];
    for (const [what, call, note] of calls) {
      const measure = (side: Side) => () => cpuOf(processes[side], call(side));
      const sides = { ours: measure('ours'), baseline: measure('baseline'), floor: measure('floor') };
      // What is compiled at the first calls is not what is measured here.
      await interleaved(WARMING_ROUNDS, sides);
      rows.push(rowOf(`${what}: CPU`, 'ms', await interleaved(ROUNDS, sides), note));
    }
    return rows;
  } finally {
    await offline.stop();
  }
}

async function cpuOf(functions: FunctionProcess, call: Invocation): Promise<number> {
  const { cpuMs } = demandSuccess(await functions.run(Array.from({ length: CALLS }, () => call)));
  return cpuMs / CALLS;
}
