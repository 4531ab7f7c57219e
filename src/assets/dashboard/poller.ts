/**
 * Asks again and again while someone is looking: every few seconds, ever slower while it fails, not at all in a hidden
 * tab, at once when the tab is shown or the network is back. It must not know what is asked.
 */

const EVERY_MS = 3000;
const SLOWEST_MS = 30_000;

/** How long to wait after so many failures in a row. */
export function pause(failures: number): number {
  return Math.min(EVERY_MS * 2 ** failures, SLOWEST_MS);
}

export class Poller {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private failures = 0;
  private stopped = true;

  /** @param ask resolves to whether it worked */
  constructor(
    private readonly ask: () => Promise<boolean>,
    private readonly onWaiting: (failures: number, milliseconds: number) => void,
  ) {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.soon();
    });
    window.addEventListener('online', () => this.soon());
  }

  start(): void {
    this.stopped = false;
    this.failures = 0;
    this.soon();
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

  private async once(): Promise<void> {
    this.failures = (await this.ask()) ? 0 : this.failures + 1;
    if (this.stopped) return;
    const wait = pause(this.failures);
    this.onWaiting(this.failures, wait);
    clearTimeout(this.timer);
    // A hidden tab is woken by `visibilitychange`.
    this.timer = setTimeout(() => {
      if (!document.hidden) void this.soon();
    }, wait);
  }
}
