/**
 * Plays a trace: the built functions in their containers on one side, the emulator with its WhatsApp on the other, users
 * and callers in between, all in virtual time. What happened goes into the ledger; nothing is judged here.
 */

import { Account } from '../../emulator/account';
import type { MessageRecord } from '../../emulator/api/messages/message-log';
import { Clock } from '../../emulator/clock';
import type { Fault } from '../../emulator/server/faults';
import { settingsFrom } from '../../emulator/settings';
import {
  answered,
  failed,
  type Outcome,
  type TransportRequest,
} from '../../emulator/whatsapp/webhook-transport';
import type { Handler } from '../built-functions/load';
import { isWorthAnotherCall, parametersOf } from './call-parameters';
import { FaultsByUser } from './faults-by-user';
import { FunctionsPlatform } from './functions-platform';
import { type Answer, type CallAttempt, Ledger, type Send } from './ledger';
import { Random } from './random';
import {
  API_TOKEN,
  FALLBACK_URL,
  HOLD_TTL_SECONDS,
  HOST,
  INCOMING_URL,
  QUESTION_TEMPLATE,
  SENDER,
  START,
} from './stage';
import type { CallFault, InboundEvent, SendEvent, Trace, TraceEvent, User } from './trace-event';
import { type Tamper, TwilioLine } from './twilio-line';
import { VirtualTime } from './virtual-time';

/** Longer than anything waits: a scheduled message, a held one, a queued one. */
const AFTERMATH_MS = 36 * 24 * 3600 * 1000;
/** A key is good for 48 hours (README); whoever calls again does so well before. */
const KEY_LASTS_MS = 40 * 3600 * 1000;
/** How long a caller waits before it calls again, in milliseconds. */
const CALL_AGAIN_AFTER = [1500, 4000, 13_000, 30_000, 90_000];

/** Something that is wrong on purpose, to see whether the oracle notices. */
export interface Sabotage {
  readonly wrap?: (path: string, handler: Handler) => Handler;
  readonly tamper?: Tamper;
  /** Settings of the functions that contradict the trace's. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Played {
  readonly trace: Trace;
  readonly ledger: Ledger;
  /** Every message of the account, oldest first, as the emulator's WhatsApp judged it. */
  readonly messages: readonly MessageRecord[];
  /** Requests to Twilio's APIs, by route, as the emulator counted them. */
  readonly requests: Readonly<Record<string, number>>;
  /** Milliseconds since the epoch: when nothing was left to come. */
  readonly endedAt: number;
}

export async function play(
  trace: Trace,
  sabotage: Sabotage = {},
  report: (played: number) => void = () => undefined,
): Promise<Played> {
  const time = new VirtualTime(START);
  time.install();
  // The pauses between tries, of the functions and of the SDK, are drawn from it: the same seed, the same trace.
  const { random } = Math;
  const drawn = new Random(`${trace.seed}.pauses`);
  Math.random = () => drawn.next();
  const player = new Player(trace, time, sabotage);
  try {
    return await player.play(report);
  } finally {
    player.end();
    Math.random = random;
    time.uninstall();
  }
}

class Player {
  private readonly ledger = new Ledger();
  private readonly faults = new FaultsByUser();
  private readonly account: Account;
  private readonly line: TwilioLine;
  private readonly platform: FunctionsPlatform;
  /** What goes back to an event draws from that event's own stream, and one after the other. */
  private readonly invocations = new Map<number, number>();
  /** Phone numbers that a message came from. */
  private readonly shown = new Set<string>();
  private readonly callbackFaults = new Map<number, CallFault>();

  constructor(
    private readonly trace: Trace,
    private readonly time: VirtualTime,
    sabotage: Sabotage,
  ) {
    const settings = settingsFrom({ sender: SENDER, rateLimits: true, statusCallbackDelayMs: 400 });
    const clock = new Clock(undefined);
    this.account = new Account(settings, clock, `https://${HOST}`, {
      faults: this.faults,
      transport: { request: (request) => this.webhook(request), close: () => undefined },
    });
    this.account.wiring.incomingUrl = INCOMING_URL;
    this.account.wiring.fallbackUrl = FALLBACK_URL;
    const { ledger } = this;
    this.line = new TwilioLine(
      this.account,
      settings,
      clock,
      time,
      (sid, by) => ledger.creators.set(sid, by),
      sabotage.tamper,
    );
    this.platform = new FunctionsPlatform(
      {
        DOMAIN_NAME: HOST,
        ACCOUNT_SID: settings.accountSid,
        AUTH_TOKEN: settings.authToken,
        SYNC_SERVICE_SID: settings.syncServiceSid,
        MESSAGING_SERVICE_SID: settings.messagingServiceSid,
        WHATSAPP_SENDER: SENDER,
        API_TOKEN,
        WINDOW_MARGIN_SECONDS: String(trace.marginSeconds),
        FALLBACK_TEMPLATE: QUESTION_TEMPLATE,
        HOLD_TTL_SECONDS: String(HOLD_TTL_SECONDS),
        RELEASE_HELD: trace.releaseHeld ?? 'each',
        ...sabotage.environment,
      },
      this.line,
      time,
      (invocation) => ledger.invocations.push(invocation),
      sabotage.wrap,
    );
  }

