/** What the help of every command looks like, and where it is written: with an example, and never the end of the process. */
import { type Command, CommanderError } from 'commander';
import type { Io } from './io';

/** @param begin such as `npm run doctor` */
export function helpOf(
  line: Command,
  begin: string,
  examples: readonly (readonly [words: string, what: string])[],
  io: Io,
): Command {
  const shown = examples.map(([words, what]) => `  ${begin}${words && ` -- ${words}`}\n      ${what}`);
  return line
    .helpOption('-h, --help', 'this text')
    .addHelpText('after', `\nExamples:\n${shown.join('\n')}`)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .exitOverride();
}

const WRONG_LINE = 2;

/** @returns the exit code where it ends here: the help was asked for, or the words are wrong */
export function endOfWords(line: Command, argv: readonly string[]): number | null {
  try {
    line.parse(argv, { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_LINE;
    throw error;
  }
}
