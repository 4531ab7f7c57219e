/**
 * Reads a settings file such as `.env` exactly as `twilio-run` reads it: with the same version of dotenv. So a local run,
 * a deploy and every other command see the same values.
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

const COMMENT_FOR_VALUE = /^\s*([\w.-]+)\s*=\s+#/;
/** dotenv 6.2 takes a line of this form for a setting, and ignores any other. */
const SETTING = /^\s*([\w.-]+)\s*=(.*)/;

/** @returns no settings where there is no such file */
export function readEnvFile(path: string): EnvFile {
  if (!existsSync(path)) return { env: {}, warnings: [] };
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const onlyComment = lines.flatMap((line) => COMMENT_FOR_VALUE.exec(line)?.[1] ?? []);
  // A setting whose value is nothing but a comment is one that nobody filled in.
  const env = { ...parse(text), ...Object.fromEntries(onlyComment.map((name) => [name, ''])) };
  return { env, warnings: lines.flatMap(doubtfulLine) };
}

function doubtfulLine(line: string, index: number): readonly string[] {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return [];
  const [, name, value = ''] = SETTING.exec(line) ?? [];
  if (name === undefined) {
    return [`Line ${index + 1} is not read: write NAME=value, without a word before the name.`];
  }
  // Newer versions of dotenv cut the value there; this one does not.
  if (/^(?!\s*['"]).*\s#/.test(value)) {
    return [`The text after # belongs to the value of ${name}: give a comment a line of its own.`];
  }
  return [];
}
