/** The service's clock as this page knows it: windows close by that one, not by the reader's, which may be wrong. */

export class ServiceClock {
  private offset = 0;
  private known = false;

  /** Milliseconds since the epoch, by the service's clock. */
  now(): number {
    return Date.now() + this.offset;
  }

  get isKnown(): boolean {
    return this.known;
  }

  /**
   * @param serviceNow what the service's clock showed somewhere between the two
   * @param promptedAt by this machine's clock
   * @param answeredAt by this machine's clock
   */
  follow(serviceNow: number, promptedAt: number, answeredAt: number): void {
    // Nothing says when within the exchange the service looked at its clock: the middle is wrong by half of it at most.
    this.offset = serviceNow - (promptedAt + answeredAt) / 2;
    this.known = true;
  }
}
