/** A command that runs until the person stops it, and then ends with exit code 0, leaving nothing behind. */
import { Command } from 'commander';
import { endOfWords, helpOf } from './help';
import type { Io, Main } from './io';
import { ScriptFailure } from './script-failure';

export interface LongRunningLine {
  /** As in `npm run NAME`. */
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly (readonly [words: string, what: string])[];
  readonly own?: (line: Command) => Command;
}

export interface LongRun<Options> {
  readonly options: Options;
  /** The arguments that are no options. */
  readonly args: readonly string[];
  readonly io: Io;
  /** Done at the end, the last one first, whichever way it ends. */
  cleanUp(act: () => unknown): void;
}

/** @param work what it throws is told */
export function longRunning<Options extends object>(
  { name, summary, examples, own }: LongRunningLine,
  work: (run: LongRun<Options>) => Promise<void>,
): Main {
  return async (argv, io) => {
    const begin = name === 'start' ? 'npm start' : `npm run ${name}`;
    const line = new Command(`${begin} --`).description(summary);
    const program = helpOf(own?.(line) ?? line, begin, examples, io);
    const end = endOfWords(program, argv, io, begin);
    if (end !== null) return end;
    const acts: (() => unknown)[] = [];
    const run = {
      options: program.opts<Options>(),
      args: program.args,
      io,
      cleanUp: (act: () => unknown) => acts.unshift(act),
    };
    try {
      await Promise.race([untilStopped(io), work(run)]);
      return 0;
    } catch (error) {
      io.stderr.write(wordsOf(error));
      return 1;
    } finally {
      for (const act of acts) await act();
    }
  };
}

function untilStopped({ stopped }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) resolve();
    stopped.addEventListener('abort', () => resolve(), { once: true });
  });
}

function wordsOf(error: unknown): string {
  if (error instanceof ScriptFailure) return `✗ ${error.message}\n${error.nextStep}\n`;
  return `${error instanceof Error ? error.message : error}\n`;
}
