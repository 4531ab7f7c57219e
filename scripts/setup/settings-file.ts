/**
 * Changes to a settings file such as `.env`: every line that is there stays, comments and order included. It must not
 * decide what is set, and it never leaves half a file behind.
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

/** Only the owner may read it: it holds the account's auth token. */
const OWNER_ONLY = 0o600;

/**
 * Fills in settings that are empty or missing. An empty line of that name is filled where it stands, a missing one is
 * added at the end.
 * @param values by name; a value with a character that means something in such a file is quoted
 */
export function withSettings(text: string, values: Readonly<Record<string, string>>): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  for (const [name, value] of Object.entries(values)) {
    const written = `${name}=${quoted(value)}`;
    const empty = new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*(?:''|""|)\\s*(#.*)?$`);
    const at = lines.findLastIndex((line) => empty.test(line));
    const before = lines[at];
    if (before !== undefined) {
      // On a line of its own: dotenv 6, by which twilio-run reads, takes a comment behind a value for a part of it.
      const comment = empty.exec(before)?.[1];
      lines.splice(at, 1, ...(comment === undefined ? [written] : [comment, written]));
      continue;
    }
    // The text after the last newline is no line yet.
    if (lines.at(-1) === '') lines.pop();
    lines.push(written, '');
  }
  return lines.join(newline);
}

/** Takes the values of these settings away; their lines stay. */
export function withoutSettings(text: string, names: readonly string[]): string {
  const line = new RegExp(`^(\\s*(?:export\\s+)?(?:${names.join('|')})\\s*=)[^\\r\\n]*`, 'gm');
  return text.replace(line, '$1');
}

function quoted(value: string): string {
  return /^[\w.:/+@%?&=,~-]*$/.test(value) ? value : `"${value}"`;
}

/** Replaces the file in one step: whoever reads it sees the old one or the new one. */
export function writeSettingsFile(path: string, text: string): void {
  const target = realpathSync(path);
  const temporary = `${target}.new`;
  // One that was left behind may have another mode.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', OWNER_ONLY);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, target);
}

/** @returns whether others could read or write it until now */
export function closeToOthers(path: string): boolean {
  if (!isOpenToOthers(path)) return false;
  chmodSync(path, OWNER_ONLY);
  return true;
}

export function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
}
