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
  return (
    line
      .helpOption('-h, --help', 'this text')
      .addHelpText('after', `\nExamples:\n${shown.join('\n')}`)
      // What is wrong with the words is told by `endOfWords`.
      .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: () => undefined })
      .exitOverride()
  );
}

const WRONG_LINE = 2;

/**
 * @param begin such as `npm run doctor`
 * @param jsonTo where `--json` tells what is wrong
 * @returns the exit code where it ends here: the help was asked for, or the words are wrong
 */
export function endOfWords(
  line: Command,
  argv: readonly string[],
  io: Io,
  begin: string,
  jsonTo = io.stdout,
): number | null {
  try {
    line.parse(argv, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const failure = {
      message: `${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}.`,
      nextStep: `${begin} -- --help lists what there is.`,
    };
    // The words could not be read, so neither could this one.
    if (argv.includes('--json')) jsonTo.write(`${JSON.stringify({ error: failure }, null, 2)}\n`);
    else io.stderr.write(`✗ ${failure.message}\n${failure.nextStep}\n`);
    return WRONG_LINE;
  }
}
