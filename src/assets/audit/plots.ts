/** The plots of an audit, as inline SVG: each says the same in its label, for whoever cannot look. */
import type { ReplayedRow } from '../../domain/audit/replay';
import { FINDINGS } from '../../domain/audit/replay';
import type { SpreadPart } from '../../domain/audit/spread';
import { WINDOW_MS } from '../../domain/customer-service-window';
import { type Child, el, svg } from './element';

const WIDTH = 320;
const ROW = 26;
const LABEL = 72;

/** @param title a sentence's beginning, such as `From inbound to answer` */
export function spreadPlot(title: string, hint: string, parts: readonly SpreadPart[]): HTMLElement {
  const most = Math.max(1, ...parts.map(({ count }) => count));
  const room = WIDTH - LABEL - 56;
  const rows = parts.flatMap(({ upTo, count }, index) => {
    const y = index * ROW;
    const width = count === 0 ? 0 : Math.max(2, (count / most) * room);
    return [
      svg('text', { x: LABEL - 8, y: y + 17, 'text-anchor': 'end', class: 'axis' }, labelOf(upTo)),
      svg('rect', { x: LABEL, y: y + 4, width: width.toFixed(1), height: ROW - 8, rx: 3, class: 'bar' }),
      svg('text', { x: LABEL + width + 6, y: y + 17 }, count.toLocaleString('en')),
    ];
  });
  const said = parts.map(({ upTo, count }) => `${labelOf(upTo)}: ${count}`).join(', ');
  return figure(
    title,
    hint,
    { viewBox: `0 0 ${WIDTH} ${parts.length * ROW}`, label: `${title}. ${said}.` },
    rows,
  );
}

/** Of a bar: up to a bound, which lies in it. */
function labelOf(upTo: string): string {
  return /^\d/.test(upTo) ? `to ${upTo}` : upTo;
}

export interface DayOfPair {
  /** As it is shown. */
  readonly name: string;
  readonly rows: readonly ReplayedRow[];
}

const DAY_LABEL = 90;
const DAY_ROW = 24;

export interface Day {
  /** Its beginning, in milliseconds since the epoch. */
  readonly start: number;
  /** With every row that matters to the day, by time. */
  readonly pairs: readonly DayOfPair[];
  /** Of the drawing; text keeps its size where that is the width of the place. */
  readonly width: number;
}

export function dayPlot(title: string, hint: string, { start, pairs, width }: Day): HTMLElement {
  const room = width - DAY_LABEL - 12;
  const x = (at: number) => DAY_LABEL + (Math.min(Math.max(at - start, 0), WINDOW_MS) / WINDOW_MS) * room;
  const height = pairs.length * DAY_ROW;
  const hours = [0, 6, 12, 18, 24].flatMap((hour) => {
    const at = x(start + (hour / 24) * WINDOW_MS);
    return [
      svg('line', { x1: at, x2: at, y1: 0, y2: height, class: 'grid' }),
      svg(
        'text',
        { x: at, y: height + 16, 'text-anchor': hour === 24 ? 'end' : 'middle', class: 'axis' },
        `${hour}:00`,
      ),
    ];
  });
  const isOfDay = ({ at }: ReplayedRow) => at >= start && at < start + WINDOW_MS;
  const lines = pairs.flatMap(({ name, rows }, index) => {
    const y = index * DAY_ROW;
    const windows = rows
      .filter(
        ({ direction, at }) => direction === 'inbound' && at + WINDOW_MS > start && at < start + WINDOW_MS,
      )
      .map(({ at }) => [x(at), x(at + WINDOW_MS)] as const)
      .map(([from, to]) => svg('rect', { x: from, y: y + 7, width: to - from, height: 10, class: 'open' }));
    const marks = rows.filter(isOfDay).flatMap((row) => markOf(row, x(row.at), y + 12));
    return [svg('text', { x: 0, y: y + 16 }, name), ...windows, ...marks];
  });
  const ofDay = pairs.map(({ rows }) => rows.filter(isOfDay));
  const lost = ofDay.flat().filter(isRefused).length;
  const label = `${title}: ${pairs.length} people, ${ofDay.flat().length} messages, ${lost} of them refused with 63016.`;
  return figure(title, hint, { viewBox: `0 0 ${width} ${height + 22}`, label }, [...hours, ...lines], true);
}

function isRefused({ findings }: ReplayedRow): boolean {
  return (findings & (FINDINGS.lost | FINDINGS.falselyRejected)) > 0;
}

function markOf(row: ReplayedRow, x: number, y: number): readonly SVGElement[] {
  if (row.direction === 'inbound') return [svg('circle', { cx: x, cy: y, r: 5, class: 'wrote' })];
  if (!isRefused(row)) return [svg('circle', { cx: x, cy: y, r: 4, class: 'sent' })];
  return [
    svg('line', { x1: x - 5, x2: x + 5, y1: y - 5, y2: y + 5, class: 'cross' }),
    svg('line', { x1: x - 5, x2: x + 5, y1: y + 5, y2: y - 5, class: 'cross' }),
  ];
}

function figure(
  title: string,
  hint: string,
  { viewBox, label }: { readonly viewBox: string; readonly label: string },
  content: readonly Child[],
  isWide = false,
): HTMLElement {
  return el(
    'figure',
    { class: isWide ? 'plot wide' : 'plot' },
    el('h3', {}, title),
    svg('svg', { viewBox, role: 'img', 'aria-label': label }, ...content),
    el('p', { class: 'hint' }, hint),
  );
}
