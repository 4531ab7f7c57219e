/**
 * The one timer of the page: it fires at every whole second of the service's clock, and besides at the very moment at
 * which some window changes its state. It must not know what is done then.
 */

export class Ticker {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param now the service's clock
   * @param nextChange the next moment at which a state changes, or Infinity; asked after each tick
   */
  constructor(
    private readonly now: () => number,
    private readonly nextChange: () => number,
    private readonly onTick: (now: number) => void,
  ) {}

  /** Ticks now, and from now on; also to be called when the clock or the windows changed under it. */
  restart(): void {
    clearTimeout(this.timer);
    const now = this.now();
    this.onTick(now);
    const untilSecond = 1000 - (now % 1000);
    const untilChange = this.nextChange() - now;
    // Timers may fire a little early, then the rest is waited for; a past change would make it spin.
    this.timer = setTimeout(() => this.restart(), Math.max(1, Math.ceil(Math.min(untilSecond, untilChange))));
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
