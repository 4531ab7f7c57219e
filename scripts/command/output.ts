/**
 * How a command speaks to a person: lines wrapped to the terminal and coloured where it is one, questions, progress. With
 * `--json` it is silent but for one object. Secrets that were named are never among its words.
 */
import { styleText } from 'node:util';
import { Help } from 'commander';
import type { Io } from './io';
import type { CommonOptions } from './options';
import { ScriptFailure, Stopped } from './script-failure';

export interface Progress {
  /** @param done how many of the whole, so far */
  at(done: number, message: string): void;
  end(message: string): void;
}

export type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

/** A secret shorter than this would hide ordinary words. */
const MIN_SECRET = 8;
/** Of the text beside its indent; in less, a word a line helps nobody. */
const NARROWEST = 20;
/** Whether there is a terminal was decided from the command's own streams, not from those of the process. */
const ALWAYS = { validateStream: false };

export class Output {
  private readonly secrets = new Set<string>();
  private readonly isWatched: boolean;

  constructor(
    private readonly options: Pick<CommonOptions, 'json' | 'yes' | 'offline'>,
    private readonly io: Io,
  ) {
    this.isWatched = io.stdout.isTTY === true && io.env.CI === undefined;
  }

  /** @param indent how many spaces the lines after the first begin with, where it has to be wrapped */
  say(line: string, indent = 0): void {
    if (!this.options.json) this.io.stdout.write(`${this.wrapped(this.clean(line), indent)}\n`);
  }

  warn(line: string): void {
    this.say(`${this.coloured('yellow', '!')} ${line}`, 2);
  }

  /** In words; `json` tells a program. */
  fail({ message, nextStep }: { readonly message: string; readonly nextStep: string }): void {
    if (this.options.json) return;
    this.io.stderr.write(`${this.coloured('red', '✗')} ${this.wrapped(this.clean(message), 2)}\n`);
    this.io.stderr.write(`${this.wrapped(this.clean(nextStep), 0)}\n`);
  }

  json(object: object): void {
    if (this.options.json) this.io.stdout.write(`${this.clean(JSON.stringify(object, null, 2))}\n`);
  }

  coloured(colour: Colour, text: string): string {
    return this.isWatched && !this.io.env.NO_COLOR ? styleText(colour, text, ALWAYS) : text;
  }

  /** What is under way, on a line that the next one takes the place of. Where nobody watches, nothing. @param line null: it is over */
  passing(line: string | null): void {
    if (this.options.json || !this.isWatched) return;
    this.io.stdout.write(`\r\u001b[2K${line === null ? '' : this.clean(line)}`);
  }

  /** Long work. Where nobody watches (no terminal), a line at its beginning and its end. */
  progress(title: string, total: number): Progress {
    if (this.options.json) return { at: () => undefined, end: () => undefined };
    if (!this.isWatched) {
      this.say(title);
      return { at: () => undefined, end: (message) => this.say(message) };
    }
    return this.progressLine(title, total);
  }

  /** There is nothing to do, and why: told alike by every command. @param reason such as `Sync knows everybody who wrote` */
  nothingToDo(reason: string): void {
    this.say(`Nothing to do: ${reason}.`);
  }

  /**
   * Offline nobody is asked: there is nothing that matters, and a rehearsal needs nothing to be typed.
   * @param onEnter what the Enter key alone says: no, where what goes does not come back
   * @returns false where the person says no
   * @throws ScriptFailure where there is nobody to ask: `--yes` is needed then
   * @throws Stopped where the person ends it at the question
   */
  async agreed(question: string, onEnter: 'yes' | 'no' = 'yes'): Promise<boolean> {
    if (this.options.yes) return true;
    if (this.options.offline) {
      this.say(`${question} Yes, as it is offline.`);
      return true;
    }
    if (this.options.json || !this.isWatched || this.io.stdin.isTTY !== true) {
      throw new ScriptFailure(
        `There is nobody to ask: ${question}`,
        'Add --yes to do it, or --dry-run to only look.',
      );
    }
    // Loaded where it is needed: it is a module of the other kind, and few runs ask anything.
    const { confirm, isCancel } = await import('@clack/prompts');
    const streams = { input: this.io.stdin, output: this.io.stdout };
    const answer = await confirm({
      message: this.clean(question),
      initialValue: onEnter === 'yes',
      ...streams,
      signal: this.io.stopped,
    });
    if (isCancel(answer)) throw new Stopped();
    return answer;
  }

  /** From now on this text is shown as dots, wherever it comes up. */
  hide(secret: string | undefined): void {
    if (secret !== undefined && secret.length >= MIN_SECRET) this.secrets.add(secret);
  }

  /** Somebody asked to see it. */
  reveal(secret: string): void {
    this.secrets.delete(secret);
  }

  private clean(text: string): string {
    return [...this.secrets].reduce((cleaned, secret) => cleaned.replaceAll(secret, '••••••'), text);
  }

  /** To the terminal's width; where there is none, whoever reads it wraps. */
  private wrapped(text: string, indent: number): string {
    const { isTTY, columns } = this.io.stdout;
    if (!isTTY || columns === undefined || columns - indent < NARROWEST) return text;
    return text
      .split('\n')
      .flatMap((line) => linesOf(line, columns, indent))
      .join('\n');
  }

  private progressLine(title: string, total: number): Progress {
    const { stdout } = this.io;
    const write = (message: string) => this.passing(message);
    write(title);
    return {
      at: (done, message) => write(`${title} ${Math.round((100 * done) / Math.max(1, total))} %, ${message}`),
      end: (message) => {
        write(message);
        stdout.write('\n');
      },
    };
  }
}

/** @param columns how wide each line may be; a word that is longer than that stays whole */
function linesOf(text: string, columns: number, indent: number): readonly string[] {
  const width = (line: string) => new Help().displayWidth(line);
  const [first = '', ...words] = text.split(' ');
  const lines = [first];
  for (const word of words) {
    const last = lines.at(-1) ?? '';
    if (width(last) + 1 + width(word) <= columns) lines.splice(-1, 1, `${last} ${word}`);
    // Spaces that stand at the break are not needed any more.
    else if (word !== '') lines.push(' '.repeat(indent) + word);
  }
  return lines;
}
