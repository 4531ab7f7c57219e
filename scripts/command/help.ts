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

export const WRONG_LINE = 2;

/** Set by some for all of npm, and harmless where they are lost. */
const LEFT_TO_NPM = ['--yes', '--production'];

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
  const wrong = (message: string, nextStep: string) => {
    const error = { message, nextStep };
    // The words could not be read, so neither could this one.
    if (argv.includes('--json')) jsonTo.write(`${JSON.stringify({ error }, null, 2)}\n`);
    else io.stderr.write(`✗ ${message}\n${nextStep}\n`);
    return WRONG_LINE;
  };
  const taken = takenByNpm(line, argv, io.env, begin);
  if (taken.length > 0) {
    return wrong(
      `npm took ${taken.join(' and ')} for itself.`,
      `Write two dashes before the options, as in: ${begin} -- ${taken.join(' ')}`,
    );
  }
  try {
    line.parse(argv, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const sentence = error.message
      .replace(/^error: /, '')
      .replaceAll('\n', ' ')
      .replace(/\.$/, '');
    return wrong(`${sentence}.`, `${begin} -- --help lists what there is.`);
  }
}

/**
 * Without two dashes before them npm keeps the options, and the command would do something else: `npm run teardown
 * --dry-run` would take everything away. npm tells what it kept in the environment of what it runs.
 * @returns the options as they are to be written
 */
function takenByNpm(
  line: Command,
  argv: readonly string[],
  env: Io['env'],
  begin: string,
): readonly string[] {
  // A command that is run by another script of npm has the environment of that one.
  if (!begin.endsWith(` ${env.npm_lifecycle_event}`)) return [];
  return line.options.flatMap((option) => {
    const { long, flags } = option;
    if (typeof long !== 'string' || LEFT_TO_NPM.includes(long)) return [];
    const value = env[`npm_config_${option.name().replaceAll('-', '_')}`] ?? '';
    const isGiven = argv.some((word) => word === long || word.startsWith(`${long}=`));
    if (isGiven || value === '' || value === 'false') return [];
    return [option.isBoolean() ? long : flags];
  });
}
