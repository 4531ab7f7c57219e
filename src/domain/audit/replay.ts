/**
 * The audit: a log's rows, replayed pair by pair over the window rules of this service, and what the replay counts. It
 * reads no text and no clock. What happened before the first row is not known: a window that was opened before it looks
 * closed.
 */
import { type ConsentWords, DEFAULT_CONSENT_WORDS } from '../consent';
import { WINDOW_MS, type WindowState, windowAt } from '../customer-service-window';
import type { Prices } from '../prices';
import { type Content, decide } from '../send-decision';
import type { WhatsAppAddress } from '../whatsapp-address';
import { type AuditCost, Costs } from './costs';
import type { LineProblem, LogRow } from './log-row';
import {
  FAILED,
  INBOUND,
  NOT_DELIVERED,
  REJECTED,
  RowStore,
  SAYS_START,
  SAYS_STOP,
  UNKNOWN_FORM,
} from './row-store';
import { Spread, type SpreadPart } from './spread';
import { type TemplateText, templateFinder } from './template-texts';

/** The last part of a window: an answer that came so late nearly did not arrive. */
export const NEAR_MISS_SECONDS = 300;
/** What a row is to the decision: its words do not matter. */
const A_TEMPLATE: Content<null> = { kind: 'template', template: null };
const A_TEXT: Content<null> = {
  kind: 'free-form',
  message: { kind: 'free-form', body: '', mediaUrls: [] },
  template: null,
};
/** From one message of a burst to the next, at most. */
export const BURST_MS = 10_000;

/** What is worth a look about a row, as bits. */
export const FINDINGS = {
  lost: 1,
  falselyRejected: 2,
  nearMiss: 4,
  templateWhileOpen: 8,
  unknownForm: 16,
  burst: 32,
  unanswered: 64,
} as const;

/** What this service would have done with a row: `again` is one more free-form try after a false refusal. */
export const DECISIONS = ['none', 'free-form', 'again', 'template', 'hold', 'refuse'] as const;
export type ReplayedDecision = (typeof DECISIONS)[number];

export interface ReplayedRow {
  readonly line: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly direction: 'inbound' | 'outbound';
  readonly sender: WhatsAppAddress;
  readonly user: WhatsAppAddress;
  /** Milliseconds since the epoch; null where no inbound message is in the log before it. Of an inbound row, its own time. */
  readonly lastInboundAt: number | null;
  readonly decision: ReplayedDecision;
  /** Of `FINDINGS`. */
  readonly findings: number;
}

export interface AuditReport {
  /** ISO 8601; null where there is no row. */
  readonly period: { readonly from: string | null; readonly to: string | null };
  readonly inbound: number;
  readonly outbound: number;
  /** Outbound with error 63016. */
  readonly rejectedForWindow: number;
  /** Those of them with an inbound message less than 24 h before. */
  readonly falselyRejected: number;
  /** Other outbound in the last five minutes of a window. */
  readonly nearMisses: number;
  /** Outbound in an open window whose text is a template's. */
  readonly templatesWhileOpen: number;
  /** Outbound with neither text nor media. */
  readonly unknownForm: number;
  /** Runs to one person, at most 10 s from one to the next, with no inbound message between. */
  readonly bursts: { readonly messages: number; readonly avoidable: number };
  /** Windows that closed with the user's message the last. */
  readonly unanswered: number;
  /** Delivered free-form messages within 24 h of an inbound one; the month is UTC's, such as `2026-11`. */
  readonly serviceMessages: readonly {
    readonly sender: string;
    readonly month: string;
    readonly count: number;
  }[];
  readonly cost: AuditCost | null;
  /** By line, the smallest first. */
  readonly problems: readonly LineProblem[];
  /** How long the windows of `rejectedForWindow` had been closed, without those that were not. */
  readonly closedFor: readonly SpreadPart[];
  /** From a user's first message that waits to the answer, within its window. */
  readonly answeredAfter: readonly SpreadPart[];
}

