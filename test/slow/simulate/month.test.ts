/** A short trace of everything at once: no promise is broken. The long one is `npm run simulate`. */
import { figuresOf } from '../../../verify/simulate/figures';
import { play } from '../../../verify/simulate/play';
import { writeTrace } from '../../../verify/simulate/write-trace';

const SIZE = { seed: 'ci', users: 12, days: 30, events: 1500, marginSeconds: 300 };

test(`npm run simulate -- --seed ${SIZE.seed} --events ${SIZE.events} --users ${SIZE.users}: every row is 0 that must be`, async () => {
  const { figures, failures } = figuresOf(await play(writeTrace(SIZE)));
  expect(failures).toEqual([]);
  // Otherwise nothing went wrong in it, and it would prove nothing.
  expect(figures.happened['invocations that met a fault']).toBeGreaterThan(20);
}, 60_000);
