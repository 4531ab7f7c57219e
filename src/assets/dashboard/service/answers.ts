/**
 * What the service answers, read into typed values once. The types are those of the functions' own answers
 * (`client/answers.ts`), with each time as milliseconds since the epoch. A page must survive an answer that it did not
 * expect, so a field that is missing gets the harmless value; nothing is decided here.
 */
import type * as Json from '../../../../client/answers';
import type { WindowFacts } from '../../../domain/customer-service-window';

/** An answer whose times, ISO 8601 in JSON, were read. */
type Timed<Answer, Times extends keyof Answer> = Omit<Answer, Times> & {
  readonly [Name in Times]: number | null;
};
/** An answer before it was read: its own keys, each of which may hold anything or be missing. */
type Unread<Answer> = { readonly [Key in keyof Answer]?: unknown };

export type ErrorAnswer = Pick<Json.ErrorAnswer, 'code' | 'message' | 'problems'>;

/** As the service saw it when it answered. */
export type WindowAnswer = Timed<
  Pick<Json.CustomerServiceWindow, 'state' | 'lastInboundAt' | 'closesAt' | 'source'>,
  'lastInboundAt' | 'closesAt'
>;

export interface PairAnswer extends Pick<Json.ListedWindow, 'sender' | 'user' | 'profileName'> {
  readonly window: WindowAnswer;
  /** Whether they said STOP; null where the answer does not say. */
  readonly optedOut: Json.ListedWindow['optedOut'] | null;
  /** The newest message, where the answer was made from Twilio's log. */
  readonly lastMessage: LoggedMessage | null;
}

/** What has no time cannot be shown, and is left out. */
type Message<Answer extends { readonly at: string }> = Omit<Answer, 'at'> & { readonly at: number };
export type LoggedMessage = Message<Json.LoggedMessage>;
export type ThreadMessage = Message<Json.ThreadMessage>;
export type RecentMessage = Message<Json.RecentMessage>;
export type MediaAnswer = NonNullable<Json.ThreadMessage['media']>[number];

export interface MessagesPage<One> extends Pick<Json.ThreadPage & Json.RecentMessagesPage, 'nextCursor'> {
  readonly messages: readonly One[];
}

export type Caller = NonNullable<Json.WindowsPage['caller']>;

type Thresholds = Pick<Json.WindowsPage, 'marginSeconds' | 'soonSeconds' | 'urgentSeconds'>;
export interface WindowsPage
  extends Pick<Json.WindowsPage, 'nextCursor'>,
    Timed<Pick<Json.WindowsPage, 'now'>, 'now'>,
    Readonly<Record<keyof Thresholds, number | null>> {
  readonly pairs: readonly PairAnswer[];
  readonly caller: Caller | null;
}

export type TemplateAnswer = Required<Json.Template>;
export type HeldAnswer = Timed<Json.HeldMessage, 'heldAt' | 'expiresAt'>;
export interface HeldPage extends Pick<Json.HeldPage, 'nextCursor'> {
  readonly held: readonly HeldAnswer[];
}

type SendJson = Json.SendDone | Json.SendRefused;
export interface SendAnswer extends Pick<SendJson, 'decision' | 'message' | 'preview'> {
  readonly outcome: SendJson['outcome'];
  readonly window: WindowAnswer | null;
  readonly held: Timed<NonNullable<SendJson['held']>, 'expiresAt'> | null;
  /** By the operator's own prices; null where they are not known. */
  readonly cost: Pick<Json.Cost, 'amount' | 'currency' | 'asOf'> | null;
  readonly error: ErrorAnswer | null;
}

function received<Answer>(value: unknown): Unread<Answer> {
  return receivedOrNull<Answer>(value) ?? {};
}

function receivedOrNull<Answer>(value: unknown): Unread<Answer> | null {
  return typeof value === 'object' && value !== null ? value : null;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => text(value) || null;
const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): readonly string[] => list(value).filter((entry) => typeof entry === 'string');
const textsByName = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(received(value)).flatMap(([name, entry]) =>
      typeof entry === 'string' ? [[name, entry]] : [],
    ),
  );
const instant = (value: unknown): number | null => {
  const time = Date.parse(text(value));
  return Number.isNaN(time) ? null : time;
};
/** Each word of a closed list once: the compiler misses one that is added. */
type Words<Word extends string> = Readonly<Record<Word, 1>>;
function oneOf<Word extends string>(words: Words<Word>, value: unknown, other: Word): Word {
  const isWord = (given: unknown): given is Word => typeof given === 'string' && Object.hasOwn(words, given);
  return isWord(value) ? value : other;
}

