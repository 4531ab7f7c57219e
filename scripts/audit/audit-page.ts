/** Writes the audit page with a finished audit in it: one file that anybody can open, without a server or this project. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditReport, ReplayedRow, ReplayedRows } from '../../src/domain/audit/replay';
import { ScriptFailure } from '../command/script-failure';
import { ROOT } from '../offline/twilio-run';

/** A page of a million rows would not open: it has the counts of all, and so many of the rows with a finding. */
const ROWS_IN_PAGE = 5000;
const PROBLEMS_IN_PAGE = 1000;
const PLACE = '<script type="application/json" id="given"></script>';

interface FinishedAudit {
  readonly report: AuditReport;
  readonly notes: readonly string[];
  readonly rows: ReplayedRows;
}

/** @throws ScriptFailure where the file cannot be written */
export function writeAuditPage(file: string, { report, notes, rows }: FinishedAudit): void {
  const { found, isAll } = rowsForPage(rows);
  const shortened = isAll
    ? []
    : [`Only ${found.length} of the rows are in this page, those with a finding first.`];
  const given = {
    report: { ...report, problems: report.problems.slice(0, PROBLEMS_IN_PAGE) },
    notes: [...notes, ...shortened],
    rows: found,
  };
  // In a script element only `<` could end it.
  const json = JSON.stringify(given).replaceAll('<', '\\u003c');
  const page = builtPage().replace(PLACE, () => PLACE.replace('></', () => `>${json}</`));
  try {
    writeFileSync(file, page);
  } catch {
    throw new ScriptFailure(`${file} cannot be written.`, 'Give another path with --html.');
  }
}

function rowsForPage(rows: ReplayedRows): {
  readonly found: readonly ReplayedRow[];
  readonly isAll: boolean;
} {
  const withFinding: ReplayedRow[] = [];
  const others: ReplayedRow[] = [];
  let left = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows.at(index);
    if (!row) continue;
    const list = row.findings > 0 ? withFinding : others;
    if (list.length < ROWS_IN_PAGE) list.push(row);
    else left += 1;
  }
  const room = ROWS_IN_PAGE - withFinding.length;
  const isAll = left === 0 && others.length <= room;
  const found = [...withFinding, ...others.slice(0, room)];
  return { found: found.sort((a, b) => a.line - b.line), isAll };
}

/** Built anew, so that the page and the counts in it belong together. */
function builtPage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-page-'));
  try {
    execFileSync(process.execPath, [join(ROOT, 'build.mjs'), '--out', folder], { stdio: 'pipe' });
    return readFileSync(join(folder, 'assets/audit.html'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
