/**
 * Whether work for one user costs the same with 100 pairs stored and with 100,000, and how long it takes to page through
 * all of them with /windows. The floor of the first is the same work with few pairs.
 */
import { interleaved, median } from './interleaved';
import {
  demandSuccess,
  type FunctionProcess,
  type Invocation,
  OfflineService,
  type Side,
} from './offline-service';
import { Pairs } from './pairs';
import { type Row, rowOf } from './row';
import { FREE_FORM, perform } from './scenarios';

const FEW = 100;
const MANY = 100_000;
const ROUNDS = 9;
const CALLS = 40;
const PAGE = 100;

const PAGE_OF_MANY =
  'It is the emulator that takes longer to list a page out of so many: the CPU time of the function is the same.';
const ALL =
  'Ours answers six times as much for each pair: the sender, the state, when it closes, how that is known, and a key for what is to happen once in that window.';

/** One side with its own Sync, so that what one stores is not in the other's way. */
interface Place {
  readonly offline: OfflineService;
  readonly functions: FunctionProcess;
  readonly pairs: Pairs;
}

export async function measureManyPairs(): Promise<readonly Row[]> {
  const places: Place[] = [];
  const open = async (side: Side, count: number): Promise<Place> => {
    const offline = await OfflineService.start();
    const functions = await offline.process();
    const place = { offline, functions, pairs: await Pairs.of(offline, side, functions) };
    places.push(place);
    await place.pairs.fill(count);
    return place;
  };
  try {
    const few = await open('ours', FEW);
    const many = await open('ours', MANY);
    const baseline = await open('baseline', MANY);
    return [...(await flatnessRows(few, many)), await pagingRow(many, baseline)];
  } finally {
    await Promise.all(places.map(({ offline }) => offline.stop()));
  }
}

async function flatnessRows(few: Place, many: Place): Promise<readonly Row[]> {
  const calls: readonly (readonly [string, (place: Place, user: string) => Promise<Invocation>, string?])[] =
    [
      ['inbound', async ({ offline }, user) => offline.inbound('ours', user, await offline.writes(user))],
      ['send', async ({ offline }, user) => offline.send('ours', user, FREE_FORM)],
      ['window', async ({ offline }, user) => offline.window('ours', user)],
      // Less than the few pairs, so that there is as much to list as with many.
      ['/windows page of 50', async ({ offline }) => offline.windows('ours', PAGE / 2, null), PAGE_OF_MANY],
    ];
  const rows: Row[] = [];
  for (const [what, call, note] of calls) {
    const measure = (place: Place) => async () => {
      // What a container remembers of a user would hide what is looked up.
      await place.functions.forget();
      const took: number[] = [];
      for (let index = 0; index < CALLS; index += 1)
        took.push(await perform(place.functions, await call(place, place.pairs.user(index * 2477))));
      return median(took);
    };
    await measure(few)();
    await measure(many)();
    const figures = await interleaved(ROUNDS, { ours: measure(many), floor: measure(few) });
    rows.push(rowOf(`${what} with 100,000 pairs (floor: with ${FEW})`, 'ms', figures, note));
  }
  return rows;
}

async function pagingRow(ours: Place, baseline: Place): Promise<Row> {
  const all = (place: Place, side: Side) => async () => {
    const seen = new Set<string>();
    let cursor: string | null = null;
    let took = 0;
    do {
      const batch = demandSuccess(await place.functions.run([place.offline.windows(side, PAGE, cursor)]));
      const body = batch.answers[0]?.body as {
        readonly windows: readonly { readonly user: string }[];
        readonly nextCursor: string | null;
      };
      for (const { user } of body.windows) seen.add(user);
      took += batch.answers[0]?.ms ?? Number.NaN;
      cursor = body.nextCursor;
    } while (cursor !== null);
    if (seen.size < MANY) throw new Error(`${side}: ${seen.size} of ${MANY} pairs were listed.`);
    return took;
  };
  const figures = await interleaved(3, { ours: all(ours, 'ours'), baseline: all(baseline, 'baseline') });
  return rowOf('/windows: all of 100,000 pairs in pages of 100', 'ms', figures, ALL);
}
