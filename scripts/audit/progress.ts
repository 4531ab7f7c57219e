/** How far long work is, on standard error and only where a person watches: standard output has the result alone. */
import { progress as progressBar } from '@clack/prompts';
import type { Progress } from '../command/command';

const UNWATCHED: Progress = { at: () => undefined, end: () => undefined };

/** @param total in any unit; `at` counts in the same */
export function watchedProgress(title: string, total: number): Progress {
  if (process.stderr.isTTY !== true || process.env.CI !== undefined) return UNWATCHED;
  const bar = progressBar({ max: Math.max(1, total), output: process.stderr });
  bar.start(title);
  let shown = 0;
  return {
    at(done, message) {
      bar.advance(done - shown, message);
      shown = done;
    },
    end: (message) => bar.stop(message),
  };
}
