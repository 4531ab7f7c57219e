/** Does something to many, some at a time: Sync limits how fast one object is written, and an invocation has little time. */

const AT_ONCE = 10;

/** @returns what each gave, in order. The first that fails ends it after its chunk */
export async function inChunks<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}
