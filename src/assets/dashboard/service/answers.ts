/**
 * What the service answers, read into typed values once. A page must survive an answer it did not expect, so a field
 * that is missing gets the harmless value; nothing is decided here.
 */
import type {
  LoggedMessage as LoggedJson,
  Problem,
  ThreadMessage as ThreadJson,
} from '../../../../client/answers';
import type { WindowFacts, WindowSource, WindowState } from '../../../domain/customer-service-window';

export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly problems: readonly Problem[];
}

/** As the service saw it when it answered. */
export interface WindowAnswer {
  readonly state: WindowState;
  readonly lastInboundAt: number | null;
  readonly closesAt: number | null;
  readonly source: WindowSource;
}

export interface PairAnswer {
  readonly sender: string;
  readonly user: string;
  readonly profileName: string | null;
  readonly window: WindowAnswer;
  /** Whether they said STOP; null where the answer does not say. */
  readonly optedOut: boolean | null;
  /** The newest message, where the answer was made from Twilio's log. */
  readonly lastMessage: LoggedMessage | null;
}

/** A message as the functions answer it, with its time as milliseconds since the epoch. */
export type LoggedMessage = Omit<LoggedJson, 'at'> & { readonly at: number };
export type MediaAnswer = NonNullable<ThreadJson['media']>[number];
export type ThreadMessage = Omit<ThreadJson, 'at'> & { readonly at: number };
export interface RecentMessage extends LoggedMessage {
  readonly sender: string;
  readonly user: string;
}

export interface MessagesPage<Message> {
  readonly messages: readonly Message[];
  readonly nextCursor: string | null;
}

export interface Caller {
  readonly name: string | null;
  readonly readOnly: boolean;
}

export interface WindowsPage {
  readonly pairs: readonly PairAnswer[];
  readonly nextCursor: string | null;
  /** The service's clock, milliseconds since the epoch; null where it did not say. */
  readonly now: number | null;
  readonly marginSeconds: number | null;
  readonly soonSeconds: number | null;
  readonly urgentSeconds: number | null;
  readonly caller: Caller | null;
}

export interface TemplateAnswer {
  readonly name: string;
  /** null: the account does not have it yet. */
  readonly contentSid: string | null;
  readonly language: string;
  readonly category: string | null;
  readonly type: string;
  readonly status: string;
  readonly placeholders: readonly string[];
  /** What was submitted as an example, by placeholder. */
  readonly samples: Readonly<Record<string, string>>;
  readonly text: string;
  readonly usableInside: boolean;
  readonly usableOutside: boolean;
  /** Why it may not be sent outside the window, or null. */
  readonly reason: string | null;
}

export interface HeldAnswer {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  readonly heldAt: number | null;
  readonly expiresAt: number | null;
}

export interface SendAnswer {
  readonly outcome: string;
  readonly decision: {
    readonly action: string;
    readonly reason: string;
    readonly explanation: string;
  } | null;
  readonly window: WindowAnswer | null;
  readonly message: {
    readonly sid: string;
    readonly status: string;
    readonly contentSid: string | null;
  } | null;
  readonly held: { readonly id: string; readonly expiresAt: number | null } | null;
  readonly preview: {
    readonly contentSid: string;
    readonly contentVariables: Readonly<Record<string, string>>;
    readonly text: string;
  } | null;
  /** By the operator's own prices; null where they are not known. */
  readonly cost: { readonly amount: number; readonly currency: string; readonly asOf: string | null } | null;
  readonly error: ErrorAnswer | null;
}

type Json = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

const text = (json: Json, name: string): string => {
  const value = json[name];
  return typeof value === 'string' ? value : '';
};
const textOrNull = (json: Json, name: string): string | null => text(json, name) || null;
const list = (json: Json, name: string): readonly unknown[] => {
  const value = json[name];
  return Array.isArray(value) ? value : [];
};
const texts = (values: readonly unknown[]): readonly string[] =>
  values.filter((value) => typeof value === 'string');
const textsByName = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(asRecord(value)).flatMap(([name, entry]) =>
      typeof entry === 'string' ? [[name, entry]] : [],
    ),
  );
const instant = (json: Json, name: string): number | null => {
  const time = Date.parse(text(json, name));
  return Number.isNaN(time) ? null : time;
};

const STATES: readonly WindowState[] = ['open', 'closing', 'closed', 'never'];
const SOURCES: readonly WindowSource[] = ['sync', 'message-log', 'whatsapp', 'none'];

export function readError(value: unknown): ErrorAnswer | null {
  if (typeof value !== 'object' || value === null) return null;
  const json = asRecord(value);
  const problems = list(json, 'problems').map((problem) => ({
    field: text(asRecord(problem), 'field'),
    message: text(asRecord(problem), 'message'),
  }));
  return { code: text(json, 'code'), message: text(json, 'message'), problems };
}

export function readWindow(value: unknown): WindowAnswer {
  const json = asRecord(value);
  return {
    // Without knowledge only a template is safe.
    state: STATES.find((known) => known === json.state) ?? 'never',
    lastInboundAt: instant(json, 'lastInboundAt'),
    closesAt: instant(json, 'closesAt'),
    source: SOURCES.find((known) => known === json.source) ?? 'none',
  };
}

export function readOptedOut(json: Json): boolean | null {
  return typeof json.optedOut === 'boolean' ? json.optedOut : null;
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
  const json = asRecord(value);
  return {
    pairs: list(json, 'windows').map((entry) => {
      const pair = asRecord(entry);
      return {
        sender: text(pair, 'sender'),
        user: text(pair, 'user'),
        profileName: textOrNull(pair, 'profileName'),
        window: readWindow(pair.window),
        optedOut: readOptedOut(pair),
        lastMessage: readMessage(pair.lastMessage),
      };
    }),
    nextCursor: textOrNull(json, 'nextCursor'),
    now: instant(json, 'now'),
    marginSeconds: numberOrNull(json, 'marginSeconds'),
    soonSeconds: numberOrNull(json, 'soonSeconds'),
    urgentSeconds: numberOrNull(json, 'urgentSeconds'),
    caller: readCaller(json.caller),
  };
}

