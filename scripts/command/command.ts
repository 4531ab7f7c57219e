/**
 * What every command does alike: its common options, how it speaks to a person or to a program, how it asks, and how it
 * ends. It must not know what any command does. Exit codes: 0 done, 1 something is broken or failed, 2 the command line
 * is wrong, 130 the person stopped it.
 */
import { Command } from 'commander';
import { endOfWords, helpOf, WRONG_LINE } from './help';
import type { Io, Main } from './io';
import { forTheSameAccount } from './npm-run';
import { offlineIo } from './offline-io';
import type { CommonOptions } from './options';
import { Output } from './output';
import { Stopped, sentenceOf, WrongLine } from './script-failure';

export interface Ended {
  /** Whether everything is as it should be: exit code 0, otherwise 1. */
  readonly ok: boolean;
  /** Exit code 2 instead: the command was written wrongly. */
  readonly isWrongLine?: boolean;
  /** What `--json` prints. */
  readonly json: object;
}

/** What a command works with. */
export interface Run<Options> {
  readonly options: Options;
  /** The arguments that are no options. */
  readonly args: readonly string[];
  readonly output: Output;
  readonly io: Io;
}

export interface CommandLine {
  /** As in `npm run NAME`. */
  readonly name: string;
  /** One sentence, for `--help`. */
  readonly summary: string;
  /** Words after `npm run NAME -- `, each with what they do, for `--help`. */
  readonly examples: readonly (readonly [words: string, what: string])[];
  /** A command that changes nothing has neither `--dry-run` nor `--yes`. */
  readonly changes: boolean;
  /** One that works on no account has no `--offline`. */
  readonly hasOffline?: boolean;
  /** Adds what only this command has. */
  readonly own?: (line: Command) => Command;
}

const STOPPED = 130;

/** @param work what it throws is told in one sentence */
export function command<Options extends CommonOptions>(
  line: CommandLine,
  work: (run: Run<Options>) => Promise<Ended>,
): Main {
  return async (argv, io) => {
    const program = commandLine(line, io);
    const end = endOfWords(program, argv, io, `npm run ${line.name}`);
    if (end !== null) return end;
    const options = program.opts<Options>();
    if (!line.changes) Object.assign(options, { dryRun: false, yes: false });
    const output = new Output(options, io);
    const ended = await stoppable(io.stopped, async () => {
      const place = options.offline ? await offlineIo(io) : io;
      return work({ options, args: program.args, output, io: place });
    }).catch((error: unknown): Ended | 'stopped' => {
      if (io.stopped.aborted || error instanceof Stopped) return 'stopped';
      const { message, nextStep } = sentenceOf(error);
      const failure = { message, nextStep: forTheSameAccount(options, nextStep) };
      output.fail(failure);
      return { ok: false, isWrongLine: error instanceof WrongLine, json: { error: failure } };
    });
    if (ended === 'stopped') {
      const stopped = {
        message: 'You stopped it.',
        nextStep: line.changes
          ? 'Run the same command again: it goes on from here.'
          : 'It changed nothing. Run the same command again to begin anew.',
      };
      output.fail(stopped);
      output.json({ error: stopped });
      return STOPPED;
    }
    output.json(ended.json);
    if (ended.isWrongLine) return WRONG_LINE;
    return ended.ok ? 0 : 1;
  };
}

function commandLine(
  { name, summary, examples, changes, hasOffline = true, own }: CommandLine,
  io: Io,
): Command {
  const line = new Command(`npm run ${name} --`)
    .description(summary)
    .option('--env <file>', 'the file with the settings (default: .env)')
    .option('--json', 'print one JSON object instead of words', false);
  if (hasOffline) line.option('--offline', 'work on the running npm start: no account, no credential', false);
  if (changes) {
    line
      .option('--dry-run', 'say what would be done, and do nothing', false)
      .option('-y, --yes', 'do it without asking', false);
  }
  return helpOf(own?.(line) ?? line, `npm run ${name}`, examples, io);
}

/** What is under way when the person stops the command is left to the end of the process. */
async function stoppable<Result>(
  stopped: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result | 'stopped'> {
  const stop = new Promise<'stopped'>((resolve) => {
    if (stopped.aborted) resolve('stopped');
    stopped.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  return Promise.race([stop, work()]);
}
