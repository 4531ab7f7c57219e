/**
 * The audit page: takes a CSV, replays it with the service's own rules, and shows what came of it. Nothing leaves the
 * browser; texts of the file are never written as HTML, and bodies are not shown at all.
 */
import { Audit, type AuditReport, type ReplayedRow, type ReplayedRows } from '../../domain/audit/replay';
import { reportLines, reportNotes, shortAddress } from '../../domain/audit/report-words';
import { readTemplateList } from '../../domain/audit/template-list';
import type { TemplateText } from '../../domain/audit/template-texts';
import { WINDOW_MS } from '../../domain/customer-service-window';
import { consoleCsv, UnreadableFile } from './console-csv';
import { el, onPage, replaceChildren, setText } from './element';
import { type DayOfPair, dayPlot, spreadPlot } from './plots';
import { FILTERS, type Filter, rowTable } from './row-table';
import sampleText from './sample-month.csv';
import sampleTemplates from './sample-templates.json';

/** More lines would only scroll by. */
const PROBLEMS_SHOWN = 200;
const PAIRS_SHOWN = 24;

/** The build leaves the byte order mark out, without which spreadsheets misread it. */
const sampleMonth = `\ufeff${sampleText}`;

/** What a page is opened with where `npm run audit -- --html` wrote it. */
export interface GivenAudit {
  readonly report: AuditReport;
  readonly notes: readonly string[];
  readonly rows: readonly ReplayedRow[];
}

const state = onPage('state', HTMLElement);
const trouble = onPage('trouble', HTMLElement);
const result = onPage('result', HTMLElement);
const whole = onPage('whole', HTMLInputElement);
const filter = onPage('filter', HTMLSelectElement);
const moreButton = onPage('more', HTMLButtonElement);
const csvInput = onPage('csv', HTMLInputElement);
const templatesInput = onPage('templates', HTMLInputElement);

const narrow = matchMedia('(max-width: 720px)');

const table = rowTable(onPage('rows', HTMLElement), (hasMore) => {
  moreButton.hidden = !hasMore;
});

let shown:
  | { readonly report: AuditReport; readonly notes: readonly string[]; readonly rows: ReplayedRows }
  | undefined;
let day = 0;
/** Of several files that are given one after the other, the last counts. */
let turn = 0;

const nameOf = (address: string) =>
  whole.checked ? address.replace(/^whatsapp:/, '') : shortAddress(address);

filter.append(...FILTERS.map(([value, words]) => el('option', { value }, words)));
filter.addEventListener('change', showRows);
moreButton.addEventListener('click', () => table.more());
narrow.addEventListener('change', showPlots);
whole.addEventListener('change', () => {
  showRows();
  showSenders();
  showPlots();
});
csvInput.addEventListener('change', readChosen);
templatesInput.addEventListener('change', readChosen);
onPage('sample', HTMLButtonElement).addEventListener('click', () => {
  void read(new File([sampleMonth], 'the invented month'), sampleTemplates.templates);
});
onPage('download', HTMLAnchorElement).href = `data:text/csv;charset=utf-8,${encodeURIComponent(sampleMonth)}`;

document.addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.dataset.dragging = 'true';
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) delete document.body.dataset.dragging;
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  delete document.body.dataset.dragging;
  const [file] = event.dataTransfer?.files ?? [];
  if (file) void templates().then((list) => read(file, list));
});

showGiven(onPage('given', HTMLScriptElement).textContent);

function showGiven(text: string | null): void {
  if (!text?.trim()) return;
  const given: GivenAudit = JSON.parse(text);
  const rows = { length: given.rows.length, at: (index: number) => given.rows[index] };
  show({ report: given.report, notes: given.notes, rows });
}

function readChosen(): void {
  const [file] = csvInput.files ?? [];
  if (file) void templates().then((list) => read(file, list));
}

async function templates(): Promise<readonly TemplateText[] | undefined> {
  const [file] = templatesInput.files ?? [];
  if (!file) return undefined;
  const list = readTemplateList(parsed(await file.text()));
  if (!list) tellTrouble(`${file.name} is no list of templates: save what GET /templates answers.`);
  return list;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function read(file: File, list: readonly TemplateText[] | undefined): Promise<void> {
  turn += 1;
  const mine = turn;
  if (list) trouble.hidden = true;
  const audit = new Audit({ templates: list ?? [] });
  const csv = consoleCsv(audit);
  try {
    const reader = file.stream().getReader();
    let bytes = 0;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (mine !== turn) return;
      csv.push(piece.value);
      bytes += piece.value.length;
      setText(state, `Reading ${file.name}: ${Math.round((bytes / Math.max(1, file.size)) * 100)} %`);
    }
    const { hasErrorCodes } = csv.end();
    const notes = reportNotes({ hasErrorCodes, hasTemplates: list !== undefined });
    if (!list && !templatesInput.files?.length) trouble.hidden = true;
    show({ report: audit.report(), notes, rows: audit.rows });
    setText(state, `Read ${file.name}.`);
  } catch (error) {
    result.hidden = true;
    setText(state, '');
    tellTrouble(
      error instanceof UnreadableFile ? `${file.name}: ${error.message}` : `${file.name} could not be read.`,
    );
  }
}

function tellTrouble(sentence: string): void {
  setText(trouble, sentence);
  trouble.hidden = false;
}

