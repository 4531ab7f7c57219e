/**
 * Whether work for one user costs the same with 100 pairs stored and with 100,000, and how long it takes to page through
 * all of them with /windows.
 */
import { interleaved, median, ratioOf } from './interleaved';
import { Pairs } from './pairs';
import { type Row, rowOf } from './row';
import { FREE_FORM, perform } from './scenes';
import { demandSuccess, type FunctionProcess, type Invocation, type Side, Stand } from './stand';

const FEW = 100;
const MANY = 100_000;
const ROUNDS = 9;
const CALLS = 40;
const PAGE = 100;

/** One side with its own Sync, so that what one stores is not in the other's way. */
interface Place {
  readonly stand: Stand;
  readonly functions: FunctionProcess;
  readonly pairs: Pairs;
}

export async function measureManyPairs(): Promise<readonly Row[]> {
  const places: Place[] = [];
  const open = async (side: Side, count: number): Promise<Place> => {
    const stand = await Stand.start();
    const functions = await stand.process();
    const place = { stand, functions, pairs: await Pairs.of(stand, side, functions) };
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
    await Promise.all(places.map(({ stand }) => stand.stop()));
  }
}

async function flatnessRows(few: Place, many: Place): Promise<readonly Row[]> {
  const calls: readonly (readonly [string, (place: Place, user: string) => Promise<Invocation>])[] = [
    ['inbound', async ({ stand }, user) => stand.inbound('ours', user, await stand.writes(user))],
    ['send', async ({ stand }, user) => stand.send('ours', user, FREE_FORM)],
    ['window', async ({ stand }, user) => stand.window('ours', user)],
    ['/windows page of 100', async ({ stand }) => stand.windows('ours', PAGE, null)],
  ];
  const rows: Row[] = [];
  for (const [what, call] of calls) {
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
    const figures = await interleaved(ROUNDS, { few: measure(few), many: measure(many) });
    const { median: ratio, low, high } = ratioOf(figures.many, figures.few);
    rows.push({
      what: `${what}: 100,000 pairs against 100`,
      unit: 'ms',
      figures: { ours: median(figures.many) },
      note: `${ratio.toFixed(2)} times as long (${low.toFixed(2)} to ${high.toFixed(2)}) as with 100 pairs: ${median(figures.few).toFixed(2)} ms.`,
    });
  }
  return rows;
}

async function pagingRow(ours: Place, baseline: Place): Promise<Row> {
  const all = (place: Place, side: Side) => async () => {
    const seen = new Set<string>();
    let cursor: string | null = null;
    let took = 0;
    do {
      const batch = demandSuccess(await place.functions.run([place.stand.windows(side, PAGE, cursor)]));
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
  return rowOf('/windows: all of 100,000 pairs in pages of 100', 'ms', figures);
}
