/**
 * Works through many items at a rate, so many a second and only a few at once, in their order, and stops at the first
 * that fails: what waits for its turn would mostly be tried in vain.
 */

/** More requests under way would only wait for each other, and run into their time limits. */
const AT_ONCE = 20;

/**
 * @param perSecond how many are begun in a second, evenly
 * @param onDone how many are done so far
 * @returns the results in the order of the items
 * @throws what the first failing work throws, once what was under way has ended
 */
export async function inTurn<Item, Result>(
  items: readonly Item[],
  perSecond: number,
  work: (item: Item) => Promise<Result>,
  onDone: (done: number) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  const waiting = items.entries();
  const turn = turns(1000 / perSecond);
  let done = 0;
  const workThrough = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      await turn();
      // The turn may come after another's failure.
      if (failures.length > 0) return;
      results[index] = await work(item);
      done += 1;
      onDone(done);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, items.length) }, () =>
      workThrough().catch((error: unknown) => void failures.push(error)),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return results;
}

/** @returns a wait that ends at least `intervalMs` after the one before it was due, and never before that one */
function turns(intervalMs: number): () => Promise<void> {
  // Not `Date`, which offline follows a clock that may stand still.
  let next = performance.now();
  let last = Promise.resolve();
  const turn = async () => {
    const now = performance.now();
    const at = Math.max(next, now);
    next = at + intervalMs;
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
  };
  return () => {
    last = last.then(turn);
    return last;
  };
}
