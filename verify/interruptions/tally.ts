/** What came of the cases of one kind of work, in numbers, and the findings by name. It must not judge. */
import { FAULTS, MEETINGS } from './faults';
import { nameOf, type Played } from './table';
import type { Work } from './works';

export interface Count {
  readonly cases: number;
  readonly wrong: number;
}

export interface WorkTally {
  readonly work: string;
  /** Requests to Twilio at which it was interrupted. */
  readonly requests: number;
  readonly played: number;
  /** By fault or meeting; interruptions that left the same behind are counted as played. */
  readonly byHow: Readonly<Record<string, Count>>;
  readonly byNext: Readonly<Record<string, Count>>;
  /** Such as `send | 2 | killed after | STOP: doubled: …`. */
  readonly findings: readonly string[];
}

export function tallyOf(work: Work, played: readonly Played[]): WorkTally {
  const byHow: Record<string, Count> = {};
  const byNext: Record<string, Count> = {};
  const add = (counts: Record<string, Count>, key: string, isWrong: boolean) => {
    const { cases = 0, wrong = 0 } = counts[key] ?? {};
    counts[key] = { cases: cases + 1, wrong: wrong + (isWrong ? 1 : 0) };
  };
  for (const { one, alike, findings } of played) {
    for (const { how } of [one, ...alike]) add(byHow, how, findings.length > 0);
    for (const _ of [one, ...alike]) add(byNext, one.next.name, findings.length > 0);
  }
  return {
    work: work.name,
    requests: Math.max(0, ...played.flatMap(({ one, alike }) => [one, ...alike].map(({ at }) => at))),
    played: played.length,
    byHow,
    byNext,
    findings: played.flatMap(({ one, findings }) =>
      findings.length === 0
        ? []
        : [`${nameOf(one)}: ${findings.map(({ rule, what }) => `${rule}: ${what}`).join('; ')}`],
    ),
  };
}

/** Which kinds of work survive which interruption, and which next event, as Markdown. */
export function tallyTable(tallies: readonly WorkTally[], nextEvents: readonly string[]): string {
  const cell = (count: Count | undefined) =>
    count === undefined
      ? ''
      : count.wrong === 0
        ? `✓ ${count.cases}`
        : `${count.wrong} of ${count.cases} wrong`;
  const table = (columns: readonly string[], of: (tally: WorkTally) => Readonly<Record<string, Count>>) => [
    `| work | requests | ${columns.join(' | ')} |`,
    `|---|---:|${columns.map(() => '---').join('|')}|`,
    ...tallies.map(
      (tally) =>
        `| ${tally.work} | ${tally.requests} | ${columns.map((column) => cell(of(tally)[column])).join(' | ')} |`,
    ),
  ];
  return [
    'By what befalls a request; `between` and `alongside` are another event in the middle of the work:',
    '',
    ...table([...FAULTS, ...MEETINGS], ({ byHow }) => byHow),
    '',
    'By what comes next:',
    '',
    ...table(nextEvents, ({ byNext }) => byNext),
  ].join('\n');
}
