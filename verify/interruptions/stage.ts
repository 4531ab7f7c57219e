/**
 * A small stage for one case: the emulator, the built functions in fresh containers, and virtual time. One invocation can
 * be interrupted at one of its requests to Twilio. It must not know what a function should do about it.
 */
import { Account } from '../../emulator/account';
import type { MessageRecord } from '../../emulator/api/messages/message-log';
import { Clock } from '../../emulator/clock';
import { type ApiReply, serveApi } from '../../emulator/server/serve-api';
import { type Settings, settingsFrom } from '../../emulator/settings';
import { answered, type Outcome, type TransportRequest } from '../../emulator/whatsapp/webhook-transport';
import { freshGlobals, type Handler, loadFunction, providePlatformGlobals } from '../built-functions/load';
import { Random } from '../simulate/random';
import {
  API_TOKEN,
  FALLBACK_URL,
  HOST,
  INCOMING_URL,
  QUESTION_TEMPLATE,
  SENDER,
  START,
} from '../simulate/stage';
import {
  failed,
  onTheWire,
  refusal,
  type SdkAnswer,
  type SdkRequest,
  type WireAnswer,
  type WireRequest,
} from '../simulate/twilio-line';
import { VirtualTime } from '../simulate/virtual-time';
import { type Fault, takesEffect } from './faults';

/** A field that is given several times is a list. */
export type CallParameters = Readonly<Record<string, string | readonly string[]>>;

/** One invocation of a function, and what came of it. */
export interface Invocation {
  readonly path: string;
  readonly parameters: CallParameters;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  endedAt: number | null;
  /** Null where it died. */
  answer: { readonly status: number; readonly body: unknown } | null;
  /** Requests to Twilio; repetitions of the interrupted one are not counted. */
  requests: number;
  isInterrupted: boolean;
  /** The API whose request met the fault, such as `sync`; null where none did. */
  interruptedApi: string | null;
  /** SIDs of the messages that it made Twilio create, whether or not it heard of it. */
  readonly created: string[];
  /** What it asked Twilio for, and what it was answered, as lines to read. */
  readonly requestLines: string[];
}

/** What befalls one request of the first invocation that fits. */
export interface Interruption {
  readonly isFor: (path: string, parameters: CallParameters) => boolean;
  /** Counted from 1. */
  readonly at: number;
  /** A fault, or something else that happens before the request goes out. */
  readonly what: Fault | (() => Promise<void>);
}

interface Running {
  readonly record: Invocation;
  readonly interruption: Interruption | null;
  /** The interrupted request: the client's own repetitions of it meet the same fault. */
  hit: { readonly request: string; times: number } | null;
  isDead: boolean;
  die(): void;
}

/** One invocation at a time. */
interface Container {
  running: Running;
  readonly handler: Handler;
}

/** https://www.twilio.com/docs/serverless/functions-assets/functions/invocation */
const LIMIT_MS = 10_000;
export const TRAVEL_MS = 25;
/** The client tries no request more often. */
const MAX_ATTEMPTS = 4;
const PROTECTED = /^\/(?:incoming-message|message-status|studio\/.*|conversations\/.*)$/;
const MESSAGING_SERVICE_SID = 'MG00000000000000000000000000000001';

export class Stage {
  /** How long a request, or its answer, is on its way, in milliseconds; asked for each. */
  travel: () => number = () => TRAVEL_MS;
  readonly account: Account;
  readonly invocations: Invocation[] = [];
  private readonly settings: Settings;
  private readonly clock: Clock;
  private readonly environment: Readonly<Record<string, string>>;
  private interruption: Interruption | null = null;
  /** Containers of status callbacks that have nothing to do. */
  private readonly idle: Container[] = [];

  private constructor(
    private readonly time: VirtualTime,
    environment: Readonly<Record<string, string>>,
    hasLimits: boolean,
  ) {
    this.settings = settingsFrom({
      sender: SENDER,
      messagingServiceSid: MESSAGING_SERVICE_SID,
      rateLimits: hasLimits,
      creationLimit: hasLimits,
      statusCallbackDelayMs: 400,
    });
    this.clock = new Clock(undefined);
    this.account = new Account(this.settings, this.clock, `https://${HOST}`, {
      transport: { request: (request) => this.webhook(request), close: () => undefined },
    });
    this.account.wiring.incomingUrl = INCOMING_URL;
    this.account.wiring.fallbackUrl = FALLBACK_URL;
    this.environment = {
      DOMAIN_NAME: HOST,
      ACCOUNT_SID: this.settings.accountSid,
      AUTH_TOKEN: this.settings.authToken,
      SYNC_SERVICE_SID: this.settings.syncServiceSid,
      MESSAGING_SERVICE_SID,
      WHATSAPP_SENDER: SENDER,
      API_TOKEN,
      FALLBACK_TEMPLATE: QUESTION_TEMPLATE,
      ...environment,
    };
  }

