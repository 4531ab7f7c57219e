/** How much is tried and from which seed, so that a failure can be had again. */
import { randomInt } from 'node:crypto';

/** Requests: a share in every run of the tests, all that FUZZ_RUNS says in `npm run fuzz`. */
export const REQUESTS = Number(process.env.FUZZ_RUNS ?? 2000);
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

/** @returns fast-check's parameters; says on the terminal how to have the same again */
export function runs(numRuns: number, ofWhat: string): { numRuns: number; seed: number } {
  process.stderr.write(`fuzz: ${numRuns} ${ofWhat}, FUZZ_SEED=${seed}\n`);
  return { numRuns, seed };
}

/** When jest gives up: nothing is measured by it, it only has to be longer than any machine takes. */
export const PATIENCE_MS = 120_000 + REQUESTS * 100;
