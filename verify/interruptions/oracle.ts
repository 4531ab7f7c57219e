/**
 * Judges a case by what the emulator delivered and by what callers were answered. It shares no code with the functions,
 * and knows nothing of how they work.
 */
import type { MessageRecord } from '../../emulator/api/messages/message-log';
import { SENDER } from '../simulate/stage';
import type { Invocation } from './stage';
import { BSUID, type Call, PHONE, type SendIntent, type Story } from './story';

export const RULES = [
  'lost',
  'doubled',
  'after STOP',
  'out of order',
  'answer that lies',
  'waits for ever',
  'prompt',
  'own error',
] as const;
export type Rule = (typeof RULES)[number];

export interface Finding {
  readonly rule: Rule;
  readonly what: string;
}

const PROMPT = 'We have an answer for you. Reply to this message to read it.';
const MARGIN_MS = 300_000;
/** Answers by which a caller may believe that nothing happened. */
const UNKNOWN = 'OUTCOME_UNKNOWN';

const isFailed = ({ status }: MessageRecord) =>
  status === 'undelivered' || status === 'failed' || status === 'canceled';

/** The messages that carry a part of a intent, as text, template variable or attachment. */
function messagesWith(story: Story, part: string): readonly MessageRecord[] {
  return story.stage
    .outbound()
    .filter(
      ({ body, contentVariables, media }) =>
        body.includes(part) ||
        (contentVariables ?? '').includes(part) ||
        media.some(({ url }) => url === part),
    );
}

/** Of several attachments some may be out, and of the others the answer says that it is not known. */
const promised = ({ status, json }: Call) =>
  status === 200 &&
  (json.outcome === 'held' ||
    (['sent', 'scheduled'].includes(json.outcome ?? '') && json.error?.code !== UNKNOWN));
const saysNothing = ({ status, json }: Call) =>
  status !== null && status !== 200 && json.error?.code !== UNKNOWN;

/** By the last word among their messages. */
export function isOptedOut(story: Story): boolean {
  return story.inbounds.findLast(({ word }) => word !== null)?.word === 'stop';
}

/** WhatsApp's own window. */
function windowOf(story: Story): { readonly isOpen: boolean; readonly closesAt: number } {
  const record = story.stage.account.whatsapp
    .windows(story.stage.now())
    .find(({ sender, users }) => sender === SENDER && (users.includes(PHONE) || users.includes(BSUID)));
  const closesAt = record ? Date.parse(record.closesAt) : 0;
  return { closesAt, isOpen: record?.open === true && closesAt - story.stage.now() > MARGIN_MS };
}

/** Erased on request, before or while it was held. */
function isForgotten(story: Story, { calls }: SendIntent): boolean {
  const first = calls[0]?.calledAt ?? 0;
  return story.forgets.some(({ invocation }) => first <= (invocation.endedAt ?? 0));
}

function isCancelled(story: Story, { parts }: SendIntent): boolean {
  return story.cancellations.some(({ body, call }) => parts[0] === body && call.status !== 404);
}

/** A person who said STOP gets nothing that was accepted before, except what was held and not scheduled, once they say START. */
function isCancelledByStop(story: Story, { parameters, calls }: SendIntent): boolean {
  const first = calls[0]?.calledAt ?? 0;
  return (
    parameters.sendAt !== undefined &&
    story.inbounds.some(({ word, at }) => word === 'stop' && at >= first - 60_000)
  );
}

/** A text that WhatsApp refused is not repaired for somebody who has said STOP since it was asked for. */
function isRefusedAndStopped(story: Story, { parts, calls }: SendIntent): boolean {
  const first = calls[0]?.calledAt ?? 0;
  const isRefused = parts.some((part) =>
    messagesWith(story, part).some(({ status }) => status === 'undelivered' || status === 'failed'),
  );
  return isRefused && story.inbounds.some(({ word, at }) => word === 'stop' && at >= first - 1000);
}

/** A function lives 10 s, and what it handed to Twilio is in the log 15 s later: before that nobody can know what it did. */
const UNSETTLED_MS = 26_000;

function interruptedOf({ stage }: Story): Invocation | undefined {
  return stage.invocations.find(({ isInterrupted }) => isInterrupted);
}

/**
 * A repair that was cut short is made by the next callback that comes once nobody can be at it any more. Where none
 * comes, nobody knows of it.
 */
function isWithoutCallback(story: Story, { parts }: SendIntent): boolean {
  const interrupted = interruptedOf(story);
  if (interrupted?.path !== '/message-status') return false;
  const refused = parts.flatMap((part) => messagesWith(story, part)).filter(isFailed);
  const cameAgain = story.stage.invocations.some(
    ({ path, parameters, startedAt }) =>
      path === '/message-status' &&
      refused.some(({ sid }) => sid === parameters.MessageSid) &&
      startedAt > interrupted.startedAt + UNSETTLED_MS,
  );
  return refused.length > 0 && !cameAgain;
}

