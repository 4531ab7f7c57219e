/** Answers about windows, held against what was so: of /window, and those that come with a send. */
import type { Invocation, WindowAnswer } from '../ledger';
import { isToldByLog, wasFalselyRefused } from './needless';
import { iso, LATE_MS } from './refusals';
import type { Finding, RowName } from './rows';
import { firstHeard, type Truth, type Written } from './truth';

const DAY_MS = 24 * 3600 * 1000;

export function findWrongWindows(truth: Truth): Finding[] {
  const { questions, sends } = truth.played.ledger;
  const asked = questions.flatMap(({ user, to, attempt: { invocation, answer } }): Finding[] => {
    if (!answer?.json.window || answer.status !== 200) return [];
    const problem =
      windowProblem(truth, { user, to }, answer.json.window, invocation) ??
      consentProblem(truth, user, to, answer.json.optedOut ?? false, invocation);
    return problem ? [{ event: invocation.event, user, ...problem }] : [];
  });
  const sent = sends.flatMap(({ event, to, sendAt, attempts }): Finding[] => {
    const [first] = attempts;
    // The window of a scheduled message is that of another time, and a repeated call answers what the first one saw.
    if (sendAt !== null || attempts.length !== 1 || !first?.answer?.json.window) return [];
    const about = { user: event.user, to };
    const problem = windowProblem(truth, about, first.answer.json.window, first.invocation);
    return problem ? [{ event: event.id, user: event.user, ...problem }] : [];
  });
  return [...asked, ...sent];
}

interface Problem {
  readonly row: RowName;
  readonly what: string;
}

interface Match {
  readonly message: Written;
  readonly arrival: Invocation | null;
}

interface About {
  readonly user: number;
  /** The name that was asked for. */
  readonly to: string;
}

/** An answer on a window, and what its container must have known of it. */
interface Case extends About {
  readonly answer: WindowAnswer;
  readonly invocation: Invocation;
  readonly startedAt: number;
  readonly endedAt: number;
  /** What was told before this moment the container must know: it could last have read then. */
  readonly mustKnowFrom: number;
  /** The newest message that was told by then, under this name or one known to be the same person's. */
  readonly known: Written | undefined;
}

function windowProblem(
  truth: Truth,
  about: About,
  answer: WindowAnswer,
  invocation: Invocation,
): Problem | null {
  const one = caseOf(truth, about, answer, invocation);
  const problem =
    arithmeticProblem(answer, one.startedAt, truth.played.trace.marginSeconds) ??
    awayProblem(one) ??
    messageProblem(truth, one);
  if (!problem) return null;
  const said = `${answer.state} since ${answer.lastInboundAt} (${answer.source}) at ${iso(one.startedAt)}`;
  return { ...problem, what: `${said}: ${problem.what}` };
}

function caseOf(truth: Truth, about: About, answer: WindowAnswer, invocation: Invocation): Case {
  const { startedAt } = invocation;
  const mustKnowFrom = startedAt - truth.staleness(about.user, invocation);
  const known = truth
    .writtenAs(about.user, about.to, mustKnowFrom)
    .findLast(({ answeredAt }) => answeredAt !== null && answeredAt <= mustKnowFrom);
  const endedAt = invocation.endedAt ?? startedAt;
  return { ...about, answer, invocation, startedAt, endedAt, mustKnowFrom, known };
}

function awayProblem({ answer, invocation, to, known }: Case): Problem | null {
  const isAway = known !== undefined && known.from !== to && isToldByLog(invocation, answer);
  return isAway && answer.lastInboundAt !== iso(known.at)
    ? { row: 'wrongWindowAway', what: `${iso(known.at)} was told, under the other name` }
    : null;
}

/** What is wrong with the message that the window is counted from. */
function messageProblem(truth: Truth, one: Case): Problem | null {
  const { lastInboundAt } = one.answer;
  if (lastInboundAt === null) {
    return one.known ? { row: 'wrongWindow', what: `${iso(one.known.at)} was told` } : null;
  }
  const last = Date.parse(lastInboundAt);
  const match = matching(truth.writtenBy(one.user), last, one.endedAt);
  if (!match) return { row: 'wrongWindow', what: 'nobody wrote then' };
  return (
    lateProblem(one, match, last) ??
    olderProblem(one, match.message, last) ??
    stateProblem(truth, one, match.message)
  );
}

