/**
 * A trace that failed, made small and kept in a file that `test/slow/simulate/regressions.test.ts` plays from then on. It must
 * not judge; it asks the oracle.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf } from './figures';
import type { Finding, RowName } from './oracle/rows';
import { play, type Sabotage } from './play';
import { shrink } from './shrink';
import type { Trace } from './trace-event';

export interface Regression {
  /** The row that must be 0 and was not. */
  readonly row: RowName;
  /** What was seen, for a person. */
  readonly what: string;
  readonly trace: Trace;
}

/** What is longer tells a person nothing, and takes a test too long: the seed has to do. */
const MAX_EVENTS = 200;

/**
 * @param sabotage what the functions were played with
 * @returns the file, null where the trace could not be made small; and how many events are left
 */
export async function keepRegression(
  trace: Trace,
  { row, user, event, what }: Finding,
  folder: string,
  sabotage: Sabotage = {},
): Promise<{ readonly file: string | null; readonly events: number }> {
  let seen = what;
  const small = await shrink(trace, user, async (smaller) => {
    const found = figuresOf(await play(smaller, sabotage)).findings.find((finding) => finding.row === row);
    if (found) seen = found.what;
    return found !== undefined;
  });
  const events = small.events.length;
  if (events > MAX_EVENTS) return { file: null, events };
  const file = join(folder, `${row}-${trace.seed}-${event}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, regressionText({ row, what: seen, trace: small }));
  return { file, events };
}

/** The text of a regression file: an event to a line, so that a person can read the story. */
function regressionText({ row, what, trace }: Regression): string {
  const { users, events, ...rest } = trace;
  const lines = (items: readonly object[]) =>
    items.map((item) => `      ${JSON.stringify(item)}`).join(',\n');
  const head = Object.entries(rest).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  return `{
  "row": ${JSON.stringify(row)},
  "what": ${JSON.stringify(what)},
  "trace": {
${head.join('\n')}
    "users": [
${lines(users)}
    ],
    "events": [
${lines(events)}
    ]
  }
}
`;
}