  async play(report: (played: number) => void): Promise<Played> {
    const { trace, time, account, ledger } = this;
    // One event puts the next one up, so that few timers wait at once.
    const putUp = (index: number): void => {
      const event = trace.events[index];
      if (!event) return;
      time.at(START + event.at, () => {
        report(index);
        void this.happen(event);
        putUp(index + 1);
      });
    };
    putUp(0);
    const last = trace.events.at(-1)?.at ?? 0;
    await time.run(START + last + AFTERMATH_MS);
    return {
      trace,
      ledger,
      messages: account.messages.everything(),
      requests: account.requests.totals().byRoute,
      endedAt: time.now(),
    };
  }

  end(): void {
    this.account.retire();
  }

  private async happen(event: TraceEvent): Promise<void> {
    switch (event.kind) {
      case 'inbound':
        return this.write(event);
      case 'send':
        return this.send(event);
      case 'window':
        this.ledger.questions.push({
          user: event.user,
          to: this.name(event.user, event.to),
          attempt: await this.call(
            '/window',
            { to: this.name(event.user, event.to) },
            event.id,
            event.callFault,
          ),
        });
        return;
      case 'cancel':
        return this.cancel(event.id, event.user, this.name(event.user, event.to), event.callFault);
      case 'template': {
        const template = this.account.templates
          .all()
          .find(({ friendlyName }) => friendlyName === event.template);
        if (template) template.status = event.status;
        return;
      }
      case 'outage':
      case 'log lag':
        return this.line.begin(event);
      case 'restart':
        return this.platform.restart(new Random(`${this.trace.seed}.${event.id}`), event.share);
    }
  }

  private async write(event: InboundEvent): Promise<void> {
    const user = this.user(event.user);
    const hidden = this.isHidden(user, event.at);
    const from = hidden ? `whatsapp:${user.bsuid}` : user.phone;
    const { messageSid } = await this.account.inbound.receive({
      from,
      to: SENDER,
      body: event.body,
      type: event.type,
      profileName: `User ${event.user}`,
      waId: null,
      externalUserId: user.bsuid,
      media: [],
      extra: {},
      opensWindow: event.opensWindow,
      deliver: false,
    });
    if (!hidden) this.shown.add(user.phone);
    const inbound = { event, sid: messageSid, at: START + event.at, from, attempts: [] };
    this.ledger.inbounds.push(inbound);
    this.ledger.inboundBySid.set(messageSid, inbound);
    for (const after of event.webhookAfterMs) {
      this.time.at(inbound.at + after, () => void this.account.inbound.replay(messageSid));
    }
  }

  /** Whoever is written to by phone number as well has shown it once: nobody could know otherwise whose it is. */
  private isHidden({ phone, hidesPhoneFrom }: User, at: number): boolean {
    if (hidesPhoneFrom === null || at < hidesPhoneFrom) return false;
    return hidesPhoneFrom === 0 || this.shown.has(phone);
  }

  private async send(event: SendEvent): Promise<void> {
    const random = new Random(`${this.trace.seed}.${event.id}.caller`);
    const token = `t${event.id}t`;
    const to = this.name(event.user, event.to);
    const sendAt = event.sendInMs === null ? null : START + event.at + event.sendInMs;
    const send: Send = { event, to, token, sendAt, attempts: [] };
    this.ledger.sends.push(send);
    this.faults.set(to, faultsOf(event));
    if (event.callbackFault) this.callbackFaults.set(event.id, event.callbackFault);
    const parameters = parametersOf(event, to, token, sendAt);
    const twin = event.again === 'at once' ? this.attempt(send, parameters, null) : undefined;
    for (const [turn, pause] of [0, ...CALL_AGAIN_AFTER].entries()) {
      if (turn > 0) await this.time.pause(pause * random.between(0.7, 1.3));
      const attempt = await this.attempt(send, parameters, turn === 0 ? event.callFault : null);
      if (!isWorthAnotherCall(event, attempt)) break;
    }
    await twin;
    if (event.again === 'later') {
      await this.time.pause(Math.min(random.logNormal(600_000, 2), KEY_LASTS_MS));
      await this.attempt(send, parameters, null);
    }
  }

