/**
 * A process of `npm run interruptions`: plays the kinds of work that it is handed, one after the other, and reports what
 * the oracle found. Virtual time takes over a whole process, so several at once need several.
 */
import { playAll, playSelection } from './table';
import { tallyOf, type WorkTally } from './tally';
import { WORKS } from './works';

export interface Task {
  readonly work: number;
  /** Null for the whole table. */
  readonly turn: number | null;
}

async function perform({ work: index, turn }: Task): Promise<WorkTally | null> {
  const work = WORKS[index];
  if (!work) return null;
  const played = [];
  for await (const one of turn === null ? playAll(work) : playSelection(work, turn)) played.push(one);
  return tallyOf(work, played);
}

process.on('message', (task: Task) => {
  perform(task).then(
    (tally) => process.send?.(tally),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