/**
 * Who was to be asked by a container that died is asked with the next text that is held once that is settled. Nobody is
 * asked for a text that takes its place behind others in an open window.
 */
function isToBeAsked(story: Story, { calls }: SendIntent): boolean {
  const interrupted = interruptedOf(story);
  const settledAt = (interrupted?.startedAt ?? 0) + UNSETTLED_MS;
  return calls.some((call) => {
    if (!promised(call) || call.json.error || call.json.decision?.action === 'free-form') return false;
    const isOther = interrupted === undefined || call.calledAt < interrupted.startedAt;
    return call.invocation === interrupted || isOther || call.calledAt >= settledAt;
  });
}

/** Looked at while everything that was due has had its time, before the person writes again. */
export function judgeWaiting(story: Story): readonly Finding[] {
  const { isOpen } = windowOf(story);
  if (isOptedOut(story) || !story.isWindowKnown) return [];
  const left = story.intents.filter(
    (intent) =>
      intent.calls.some(promised) &&
      intent.parameters.sendAt === undefined &&
      !isForgotten(story, intent) &&
      !isCancelled(story, intent) &&
      !isWithoutCallback(story, intent) &&
      intent.parts.some((part) => messagesWith(story, part).every(isFailed)),
  );
  if (left.length === 0) return [];
  if (isOpen)
    return [{ rule: 'waits for ever', what: `${left.map(({ parts }) => parts[0])} in an open window` }];
  // They were asked since they wrote last before the first of these was accepted, also where they answered in vain.
  const first = Math.min(...left.map(({ calls }) => calls[0]?.calledAt ?? 0));
  const since = Math.max(0, ...story.inbounds.map(({ at }) => at).filter((at) => at < first));
  const prompts = story.stage
    .outbound()
    .filter(({ body, createdAt }) => body === PROMPT && createdAt >= since);
  // Without its template nobody can be asked; the next text that is held asks.
  const isTemplateAway = story.stage.invocations.some(({ interruptedApi }) => interruptedApi === 'content');
  const isDue = left.some((intent) => isToBeAsked(story, intent)) && !isTemplateAway;
  return prompts.length === 0 && isDue ? [{ rule: 'prompt', what: `never sent, ${left.length} held` }] : [];
}

/** Looked at when all is over: the window was opened again, and nothing is left to come. */
export function judge(story: Story): readonly Finding[] {
  return [
    ...story.intents.flatMap((intent) => judgeWish(story, intent)),
    ...afterStop(story),
    ...disorder(story),
    ...prompts(story),
    ...story.reads.flatMap(({ call }) => windowLie(call)),
    ...ownErrors(story),
    ...cancelled(story),
  ];
}

function judgeWish(story: Story, intent: SendIntent): readonly Finding[] {
  const findings: Finding[] = [];
  const { parameters, calls, parts } = intent;
  const isKeyed = parameters.idempotencyKey !== undefined;
  const promises = calls.filter(promised).length;
  // What is forgotten takes its key along.
  const forgotten = story.forgets.filter(({ calledAt }) => calledAt >= (calls[0]?.calledAt ?? 0)).length;
  const most = isKeyed ? 1 + forgotten : calls.filter((call) => !saysNothing(call)).length;
  const least = isKeyed ? Math.min(1, promises) : promises;
  for (const part of parts) {
    const all = messagesWith(story, part);
    // Texts that leave as one message may be the same text.
    const sent = all.filter((message) => !isFailed(message)).flatMap(({ body }) => timesIn(body, part));
    if (sent.length > most) {
      const rule = all.length > most && most === 0 ? 'answer that lies' : 'doubled';
      findings.push({ rule, what: `${part} was sent ${sent.length} times, answers ${answers(intent)}` });
    }
    const isExcused =
      isForgotten(story, intent) ||
      isCancelled(story, intent) ||
      isCancelledByStop(story, intent) ||
      isRefusedAndStopped(story, intent) ||
      isWithoutCallback(story, intent);
    if (sent.length < least && !isExcused) {
      findings.push({
        rule: 'lost',
        what: `${part} was sent ${sent.length} times, answers ${answers(intent)}`,
      });
    }
  }
  const sids = new Set(story.stage.outbound().map(({ sid }) => sid));
  const named = calls.flatMap(({ json }) => json.messages ?? []);
  if (named.some(({ sid }) => !sids.has(sid)))
    findings.push({ rule: 'answer that lies', what: 'names a message that Twilio does not have' });
  const settled = new Set(
    calls
      .filter(({ status, json }) => isKeyed && status === 200 && json.message)
      .map(({ json }) => json.message?.sid),
  );
  if (settled.size > 1)
    findings.push({ rule: 'answer that lies', what: `one key, several messages: ${[...settled]}` });
  return findings;
}

