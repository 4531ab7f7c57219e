/** The order behind every list, against the plainest thing that does the same: an array that is sorted each time. */
import fc from 'fast-check';
import { SortedKeys } from '../../emulator/server/sorted-keys';

const key = fc.integer({ min: 0, max: 400 });

test('sorted keys list what a sorted array lists, from any key and in both directions', () => {
  const step = fc.record({ add: fc.boolean(), key });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3000, size: 'max' }), fc.option(key), (steps, from) => {
      const kept = new SortedKeys<number>();
      const model = new Set<number>();
      for (const { add, key } of steps) {
        if (add && !model.has(key)) {
          model.add(key);
          kept.add(key);
        } else if (!add) {
          model.delete(key);
          kept.delete(key);
        }
      }
      const sorted = [...model].sort((a, b) => a - b);
      expect([...kept.ascending(from)]).toEqual(sorted.filter((found) => from === null || found >= from));
      expect([...kept.descending(from)]).toEqual(
        sorted.filter((found) => from === null || found <= from).reverse(),
      );
    }),
    { numRuns: 100 },
  );
});

test('sorted keys hold a hundred thousand keys and list them in order', () => {
  const kept = new SortedKeys<number>();
  const count = 100_000;
  // A step that shares no factor with the count visits every number once, out of order.
  for (let index = 0; index < count; index++) kept.add((index * 7919) % count);
  let expected = 0;
  for (const found of kept.ascending(null)) {
    if (found !== expected) throw new Error(`${found} where ${expected} belongs`);
    expected++;
  }
  expect(expected).toBe(count);
});
