/**
 * What was really so at any moment: who had written when, which window WhatsApp had open, who had said STOP, and what
 * the functions had been told by then. It is made from the trace and the emulator's records alone, with rules written
 * here from the README and WhatsApp's, not taken from the functions.
 */
import type { MessageRecord } from '../../../emulator/api/messages/message-log';
import type { Inbound, Invocation, Send } from '../ledger';
import type { Played } from '../play';
import { START } from '../stage';

const DAY_MS = 24 * 3600 * 1000;
/** How long a warm container believes what it read (README). */
const MEMORY_MS = 10_000;

export interface Written extends Inbound {
  /** When the functions had first answered its webhook with success; null for never. */
  readonly answeredAt: number | null;
}

/** By which a user withdraws consent or gives it again; the trace uses no others. */
const STOP_WORDS = new Set(['STOP', 'STOP.', 'UNSUBSCRIBE']);
const START_WORDS = new Set(['START', 'UNSTOP', 'YES']);

export class Truth {
  private readonly users = new Map<string, number>();
  private readonly byUser = new Map<number, Written[]>();
  private readonly outbound = new Map<number, MessageRecord[]>();
  private readonly byToken = new Map<string, MessageRecord[]>();
  private readonly sendsByUser = new Map<number, Send[]>();
  private readonly sendsByEvent = new Map<number, Send>();
  private readonly pauses: ReadonlyMap<string, readonly Pause[]>;
  private readonly visits = new Map<number, Invocation[]>();
  /** The place of each message in the account's log. */
  readonly places = new Map<string, number>();

  constructor(readonly played: Played) {
    this.pauses = pausesIn(played.trace.events);
    this.nameUsers();
    this.readInbounds();
    this.readSends();
    this.readMessages();
  }

  private nameUsers(): void {
    for (const [index, { phone, bsuid }] of this.played.trace.users.entries()) {
      for (const name of bsuid === null ? [phone] : [phone, `whatsapp:${bsuid}`]) {
        if (this.users.has(name)) throw new Error(`Two users of the trace are called ${name}.`);
        this.users.set(name, index);
      }
    }
  }

  private readInbounds(): void {
    for (const inbound of this.played.ledger.inbounds) {
      const { user } = inbound.event;
      append(this.byUser, user, { ...inbound, answeredAt: answeredAt(inbound) });
      for (const { invocation } of inbound.attempts) append(this.visits, user, invocation);
    }
  }

  private readSends(): void {
    const { sends, questions } = this.played.ledger;
    for (const send of sends) {
      this.sendsByEvent.set(send.event.id, send);
      append(this.sendsByUser, send.event.user, send);
      for (const { invocation } of send.attempts) append(this.visits, send.event.user, invocation);
    }
    for (const { user, attempt } of questions) append(this.visits, user, attempt.invocation);
  }

  private readMessages(): void {
    const { ledger, messages } = this.played;
    for (const [place, message] of messages.entries()) {
      this.places.set(message.sid, place);
      if (message.direction === 'inbound') continue;
      const user = this.userOf(message.to);
      append(this.outbound, user, message);
      for (const token of tokensIn(message)) append(this.byToken, token, message);
      for (const { invocation } of ledger.callbacks.get(message.sid) ?? []) {
        append(this.visits, user, invocation);
      }
    }
  }

  userOf(address: string): number {
    return this.users.get(address) ?? -1;
  }

  /** Oldest first. */
  writtenBy(user: number): readonly Written[] {
    return this.byUser.get(user) ?? [];
  }

  /**
   * What the user wrote that whoever looks them up by this name can know to be theirs: what came under the other name
   * only once a message from the phone number had told that both are one person.
   */
  writtenAs(user: number, name: string, by: number): readonly Written[] {
    const written = this.writtenBy(user);
    const isLinked = written.some(
      ({ from, attempts }) =>
        from.startsWith('whatsapp:+') &&
        attempts.some(({ invocation: { status, hits, endedAt } }) => {
          return status === 200 && hits.length === 0 && endedAt !== null && endedAt <= by;
        }),
    );
    return isLinked ? written : written.filter(({ from }) => from === name);
  }

  sentTo(user: number): readonly MessageRecord[] {
    return this.outbound.get(user) ?? [];
  }

  messagesOf(send: Send): readonly MessageRecord[] {
    return this.byToken.get(send.token) ?? [];
  }

  /** What was asked for, of which this message is the outcome, or the first of several; undefined for the question for an answer. */
  sendOf(message: MessageRecord): Send | undefined {
    const id = /t(\d+)t/.exec(message.body)?.[1];
    return id === undefined ? undefined : this.sendsByEvent.get(Number(id));
  }

  /** Every invocation that had to do with this user. */
  visitsOf(user: number): readonly Invocation[] {
    return this.visits.get(user) ?? [];
  }