export interface AuditOptions {
  readonly templates?: readonly TemplateText[];
  readonly consentWords?: ConsentWords;
}

export interface AuditPeriod {
  /** Milliseconds since the epoch: earlier rows open windows, and are not counted. */
  readonly from: number;
  /** Milliseconds since the epoch: a window that closes later is not closed yet. */
  readonly to: number;
}

/** @example const audit = new Audit(); audit.add(row); audit.report().rejectedForWindow */
export class Audit {
  readonly #store: RowStore;
  readonly #problems: LineProblem[] = [];
  #rows: ReplayedRows | undefined;

  constructor({ templates = [], consentWords = DEFAULT_CONSENT_WORDS }: AuditOptions = {}) {
    this.#store = new RowStore(templateFinder(templates), consentWords);
  }

  /** Of the log, in any order. */
  add(row: LogRow): void {
    this.#store.add(row);
  }

  addProblem(problem: LineProblem): void {
    this.#problems.push(problem);
  }

  /** @param period by default from the first row to the last */
  report({ period, prices = null }: { period?: AuditPeriod; prices?: Prices | null } = {}): AuditReport {
    const replay = new Replay(this.#store, period ?? periodOf(this.#store), prices);
    replay.run();
    this.#rows = replay;
    return replay.report(this.#problems);
  }

  /** Every row in the order in which it was added, as the last report replayed it. */
  get rows(): ReplayedRows {
    return this.#rows ?? { length: 0, at: () => undefined };
  }
}

export interface ReplayedRows {
  readonly length: number;
  /** @returns undefined for a row that repeats another */
  at(index: number): ReplayedRow | undefined;
}

function periodOf(store: RowStore): AuditPeriod | null {
  if (store.count === 0) return null;
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < store.count; index += 1) {
    from = Math.min(from, store.timeOf(index));
    to = Math.max(to, store.timeOf(index));
  }
  return { from, to };
}

/** What is known of a pair between two of its rows. Times are milliseconds since the epoch. */
interface PairState {
  readonly pair: number;
  lastInboundAt: number | null;
  lastInboundRow: number;
  /** The first message that no answer followed; null where the last word is ours. */
  waitingSince: number | null;
  /** The message before, if it is outbound. */
  outboundBefore: { readonly row: number; readonly at: number } | null;
  optedOut: boolean;
}

class Replay implements ReplayedRows {
  readonly #lastInbound: Float64Array;
  readonly #findings: Uint8Array;
  readonly #decisions: Uint8Array;
  readonly #isRepeat: Uint8Array;
  readonly #service = new Map<string, { sender: string; month: string; count: number }>();
  readonly #closedFor = new Spread(['5 min', '1 h', '6 h', '1 d', '7 d']);
  readonly #answeredAfter = new Spread(['1 min', '5 min', '15 min', '1 h', '4 h', '12 h']);
  readonly #costs: Costs | null;
  readonly #repeats: LineProblem[] = [];
  readonly #counts = {
    inbound: 0,
    outbound: 0,
    rejectedForWindow: 0,
    falselyRejected: 0,
    nearMisses: 0,
    templatesWhileOpen: 0,
    unknownForm: 0,
    bursts: { messages: 0, avoidable: 0 },
    unanswered: 0,
  };

  constructor(
    private readonly store: RowStore,
    private readonly period: AuditPeriod | null,
    prices: Prices | null,
  ) {
    this.#lastInbound = new Float64Array(store.count).fill(Number.NaN);
    this.#findings = new Uint8Array(store.count);
    this.#decisions = new Uint8Array(store.count);
    this.#isRepeat = new Uint8Array(store.count);
    this.#costs = prices && new Costs(prices);
  }

  get length(): number {
    return this.store.count;
  }