function readCaller(value: unknown): Caller | null {
  if (typeof value !== 'object' || value === null) return null;
  const json = asRecord(value);
  return { name: textOrNull(json, 'name'), readOnly: json.readOnly === true };
}

const CLASSES = ['window', 'template', 'recipient', 'sender', 'transient', 'unknown'] as const;

/** null for what has no SID or no time: it cannot be shown. */
export function readMessage(value: unknown): LoggedMessage | null {
  const json = asRecord(value);
  const at = instant(json, 'at');
  const sid = text(json, 'sid');
  if (at === null || sid === '') return null;
  const error = typeof json.error === 'object' && json.error !== null ? asRecord(json.error) : null;
  return {
    sid,
    at,
    direction: json.direction === 'inbound' ? 'inbound' : 'outbound',
    body: typeof json.body === 'string' ? json.body : null,
    mediaCount: typeof json.mediaCount === 'number' ? json.mediaCount : 0,
    status: text(json, 'status'),
    error: error && {
      code: typeof error.code === 'number' ? error.code : 0,
      class: CLASSES.find((known) => known === error.class) ?? 'unknown',
      message: text(error, 'message'),
    },
  };
}

function readMessages<Message>(
  value: unknown,
  complete: (message: LoggedMessage, json: Json) => Message,
): MessagesPage<Message> {
  const json = asRecord(value);
  const messages = list(json, 'messages').flatMap((entry) => {
    const message = readMessage(entry);
    return message ? [complete(message, asRecord(entry))] : [];
  });
  return { messages, nextCursor: textOrNull(json, 'nextCursor') };
}

function numberOrNull(json: Json, name: string): number | null {
  const value = json[name];
  return typeof value === 'number' ? value : null;
}

export function readThread(value: unknown): MessagesPage<ThreadMessage> {
  return readMessages(value, (message, json) => ({
    ...message,
    repairOf: textOrNull(json, 'repairOf'),
    media: Array.isArray(json.media) ? json.media.map(readMedia) : null,
  }));
}

function readMedia(value: unknown): MediaAnswer {
  const json = asRecord(value);
  return { sid: text(json, 'sid'), contentType: text(json, 'contentType') };
}

export function readRecentMessages(value: unknown): MessagesPage<RecentMessage> {
  return readMessages(value, (message, json) => ({
    ...message,
    sender: text(json, 'sender'),
    user: text(json, 'user'),
  }));
}

/** What /forget says it left. */
export function readKept(value: unknown): string {
  return text(asRecord(value), 'kept');
}

export function readTemplates(value: unknown): readonly TemplateAnswer[] {
  return list(asRecord(value), 'templates').map((entry) => {
    const json = asRecord(entry);
    return {
      name: text(json, 'name'),
      contentSid: textOrNull(json, 'contentSid'),
      language: text(json, 'language'),
      category: textOrNull(json, 'category'),
      type: text(json, 'type'),
      status: text(json, 'status'),
      placeholders: texts(list(json, 'placeholders')),
      samples: textsByName(json.samples),
      text: text(json, 'text'),
      usableInside: json.usableInside === true,
      usableOutside: json.usableOutside === true,
      reason: textOrNull(json, 'reason'),
    };
  });
}

export function readHeld(value: unknown): {
  readonly held: readonly HeldAnswer[];
  readonly nextCursor: string | null;
} {
  const json = asRecord(value);
  const held = list(json, 'held').map((entry) => {
    const message = asRecord(entry);
    const media = message.mediaUrl;
    return {
      id: text(message, 'id'),
      to: text(message, 'to'),
      from: text(message, 'from'),
      body: text(message, 'body'),
      mediaUrls: texts(Array.isArray(media) ? media : [media]),
      heldAt: instant(message, 'heldAt'),
      expiresAt: instant(message, 'expiresAt'),
    };
  });
  return { held, nextCursor: textOrNull(json, 'nextCursor') };
}

export function readSend(value: unknown): SendAnswer {
  const json = asRecord(value);
  const part = (name: string): Json | null =>
    typeof json[name] === 'object' && json[name] !== null ? asRecord(json[name]) : null;
  const decision = part('decision');
  const message = part('message');
  const held = part('held');
  const preview = part('preview');
  const cost = part('cost');
  const variables = Object.entries(asRecord(preview?.contentVariables)).map(
    ([name, variable]) => [name, String(variable)] as const,
  );
  return {
    outcome: text(json, 'outcome'),
    decision: decision && {
      action: text(decision, 'action'),
      reason: text(decision, 'reason'),
      explanation: text(decision, 'explanation'),
    },
    window: part('window') && readWindow(json.window),
    message: message && {
      sid: text(message, 'sid'),
      status: text(message, 'status'),
      contentSid: textOrNull(message, 'contentSid'),
    },
    held: held && { id: text(held, 'id'), expiresAt: instant(held, 'expiresAt') },
    preview: preview && {
      contentSid: text(preview, 'contentSid'),
      contentVariables: Object.fromEntries(variables),
      text: text(preview, 'text'),
    },
    cost:
      cost && typeof cost.amount === 'number'
        ? { amount: cost.amount, currency: text(cost, 'currency'), asOf: textOrNull(cost, 'asOf') }
        : null,
    error: readError(json.error),
  };
}
