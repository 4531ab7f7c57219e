/** What an earlier run has left to do, and how. What may be out already is asked for again exactly as it was, or not at all. */
import type { Journal } from './journal';
import { apart, type Message, messageOf, together } from './messages';
import type { Row } from './rows';

export interface Todo {
  readonly messages: readonly Message[];
  /** They may be out in one message with rows that are not in the file any more, so that nobody can ask for it again. */
  readonly parted: readonly Row[];
}

/**
 * @param keyOf the key of a row
 * @param isTogether whether rows for one person are joined
 */
export function todoOf(
  rows: readonly Row[],
  journal: Journal,
  keyOf: (row: Row) => string,
  isTogether: boolean,
): Todo {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const again = new Map<string, Message>();
  const parted: Row[] = [];
  const fresh: Row[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    if (!journal.mayBeOut(key)) {
      fresh.push(row);
      continue;
    }
    const [first, ...others] = journal.companionsOf(key).map((companion) => byKey.get(companion));
    const present = others.filter((other) => other !== undefined);
    if (first === undefined || present.length < others.length) parted.push(row);
    else again.set(keyOf(first), messageOf([first, ...present]));
  }
  return { messages: [...again.values(), ...(isTogether ? together : apart)(fresh)], parted };
}
