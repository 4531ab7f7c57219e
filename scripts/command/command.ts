/**
 * What every command-line script does alike: its common options, how it speaks to a person or to a program, how it asks,
 * and how it ends. It must not know what any script does. Exit codes: 0 done, 1 something is broken or failed, 2 the
 * command line is wrong.
 */
import { confirm, isCancel, log, progress as progressBar } from '@clack/prompts';
import { Command } from 'commander';
import { ScriptFailure, sentenceOf } from './script-failure';

export interface CommonOptions {
  /** One JSON object on standard output instead of words. */
  readonly json: boolean;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Do it without asking. */
  readonly yes: boolean;
  /** The file with the settings, such as `.env`. */
  readonly env: string;
}

export interface Ended {
  /** Whether everything is as it should be: exit code 0, otherwise 1. */
  readonly ok: boolean;
  /** What `--json` prints. */
  readonly json: object;
}

export interface Progress {
  /** @param done how many of the whole, so far */
  at(done: number, message: string): void;
  end(message: string): void;
}

/** Where a script's words go. Secrets that were named are never among them. */
export interface Output {
  say(line: string): void;
  warn(line: string): void;
  /** Long work. Where nobody watches (no terminal), a line at its beginning and its end. */
  progress(title: string, total: number): Progress;
  /** @returns false where the person says no @throws ScriptFailure where there is nobody to ask: `--yes` is needed then */
  agreed(question: string): Promise<boolean>;
  /** From now on this text is shown as dots, wherever it comes up. */
  hide(secret: string | undefined): void;
}

/**
 * A script's command line with the common options, to which its own are added.
 * @param summary one sentence, for `--help`
 */
export function commandLine(name: string, summary: string): Command {
  return new Command(`npm run ${name} --`)
    .description(summary)
    .option('--env <file>', 'the file with the settings', '.env')
    .option('--json', 'print one JSON object instead of words', false)
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .option('-y, --yes', 'do it without asking', false)
    .helpOption('-h, --help', 'this text')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}

/**
 * Runs a script to its end, and the process with it.
 * @param work gets the options of the command line and the way to speak; what it throws is told in one sentence
 */
export async function run<Options extends CommonOptions>(
  program: Command,
  work: (options: Options, output: Output, args: readonly string[]) => Promise<Ended>,
): Promise<void> {
  program.parse();
  const options = program.opts<Options>();
  const output = outputFor(options);
  const ended = await work(options, output, program.args).catch((error: unknown): Ended => {
    const failure = sentenceOf(error);
    if (!options.json) log.error(output.clean(`${failure.message}\n${failure.nextStep}`));
    return { ok: false, json: { error: failure } };
  });
  if (options.json) console.log(output.clean(JSON.stringify(ended.json, null, 2)));
  process.exitCode = ended.ok ? 0 : 1;
}

function outputFor(options: CommonOptions): Output & { clean(text: string): string } {
  const secrets = new Set<string>();
  const clean = (text: string) =>
    [...secrets].reduce((cleaned, secret) => cleaned.replaceAll(secret, '••••••'), text);
  const isWatched = process.stdout.isTTY === true && process.env.CI === undefined;
  const say = (line: string) => {
    if (!options.json) log.message(clean(line), { spacing: 0 });
  };
  return {
    clean,
    say,
    warn: (line) => {
      if (!options.json) log.warn(clean(line));
    },
    progress(title, total) {
      if (options.json) return { at: () => undefined, end: () => undefined };
      if (!isWatched) {
        say(title);
        return { at: () => undefined, end: say };
      }
      const bar = progressBar({ max: Math.max(1, total) });
      bar.start(clean(title));
      let shown = 0;
      return {
        at(done, message) {
          bar.advance(done - shown, clean(message));
          shown = done;
        },
        end: (message) => bar.stop(clean(message)),
      };
    },
    async agreed(question) {
      if (options.yes) return true;
      if (options.json || !isWatched || process.stdin.isTTY !== true) {
        throw new ScriptFailure(
          `There is nobody to ask: ${question}`,
          'Add --yes to do it, or --dry-run to only look.',
        );
      }
      const answer = await confirm({ message: clean(question) });
      return !isCancel(answer) && answer;
    },
    hide(secret) {
      if (secret !== undefined && secret.length >= 8) secrets.add(secret);
    },
  };
}