function show(found: NonNullable<typeof shown>): void {
  shown = found;
  const { report, notes } = found;
  result.hidden = false;
  const { from, to } = report.period;
  const days = (iso: string | null) => iso?.slice(0, 10) ?? '';
  setText(
    onPage('period', HTMLElement),
    from === null
      ? 'There is no WhatsApp message in it.'
      : `From ${days(from)} to ${days(to)}: ${counted(report.inbound)} inbound and ${counted(report.outbound)} outbound messages.`,
  );
  replaceChildren(onPage('notes', HTMLElement), ...notes.map((note) => el('li', {}, note)));
  const counts = reportLines(report).map(({ name, count, meaning }) =>
    el(
      'div',
      {},
      el('dt', {}, name),
      el('dd', { class: 'count' }, counted(count)),
      el('dd', { class: 'meaning' }, meaning),
    ),
  );
  replaceChildren(onPage('counts', HTMLElement), ...counts);
  showProblems(report);
  day = busiestDay(found.rows);
  showPlots();
  showSenders();
  showRows();
}

function counted(count: number): string {
  return count.toLocaleString('en');
}

function showProblems({ problems }: AuditReport): void {
  onPage('problems-section', HTMLElement).hidden = problems.length === 0;
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(({ line, message }) => el('li', {}, `Line ${line}: ${message}`));
  const rest = problems.length - PROBLEMS_SHOWN;
  const more = rest > 0 ? el('li', {}, `… and ${counted(rest)} lines more.`) : null;
  replaceChildren(onPage('problems', HTMLElement), ...lines, more);
}

function showRows(): void {
  const chosen = FILTERS.find(([value]) => value === filter.value)?.[0] ?? ('all' satisfies Filter);
  if (shown) table.show(shown.rows, chosen, nameOf);
}

function showSenders(): void {
  const rows = (shown?.report.serviceMessages ?? []).map(({ sender, month, count }) =>
    el(
      'tr',
      {},
      el('td', {}, nameOf(sender)),
      el('td', {}, month),
      el('td', { class: 'number' }, counted(count)),
    ),
  );
  const head = el(
    'tr',
    {},
    el('th', { scope: 'col' }, 'Sender'),
    el('th', { scope: 'col' }, 'Month'),
    el('th', { scope: 'col', class: 'number' }, 'Messages'),
  );
  const place = onPage('senders', HTMLElement);
  if (rows.length === 0) replaceChildren(place, el('p', {}, 'None.'));
  else replaceChildren(place, el('table', {}, el('thead', {}, head), el('tbody', {}, ...rows)));
}

function showPlots(): void {
  if (!shown) return;
  const { report, rows } = shown;
  const plots = [
    spreadPlot(
      'From inbound to answer',
      'How long the user waited, within the window; never: the window closed unanswered.',
      withNever(report),
    ),
    spreadPlot(
      'Closed by how much',
      'How long the window had been closed when a message was lost; never: it was never open.',
      report.closedFor,
    ),
  ];
  const title = `Windows on ${new Date(day).toISOString().slice(0, 10)} (UTC)`;
  const hint =
    'The band is the open window, a ring an inbound message, a dot an outbound one, a cross one that was lost.';
  const pairs = rows.length > 0 ? peopleOf(rows, day) : [];
  const ofDay = dayPlot(title, pairs.length === 0 ? 'No window is open and nothing is sent.' : hint, {
    start: day,
    pairs,
    width: narrow.matches ? 330 : 960,
  });
  ofDay.append(
    el('p', { class: 'buttons' }, dayButton('Day before', -WINDOW_MS), dayButton('Day after', WINDOW_MS)),
  );
  replaceChildren(onPage('plots', HTMLElement), ...plots, ofDay);
}

function withNever({ answeredAfter, unanswered }: AuditReport): AuditReport['answeredAfter'] {
  return answeredAfter.map((part) => (part.upTo === 'never' ? { ...part, count: unanswered } : part));
}

function dayButton(words: string, step: number): HTMLElement {
  const button = el('button', { type: 'button', class: 'button' }, words);
  button.addEventListener('click', () => {
    day += step;
    showPlots();
    for (const next of document.querySelectorAll<HTMLElement>('#plots button'))
      if (next.textContent === words) next.focus();
  });
  return button;
}

/** The day on which most people wrote or were written to: its beginning in UTC, in milliseconds since the epoch. */
function busiestDay(rows: ReplayedRows): number {
  const counts = new Map<number, number>();
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows.at(index);
    if (!row) continue;
    const start = Math.floor(row.at / WINDOW_MS) * WINDOW_MS;
    counts.set(start, (counts.get(start) ?? 0) + 1 + (row.findings > 0 ? 1 : 0));
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0]?.[0] ?? 0;
}

function peopleOf(rows: ReplayedRows, start: number): readonly DayOfPair[] {
  const pairs = new Map<string, ReplayedRow[]>();
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows.at(index);
    if (!row || row.at < start - WINDOW_MS || row.at >= start + WINDOW_MS) continue;
    const isEarlier = row.at < start;
    if (isEarlier && row.direction === 'outbound') continue;
    const key = `${row.sender} ${row.user}`;
    const known = pairs.get(key);
    if (known) known.push(row);
    else pairs.set(key, [row]);
  }
  return [...pairs.values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, PAIRS_SHOWN)
    .map((ofPair) => ({ name: nameOf(ofPair[0]?.user ?? ''), rows: ofPair.sort((a, b) => a.at - b.at) }));
}
