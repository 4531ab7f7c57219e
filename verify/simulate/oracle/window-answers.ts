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
      windowProblem(truth, { user, to, isSend: false }, answer.json.window, invocation) ??
      consentProblem(truth, user, to, answer.json.optedOut ?? false, invocation);
    return problem ? [{ event: invocation.event, user, ...problem }] : [];
  });
  const sent = sends.flatMap(({ event, to, sendAt, attempts }): Finding[] => {
    const [first] = attempts;
    // The window of a scheduled message is that of another time, and a repeated call answers what the first one saw.
    if (sendAt !== null || attempts.length !== 1 || !first?.answer?.json.window) return [];
    const about = { user: event.user, to, isSend: true };
    const problem = windowProblem(truth, about, first.answer.json.window, first.invocation);
    return problem ? [{ event: event.id, user: event.user, ...problem }] : [];
  });
  return [...asked, ...sent];
}

interface Problem {
  readonly row: RowName;
  readonly what: string;
}

interface About {
  readonly user: number;
  /** The name that was asked for. */
  readonly to: string;
  /** The answer came with a send. */
  readonly isSend: boolean;
}

function windowProblem(
  truth: Truth,
  { user, to, isSend }: About,
  answer: WindowAnswer,
  invocation: Invocation,
): Problem | null {
  const { startedAt } = invocation;
  const endedAt = invocation.endedAt ?? startedAt;
  const said = `${answer.state} since ${answer.lastInboundAt} (${answer.source}) at ${iso(startedAt)}`;
  const wrong = (row: RowName, why: string): Problem => ({ row, what: `${said}: ${why}` });

  const arithmetic = arithmeticProblem(answer, startedAt, truth.played.trace.marginSeconds);
  if (arithmetic) return wrong('wrongWindow', arithmetic);

  const written = truth.writtenBy(user);
  // What this container must know: told before it could last have read.
  const mustKnowFrom = startedAt - truth.staleness(user, invocation);
  const known = truth
    .writtenAs(user, to, mustKnowFrom)
    .findLast(({ toldAt }) => toldAt !== null && toldAt <= mustKnowFrom);
  const isAway = known !== undefined && known.from !== to && isToldByLog(invocation, answer);
  if (isAway && answer.lastInboundAt !== iso(known.at)) {
    return wrong('wrongWindowAway', `${iso(known.at)} was told, under the other name`);
  }
  if (answer.lastInboundAt === null) {
    return known ? wrong('wrongWindow', `${iso(known.at)} was told`) : null;
  }
  const last = Date.parse(answer.lastInboundAt);
  const match = matching(written, last, endedAt);
  if (!match) return wrong('wrongWindow', 'nobody wrote then');
  const { message, arrival } = match;
  if (arrival && last - message.at > LATE_MS) {
    const isExcused = arrival.hits.length > 0 || mustKnowFrom <= (arrival.endedAt ?? arrival.startedAt);
    return wrong(isExcused ? 'wrongWindowLate' : 'wrongWindow', `${iso(message.at)} was counted as new`);
  }
  // A message whose webhook was late is known by the log's time, which is that of its second.
  if (known && message.at < known.at && last < Math.floor(known.at / 1000) * 1000) {
    const ownNewest = written.findLast(
      ({ from, toldAt }) => from === to && toldAt !== null && toldAt <= mustKnowFrom,
    );
    const isOpenByOwn = answer.state === 'open' && message.at >= (ownNewest?.at ?? 0);
    const isByBsuid = isSend && !to.startsWith('whatsapp:+');
    return wrong(isByBsuid && isOpenByOwn ? 'sentWindowShort' : 'wrongWindow', `${iso(known.at)} was told`);
  }

  const isReallyOpen = truth.isOpen(user, startedAt) || truth.isOpen(user, endedAt);
  if (answer.state === 'open' && !isReallyOpen) {
    return wrong(
      truth.notOpenedBy(user, startedAt) ? 'wrongWindowNotOpened' : 'wrongWindow',
      'it was closed',
    );
  }
  if (answer.source === 'whatsapp' && isReallyOpen) {
    const isProved = wasFalselyRefused(truth, user, message, endedAt);
    const isHarmless = truth.openBy(user, startedAt) !== message && firstHeard(message) > startedAt;
    if (!isHarmless) return wrong(isProved ? 'wrongWindowClosed' : 'wrongWindow', 'it was open');
  }
  return null;
}

/** What follows from the answer's own `lastInboundAt`. */
function arithmeticProblem(
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
function matching(
  written: readonly Written[],
  last: number,
  by: number,
): { readonly message: Written; readonly arrival: Invocation | null } | null {
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
  const isOld = stop?.toldAt != null && stop.toldAt <= startedAt - truth.staleness(user, invocation);
  return isOld && truth.stopKnownAt(user, to, endedAt)
    ? { row: 'wrongWindow', what: `not optedOut at ${iso(startedAt)}: STOP at ${iso(stop.at)}` }
    : null;
}
