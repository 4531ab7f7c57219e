/**
 * Reads a settings file such as `.env` with the version of dotenv that `twilio-run` reads with, so that every command, a local
 * run and a deploy see the same values. What twilio-run reads in its turn is written from these values, never the file itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { ROOT } from '../offline/twilio-run';

export type Env = Readonly<Record<string, string | undefined>>;

export interface EnvFile {
  readonly env: Env;
  /** One sentence for each line that is probably meant differently from how it is read. No value is in it. */
  readonly warnings: readonly string[];
}

/** The file with the settings of the account that exists only inside the emulator. */
export const OFFLINE_ENV = '.env.offline';

/** The path of the file with the settings, from this project's folder. */
export function envPath(file: string): string {
  return resolve(ROOT, file);
}

/** A setting that nobody filled in, with a comment behind it. */
const COMMENT_FOR_VALUE = /^(\s*[\w.-]+\s*=)\s+#.*$/s;
/** dotenv 6.2 takes a line of this form for a setting, and ignores any other. */
const SETTING = /^\s*([\w.-]+)\s*=\s*(.*)?\s*$/;

/** @returns no settings where there is no such file */
export function readEnvFile(path: string): EnvFile {
  if (!existsSync(path)) return { env: {}, warnings: [] };
  const lines = readFileSync(path, 'utf8').split('\n');
  const env = parse(lines.map((line) => line.replace(COMMENT_FOR_VALUE, '$1')).join('\n'));
  return { env, warnings: [...lines.flatMap(doubtfulLine), ...repeated(lines)] };
}

function doubtfulLine(line: string, index: number): readonly string[] {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return [];
  const [, name, value = ''] = SETTING.exec(line) ?? [];
  if (name === undefined) {
    return [`Line ${index + 1} is not read: write NAME=value on one line, without a word before the name.`];
  }
  if (COMMENT_FOR_VALUE.test(line)) {
    return [`${name} is empty, and what follows it is a comment: give a comment a line of its own.`];
  }
  const [first = '', last = ''] = [value.at(0), value.at(-1)];
  // dotenv 6.2 takes a quotation mark off either end, whether or not the other end has one.
  const quotes = [first, last].filter((character) => /['"]/.test(character));
  if (quotes.length > 0 && (value.length === 1 || first !== last)) {
    return [
      `The value of ${name} has a quotation mark at one end only, which is left out: quote all of it, with nothing behind it, or nothing.`,
    ];
  }
  // Newer versions of dotenv cut the value there; this one does not.
  if (quotes.length === 0 && /\s#/.test(value)) {
    return [`The text after # belongs to the value of ${name}: give a comment a line of its own.`];
  }
  return [];
}

function repeated(lines: readonly string[]): readonly string[] {
  const names = lines.flatMap((line) => SETTING.exec(line)?.[1] ?? []);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `${name} stands more than once: the last line counts. Remove the others.`);
}
