/**
 * Time by hand: `Date`, `setTimeout` and `performance.now` of this process stand still while there is work, and jump to
 * the next timer when there is none. A month passes in minutes, pauses cost nothing, and everything that is under way at
 * once takes turns in the same order every time. It must not be used where anything waits for a real network or disk.
 */
import { performance } from 'node:perf_hooks';

interface Timer {
  readonly due: number;
  readonly sequence: number;
  /** Undefined once it is called off. */
  run: (() => void) | undefined;
  /** Virtual time keeps no process alive; Node's timers have this, so these do. */
  readonly unref: () => Timer;
}

export class VirtualTime {
  private readonly heap: Timer[] = [];
  private sequence = 0;
  private current: number;
  private readonly startedAt: number;
  private readonly real = {
    Date: globalThis.Date,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setImmediate: globalThis.setImmediate,
  };

  /** @param start milliseconds since the epoch */
  constructor(start: number) {
    this.current = start;
    this.startedAt = start;
  }

  now(): number {
    return this.current;
  }

  install(): void {
    const now = () => this.current;
    const startedAt = this.startedAt;
    globalThis.Date = new Proxy(this.real.Date, {
      construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
      apply: (target) => new target(now()).toString(),
      get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    });
    const setVirtual = (run: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) =>
      this.at(this.current + Math.max(0, delay), () => run(...args));
    const clearVirtual = (timer: unknown) => this.callOff(timer);
    Object.assign(globalThis, { setTimeout: setVirtual, clearTimeout: clearVirtual });
    Object.defineProperty(performance, 'now', { value: () => now() - startedAt, configurable: true });
    if (globalThis.performance !== performance) {
      Object.defineProperty(globalThis.performance, 'now', {
        value: () => now() - startedAt,
        configurable: true,
      });
    }
  }

  uninstall(): void {
    const { setImmediate: _untouched, ...replaced } = this.real;
    Object.assign(globalThis, replaced);
    for (const patched of [performance, globalThis.performance]) Reflect.deleteProperty(patched, 'now');
  }

  /** @param due milliseconds since the epoch; what is due at the same time runs in the order in which it was asked for */
  at(due: number, run: () => void): Timer {
    // Whole milliseconds, as clocks have them.
    const timer: Timer = { due: Math.round(due), sequence: this.sequence++, run, unref: () => timer };
    this.push(timer);
    return timer;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.current + ms, resolve);
    });
  }

  /** Lets time pass until nothing is left to wait for, until `end`, or until something is over. */
  async run(end = Number.POSITIVE_INFINITY, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      // Whatever can go on without time passing has done so when the next turn of the event loop begins.
      await new Promise<void>((resolve) => this.real.setImmediate(resolve));
      if (isOver()) return;
      const timer = this.pop(end);
      if (!timer) return;
      this.current = Math.max(this.current, timer.due);
      timer.run?.();
    }
  }

  private callOff(timer: unknown): void {
    if (typeof timer === 'object' && timer !== null && 'run' in timer) timer.run = undefined;
  }

  private push(timer: Timer): void {
    const { heap } = this;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || !isEarlier(timer, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  /** The next timer that was not called off and is due by `end`. */
  private pop(end: number): Timer | undefined {
    for (;;) {
      const first = this.heap[0];
      if (!first || (first.run && first.due > end)) return undefined;
      this.removeFirst();
      if (first.run) return first;
    }
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (!left) break;
      const smaller = right && isEarlier(right, left) ? right : left;
      if (smaller === right) child += 1;
      if (!isEarlier(smaller, last)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
  }
}

function isEarlier(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}
