/** How far long work is, on standard error and only where a person watches: standard output has the result alone. */
import type { Io } from '../command/io';
import { Output, type Progress } from '../command/output';

const UNWATCHED: Progress = { at: () => undefined, end: () => undefined };

/** @returns what begins such work; its total is in any unit, and `at` counts in the same */
export function watchedProgress(io: Io): Output['progress'] {
  if (io.stderr.isTTY !== true || io.env.CI !== undefined) return () => UNWATCHED;
  const output = new Output({ json: false, yes: false, offline: false }, { ...io, stdout: io.stderr });
  return (title, total) => output.progress(title, total);
}
