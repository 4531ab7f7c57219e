/**
 * The movable clock: real time plus an offset, or one frozen instant. It can publish itself in a small file that
 * `preload.cjs` reads in other processes. It must not touch timers, and nothing else in the emulator may ask `Date`
 * what time it is.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';

export interface ClockState {
  now: string;
  nowMs: number;
  offsetMs: number;
  frozen: boolean;
}

export interface ClockMoves {
  readonly offsetMs: number;
  readonly frozenAt: number | null;
}

/** `O` (offset) or `F` (frozen), a sign, sixteen digits, a line feed: always as long, so one write replaces all of it. */
const RECORD_LENGTH = 19;

export class Clock {
  private offsetMs = 0;
  private frozenAt: number | null = null;
  private jumpedMs = 0;
  private readonly file: number | null;
  private readonly moved = new Set<() => void>();

  constructor(clockFile: string | undefined) {
    if (clockFile) mkdirSync(dirname(clockFile), { recursive: true });
    this.file = clockFile ? openSync(clockFile, 'w') : null;
    this.publish();
  }

  now(): number {
    return this.frozenAt ?? Date.now() + this.offsetMs;
  }

  get frozen(): boolean {
    return this.frozenAt !== null;
  }

  /** Never runs backwards and never stands still: what rate limits are refilled by, jumps forward included. */
  elapsed(): number {
    return performance.now() + this.jumpedMs;
  }

  state(): ClockState {
    const nowMs = this.now();
    const offsetMs = this.frozen ? nowMs - Date.now() : this.offsetMs;
    return { now: new Date(nowMs).toISOString(), nowMs, offsetMs, frozen: this.frozen };
  }

  advance(ms: number): void {
    this.moveTo(this.now() + ms, ms);
  }

  set(instant: number): void {
    this.moveTo(instant, instant - this.now());
  }

  freeze(frozen: boolean): void {
    const now = this.now();
    this.offsetMs = now - Date.now();
    this.frozenAt = frozen ? now : null;
    this.publish();
    this.announce();
  }

  /** How it was moved: what `restore` takes. */
  get moves(): ClockMoves {
    return { offsetMs: this.frozen ? 0 : this.offsetMs, frozenAt: this.frozenAt };
  }

  /** Where it is not frozen, it has gone on since. */
  restore({ offsetMs, frozenAt }: ClockMoves): void {
    this.offsetMs = offsetMs;
    this.frozenAt = frozenAt;
    this.publish();
    this.announce();
  }

  onMove(listener: () => void): () => void {
    this.moved.add(listener);
    return () => this.moved.delete(listener);
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
  }

  private moveTo(instant: number, byMs: number): void {
    if (this.frozenAt !== null) this.frozenAt = instant;
    this.offsetMs = instant - Date.now();
    this.jumpedMs += Math.max(0, byMs);
    this.publish();
    this.announce();
  }

  private announce(): void {
    for (const listener of this.moved) listener();
  }

  private publish(): void {
    if (this.file === null) return;
    const value = this.frozenAt ?? this.offsetMs;
    const digits = String(Math.abs(value)).padStart(16, '0');
    const record = `${this.frozenAt === null ? 'O' : 'F'}${value < 0 ? '-' : '+'}${digits}\n`;
    if (record.length !== RECORD_LENGTH) throw new Error(`The clock cannot hold ${value} milliseconds.`);
    writeSync(this.file, record, 0);
  }
}
