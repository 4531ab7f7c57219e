/**
 * What a container costs before it is warm: the CPU that loading each bundle takes, against a function that only requires
 * `twilio`, and the first answer of a container whose platform has loaded the SDK already. A fresh process each time, in
 * turns.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/offline/twilio-run';
import { interleaved } from './interleaved';
import { demandSuccess, type Invocation, OfflineService, type Side } from './offline-service';
import { processesOf } from './requests-and-latency';
import { type Row, rowOf } from './row';
import { FREE_FORM, knownUser } from './scenarios';

const LOADS = 7;
const FIRST_ANSWERS = 7;

const LOAD = 'The floor requires the SDK and nothing else; what is above it is the reading of the bundle.';
const FIRST =
  'Node.js compiles a function when it is first called: ours check more than the others, and so have more to compile.';

export async function measureColdStart(): Promise<readonly Row[]> {
  return [...(await loadRows()), ...(await firstAnswerRows())];
}

async function loadRows(): Promise<readonly Row[]> {
  const bundles = readdirSync(join(ROOT, 'dist/functions'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .sort();
  const load = (file: string) => async () =>
    Number(execFileSync(process.execPath, [join(__dirname, 'cold-load.cjs'), join(ROOT, file)]));
  const floor = load('verify/bench/floor/only-twilio.js');
  // What the machine reads from its disk the first time is not what is measured here.
  await floor();
  const rows: Row[] = [];
  for (const bundle of bundles) {
    const ours = load(`dist/functions/${bundle}`);
    const figures = await interleaved(LOADS, { ours, floor });
    rows.push(rowOf(`load ${bundle}: CPU`, 'ms', figures, LOAD));
  }
  return rows;
}

async function firstAnswerRows(): Promise<readonly Row[]> {
  const offline = await OfflineService.start();
  try {
    const calls: readonly (readonly [
      string,
      (side: Side, user: string, sid: string) => Invocation,
      string?,
    ])[] = [
      ['inbound', (side, user, sid) => offline.inbound(side, user, sid), FIRST],
      ['send', (side, user) => offline.send(side, user, FREE_FORM), FIRST],
      ['window', (side, user) => offline.window(side, user), FIRST],
    ];
    // Each user is made known by another container.
    const others = await processesOf(offline);
    const rows: Row[] = [];
    for (const [what, call, note] of calls) {
      const first = (side: Side) => async () => {
        const user = await knownUser(offline, side, others[side]);
        const functions = await offline.process();
        const { ms } = demandSuccess(await functions.run([call(side, user, await offline.writes(user))]));
        await functions.stop();
        return ms;
      };
      const sides = { ours: first('ours'), baseline: first('baseline'), floor: first('floor') };
      rows.push(rowOf(`first ${what} of a container`, 'ms', await interleaved(FIRST_ANSWERS, sides), note));
    }
    return rows;
  } finally {
    await offline.stop();
  }
}
