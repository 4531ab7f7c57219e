/**
 * Asks again and again while someone is looking: ever slower while it fails, not at all in a hidden tab, at once when the
 * tab is shown or the network is back. It must not know what is asked.
 */

const SLOWEST_MS = 30_000;
const FIRST_RETRY_MS = 3000;

/** How long to wait after so many failures in a row. */
export function pause(failures: number, every: number): number {
  return failures === 0 ? every : Math.min(FIRST_RETRY_MS * 2 ** failures, SLOWEST_MS);
}

export class Poller {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private failures = 0;
  private stopped = true;

  /**
   * @param ask resolves to whether it worked
   * @param every how long to wait while it works, asked after each time
   */
  constructor(
    private readonly ask: () => Promise<boolean>,
    private readonly every: () => number,
    private readonly onWaiting: (failures: number, milliseconds: number) => void,
  ) {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.soon();
    });
    window.addEventListener('online', () => void this.soon());
  }

  start(): void {
    this.stopped = false;
    this.failures = 0;
    void this.soon();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Asks now, or waits for what is being asked already. */
  async soon(): Promise<void> {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.running ??= this.once().finally(() => {
      this.running = null;
    });
    await this.running;
  }

  /** Waits anew, by an interval that has changed; what is being asked goes on. */
  hurry(): void {
    if (!this.stopped && this.running === null && this.failures === 0) this.wait();
  }

  private async once(): Promise<void> {
    this.failures = (await this.ask()) ? 0 : this.failures + 1;
    if (!this.stopped) this.wait();
  }

  private wait(): void {
    const wait = pause(this.failures, this.every());
    this.onWaiting(this.failures, wait);
    clearTimeout(this.timer);
    // A hidden tab is woken by `visibilitychange`.
    this.timer = setTimeout(() => {
      if (!document.hidden) void this.soon();
    }, wait);
  }
}
