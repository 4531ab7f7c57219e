/** The rows of an audit as a table, a part at a time: a million rows are never all on the page. */
import { FINDINGS, type ReplayedRow, type ReplayedRows } from '../../domain/audit/replay';
import { decisionWords, FINDING_WORDS, findingWords } from '../../domain/audit/report-words';
import { el, replaceChildren } from './element';

const PART = 100;

export type Filter = keyof typeof FINDINGS | 'found' | 'all';

export const FILTERS: readonly (readonly [Filter, string])[] = [
  ['all', 'All rows'],
  ['found', 'Rows with a finding'],
  ...FINDING_WORDS.map(([finding, words]) => [finding, words.replace(/(?: \(63016\))?[.:].*$/, '')] as const),
];

export interface RowTable {
  /** Begins anew. @param nameOf how a person is shown */
  show(rows: ReplayedRows, filter: Filter, nameOf: (address: string) => string): void;
  /** The next part. */
  more(): void;
}

/** @param onMore told whether there are more rows */
export function rowTable(place: Element, onMore: (hasMore: boolean) => void): RowTable {
  let [rows, filter, nameOf]: Parameters<RowTable['show']> = [
    { length: 0, at: () => undefined },
    'all',
    String,
  ];
  let next = 0;
  let body = el('tbody');

  function more(): void {
    let shown = 0;
    for (; next < rows.length; next += 1) {
      const row = rows.at(next);
      if (!row || !passes(row, filter)) continue;
      // One is looked for beyond the part, to know whether there is more.
      if (shown === PART) break;
      body.append(line(row, nameOf));
      shown += 1;
    }
    onMore(next < rows.length);
  }

  return {
    more,
    show(...given) {
      [rows, filter, nameOf] = given;
      next = 0;
      body = el('tbody');
      const heads = ['Line', 'Time (UTC)', 'Person', 'What happened', 'What this service would do'];
      const head = heads.map((text, index) =>
        el('th', { scope: 'col', class: index === 0 ? 'number' : null }, text),
      );
      replaceChildren(place, el('table', {}, el('thead', {}, el('tr', {}, ...head)), body));
      more();
    },
  };
}

function passes({ findings }: ReplayedRow, filter: Filter): boolean {
  if (filter === 'all') return true;
  return filter === 'found' ? findings > 0 : (findings & FINDINGS[filter]) > 0;
}

function line(row: ReplayedRow, nameOf: (address: string) => string): HTMLElement {
  const what = row.direction === 'inbound' ? 'The user wrote.' : 'A message to the user.';
  const isLost = (row.findings & (FINDINGS.lost | FINDINGS.falselyRejected)) > 0;
  return el(
    'tr',
    {},
    el('td', { class: 'number' }, String(row.line)),
    el('td', { class: 'time' }, new Date(row.at).toISOString().replace('T', ' ').slice(0, 19)),
    el('td', { class: 'who' }, nameOf(row.user)),
    el('td', { class: isLost ? 'lost' : null }, `${what} ${findingWords(row)}`.trim()),
    el('td', {}, decisionWords(row)),
  );
}
