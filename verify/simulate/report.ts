/** The figures as tables: Markdown, which a terminal shows as well as a page. It must not count anything. */
import type { Figures } from './figures';
import type { MarginFigures } from './margins';
import { ROW_NAMES, ROWS, type RowDefinition } from './oracle/rows';

export function figuresTable({ rows, happened, requests, ...trace }: Figures): string {
  const { seed, users, events, days, marginSeconds } = trace;
  const counted = ROW_NAMES.map((name) => {
    const row: RowDefinition = ROWS[name];
    const count = rows[name];
    const goal = count === 0 ? 'must be 0' : '**must be 0**';
    return [String(count), row.title, row.mustBeZero ? goal : (row.because ?? '')];
  });
  const functions = requests.byFunction.map(({ path, invocations, requestsPerInvocation }) => [
    path,
    String(invocations),
    requestsPerInvocation.toFixed(2),
  ]);
  return [
    `Seed \`${seed}\`: ${events} events, ${users} users, ${days} days, a margin of ${marginSeconds} s.`,
    table(
      ['happened', 'count'],
      Object.entries(happened).map(([what, count]) => [what, String(count)]),
    ),
    table(['count', 'found', 'why'], counted),
    table(['function', 'invocations', 'requests to Twilio each'], functions),
    `${requests.total} requests to Twilio, ${requests.perEvent.toFixed(2)} for each event.`,
  ].join('\n\n');
}

const FROM = '<!-- figures -->';
const TO = '<!-- end of figures -->';

/** @returns the document with these figures in place of those that stand between its two marks @throws where it has no marks */
export function withFigures(document: string, figures: string): string {
  const [before, after] = [document.indexOf(FROM), document.indexOf(TO)];
  if (before < 0 || after < before) throw new Error(`The document has no ${FROM} … ${TO}.`);
  return `${document.slice(0, before)}${FROM}\n\n${figures}\n\n${document.slice(after)}`;
}

export function marginTable(margins: readonly MarginFigures[]): string {
  return table(
    ['margin', 'free-form, rejected as too late', 'not free-form, though it was allowed'],
    margins.map(({ marginSeconds, tooLate, tooCautious }) => [
      `${marginSeconds} s`,
      tooLate.toFixed(1),
      tooCautious.toFixed(1),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