const STATES: Words<WindowAnswer['state']> = { open: 1, closing: 1, closed: 1, never: 1 };
const SOURCES: Words<WindowAnswer['source']> = { sync: 1, 'message-log': 1, whatsapp: 1, none: 1 };
const CLASSES: Words<Json.ErrorClass> = {
  ...{ window: 1, template: 1, recipient: 1, sender: 1, transient: 1, unknown: 1 },
};
const OUTCOMES: Words<SendAnswer['outcome']> = {
  ...{ sent: 1, scheduled: 1, held: 1, 'dry-run': 1, refused: 1, failed: 1 },
};
const ACTIONS: Words<Json.Decision['action']> = { 'free-form': 1, template: 1, hold: 1, refuse: 1 };
const REASONS: Words<Json.Decision['reason']> = {
  ...{ WINDOW_OPEN: 1, TEMPLATE_REQUESTED: 1, WINDOW_CLOSED: 1, WINDOW_CLOSING: 1, NO_INBOUND: 1 },
  ...{ CLOSED_BY_WHATSAPP: 1, BODY_MATCHES_TEMPLATE: 1, OPTED_OUT: 1, STATE_UNAVAILABLE: 1 },
};
const STATUSES: Words<TemplateAnswer['status']> = {
  ...{ unsubmitted: 1, received: 1, pending: 1, approved: 1, rejected: 1, paused: 1, disabled: 1 },
  ...{ unknown: 1 },
};

/** What an answer of any kind says of its failure. */
export function readErrorOf(value: unknown): ErrorAnswer | null {
  return readError(received<{ error: Json.ErrorAnswer }>(value).error);
}

function readError(value: unknown): ErrorAnswer | null {
  const error = receivedOrNull<Json.ErrorAnswer>(value);
  if (error === null) return null;
  const problems = list(error.problems).map((entry) => {
    const problem = received<Json.Problem>(entry);
    return { field: text(problem.field), message: text(problem.message) };
  });
  return { code: text(error.code), message: text(error.message), problems };
}

function readWindow(value: unknown): WindowAnswer {
  const window = received<Json.CustomerServiceWindow>(value);
  return {
    // Without knowledge only a template is safe.
    state: oneOf(STATES, window.state, 'never'),
    lastInboundAt: instant(window.lastInboundAt),
    closesAt: instant(window.closesAt),
    source: oneOf(SOURCES, window.source, 'none'),
  };
}

const readOptedOut = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

/** What /window says of one person. */
export function readPersonWindow(value: unknown): Pick<PairAnswer, 'window' | 'optedOut'> {
  const answer = received<Json.WindowAnswer>(value);
  return { window: readWindow(answer.window), optedOut: readOptedOut(answer.optedOut) };
}

/**
 * The facts behind an answer, from which the window at any later moment follows.
 * @param now the service's clock when it answered
 */
export function factsOf(window: WindowAnswer, now: number): WindowFacts {
  // The answer does not say so, but nothing else closes a window before its time.
  const closedByWhatsApp = window.state === 'closed' && (window.closesAt === null || now < window.closesAt);
  return { lastInboundAt: window.lastInboundAt, closedByWhatsApp, source: window.source };
}

export function readWindowsPage(value: unknown): WindowsPage {
  const page = received<Json.WindowsPage>(value);
  return {
    pairs: list(page.windows).map((entry) => {
      const pair = received<Json.ListedWindow>(entry);
      return {
        sender: text(pair.sender),
        user: text(pair.user),
        profileName: textOrNull(pair.profileName),
        window: readWindow(pair.window),
        optedOut: readOptedOut(pair.optedOut),
        lastMessage: readMessage(pair.lastMessage),
      };
    }),
    nextCursor: textOrNull(page.nextCursor),
    now: instant(page.now),
    marginSeconds: numberOrNull(page.marginSeconds),
    soonSeconds: numberOrNull(page.soonSeconds),
    urgentSeconds: numberOrNull(page.urgentSeconds),
    caller: readCaller(page.caller),
  };
}

function readCaller(value: unknown): Caller | null {
  const caller = receivedOrNull<Caller>(value);
  return caller && { name: textOrNull(caller.name), readOnly: caller.readOnly === true };
}

/** null for what has no SID or no time: it cannot be shown. */
export function readMessage(value: unknown): LoggedMessage | null {
  const message = received<Json.LoggedMessage>(value);
  const at = instant(message.at);
  const sid = text(message.sid);
  if (at === null || sid === '') return null;
  return {
    sid,
    at,
    direction: message.direction === 'inbound' ? 'inbound' : 'outbound',
    body: typeof message.body === 'string' ? message.body : null,
    mediaCount: numberOrNull(message.mediaCount) ?? 0,
    status: text(message.status),
    error: readMessageError(message.error),
  };
}

