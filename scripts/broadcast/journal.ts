/**
 * What has become of each row, in a file beside the CSV, a line of JSON each, written before a message is sent and after.
 * Rows that are joined in one message have their outcome from its one line, so that no interruption tells them apart. It is
 * what a repeated command goes on from; it holds no number, no text and no secret.
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
  /** Of the message. */
  readonly key: string;
  /** The keys of the rows that are joined in it; left out for a message of one row, whose key it has. */
  readonly rows?: readonly string[];
  /** When it was first handed to the service, in milliseconds since the epoch. */
  readonly begunAt?: number;
  readonly result?: Result;
}

/** What was last begun with a row in it. */
interface Begun {
  readonly key: string;
  readonly rows: readonly string[];
  readonly at: number;
}

/** A little less than the 48 hours for which the service knows a key: later, the same key would send again. */
const KEY_LIVES_MS = 47 * 3_600_000;

export class Journal {
  /** By the key of a row. */
  private readonly begun = new Map<string, Begun>();
  /** By the key of a message. */
  private readonly results = new Map<string, Result>();
  /** The process ended within a line: the next one must not become part of it. */
  private isCutOff = false;

  /** @param file need not be there yet */
  constructor(private readonly file: string) {
    if (!existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').split('\n');
    for (const line of lines) this.note(parsed(line));
    this.isCutOff = lines.at(-1) !== '';
  }

  /** @param row its key, here and below */
  resultOf(row: string): Result | undefined {
    return this.results.get(this.begun.get(row)?.key ?? row);
  }

  /** What left, or is held, is never sent again; what failed or is unknown may be tried again under its key. */
  isSettled(row: string): boolean {
    const outcome = this.resultOf(row)?.outcome;
    return outcome === 'sent' || outcome === 'scheduled' || outcome === 'held';
  }

  /** Whether the row may have been sent so long ago that its key no longer keeps it from being sent twice. */
  isTooOld(row: string, now: number): boolean {
    const begun = this.begun.get(row);
    return begun !== undefined && this.mayBeOut(row) && now - begun.at > KEY_LIVES_MS;
  }

  /** It was handed over, and it is not known what became of it: it may only be tried again as it was. */
  mayBeOut(row: string): boolean {
    return this.begun.has(row) && !this.isSettled(row) && this.resultOf(row)?.outcome !== 'failed';
  }

  /** The keys of the rows that it was last handed over with, its own among them. */
  companionsOf(row: string): readonly string[] {
    return this.begun.get(row)?.rows ?? [row];
  }

  /** @param rows the keys of the rows in the message */
  begin(key: string, rows: readonly [string, ...string[]], now: number): void {
    // A message that failed left nothing, so its time counts from now; one that is unknown counts from the first try.
    if (this.begun.get(rows[0])?.key === key && this.mayBeOut(rows[0])) return;
    this.write({ key, ...(rows.length > 1 && { rows }), begunAt: now });
  }

  end(key: string, result: Result): void {
    this.write({ key, result });
  }

  private write(entry: Entry): void {
    appendFileSync(this.file, `${this.isCutOff ? '\n' : ''}${JSON.stringify(entry)}\n`, { mode: 0o600 });
    this.isCutOff = false;
    this.note(entry);
  }

  private note(entry: Entry | undefined): void {
    if (entry?.begunAt !== undefined) {
      const { key, rows = [key], begunAt } = entry;
      for (const row of rows) this.begun.set(row, { key, rows, at: begunAt });
      this.results.delete(key);
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
