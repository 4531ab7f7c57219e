/** A short trace of everything at once: no promise is broken. The long one is `npm run simulate`. */
import { figuresOf } from '../../../verify/simulate/figures';
import { isJoint } from '../../../verify/simulate/oracle/truth';
import { play } from '../../../verify/simulate/play';
import { writeTrace } from '../../../verify/simulate/write-trace';

const SIZE = { seed: 'ci', users: 12, days: 30, events: 1500, marginSeconds: 300 };

test.each([
  ['', 'each'],
  [' --together', 'together'],
] as const)(
  `npm run simulate -- --seed ${SIZE.seed} --events ${SIZE.events} --users ${SIZE.users}%s: every row is 0 that must be`,
  async (_option, releaseHeld) => {
    const played = await play(writeTrace({ ...SIZE, releaseHeld }));
    const { figures, failures } = figuresOf(played);
    expect(failures).toEqual([]);
    // Otherwise nothing went wrong in it, and it would prove nothing.
    expect(figures.happened['invocations that met a fault']).toBeGreaterThan(20);
    expect(played.messages.some(isJoint)).toBe(releaseHeld === 'together');
  },
);
