/**
 * What has become of each row, in a file beside the CSV, a line of JSON each, written before a row is sent and after. It
 * is what a repeated command goes on from; it holds no number, no text and no secret.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export type Outcome = 'sent' | 'scheduled' | 'held' | 'failed' | 'unknown';

export interface Result {
  readonly outcome: Outcome;
  readonly form: string;
  /** Twilio's message SID. */
  readonly sid: string | null;
  /** Until when a text is held, ISO 8601. */
  readonly heldUntil: string | null;
  readonly detail: string;
}

interface Entry {
  readonly key: string;
  /** When it was first handed to the service, in milliseconds since the epoch. */
  readonly begunAt?: number;
  readonly result?: Result;
}

/** A little less than the 48 hours for which the service knows a key: later, the same key would send again. */
const KEY_LIVES_MS = 47 * 3_600_000;

export class Journal {
  private readonly begun = new Map<string, number>();
  private readonly results = new Map<string, Result>();

  /** @param file need not be there yet */
  constructor(private readonly file: string) {
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) this.note(parsed(line));
  }

  resultOf(key: string): Result | undefined {
    return this.results.get(key);
  }

  /** What left, or is held, is never sent again; what failed or is unknown may be tried again under its key. */
  isSettled(key: string): boolean {
    const outcome = this.results.get(key)?.outcome;
    return outcome === 'sent' || outcome === 'scheduled' || outcome === 'held';
  }

  /** Whether the row may have been sent so long ago that its key no longer keeps it from being sent twice. */
  isTooOld(key: string, now: number): boolean {
    const begunAt = this.begun.get(key);
    const isOpen = !this.isSettled(key) && this.results.get(key)?.outcome !== 'failed';
    return begunAt !== undefined && isOpen && now - begunAt > KEY_LIVES_MS;
  }

  hasBegun(key: string): boolean {
    return this.begun.has(key);
  }

  begin(key: string, now: number): void {
    // A row that failed left nothing, so its time counts from now; one that is unknown counts from the first try.
    if (this.begun.has(key) && this.results.get(key)?.outcome !== 'failed') return;
    this.write({ key, begunAt: now });
  }

  end(key: string, result: Result): void {
    this.write({ key, result });
  }

  private write(entry: Entry): void {
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    this.note(entry);
  }

  private note(entry: Entry | undefined): void {
    if (entry?.begunAt !== undefined) {
      this.begun.set(entry.key, entry.begunAt);
      this.results.delete(entry.key);
    }
    if (entry?.result !== undefined) this.results.set(entry.key, entry.result);
  }
}

/** A line that was cut off by the end of the process says nothing. */
function parsed(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'key' in value ? (value as Entry) : undefined;
  } catch {
    return undefined;
  }
}