  at(index: number): ReplayedRow | undefined {
    if (index < 0 || index >= this.store.count || this.#isRepeat[index] === 1) return undefined;
    const pair = this.store.pairOf(index);
    const lastInboundAt = this.#lastInbound[index] ?? Number.NaN;
    return {
      line: this.store.lineOf(index),
      at: this.store.timeOf(index),
      direction: this.store.bitsOf(index) & INBOUND ? 'inbound' : 'outbound',
      sender: this.store.senderOf(pair),
      user: this.store.userOf(pair),
      lastInboundAt: Number.isNaN(lastInboundAt) ? null : lastInboundAt,
      decision: DECISIONS[this.#decisions[index] ?? 0] ?? 'none',
      findings: this.#findings[index] ?? 0,
    };
  }

  run(): void {
    let state: PairState | undefined;
    let before: number | undefined;
    for (const row of this.store.inOrder()) {
      if (before !== undefined && this.store.isSameMessage(before, row)) {
        const message = `This line repeats line ${this.store.lineOf(before)}, with the same Sid: it is not counted.`;
        this.#isRepeat[row] = 1;
        this.#repeats.push({ line: this.store.lineOf(row), message });
        continue;
      }
      before = row;
      const pair = this.store.pairOf(row);
      if (state?.pair !== pair) {
        this.#endWindow(state, this.period?.to ?? 0);
        state = newPair(pair);
      }
      if (this.store.bitsOf(row) & INBOUND) this.#inbound(row, state);
      else this.#outbound(row, state);
    }
    this.#endWindow(state, this.period?.to ?? 0);
  }

  report(problems: readonly LineProblem[]): AuditReport {
    const iso = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString());
    const services = [...this.#service.values()];
    return {
      period: { from: iso(this.period?.from), to: iso(this.period?.to) },
      ...this.#counts,
      serviceMessages: services.sort((a, b) => compare(a.sender, b.sender) || compare(a.month, b.month)),
      cost: this.#costs?.total() ?? null,
      problems: [...problems, ...this.#repeats].sort((a, b) => a.line - b.line),
      closedFor: this.#closedFor.parts(),
      answeredAfter: this.#answeredAfter.parts(),
    };
  }

  #inbound(row: number, state: PairState): void {
    const at = this.store.timeOf(row);
    const bits = this.store.bitsOf(row);
    this.#endWindow(state, at);
    state.lastInboundAt = at;
    state.lastInboundRow = row;
    state.waitingSince ??= at;
    state.outboundBefore = null;
    if (bits & SAYS_STOP) state.optedOut = true;
    if (bits & SAYS_START) state.optedOut = false;
    this.#lastInbound[row] = at;
    if (!this.#isCounted(at)) return;
    this.#counts.inbound += 1;
    this.#costs?.inbound();
  }

  #outbound(row: number, state: PairState): void {
    const at = this.store.timeOf(row);
    this.#endWindow(state, at);
    if (state.lastInboundAt !== null) this.#lastInbound[row] = state.lastInboundAt;
    if (this.#isCounted(at)) this.#count(row, at, state);
    state.waitingSince = null;
    state.outboundBefore = { row, at };
  }

  #count(row: number, at: number, state: PairState): void {
    const bits = this.store.bitsOf(row);
    const template = this.store.templateOfRow(row);
    const facts = {
      lastInboundAt: state.lastInboundAt,
      closedByWhatsApp: false,
      source: 'message-log' as const,
    };
    const window = windowAt(facts, at, NEAR_MISS_SECONDS);
    const isWithin = window.state === 'open' || window.state === 'closing';
    const isRejected = (bits & REJECTED) > 0;

    this.#counts.outbound += 1;
    if (isRejected) this.#countRejection(row, at, window.closesAt, isWithin);
    else this.#countAccepted(row, window.state, template !== undefined);
    if (bits & UNKNOWN_FORM) this.#find(row, 'unknownForm', 'unknownForm');
    if (isWithin && state.waitingSince !== null) this.#answeredAfter.add(at - state.waitingSince);

    const isBurst = this.#countBurst(row, at, state);
    const isFreeForm = isWithin && template === undefined && (bits & UNKNOWN_FORM) === 0;
    const isCharged = (bits & (REJECTED | NOT_DELIVERED)) === 0;
    if (isFreeForm && isCharged) this.#countService(at, state.pair);
    const form = isFreeForm ? 'service' : (template?.category ?? null);
    this.#costs?.outbound({
      form,
      at,
      sender: this.store.senderOf(state.pair),
      user: this.store.userOf(state.pair),
      isCharged,
      isFailed: (bits & FAILED) > 0,
      isDelivered: (bits & NOT_DELIVERED) === 0,
      isAvoidable: isBurst,
    });
    const isTemplate = template !== undefined || (bits & UNKNOWN_FORM) > 0;
    const content = isTemplate ? A_TEMPLATE : A_TEXT;
    const decision = decide(content, 'hold', { known: true, window, optedOut: state.optedOut });
    const wouldRepeat = isRejected && decision.action === 'free-form';
    this.#decisions[row] = DECISIONS.indexOf(wouldRepeat ? 'again' : decision.action);
  }

