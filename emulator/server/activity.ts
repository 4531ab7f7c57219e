/**
 * Counts the work that is under way by itself (webhooks, deliveries, status callbacks), so that `/_emulator/idle`
 * can answer when there is none. Work that waits for the emulated clock must not be counted: it is not due.
 */

export class Activity {
  private readonly underWay = new Map<number, string>();
  private readonly waiting = new Set<() => void>();
  private next = 1;

  /** Marks a piece of work as begun; call what it returns when the work has ended. */
  begin(what: string): () => void {
    const id = this.next++;
    this.underWay.set(id, what);
    return () => {
      if (!this.underWay.delete(id) || this.underWay.size > 0) return;
      for (const wake of [...this.waiting]) wake();
    };
  }

  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const end = this.begin(what);
    try {
      return await work();
    } finally {
      end();
    }
  }

  pending(): string[] {
    return [...this.underWay.values()];
  }

  /** True once nothing is under way, false if that did not come about within `timeoutMs`. */
  idle(timeoutMs: number): Promise<boolean> {
    if (this.underWay.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (idle: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve(idle);
      };
      const wake = (): void => finish(true);
      const timer = setTimeout(() => finish(false), timeoutMs);
      this.waiting.add(wake);
    });
  }
}
