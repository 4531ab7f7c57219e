/**
 * A backup as a file: a line of JSON each, the first says of what it is, the last that nothing is missing. It holds
 * personal data, so only its owner can read it.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ScriptFailure } from '../command/script-failure';
import { ENTRY, type Entry } from './entries';

const FORMAT = 'whatsapp-window-backup';
/** Another one whenever a file of before could no longer be read. */
const VERSION = 1;
const NOTE =
  'Personal data: numbers, names, texts that wait. Keep it as you keep those, and delete it in time.';

const HEAD = z.object({
  format: z.literal(FORMAT),
  version: z.number(),
  /** When the reading began, in milliseconds since the epoch. */
  at: z.number(),
  accountSid: z.string(),
  syncServiceSid: z.string(),
});
const END = z.object({ kind: z.literal('end'), entries: z.number() });

export interface Backup {
  readonly at: number;
  readonly accountSid: string;
  readonly syncServiceSid: string;
  readonly entries: readonly Entry[];
}

/** Whole or not at all. @throws ScriptFailure where it cannot be written */
export function writeBackup(file: string, { entries, ...head }: Backup): void {
  const lines = [
    { format: FORMAT, version: VERSION, note: NOTE, ...head },
    ...entries,
    { kind: 'end', entries: entries.length },
  ];
  const beside = `${file}.part`;
  try {
    rmSync(beside, { force: true });
    writeFileSync(beside, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 });
    renameSync(beside, file);
  } catch (error) {
    throw new ScriptFailure(
      `${file} cannot be written: ${error instanceof Error ? error.message : error}`,
      'Name another file with --file.',
    );
  }
}

export function demandNoFile(file: string): void {
  if (!existsSync(file)) return;
  throw new ScriptFailure(
    `${file} is there already.`,
    'Name another file with --file, or move that one away.',
  );
}

/** @throws ScriptFailure that says what is wrong with the file */
export function readBackup(file: string): Backup {
  const nextStep = 'Name a file that npm run backup made, with --file.';
  const refuse = (what: string) => new ScriptFailure(`${file} ${what}.`, nextStep);
  if (!existsSync(file)) throw new ScriptFailure(`There is no file ${file}.`, nextStep);
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const [head, ...rest] = lines.map(parsed);
  const read = HEAD.safeParse(head);
  if (!read.success) throw refuse('is no backup');
  const { version, at, accountSid, syncServiceSid } = read.data;
  if (version !== VERSION)
    throw refuse(`has version ${version} of a backup, and this reads version ${VERSION}`);
  const end = END.safeParse(rest.at(-1));
  if (!end.success || end.data.entries !== rest.length - 1) throw refuse('is only a part of a backup');
  const entries = rest.slice(0, -1).map((line, index) => {
    const entry = ENTRY.safeParse(line);
    if (!entry.success) throw refuse(`is damaged in line ${index + 2}`);
    return entry.data;
  });
  return { at, accountSid, syncServiceSid, entries };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
