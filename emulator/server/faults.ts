/**
 * Faults that control puts in the way: of API calls, of webhooks, of deliveries. A fault applies to the next matching
 * event, as many times as it says. It must not carry anything out; each place asks for its fault and does what it says.
 */

export type FaultTarget = 'api' | 'webhook' | 'delivery';

/** What can go wrong at each place, and nothing else: a fault that could never apply is refused when it is set. */
export const FAULTS_BY_TARGET: Readonly<Record<FaultTarget, readonly string[]>> = {
  api: ['status', 'delay', 'hold', 'hang', 'drop-before', 'drop-after'],
  webhook: ['drop', 'delay', 'duplicate', 'reorder', 'late'],
  delivery: ['status', 'false-63016', 'queue', 'late', 'drop'],
};

export interface FaultMatch {
  service?: string;
  method?: string;
  /** Part of the path, or a regular expression over it. */
  path?: string;
  to?: string;
  from?: string;
  kind?: string;
  messageStatus?: string;
}

export interface Fault {
  readonly id: number;
  readonly target: FaultTarget;
  readonly match: FaultMatch;
  readonly do: string;
  readonly status: number;
  readonly code: number;
  readonly delayMs: number;
  readonly seconds: number;
  readonly concurrently: boolean;
  /** How often it still applies; 0 means until cleared. */
  times: number;
  skip: number;
  applied: number;
}

function pathMatches(wanted: string, actual: string): boolean {
  if (actual.includes(wanted)) return true;
  try {
    return new RegExp(wanted).test(actual);
  } catch {
    return false;
  }
}

function matches(match: FaultMatch, event: FaultMatch): boolean {
  return (
    (match.service === undefined || match.service === event.service) &&
    (match.method === undefined || match.method.toUpperCase() === event.method) &&
    (match.path === undefined || pathMatches(match.path, event.path ?? '')) &&
    (match.to === undefined || match.to === event.to) &&
    (match.from === undefined || match.from === event.from) &&
    (match.kind === undefined || match.kind === event.kind) &&
    (match.messageStatus === undefined || match.messageStatus === event.messageStatus)
  );
}

export class Faults {
  private faults: Fault[] = [];
  private spent: Fault[] = [];
  private next = 1;
  private readonly clearListeners = new Set<() => void>();

  add(fault: Omit<Fault, 'id' | 'applied'>): Fault {
    const added = { ...fault, id: this.next++, applied: 0 };
    this.faults.push(added);
    return added;
  }

  /** The fault that applies to this event, used up by one. */
  take(target: FaultTarget, event: FaultMatch): Fault | null {
    for (const fault of this.faults) {
      if (fault.target !== target || !matches(fault.match, event)) continue;
      if (fault.skip > 0) {
        fault.skip--;
        continue;
      }
      fault.applied++;
      if (fault.times > 0 && --fault.times === 0) {
        this.faults = this.faults.filter((other) => other !== fault);
        this.spent.push(fault);
      }
      return fault;
    }
    return null;
  }

  list(): { active: Fault[]; spent: Fault[] } {
    return { active: this.faults, spent: this.spent };
  }

  clear(): void {
    this.faults = [];
    this.spent = [];
    for (const listener of this.clearListeners) listener();
  }

  onClear(listener: () => void): void {
    this.clearListeners.add(listener);
  }

  /** Resolves when the faults are cleared the next time. */
  cleared(): Promise<void> {
    return new Promise((resolve) => {
      const once = (): void => {
        this.clearListeners.delete(once);
        resolve();
      };
      this.clearListeners.add(once);
    });
  }
}
