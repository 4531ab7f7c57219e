/** How many steps the reading of a text takes, apart from what is read: mutation testing has no use for it. */
import { matchTemplate } from '../../src/domain/message-template';

test('a text made to be slow is read in a number of steps that grows with its length only', () => {
  // Counted, not timed: each character that is looked at is one step.
  const steps = (length: number) => {
    let count = 0;
    const body = new Proxy(new String('a'.repeat(length)), {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) count += 1;
        const found: unknown = Reflect.get(target, key);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    }) as unknown as string;
    matchTemplate(`{{1}}${'a'.repeat(50)}b{{2}}${'a'.repeat(50)}b{{3}}c`, body);
    return count;
  };
  expect(steps(1000)).toBeGreaterThan(900);
  expect(steps(2000) / steps(1000)).toBeLessThan(2.2);
});