  /**
   * Plays something in a stage of its own, in as little real time as its work takes.
   * @param hasLimits whether Sync's own limits are enforced
   */
  static async play<T>(
    environment: Readonly<Record<string, string>>,
    play: (stage: Stage) => Promise<T>,
    hasLimits = false,
  ): Promise<T> {
    providePlatformGlobals();
    const time = new VirtualTime(START);
    time.install();
    // The pauses between tries are drawn from it: every play is the same.
    const { random } = Math;
    const drawn = new Random('interruptions');
    Math.random = () => drawn.next();
    const stage = new Stage(time, environment, hasLimits);
    try {
      let isOver = false;
      const played = play(stage).finally(() => {
        isOver = true;
      });
      played.catch(() => undefined);
      await time.run(Number.POSITIVE_INFINITY, () => isOver);
      if (!isOver) throw new Error('The play waits for something that never comes.');
      return await played;
    } finally {
      stage.account.retire();
      Math.random = random;
      time.uninstall();
    }
  }

  now(): number {
    return this.time.now();
  }

  pause(ms: number): Promise<void> {
    return this.time.pause(ms);
  }

  /** All that was handed to Twilio for anybody, oldest first. */
  outbound(): readonly MessageRecord[] {
    return this.account.messages.everything().filter(({ direction }) => direction !== 'inbound');
  }

  /** All that Sync holds, by name, without what differs from play to play by itself. */
  stored(): readonly (readonly [string, unknown])[] {
    const now = this.now();
    const all = { from: null, exclusive: false, descending: false };
    const many = Number.POSITIVE_INFINITY;
    return this.account.sync
      .all()
      .flatMap(({ documents, lists, maps }) => [
        ...documents
          .page(null, many, now)
          .map(({ uniqueName, data }) => [uniqueName ?? '', data.value] as const),
        ...lists
          .page(null, many, now)
          .flatMap(({ uniqueName, items }) =>
            items.page(all, many, now).map(({ key, data }) => [`${uniqueName} ${key}`, data.value] as const),
          ),
        ...maps
          .page(null, many, now)
          .flatMap(({ items }) =>
            items.page(all, many, now).map(({ key, data }) => [key, data.value] as const),
          ),
      ]);
  }

  /** The next invocation that fits is interrupted, once. */
  interrupt(interruption: Interruption): void {
    this.interruption = interruption;
  }

  /** Calls a function as a caller with the token does, in a container of its own. */
  call(path: string, parameters: CallParameters, method: 'GET' | 'POST' = 'POST'): Promise<Invocation> {
    const headers = {
      host: HOST,
      authorization: `Bearer ${API_TOKEN}`,
      ...(method === 'POST' && {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': '1',
      }),
    };
    return this.invoke(path, {}, parameters, headers);
  }

  private async webhook({ url, headers, body }: TransportRequest): Promise<Outcome> {
    // A bot behind FORWARD_URL answers nothing.
    if (url.host !== HOST) return answered(200, '<Response/>', 'text/xml');
    const parameters = Object.fromEntries(new URLSearchParams(body));
    // They say no more than `sent` does, and may get lost like any callback.
    if (parameters.MessageStatus === 'queued' || parameters.MessageStatus === 'read')
      return answered(200, '', 'text/plain');
    const { record, contentType } = await this.invokeWhole(
      url.pathname,
      Object.fromEntries(url.searchParams),
      parameters,
      {
        host: url.host,
        'content-length': String(body.length),
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      },
    );
    // A container that died is a 502 to Twilio, or a 504 after ten seconds.
    if (!record.answer) return answered(502, '', 'text/plain');
    const { status, body: answer } = record.answer;
    return answered(status, typeof answer === 'string' ? answer : JSON.stringify(answer), contentType);
  }

  private async invoke(...request: Parameters<Stage['invokeWhole']>): Promise<Invocation> {
    return (await this.invokeWhole(...request)).record;
  }

  private async invokeWhole(
    path: string,
    query: Readonly<Record<string, string>>,
    body: CallParameters,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly record: Invocation; readonly contentType: string }> {
    const { interruption } = this;
    const isInterrupted = interruption?.isFor(path, body) ?? false;
    if (isInterrupted) this.interruption = null;
    const record: Invocation = {
      ...{ path, parameters: body, startedAt: this.now(), endedAt: null, answer: null, requests: 0 },
      ...{ isInterrupted, interruptedApi: null, created: [], requestLines: [] },
    };
    this.invocations.push(record);
    let contentType = '';
    await new Promise<void>((resolve) => {
      const running: Running = {
        record,
        interruption: isInterrupted ? interruption : null,
        hit: null,
        isDead: false,
        die: () => {
          running.isDead = true;
          resolve();
        },
      };
      const limit = setTimeout(() => running.die(), LIMIT_MS);
      const container = this.containerFor(path, running);
      void container.handler(
        this.environment,
        { request: { headers, cookies: {} }, ...query, ...body },
        (_, response) => {
          clearTimeout(limit);
          if (running.isDead) return;
          // What is still under way is killed with the answer.
          running.isDead = true;
          record.answer = { status: response.statusCode, body: response.body };
          contentType = response.headers['Content-Type'] ?? '';
          if (path === '/message-status') this.idle.push(container);
          resolve();
        },
      );
    });
    record.endedAt = this.now();
    return { record, contentType };
  }

