/**
 * What a container costs before it is warm: loading each bundle against a function that only requires `twilio`, and the
 * first answer of a container whose platform has loaded the SDK already. A fresh process each time, in turns.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/twilio-run';
import { interleaved, median, ratioOf } from './interleaved';
import { processesOf } from './requests-and-latency';
import { type Row, rowOf } from './row';
import { FREE_FORM, knownUser } from './scenes';
import { demandSuccess, type Invocation, type Side, Stand } from './stand';

const LOADS = 11;
const FIRST_ANSWERS = 7;

export async function measureColdStart(): Promise<readonly Row[]> {
  return [...(await loadRows()), ...(await firstAnswerRows())];
}

async function loadRows(): Promise<readonly Row[]> {
  const bundles = readdirSync(join(ROOT, 'dist/functions'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .sort();
  const load = (file: string) => async () =>
    Number(execFileSync(process.execPath, [join(__dirname, 'cold-load.cjs'), join(ROOT, file)]));
  const floor = 'bench/floor/only-twilio.js';
  const sides = Object.fromEntries(
    [floor, ...bundles.map((file) => `dist/functions/${file}`)].map((file) => [file, load(file)]),
  );
  const figures = await interleaved(LOADS, sides);
  const floorFigures = figures[floor] ?? [];
  return bundles.map((file) => {
    const ours = figures[`dist/functions/${file}`] ?? [];
    return {
      what: `load ${file}`,
      unit: 'ms',
      figures: { ours: median(ours), floor: median(floorFigures) },
      toFloor: ratioOf(ours, floorFigures),
    };
  });
}

async function firstAnswerRows(): Promise<readonly Row[]> {
  const stand = await Stand.start();
  try {
    const calls: readonly (readonly [
      string,
      (side: Side, user: string, sid: string) => Invocation,
      string?,
    ])[] = [
      ['inbound', (side, user, sid) => stand.inbound(side, user, sid), FIRST_INBOUND],
      ['send', (side, user) => stand.send(side, user, FREE_FORM)],
      ['window', (side, user) => stand.window(side, user)],
    ];
    // Each user is made known by another container.
    const others = await processesOf(stand);
    const rows: Row[] = [];
    for (const [what, call, note] of calls) {
      const first = (side: Side) => async () => {
        const user = await knownUser(stand, side, others[side]);
        const functions = await stand.process();
        const { ms } = demandSuccess(await functions.run([call(side, user, await stand.writes(user))]));
        await functions.stop();
        return ms;
      };
      const sides = { ours: first('ours'), baseline: first('baseline'), floor: first('floor') };
      rows.push(rowOf(`first ${what} of a container`, 'ms', await interleaved(FIRST_ANSWERS, sides), note));
    }
    return rows;
  } finally {
    await stand.stop();
  }
}

const FIRST_INBOUND =
  'The look-up of the message loads the SDK’s Messages API beside Sync: it tells a late webhook from a new one.';
