/**
 * Who told Twilio to stop, by its own opt-out list: to them nothing goes out, whatever the window says. It must not
 * read texts; whoever recognises a stop word tells it. https://www.twilio.com/docs/api/errors/21610
 */
export class OptOuts {
  /** A person's address, a space, and the sender's. */
  readonly pairs = new Set<string>();

  /** @param user such as `whatsapp:+15551234567` @param sender the one the person wrote to */
  set(user: string, sender: string, isOptedOut: boolean): void {
    const pair = `${user} ${sender}`;
    if (isOptedOut) this.pairs.add(pair);
    else this.pairs.delete(pair);
  }

  has(user: string, sender: string): boolean {
    return this.pairs.has(`${user} ${sender}`);
  }
}
