/** How much is tried and from which seed, so that a failure can be had again. */
import { randomInt } from 'node:crypto';

/** Requests: a share in every run of the tests, the same each time; all that FUZZ_RUNS says in `npm run fuzz`, others each time. */
const asked = process.env.FUZZ_RUNS;
export const REQUESTS = Number(asked ?? 600);
const seed = Number(process.env.FUZZ_SEED ?? (asked === undefined ? 1_124_228_861 : randomInt(2 ** 31)));

/** @returns fast-check's parameters; says on the terminal how to have the same again */
export function runs(numRuns: number, ofWhat: string): { numRuns: number; seed: number } {
  process.stderr.write(`fuzz: ${numRuns} ${ofWhat}, FUZZ_SEED=${seed}\n`);
  return { numRuns, seed };
}

/** When jest gives up: nothing is measured by it, it only has to be longer than any machine takes. */
export const PATIENCE_MS = 120_000 + REQUESTS * 100;
