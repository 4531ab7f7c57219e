/**
 * What was asked of the Twilio APIs, counted and timed: budgets are checked against it. Control requests must not
 * appear in it, and it keeps a bounded number of entries however long the emulator runs.
 */

export interface RequestEntry {
  id: number;
  at: string;
  service: string;
  method: string;
  path: string;
  query: string;
  route: string;
  /** 0 where the connection was cut or left hanging. */
  status: number;
  ms: number;
  /** Real time, in milliseconds since 1970, with fractions. */
  startedMs: number;
}

export interface RequestCounts {
  total: number;
  byService: Record<string, number>;
  byRoute: Record<string, number>;
}

const MAX_ENTRIES = 200_000;

export class RequestLog {
  private entries: RequestEntry[] = [];
  private counts: RequestCounts = { total: 0, byService: {}, byRoute: {} };
  private next = 1;

  add(entry: Omit<RequestEntry, 'id'>): void {
    if (this.entries.length >= MAX_ENTRIES) this.entries = this.entries.slice(MAX_ENTRIES / 2);
    this.entries.push({ id: this.next++, ...entry });
    this.counts.total++;
    this.counts.byService[entry.service] = (this.counts.byService[entry.service] ?? 0) + 1;
    this.counts.byRoute[entry.route] = (this.counts.byRoute[entry.route] ?? 0) + 1;
  }

  since(id: number): RequestEntry[] {
    return id > 0 ? this.entries.filter((entry) => entry.id > id) : this.entries;
  }

  totals(): RequestCounts {
    return this.counts;
  }

  clear(): void {
    this.entries = [];
    this.counts = { total: 0, byService: {}, byRoute: {} };
  }
}
