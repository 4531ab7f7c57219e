/**
 * One row of the table: what was measured on which sides, their ratios, and why we are not ahead where we are not.
 * It must not measure.
 */
import { median, type Ratio, ratioOf } from './interleaved';
import type { Side } from './offline-service';

export interface Row {
  readonly what: string;
  readonly unit: string;
  /** Medians. Only their ratios mean anything beyond this machine. */
  readonly figures: Readonly<Partial<Record<Side, number>>>;
  readonly toBaseline?: Ratio;
  readonly toFloor?: Ratio;
  /** Counts, and ratios at 50 ms a request: they come out alike on every machine, so the exit code rests on them alone. */
  readonly isBinding?: boolean;
  /** Of most figures less is better. */
  readonly isMoreBetter?: boolean;
  /** What baseline and floor are where they are not the usual ones, or why ours is not better. */
  readonly note?: string;
}

/** A row from figures that were taken round by round. */
export function rowOf(
  what: string,
  unit: string,
  rounds: { readonly ours: readonly number[] } & Readonly<Partial<Record<Side, readonly number[]>>>,
  note?: string,
  isBinding = false,
): Row {
  const { ours, baseline, floor } = rounds;
  return {
    what,
    unit,
    figures: {
      ours: median(ours),
      ...(baseline && { baseline: median(baseline) }),
      ...(floor && { floor: median(floor) }),
    },
    ...(baseline && { toBaseline: ratioOf(ours, baseline) }),
    ...(floor && { toFloor: ratioOf(ours, floor) }),
    ...(note !== undefined && { note }),
    ...(isBinding && { isBinding }),
  };
}

/** Near enough that another run may turn it round. */
const LEVEL = 1.02;
const NEAR_FLOOR = 1.1;

/** `ahead`, `level` or `behind` of the baseline, and whether within a tenth of the floor. */
export function verdictOf(row: Row): string {
  const words = [];
  const { ours, baseline } = row.figures;
  const single = row.isMoreBetter ? quotient(baseline, ours) : quotient(ours, baseline);
  const toBaseline = row.toBaseline?.median ?? single;
  if (toBaseline !== undefined)
    words.push(toBaseline > LEVEL ? 'behind' : toBaseline > 1 / LEVEL ? 'level' : 'ahead');
  if (row.toFloor) words.push(row.toFloor.median <= NEAR_FLOOR ? 'at the floor' : 'above the floor');
  return words.join(', ');
}

/** Of figures that were taken once. Those that may be 0, such as counts of failures, are compared as they are. */
function quotient(ours: number | undefined, baseline: number | undefined): number | undefined {
  if (ours === undefined || baseline === undefined) return undefined;
  if (baseline > 0 && ours >= 0) return ours / baseline;
  return ours < baseline ? 0 : ours === baseline ? 1 : Number.POSITIVE_INFINITY;
}

/** Whether the row needs a sentence that says why it is not better: what the machine's noise cannot turn round. */
export function needsNote(row: Row): boolean {
  return row.isBinding === true && /behind|above|level/.test(verdictOf(row));
}
