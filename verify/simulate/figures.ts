/**
 * The figures of a played trace: how much happened, what it cost in requests to Twilio, and how often each row of the
 * oracle was found. It must not decide what is an error; `oracle/rows.ts` does.
 */
import { judge } from './oracle/judge';
import { type Finding, ROW_NAMES, ROWS, type RowName } from './oracle/rows';
import type { Played } from './play';

const DAY_MS = 24 * 3600 * 1000;

export interface Figures {
  readonly seed: string;
  readonly users: number;
  readonly events: number;
  readonly days: number;
  readonly marginSeconds: number;
  /** By kind. */
  readonly happened: Readonly<Record<string, number>>;
  readonly rows: Readonly<Record<RowName, number>>;
  readonly requests: {
    readonly total: number;
    readonly perEvent: number;
    /** By the function that made them. */
    readonly byFunction: readonly FunctionFigures[];
  };
}

export interface FunctionFigures {
  readonly path: string;
  readonly invocations: number;
  readonly requestsPerInvocation: number;
}

export interface Judged {
  readonly figures: Figures;
  readonly findings: readonly Finding[];
  /** Of rows that must be 0. */
  readonly failures: readonly Finding[];
}

export function figuresOf(played: Played): Judged {
  const { trace, ledger, messages } = played;
  const findings = judge(played);
  const failures = findings.filter(({ row }) => ROWS[row].mustBeZero);
  const outbound = messages.filter(({ direction }) => direction !== 'inbound');
  const total = ledger.invocations.reduce((sum, { requests }) => sum + requests, 0);
  const figures: Figures = {
    seed: trace.seed,
    users: trace.users.length,
    events: trace.events.length,
    days: Math.ceil((trace.events.at(-1)?.at ?? 0) / DAY_MS),
    marginSeconds: trace.marginSeconds,
    happened: {
      'inbound messages': ledger.inbounds.length,
      'calls that send': ledger.sends.length,
      'free-form messages': outbound.filter(({ contentSid }) => contentSid === null).length,
      'template messages': outbound.filter(({ contentSid }) => contentSid !== null).length,
      'questions about a window': ledger.questions.length,
      cancellations: ledger.cancellations.length,
      'invocations of functions': ledger.invocations.length,
      'invocations that met a fault': ledger.invocations.filter(({ hits }) => hits.length > 0).length,
    },
    rows: countRows(findings),
    requests: {
      total,
      perEvent: round(total / Math.max(1, trace.events.length)),
      byFunction: byFunction(played),
    },
  };
  return { figures, findings, failures };
}

function countRows(findings: readonly Finding[]): Figures['rows'] {
  const counts = Object.fromEntries(ROW_NAMES.map((name) => [name, 0])) as Record<RowName, number>;
  for (const { row } of findings) counts[row] += 1;
  return counts;
}

function byFunction({ ledger }: Played): readonly FunctionFigures[] {
  const sums = new Map<string, { invocations: number; requests: number }>();
  for (const { path, requests } of ledger.invocations) {
    const sum = sums.get(path) ?? { invocations: 0, requests: 0 };
    sum.invocations += 1;
    sum.requests += requests;
    sums.set(path, sum);
  }
  return [...sums].sort().map(([path, { invocations, requests }]) => ({
    path,
    invocations,
    requestsPerInvocation: round(requests / invocations),
  }));
}

const round = (value: number) => Math.round(value * 100) / 100;
