/** The pace of the commands that ask for many things: in order, few at once, not too often, and not in vain. */
import { inTurn } from '../../scripts/command/in-turn';

const HUNDRED = Array.from({ length: 100 }, (_, index) => index);
/** Faster than anything here. */
const AT_ANY_RATE = 1_000_000;

test('the results come in the order of the items, in whatever order the work ends', async () => {
  const ends: (() => void)[] = [];
  const told: number[] = [];
  const all = inTurn(
    [1, 2, 3],
    AT_ANY_RATE,
    (item) => new Promise((resolve) => ends.unshift(() => resolve(item * 10))),
    (done) => told.push(done),
  );
  while (ends.length < 3) await new Promise(setImmediate);
  for (const end of ends) end();
  expect([await all, told]).toEqual([
    [10, 20, 30],
    [1, 2, 3],
  ]);
});

test('they are begun in their order, and twenty are under way at most', async () => {
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  await inTurn(
    HUNDRED,
    AT_ANY_RATE,
    async (item) => {
      begun.push(item);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
    },
    () => undefined,
  );
  expect([begun, most]).toEqual([HUNDRED, 20]);
});

test('each waits for its turn', async () => {
  jest.useFakeTimers();
  const begun: number[] = [];
  const all = inTurn(
    [1, 2, 3],
    4,
    async () => void begun.push(performance.now()),
    () => undefined,
  );
  await jest.advanceTimersByTimeAsync(1000);
  await all;
  jest.useRealTimers();
  expect(begun.map((at) => at - (begun[0] ?? 0))).toEqual([0, 250, 500]);
});

test('the first failure ends it, once what is under way has ended; nothing else is begun', async () => {
  const begun: number[] = [];
  let ended = 0;
  const failing = inTurn(
    HUNDRED,
    AT_ANY_RATE,
    async (item) => {
      begun.push(item);
      await new Promise(setImmediate);
      if (item === 3) throw new Error('no answer');
      ended += 1;
    },
    () => undefined,
  );
  await expect(failing).rejects.toThrow('no answer');
  expect(begun.length - 1).toBe(ended);
  expect(begun.length).toBeLessThan(60);
});

test('nothing to do is done', async () => {
  expect(await inTurn([], 1, async () => 1, fail)).toEqual([]);
});

function fail(): never {
  throw new Error('There was nothing to tell.');
}
