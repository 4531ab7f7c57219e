/**
 * Requests to Twilio on the critical path and in all, as the emulator counts them, and how long a call takes while each
 * request takes no time or 50 ms.
 */
import { criticalPath } from '../../emulator/control/critical-path';
import type { RequestEntry } from '../../emulator/server/request-log';
import { interleaved, median } from './interleaved';
import { type FunctionProcess, OfflineService, SIDES, type Side } from './offline-service';
import { type Row, rowOf } from './row';
import { perform, SCENARIOS, type Scenario } from './scenarios';

/** So long that what waits for another request shows in the log. */
const COUNTING_LATENCY_MS = 60;
const LATENCIES_MS = [0, 50] as const;
const ROUNDS = 9;

export interface RequestCount {
  readonly path: number;
  readonly all: number;
}

type Processes = Readonly<Record<Side, FunctionProcess>>;

export async function measureRequestsAndLatency(): Promise<readonly Row[]> {
  const offline = await OfflineService.start();
  try {
    const processes = await processesOf(offline);
    const rows: Row[] = [];
    for (const scenario of SCENARIOS) {
      const counts = await countRequests(offline, processes, scenario);
      const of = (what: keyof RequestCount) => (side: Side) => [counts[side][what]];
      rows.push(countRow(`${scenario.what}: requests in a row`, of('path'), notesOf(scenario).path));
      rows.push(countRow(`${scenario.what}: requests in all`, of('all'), notesOf(scenario).all));
    }
    for (const latencyMs of LATENCIES_MS) {
      for (const scenario of SCENARIOS) rows.push(await latencyRow(offline, processes, scenario, latencyMs));
    }
    return rows;
  } finally {
    await offline.stop();
  }
}

export async function processesOf(offline: OfflineService): Promise<Processes> {
  const [ours, baseline, floor] = await Promise.all([
    offline.process(),
    offline.process(),
    offline.process(),
  ]);
  return { ours, baseline, floor };
}

export async function countRequests(
  offline: OfflineService,
  processes: Processes,
  scenario: Scenario,
): Promise<Readonly<Record<Side, RequestCount>>> {
  const count = async (side: Side): Promise<RequestCount> => {
    const invocation = await scenario.prepare(offline, side, processes[side]);
    await offline.control('config', { latencyMs: COUNTING_LATENCY_MS });
    await offline.control('requests', undefined, 'DELETE');
    await perform(processes[side], invocation);
    const { requests } = await offline.control<{ requests: readonly RequestEntry[] }>('requests');
    await offline.control('config', { latencyMs: 0 });
    return { path: criticalPath(requests), all: requests.length };
  };
  return { ours: await count('ours'), baseline: await count('baseline'), floor: await count('floor') };
}

function countRow(what: string, figures: (side: Side) => readonly number[], note?: string): Row {
  return rowOf(
    what,
    'requests',
    { ours: figures('ours'), baseline: figures('baseline'), floor: figures('floor') },
    note,
    true,
  );
}

async function latencyRow(
  offline: OfflineService,
  processes: Processes,
  scenario: Scenario,
  latencyMs: number,
): Promise<Row> {
  const calls = latencyMs === 0 ? 20 : 3;
  const measure = (side: Side) => async () => {
    const took: number[] = [];
    for (let call = 0; call < calls; call += 1) {
      const invocation = await scenario.prepare(offline, side, processes[side]);
      await offline.control('config', { latencyMs });
      took.push(await perform(processes[side], invocation));
      await offline.control('config', { latencyMs: 0 });
    }
    return median(took);
  };
  // What is compiled at the first calls is not what is measured here.
  for (const side of SIDES) await measure(side)();
  const figures = await interleaved(ROUNDS, {
    ours: measure('ours'),
    baseline: measure('baseline'),
    floor: measure('floor'),
  });
  const { own, waiting } = notesOf(scenario);
  const note = latencyMs === 0 ? own : waiting;
  return rowOf(`${scenario.what}: ${latencyMs} ms a request`, 'ms', figures, note, latencyMs > 0);
}

/** Why ours are not ahead, or above the floor. */
interface Notes {
  /** In a row. */
  readonly path?: string;
  readonly all?: string;
  /** The functions' own work, which is all there is where a request takes no time. */
  readonly own: string;
  /** Where it takes its time. */
  readonly waiting: string;
}

const OWN =
  'Where Twilio answers at once, only the work of the functions themselves is left: checks of the caller and of each parameter, a log line, and the second request.';
const LITTLE = 'What is above the floor is the work of the functions themselves, as in the rows of 0 ms.';
const LEAST = 'It is the least there is: the state is read, and no more.';
const COMPILED =
  'What a fresh container calls is compiled at that moment, and ours check more than the others.';
const LOOK_UP =
  'The second request goes out beside the write, and looks the message up in Twilio’s log: it tells a late webhook from a new one.';
const GUARDED =
  'Once for each person, and again after seven days of silence: beside the first write, and again after the window is opened, what is held and a STOP are looked for, so that neither is lost in between.';
const REPAIR = 'What is needed to repair a 63016 is stored at the same time as the message is sent.';

const NOTES: Readonly<Record<string, Notes>> = {
  'inbound, known user': { all: LOOK_UP, own: OWN, waiting: LITTLE },
  'inbound, new user': {
    path: GUARDED,
    all: GUARDED,
    own: OWN,
    waiting: GUARDED,
  },
  'send, warm container': { all: REPAIR, own: OWN, waiting: LITTLE },
  'send, fresh container': {
    path: 'It is the least there is: the state is read, and the message sent.',
    all: REPAIR,
    own: COMPILED,
    waiting: COMPILED,
  },
  'window, fresh container': { path: LEAST, all: LEAST, own: COMPILED, waiting: COMPILED },
};

function notesOf({ what }: Scenario): Notes {
  const notes = NOTES[what];
  if (!notes) throw new Error(`No sentence says why "${what}" is not ahead, should it not be.`);
  return notes;
}
