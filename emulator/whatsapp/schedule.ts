/**
 * Work that falls due at a moment of the emulated clock, such as a scheduled message. Due work runs in order of its
 * due time, also when the clock jumps over several of them at once, and is told the time at which it was due.
 * It must not poll: one timer waits for the earliest while the clock runs.
 */
import type { Clock } from '../clock';

interface Task {
  due: number;
  run: (at: number) => void;
}

/** Longest delay that setTimeout takes; a longer wait is armed again when it ends. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export class Schedule {
  private readonly tasks: Task[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private stopped = false;
  private readonly stopListening: () => void;

  constructor(private readonly clock: Clock) {
    this.stopListening = clock.onMove(() => this.runDue());
  }

  /** Runs `run` once the clock reaches `due`; at once if it already has. Returns the way to call it off. */
  at(due: number, run: (at: number) => void): () => void {
    if (this.stopped) return () => {};
    const task = { due, run };
    let index = this.tasks.length;
    while (index > 0 && (this.tasks[index - 1]?.due ?? 0) > due) index--;
    this.tasks.splice(index, 0, task);
    this.runDue();
    return () => {
      const position = this.tasks.indexOf(task);
      if (position >= 0) this.tasks.splice(position, 1);
    };
  }

  stop(): void {
    this.stopped = true;
    this.tasks.length = 0;
    clearTimeout(this.timer);
    this.stopListening();
  }

  private runDue(): void {
    // Work may put more work into the schedule; the outer loop takes it, in order.
    if (this.running) return;
    this.running = true;
    try {
      for (let task = this.tasks[0]; task && task.due <= this.clock.now(); task = this.tasks[0]) {
        this.tasks.shift();
        task.run(task.due);
      }
    } finally {
      this.running = false;
    }
    this.arm();
  }

  private arm(): void {
    clearTimeout(this.timer);
    const next = this.tasks[0];
    if (!next || this.stopped || this.clock.frozen) return;
    const wait = Math.max(1, Math.min(next.due - this.clock.now(), LONGEST_TIMEOUT));
    this.timer = setTimeout(() => this.runDue(), wait);
  }
}