function readMessageError(value: unknown): LoggedMessage['error'] {
  const error = receivedOrNull<NonNullable<LoggedMessage['error']>>(value);
  return (
    error && {
      code: numberOrNull(error.code) ?? 0,
      class: oneOf(CLASSES, error.class, 'unknown'),
      message: text(error.message),
    }
  );
}

function readMessages<Answer, One>(
  value: unknown,
  complete: (message: LoggedMessage, answer: Unread<Answer>) => One,
): MessagesPage<One> {
  const page = received<Json.ThreadPage & Json.RecentMessagesPage>(value);
  const messages = list(page.messages).flatMap((entry) => {
    const message = readMessage(entry);
    return message ? [complete(message, received<Answer>(entry))] : [];
  });
  return { messages, nextCursor: textOrNull(page.nextCursor) };
}

export function readThread(value: unknown): MessagesPage<ThreadMessage> {
  return readMessages<Json.ThreadMessage, ThreadMessage>(value, (message, { repairOf, media }) => ({
    ...message,
    repairOf: textOrNull(repairOf),
    media: Array.isArray(media) ? media.map(readMedia) : null,
  }));
}

function readMedia(value: unknown): MediaAnswer {
  const media = received<MediaAnswer>(value);
  return { sid: text(media.sid), contentType: text(media.contentType) };
}

export function readRecentMessages(value: unknown): MessagesPage<RecentMessage> {
  return readMessages<Json.RecentMessage, RecentMessage>(value, (message, { sender, user }) => ({
    ...message,
    sender: text(sender),
    user: text(user),
  }));
}

/** What /forget says it left. */
export function readKept(value: unknown): Json.ForgetAnswer['kept'] {
  return text(received<Json.ForgetAnswer>(value).kept);
}

export function readTemplates(value: unknown): readonly TemplateAnswer[] {
  return list(received<Json.TemplatesAnswer>(value).templates).map((entry) => {
    const template = received<Json.Template>(entry);
    return {
      name: text(template.name),
      contentSid: textOrNull(template.contentSid),
      language: text(template.language),
      category: textOrNull(template.category),
      type: text(template.type),
      status: oneOf(STATUSES, template.status, 'unknown'),
      placeholders: texts(template.placeholders),
      samples: textsByName(template.samples),
      text: text(template.text),
      usableInside: template.usableInside === true,
      usableOutside: template.usableOutside === true,
      reason: textOrNull(template.reason),
    };
  });
}

export function readHeld(value: unknown): HeldPage {
  const page = received<Json.HeldPage>(value);
  const held = list(page.held).map((entry) => {
    const message = received<Json.HeldMessage>(entry);
    return {
      id: text(message.id),
      to: text(message.to),
      from: text(message.from),
      body: text(message.body),
      mediaUrl: texts(message.mediaUrl),
      heldAt: instant(message.heldAt),
      expiresAt: instant(message.expiresAt),
    };
  });
  return { held, nextCursor: textOrNull(page.nextCursor) };
}

export function readCancelled(value: unknown): boolean {
  return received<Json.CancelAnswer>(value).cancelled === true;
}

/** Whether it is an answer of /send-message at all. */
export function isSendAnswer(value: unknown): boolean {
  return typeof received<SendJson>(value).outcome === 'string';
}

export function readSend(value: unknown): SendAnswer {
  const answer = received<SendJson>(value);
  const decision = receivedOrNull<Json.Decision>(answer.decision);
  const message = receivedOrNull<Json.SentMessage>(answer.message);
  const held = receivedOrNull<NonNullable<SendJson['held']>>(answer.held);
  const preview = receivedOrNull<NonNullable<SendJson['preview']>>(answer.preview);
  return {
    outcome: oneOf(OUTCOMES, answer.outcome, 'failed'),
    decision: decision && {
      action: oneOf(ACTIONS, decision.action, 'refuse'),
      reason: oneOf(REASONS, decision.reason, 'STATE_UNAVAILABLE'),
      explanation: text(decision.explanation),
    },
    window: receivedOrNull(answer.window) && readWindow(answer.window),
    message: message && {
      sid: text(message.sid),
      status: text(message.status),
      contentSid: textOrNull(message.contentSid),
    },
    held: held && { id: text(held.id), expiresAt: instant(held.expiresAt) },
    preview: preview && {
      contentSid: text(preview.contentSid),
      contentVariables: textsByName(preview.contentVariables),
      text: text(preview.text),
    },
    cost: readCost(answer.cost),
    error: readError(answer.error),
  };
}

function readCost(value: unknown): SendAnswer['cost'] {
  const cost = received<Json.Cost>(value);
  if (typeof cost.amount !== 'number') return null;
  return { amount: cost.amount, currency: text(cost.currency), asOf: textOrNull(cost.asOf) };
}
