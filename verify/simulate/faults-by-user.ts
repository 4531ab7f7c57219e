/**
 * The emulator's faults, kept per user: with a thousand users each of whom may have some waiting, none is looked for
 * among all. It must not carry anything out.
 */
import { type Fault, type FaultMatch, Faults, type FaultTarget } from '../../emulator/server/faults';

export class FaultsByUser extends Faults {
  private readonly users = new Map<string, Faults>();

  /** Sets the faults of the next message to this user, in place of any that are left of an earlier one. */
  set(user: string, faults: readonly Omit<Fault, 'id' | 'applied'>[]): void {
    const own = new Faults();
    for (const fault of faults) own.add(fault);
    this.users.set(user, own);
  }

  override take(target: FaultTarget, event: FaultMatch): Fault | null {
    return this.users.get(event.to ?? '')?.take(target, event) ?? null;
  }
}