  sendsTo(user: number): readonly Send[] {
    return this.sendsByUser.get(user) ?? [];
  }

  /**
   * Whether the invocation's own container had to do with this user so shortly before that it may believe what it read
   * then: an open window, for 10 seconds at most, as the README says.
   */
  mayRemember(user: number, { container, startedAt }: Invocation): boolean {
    return this.visitsOf(user).some(
      (other) =>
        other.container === container &&
        other.startedAt < startedAt &&
        other.startedAt >= startedAt - MEMORY_MS,
    );
  }

  /** How old the invocation's knowledge of this user may be at most, in milliseconds. */
  staleness(user: number, invocation: Invocation): number {
    return this.mayRemember(user, invocation) ? MEMORY_MS : 0;
  }

  creatorOf(message: MessageRecord): Invocation | undefined {
    return this.played.ledger.creators.get(message.sid);
  }

  /** The inbound message by which WhatsApp has the window open at that moment, of those written by `seenBy`. */
  openBy(user: number, at: number, seenBy = at): Written | undefined {
    return this.writtenBy(user).findLast(
      (written) =>
        written.event.opensWindow && written.at <= seenBy && written.at <= at && at < written.at + DAY_MS,
    );
  }

  isOpen(user: number, at: number): boolean {
    return this.openBy(user, at) !== undefined;
  }

  /** An inbound message for which WhatsApp did not open the window, though it would be open by it at that moment. */
  notOpenedBy(user: number, at: number): Written | undefined {
    return this.writtenBy(user).findLast(
      (written) => !written.event.opensWindow && written.at <= at && at < written.at + DAY_MS + 60_000,
    );
  }

  /**
   * The STOP that forbids sending at that moment, as far as the functions had been told: no START had been written since
   * that they may have heard of.
   */
  stopKnownAt(user: number, name: string, at: number): Written | undefined {
    const written = this.writtenAs(user, name, at);
    return written.findLast((stop, place) => {
      if (!isStop(stop) || stop.answeredAt === null || stop.answeredAt > at) return false;
      return !written.slice(place + 1).some((other) => isStart(other) && firstHeard(other) <= at);
    });
  }

  /** Whether the functions may have heard of a STOP that no START has undone for certain. */
  mayBeStopped(user: number, at: number): boolean {
    const written = this.writtenBy(user);
    return written.some((stop, place) => {
      if (!isStop(stop) || firstHeard(stop) > at) return false;
      return !written
        .slice(place + 1)
        .some((other) => isStart(other) && other.answeredAt !== null && other.answeredAt <= at);
    });
  }

  /** Whether the template was paused at some time between the two moments. */
  wasPaused(template: string, from: number, to: number): boolean {
    return (this.pauses.get(template) ?? []).some((pause) => pause.from <= to && from <= pause.to);
  }
}

/** One for each text in it: with RELEASE_HELD=together a message may be made of several. */
function tokensIn({ body }: MessageRecord): readonly string[] {
  return body.match(/t\d+t/g) ?? [];
}

/** Made of several held texts. */
export function isJoint(message: MessageRecord): boolean {
  return tokensIn(message).length > 1;
}

interface Pause {
  readonly from: number;
  readonly to: number;
}

/** When each template was paused, by its name. */
function pausesIn(events: Played['trace']['events']): ReadonlyMap<string, readonly Pause[]> {
  const begun = new Map<string, number>();
  const pauses = new Map<string, Pause[]>();
  for (const event of events) {
    if (event.kind !== 'template') continue;
    const at = START + event.at;
    const from = begun.get(event.template);
    if (event.status === 'paused') begun.set(event.template, from ?? at);
    else if (from !== undefined) {
      append(pauses, event.template, { from, to: at });
      begun.delete(event.template);
    }
  }
  for (const [template, from] of begun) append(pauses, template, { from, to: Number.POSITIVE_INFINITY });
  return pauses;
}

const isStop = ({ event }: Written) => STOP_WORDS.has(event.body.trim().toUpperCase());
const isStart = ({ event }: Written) => START_WORDS.has(event.body.trim().toUpperCase());

/** When the functions first answered a webhook of it with success; null for never. */
function answeredAt({ attempts }: Inbound): number | null {
  const told = attempts.flatMap(({ invocation: { status, endedAt } }) =>
    status !== null && status < 300 && endedAt !== null ? [endedAt] : [],
  );
  return told.length > 0 ? Math.min(...told) : null;
}

/** When a webhook of it first reached the functions, whatever came of it. */
export function firstHeard(written: Inbound): number {
  return written.attempts.reduce(
    (first, { invocation }) => Math.min(first, invocation.startedAt),
    Number.POSITIVE_INFINITY,
  );
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