  /** A fresh container, save for status callbacks that nothing befalls: there are many of them, and they remember nothing. */
  private containerFor(path: string, running: Running): Container {
    const isWarm = path === '/message-status' && running.interruption === null;
    const idle = isWarm ? this.idle.pop() : undefined;
    if (idle) return Object.assign(idle, { running });
    const container: { running: Running; handler?: Handler } = { running };
    const request = (asked: SdkRequest) => this.request(container.running, asked);
    const handler = loadFunction(`${path.slice(1)}${PROTECTED.test(path) ? '.protected' : ''}.js`, {
      RequestClient: class {
        request(asked: SdkRequest) {
          return request(asked);
        }
      },
      globals: freshGlobals(),
      console: { log: () => undefined },
    });
    return Object.assign(container, { handler });
  }

  private async request(running: Running, asked: SdkRequest): Promise<SdkAnswer> {
    const never = new Promise<never>(() => undefined);
    if (running.isDead) return never;
    const { request, headers } = onTheWire(asked);
    const fault = await this.faultFor(running, request);
    const answer = this.answer(running, request, headers, fault);
    this.note(running.record, request, fault, answer);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(failed('ECONNABORTED')), asked.timeout ?? 30_000);
    });
    try {
      const { status, headers: answeredHeaders, text } = await Promise.race([answer, timeout]);
      if (running.isDead) return never;
      return { statusCode: status, headers: answeredHeaders, body: text === '' ? '' : JSON.parse(text) };
    } finally {
      clearTimeout(timer);
    }
  }

  private note(
    { requests, requestLines }: Invocation,
    { method, service, url, body }: WireRequest,
    fault: Fault | null,
    answer: Promise<WireAnswer>,
  ): void {
    const path = decodeURIComponent(url).replace(/^.*?\/(?:Services\/\w+|Accounts\/\w+)\//, '');
    const asked = `${requests} ${method} ${service} ${path} ${decodeURIComponent(body.replaceAll('+', ' '))}`;
    const index =
      requestLines.push(`${this.now() - START} ${asked}${fault === null ? '' : ` (${fault})`}`) - 1;
    const tell = (told: string) => {
      requestLines[index] += ` -> ${told}`;
    };
    answer.then(({ status, text }) => tell(`${status} ${text.slice(0, 160)}`)).catch(() => tell('cut off'));
  }

  /** Which fault this request meets. Where something else happens before it, that is played first. */
  private async faultFor(
    running: Running,
    { method, service, url, body }: WireRequest,
  ): Promise<Fault | null> {
    const { record, interruption, hit } = running;
    const name = `${method} ${url} ${body}`;
    if (hit?.request === name && hit.times < MAX_ATTEMPTS) {
      hit.times += 1;
      return typeof interruption?.what === 'string' ? interruption.what : null;
    }
    record.requests += 1;
    if (interruption?.at !== record.requests) return null;
    if (typeof interruption.what !== 'string') {
      await interruption.what();
      return null;
    }
    record.interruptedApi = service;
    running.hit = { request: name, times: 1 };
    return interruption.what;
  }

  private async answer(
    running: Running,
    request: WireRequest,
    headers: Readonly<Record<string, string>>,
    fault: Fault | null,
  ): Promise<WireAnswer> {
    await this.time.pause(this.travel());
    const answer = fault === null || takesEffect(fault) ? await this.pass(running, request, headers) : null;
    switch (fault) {
      case 'refused (429)':
        return refusal(429, 20429, 'Too Many Requests');
      case 'refused (500)':
      case 'refused after effect':
        return refusal(500, 20500, 'Internal Server Error');
      case 'cut off before':
      case 'cut off after':
        throw failed('ECONNRESET');
      case 'killed before':
      case 'killed after':
        running.die();
        break;
    }
    if (fault !== null || answer === null) return new Promise<never>(() => undefined);
    await this.time.pause(this.travel());
    return answer;
  }

  private pass(
    running: Running,
    { method, url, body }: WireRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const reply: ApiReply = {
        send: (status, answeredHeaders, text) => {
          if (method === 'POST' && url.endsWith('/Messages.json') && status === 201) {
            const { sid } = JSON.parse(text) as { sid: string };
            running.record.created.push(sid);
          }
          resolve({ status, headers: answeredHeaders, text });
        },
        cut: () => reject(failed('ECONNRESET')),
      };
      serveApi(this.account, this.settings, this.clock, { method, url, headers, body }, reply).catch(reject);
    });
  }
}