  #countRejection(row: number, at: number, closesAt: number | null, isWithin: boolean): void {
    this.#find(row, isWithin ? 'falselyRejected' : 'lost', 'rejectedForWindow');
    if (isWithin) this.#counts.falselyRejected += 1;
    else this.#closedFor.add(closesAt === null ? null : at - closesAt);
  }

  #countAccepted(row: number, state: WindowState, isTemplate: boolean): void {
    if (state === 'closing') this.#find(row, 'nearMiss', 'nearMisses');
    if (state === 'open' && isTemplate) this.#find(row, 'templateWhileOpen', 'templatesWhileOpen');
  }

  /** @returns whether the message before could have said it too */
  #countBurst(row: number, at: number, { outboundBefore }: PairState): boolean {
    if (outboundBefore === null || at - outboundBefore.at > BURST_MS) return false;
    if (!this.#isCounted(outboundBefore.at)) return false;
    const { bursts } = this.#counts;
    if (((this.#findings[outboundBefore.row] ?? 0) & FINDINGS.burst) === 0) {
      bursts.messages += 1;
      this.#mark(outboundBefore.row, 'burst');
    }
    bursts.messages += 1;
    bursts.avoidable += 1;
    this.#mark(row, 'burst');
    return true;
  }

  #countService(at: number, pair: number): void {
    const sender = this.store.senderOf(pair);
    const month = new Date(at).toISOString().slice(0, 7);
    const entry = this.#service.get(`${sender} ${month}`) ?? { sender, month, count: 0 };
    entry.count += 1;
    this.#service.set(`${sender} ${month}`, entry);
  }

  /** Whether the window has closed by now, with the user's message the last. */
  #endWindow(state: PairState | undefined, now: number): void {
    if (!state || state.lastInboundAt === null || state.waitingSince === null) return;
    const closesAt = state.lastInboundAt + WINDOW_MS;
    if (now < closesAt) return;
    state.waitingSince = null;
    if (this.#isCounted(closesAt)) this.#find(state.lastInboundRow, 'unanswered', 'unanswered');
  }

  #isCounted(at: number): boolean {
    return this.period !== null && at >= this.period.from && at <= this.period.to;
  }

  #find(
    row: number,
    finding: keyof typeof FINDINGS,
    count: 'rejectedForWindow' | 'nearMisses' | 'templatesWhileOpen' | 'unknownForm' | 'unanswered',
  ): void {
    this.#counts[count] += 1;
    this.#mark(row, finding);
  }

  #mark(row: number, finding: keyof typeof FINDINGS): void {
    this.#findings[row] = (this.#findings[row] ?? 0) | FINDINGS[finding];
  }
}

function newPair(pair: number): PairState {
  return {
    pair,
    lastInboundAt: null,
    lastInboundRow: -1,
    waitingSince: null,
    outboundBefore: null,
    optedOut: false,
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