/** One entry for each time that a text is in a message; one where its message carries it otherwise. */
function timesIn(body: string, part: string): readonly string[] {
  return Array.from({ length: Math.max(1, body.split(part).length - 1) }, () => part);
}

const answers = ({ calls }: SendIntent) =>
  calls.map(({ status, json }) => `${status ?? 'none'} ${json.error?.code ?? json.outcome ?? ''}`).join(', ');

/** After the webhook of a STOP was answered, at most the message that is on its way leaves, of each who was at work. */
function afterStop(story: Story): readonly Finding[] {
  const { stage, inbounds } = story;
  return inbounds.flatMap((stop, index): Finding[] => {
    if (stop.word !== 'stop') return [];
    const since = stop.answeredAt();
    if (since === null) return [{ rule: 'own error', what: 'a STOP was never answered 200' }];
    const start = inbounds.slice(index).find(({ word }) => word === 'start');
    const until = start?.at ?? Number.POSITIVE_INFINITY;
    const onTheirWay = new Set<Invocation>();
    return stage.outbound().flatMap((message): Finding[] => {
      const left = leftAt(message);
      // Nobody can know yet that the other name is theirs.
      const isTheirs = message.to === stop.from || isLinked(story, left);
      if (left <= since || left >= until || !isTheirs) return [];
      if (message.sendAt !== null && !wasMet(story, since, left)) return [];
      const by = underWay(story, message, since);
      if (by && !onTheirWay.has(by)) {
        onTheirWay.add(by);
        return [];
      }
      return [{ rule: 'after STOP', what: `${message.body} ${left - since} ms after` }];
    });
  });
}

/** What a STOP could not cancel is cancelled by the next call that meets the person. Where none comes, nobody can. */
function wasMet({ stage }: Story, since: number, until: number): boolean {
  return stage.invocations.some(
    ({ path, startedAt }) => path !== '/message-status' && startedAt > since && startedAt < until - 60_000,
  );
}

/** When it left for WhatsApp; never where it was cancelled. */
function leftAt({ status, sendAt, createdAt, judgedAt }: MessageRecord): number {
  if (status === 'canceled') return 0;
  return sendAt === null ? createdAt : (judgedAt ?? 0);
}

/** Who sent it, where that was at work already at that time, and for no more than 10 seconds since. */
function underWay({ stage }: Story, message: MessageRecord, since: number): Invocation | undefined {
  if (message.sendAt !== null || message.createdAt - since >= 10_000) return undefined;
  const by = stage.invocations.find(({ created }) => created.includes(message.sid));
  return by && by.startedAt <= since ? by : undefined;
}

function isLinked(story: Story, at: number): boolean {
  return story.inbounds.some(({ isUnderBoth, answeredAt }) => isUnderBoth && (answeredAt() ?? at) < at);
}

/**
 * Texts leave in the order in which they were accepted. A call that could not read the store does not know of a queue, and
 * one name's queue is not the other's before an inbound message has told that they are one person.
 */
function disorder(story: Story): readonly Finding[] {
  const sent = story.intents.flatMap((intent) => {
    const taken = intent.calls.find(promised);
    const accepted = taken?.invocation.endedAt;
    const all = messagesWith(story, intent.parts[0] ?? '');
    const [first] = all;
    const isText =
      all.length === 1 && first && first.contentSid === null && first.sendAt === null && !isFailed(first);
    return isText && accepted
      ? [
          {
            ...{ name: intent.parts[0], to: intent.parameters.to, accepted, at: first.createdAt },
            calledAt: intent.calls[0]?.calledAt ?? 0,
            knowsQueue: taken.json.window?.source !== 'message-log',
          },
        ]
      : [];
  });
  return sent.flatMap((early) =>
    sent
      .filter((late) => late.knowsQueue && early.accepted < late.calledAt && late.at < early.at)
      .filter((late) => late.to === early.to || isLinked(story, late.calledAt))
      .map((late): Finding => ({ rule: 'out of order', what: `${late.name} before ${early.name}` })),
  );
}

/** Between two messages of theirs a person is asked once. */
function prompts(story: Story): readonly Finding[] {
  const times = [...story.inbounds.map(({ at }) => at), Number.POSITIVE_INFINITY];
  const asked = story.stage.outbound().filter((message) => message.body === PROMPT && !isFailed(message));
  // Where nothing is held any more, the next text that is held asks anew.
  const forgottenAt = [...story.forgets, ...story.cancellations.map(({ call }) => call)].map(
    ({ calledAt }) => calledAt,
  );
  return times.flatMap((until, index): Finding[] => {
    const since = times[index - 1] ?? 0;
    if (forgottenAt.some((at) => at >= since && at < until)) return [];
    const then = asked.filter(({ createdAt }) => createdAt >= since && createdAt < until);
    // Who is not known to be one person is asked under each name.
    return [PHONE, BSUID].flatMap((name): Finding[] => {
      const count = then.filter(({ to }) => to === name).length;
      return count > 1 ? [{ rule: 'prompt', what: `sent ${count} times to ${name}` }] : [];
    });
  });
}