function lateProblem({ mustKnowFrom }: Case, { message, arrival }: Match, last: number): Problem | null {
  if (!arrival || last - message.at <= LATE_MS) return null;
  const isExcused = arrival.hits.length > 0 || mustKnowFrom <= (arrival.endedAt ?? arrival.startedAt);
  return {
    row: isExcused ? 'wrongWindowLate' : 'wrongWindow',
    what: `${iso(message.at)} was counted as new`,
  };
}

/** The window is counted from an older message than the newest that was told. */
function olderProblem({ known }: Case, message: Written, last: number): Problem | null {
  // A message whose webhook was late is known by the log's time, which is that of its second.
  if (!known || message.at >= known.at || last >= Math.floor(known.at / 1000) * 1000) return null;
  return { row: 'wrongWindow', what: `${iso(known.at)} was told` };
}

/** It was called open or closed, and WhatsApp had it otherwise. */
function stateProblem(truth: Truth, one: Case, message: Written): Problem | null {
  const { answer, endedAt, startedAt, user } = one;
  const isReallyOpen = truth.isOpen(user, startedAt) || truth.isOpen(user, endedAt);
  if (answer.state === 'open' && !isReallyOpen) {
    const row = truth.notOpenedBy(user, startedAt) ? 'wrongWindowNotOpened' : 'wrongWindow';
    return { row, what: 'it was closed' };
  }
  if (answer.source !== 'whatsapp' || !isReallyOpen) return null;
  const isHarmless = truth.openBy(user, startedAt) !== message && firstHeard(message) > startedAt;
  if (isHarmless) return null;
  const isProved = wasFalselyRefused(truth, user, message, endedAt);
  return { row: isProved ? 'wrongWindowClosed' : 'wrongWindow', what: 'it was open' };
}

/** What follows from the answer's own `lastInboundAt`. */
function arithmeticProblem(answer: WindowAnswer, now: number, marginSeconds: number): Problem | null {
  const what = arithmeticMistake(answer, now, marginSeconds);
  return what === null ? null : { row: 'wrongWindow', what };
}

function arithmeticMistake(
  { state, lastInboundAt, closesAt, secondsLeft, source }: WindowAnswer,
  now: number,
  marginSeconds: number,
): string | null {
  if (lastInboundAt === null) {
    const isNever = closesAt === null && secondsLeft === 0 && (state === 'never' || source === 'whatsapp');
    return isNever ? null : 'nobody wrote, so it cannot be';
  }
  const closes = Date.parse(lastInboundAt) + DAY_MS;
  if (closesAt !== new Date(closes).toISOString()) return `closesAt is ${closesAt}`;
  const left = closes - now;
  const expected =
    source === 'whatsapp' || left <= 0 ? 'closed' : left <= marginSeconds * 1000 ? 'closing' : 'open';
  if (state !== expected) return `it is ${expected}`;
  const seconds = expected === 'closed' ? 0 : Math.floor(left / 1000);
  return secondsLeft === seconds ? null : `secondsLeft is ${secondsLeft}`;
}

/** The message that an answer's time is that of: by the arrival of one of its webhooks, or by the log, to the second. */
function matching(written: readonly Written[], last: number, by: number): Match | null {
  for (let index = written.length - 1; index >= 0; index--) {
    const message = written[index];
    if (!message || message.at > by) continue;
    if (Math.floor(message.at / 1000) * 1000 === last) return { message, arrival: null };
    const arrival = message.attempts.find(({ invocation }) => invocation.startedAt === last)?.invocation;
    if (arrival) return { message, arrival };
  }
  return null;
}

function consentProblem(
  truth: Truth,
  user: number,
  to: string,
  said: boolean,
  invocation: Invocation,
): Problem | null {
  const { startedAt } = invocation;
  const endedAt = invocation.endedAt ?? startedAt;
  if (said) {
    return truth.mayBeStopped(user, endedAt)
      ? null
      : { row: 'wrongWindow', what: `optedOut at ${iso(startedAt)}: nobody said STOP` };
  }
  const stop = truth.stopKnownAt(user, to, startedAt);
  const isOld = stop?.answeredAt != null && stop.answeredAt <= startedAt - truth.staleness(user, invocation);
  return isOld && truth.stopKnownAt(user, to, endedAt)
    ? { row: 'wrongWindow', what: `not optedOut at ${iso(startedAt)}: STOP at ${iso(stop.at)}` }
    : null;
}
