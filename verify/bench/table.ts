/** The rows as a table on the terminal, and as one in Markdown for docs/internals/bench.md. It must not judge them. */
import type { Ratio } from './interleaved';
import { type Row, verdictOf } from './row';

export function printTable(rows: readonly Row[]): void {
  console.table(
    Object.fromEntries(
      rows.map((row) => {
        const [what = '', ours, baseline, floor, toBaseline, toFloor, verdict] = cellsOf(row);
        const [left, middle, right] = [ours, baseline, floor].map((text) => (text ? Number(text) : ''));
        const cells = {
          ours: left,
          baseline: middle,
          floor: right,
          'ours/baseline': toBaseline,
          'ours/floor': toFloor,
        };
        return [what, { ...cells, '': verdict }];
      }),
    ),
  );
  for (const { what, note } of rows) if (note !== undefined) console.log(`${what}: ${note}`);
}

/** With each row's note below the table, once for all rows that share it. */
export function markdownTable(rows: readonly Row[]): string {
  const notes = [...new Set(rows.flatMap(({ note }) => note ?? []))];
  const lines = rows.map((row) => {
    const [what = '', ...rest] = cellsOf(row);
    const mark = row.note === undefined ? '' : ` [${notes.indexOf(row.note) + 1}]`;
    return `| ${[what + mark, ...rest].join(' | ')} |`;
  });
  return [
    '| | ours | baseline | floor | ours/baseline | ours/floor | |',
    '|---|---:|---:|---:|---|---|---|',
    ...lines,
    ...(notes.length > 0 ? ['', ...notes.map((note, index) => `${index + 1}. ${note}`)] : []),
  ].join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const { ours, baseline, floor } = row.figures;
  return [
    row.unit === '' ? row.what : `${row.what}, ${row.unit}`,
    ...[ours, baseline, floor].map(figure),
    ...[row.toBaseline, row.toFloor].map(ratio),
    verdictOf(row),
  ];
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(3)));
}

function ratio(value: Ratio | undefined): string {
  if (!value) return '';
  const [median, low, high] = [value.median, value.low, value.high].map((share) => share.toFixed(2));
  return low === high ? String(median) : `${median} (${low} to ${high})`;
}