export interface Truth {
  /** Null where nobody can know: who opted out and was forgotten left a bare note. */
  readonly isOpen: boolean | null;
  readonly isOptedOut: boolean;
}

/** Only the record knows of a call: a webhook that comes again writes over it, and /forget erases it. */
function isOnlyCalled(story: Story): boolean {
  const last = story.inbounds.at(-1);
  return last?.sid === '' && (story.forgets.length > 0 || story.isDeliveredAgain);
}

/** What a read that begins now has to say; null where nobody can know. */
export function truthNow(story: Story): Truth | null {
  const isAllTaken = story.inbounds.every(({ answeredAt }) => answeredAt() !== null);
  const isForgotten = story.forgets.length > 0;
  // Who is forgotten is not known by their other name any more.
  const isOtherName =
    isForgotten && story.inbounds.some(({ from, isUnderBoth }) => isUnderBoth || from !== PHONE);
  if (!story.isWindowKnown || !isAllTaken || isOtherName || isOvertaken(story) || isOnlyCalled(story))
    return null;
  const isOut = isOptedOut(story);
  return { isOpen: isForgotten && isOut ? null : windowOf(story).isOpen, isOptedOut: isOut };
}

/** Of two words under different names, the webhook of the older came last. */
function isOvertaken({ inbounds }: Story): boolean {
  const words = inbounds.filter(({ word }) => word !== null);
  return words.some((early, index) =>
    words
      .slice(index + 1)
      .some((late) => late.from !== early.from && (early.answeredAt() ?? 0) > (late.answeredAt() ?? 0)),
  );
}

function windowLie({ json, status, invocation }: Call): readonly Finding[] {
  const truth = truths.get(invocation);
  if (!truth || status !== 200) return [];
  const isToldOpen = json.window?.state === 'open';
  const findings: Finding[] = [];
  if (truth.isOpen !== null && isToldOpen !== truth.isOpen)
    findings.push({ rule: 'answer that lies', what: `/window says ${json.window?.state}` });
  if (json.optedOut !== truth.isOptedOut)
    findings.push({ rule: 'answer that lies', what: `/window says optedOut ${json.optedOut}` });
  return findings;
}

/** Noted by whoever reads when nothing else is under way. */
const truths = new WeakMap<Invocation, Truth>();
export function noteTruth(invocation: Invocation, truth: Truth | null): void {
  if (truth) truths.set(invocation, truth);
}

/** An invocation that met nothing has no reason to fail, unless it asks Twilio to come again or does not know. */
function ownErrors(story: Story): readonly Finding[] {
  const { stage } = story;
  const interrupted = interruptedOf(story);
  // What is left of a record that is being erased goes by itself within a minute.
  const erasedBy = interrupted?.path === '/forget' ? interrupted.startedAt + 70_000 : 0;
  return stage.invocations.flatMap(({ path, answer, isInterrupted, startedAt }): Finding[] => {
    const code = codeIn(answer?.body);
    if (code === 'INTERNAL_ERROR') return [{ rule: 'own error', what: `${path} ${code}` }];
    if (isInterrupted || code === UNKNOWN || startedAt < erasedBy) return [];
    if (answer === null) return [{ rule: 'own error', what: `${path} gave no answer` }];
    const comesAgain = path === '/incoming-message' || path === '/message-status';
    return answer.status >= 500 && !comesAgain
      ? [{ rule: 'own error', what: `${path} ${answer.status} ${code}` }]
      : [];
  });
}

function codeIn(body: unknown): unknown {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
}

/** A call that is repeated after what it held was cancelled, or without a key at the same time, asks for it anew. */
function cancelled(story: Story): readonly Finding[] {
  return story.cancellations.flatMap(({ body, call }): Finding[] => {
    const isAskedAnew = story.intents.some(
      ({ parts, calls, parameters }) =>
        parts[0] === body &&
        (calls.some(({ calledAt }) => calledAt > call.calledAt) ||
          (parameters.idempotencyKey === undefined && calls.filter(promised).length > 1)),
    );
    if (isAskedAnew) return [];
    const wasSent = messagesWith(story, body).some((message) => !isFailed(message));
    return call.status === 200 && wasSent
      ? [{ rule: 'answer that lies', what: `${body} was cancelled, and sent` }]
      : [];
  });
}
