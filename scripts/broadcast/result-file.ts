/** The CSV that says what became of each row. It must not hold the text of a message. */
import { writeFileSync } from 'node:fs';

export interface ResultLine {
  readonly line: number;
  readonly to: string;
  readonly outcome: string;
  readonly form: string;
  readonly sid: string | null;
  readonly heldUntil: string | null;
  readonly detail: string;
}

const COLUMNS = ['line', 'to', 'outcome', 'form', 'sid', 'heldUntil', 'detail'] as const;

export function writeResults(file: string, lines: readonly ResultLine[]): void {
  const rows = [...lines]
    .sort((a, b) => a.line - b.line)
    .map((line) => COLUMNS.map((name) => quoted(line[name])));
  const text = [COLUMNS, ...rows].map((fields) => `${fields.join(',')}\n`).join('');
  writeFileSync(file, text, { mode: 0o600 });
}

/** RFC 4180. */
function quoted(value: string | number | null): string {
  const text = asText(String(value ?? ''));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet takes what begins so for a formula (https://owasp.org/www-community/attacks/CSV_Injection). A phone number stays
 * one that can be sent to; anything else is marked as text.
 */
function asText(cell: string): string {
  if (!/^[=+\-@\t\r]/.test(cell)) return cell;
  return /^\+\d+$/.test(cell) ? `whatsapp:${cell}` : `'${cell}`;
}