  private async attempt(
    send: Send,
    parameters: Readonly<Record<string, string>>,
    callFault: CallFault | null,
  ): Promise<CallAttempt> {
    const attempt = await this.call('/send-message', parameters, send.event.id, callFault);
    send.attempts.push(attempt);
    return attempt;
  }

  private async cancel(id: number, user: number, to: string, callFault: CallFault | null): Promise<void> {
    const list = await this.call('/held-messages', { to }, id, callFault, 'GET');
    const held = list.answer?.json.held;
    if (!Array.isArray(held) || held.length === 0) return;
    const chosen = new Random(`${this.trace.seed}.${id}.chosen`).pick(held);
    const attempt = await this.call('/held-messages', { to, cancel: chosen.id }, id, null);
    this.ledger.cancellations.push({ user, body: chosen.body, attempt });
  }

  private async call(
    path: string,
    parameters: Readonly<Record<string, string>>,
    event: number,
    callFault: CallFault | null,
    method: 'GET' | 'POST' = 'POST',
  ): Promise<CallAttempt> {
    const isPost = method === 'POST';
    const request = {
      path,
      query: isPost ? {} : parameters,
      body: isPost ? parameters : {},
      headers: {
        host: HOST,
        authorization: `Bearer ${API_TOKEN}`,
        ...(isPost && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1' }),
      },
    };
    const { invocation, answer } = await this.platform.invoke(request, {
      event,
      random: this.chanceFor(event),
      callFault,
    });
    return { invocation, answer: answer && { status: answer.status, json: asAnswer(answer.body) } };
  }

  /** Twilio's webhooks come in here: the emulator made, signed and addressed them. */
  private async webhook(request: TransportRequest): Promise<Outcome> {
    const { url } = request;
    const params = Object.fromEntries(new URLSearchParams(request.body));
    const sid = params.MessageSid ?? '';
    const inbound = this.ledger.inboundBySid.get(sid);
    const event = inbound?.event.id ?? this.ledger.creators.get(sid)?.event ?? -1;
    const { invocation, answer } = await this.platform.invoke(
      {
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        body: params,
        headers: {
          host: url.host,
          'content-length': String(request.body.length),
          ...Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
          ),
        },
      },
      { event, random: this.chanceFor(event), callFault: this.callFaultOf(inbound?.event, event, params) },
    );
    const attempt = { invocation, errorCode: params.ErrorCode ?? null };
    if (inbound) inbound.attempts.push(attempt);
    else {
      const known = this.ledger.callbacks.get(sid);
      if (known) known.push(attempt);
      else this.ledger.callbacks.set(sid, [attempt]);
    }
    // A container that died is a 502 to Twilio, or a 504 after ten seconds.
    if (!answer) return answered(502, '', 'text/plain');
    if (typeof answer.body !== 'string' && answer.contentType.startsWith('text/')) {
      return failed('rt', 'not a text');
    }
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return answered(answer.status, text, answer.contentType);
  }

  /** Each fault once: a webhook that comes again is spared. */
  private callFaultOf(
    inbound: InboundEvent | undefined,
    event: number,
    params: Readonly<Record<string, string>>,
  ): CallFault | null {
    if (inbound) return (this.invocations.get(event) ?? 0) <= 1 ? inbound.callFault : null;
    if (params.ErrorCode === undefined) return null;
    const callFault = this.callbackFaults.get(event) ?? null;
    this.callbackFaults.delete(event);
    return callFault;
  }

  private chanceFor(event: number): Random {
    const count = (this.invocations.get(event) ?? 0) + 1;
    this.invocations.set(event, count);
    return new Random(`${this.trace.seed}.${event}.${count}`);
  }

  private user(index: number): User {
    const user = this.trace.users[index];
    if (!user) throw new Error(`The trace has no user ${index}.`);
    return user;
  }

  private name(index: number, name: 'phone' | 'bsuid'): string {
    const { phone, bsuid } = this.user(index);
    return name === 'bsuid' && bsuid !== null ? `whatsapp:${bsuid}` : phone;
  }
}

/** The contract's answer, whose every part may be missing. */
function asAnswer(body: unknown): Answer {
  return typeof body === 'object' && body !== null ? body : {};
}

function faultsOf(event: SendEvent): Omit<Fault, 'id' | 'applied'>[] {
  const usual = {
    match: {},
    status: 500,
    code: 0,
    delayMs: 0,
    seconds: 0,
    concurrently: false,
    times: 1,
    skip: 0,
  };
  const { delivery, callbacks } = event;
  const list: Omit<Fault, 'id' | 'applied'>[] = [];
  if (delivery) list.push({ ...usual, target: 'delivery', ...delivery });
  if (callbacks) {
    const { status, ...rest } = callbacks;
    list.push({ ...usual, target: 'webhook', match: { kind: 'status', messageStatus: status }, ...rest });
  }
  return list;
}
