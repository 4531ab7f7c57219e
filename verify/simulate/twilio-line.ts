/**
 * The line between the functions' Twilio SDK and the emulator, within this process: every request takes its time, and
 * meets the faults that are set. It stands where the SDK has its `RequestClient`: method, address, headers and form go
 * to the emulator as they would over a socket, and status, headers and JSON come back. It must not know what a request
 * is for.
 */
import type twilio from 'twilio';
import type { Account } from '../../emulator/account';
import type { Clock } from '../../emulator/clock';
import { type ApiReply, serveApi } from '../../emulator/server/serve-api';
import type { Settings } from '../../emulator/settings';
import type { Invocation } from './ledger';
import type { Random } from './random';
import type { CallFault, CallFaultKind, LogLagEvent, OutageEvent } from './trace-event';
import type { VirtualTime } from './virtual-time';

/** An invocation that is under way. */
export interface Running {
  readonly record: Invocation;
  readonly random: Random;
  readonly callFault: CallFault | null;
  /** Nothing that it waits for comes any more. */
  dead: boolean;
  readonly die: () => void;
}

/** What a tampered line does with a request instead of passing it on as it is, to see whether the oracle notices. */
export type Tamper = (
  request: WireRequest,
  pass: (request: WireRequest) => Promise<WireAnswer>,
) => Promise<WireAnswer>;

export interface WireRequest {
  readonly method: string;
  readonly service: string;
  /** With the query. */
  readonly url: string;
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly text: string;
}

/** What the SDK hands to its client. */
export type SdkRequest = Parameters<InstanceType<typeof twilio.RequestClient>['request']>[0];
export type SdkAnswer = Awaited<ReturnType<InstanceType<typeof twilio.RequestClient>['request']>>;

export class TwilioLine {
  private outages: { readonly event: OutageEvent; readonly until: number }[] = [];
  private lags: { readonly event: LogLagEvent; readonly until: number }[] = [];

  constructor(
    private readonly account: Account,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly time: VirtualTime,
    private readonly created: (sid: string, by: Invocation) => void,
    private readonly tamper: Tamper | undefined,
  ) {}

  begin(event: OutageEvent | LogLagEvent): void {
    const until = this.time.now() + event.forMs;
    if (event.kind === 'outage') this.outages.push({ event, until });
    else this.lags.push({ event, until });
  }

  /** A request of an invocation, from the SDK and back to it. @throws what the SDK's own client throws */
  async request(running: Running | null, asked: SdkRequest): Promise<SdkAnswer> {
    if (!running) throw new Error('A request to Twilio outside any invocation.');
    const never = new Promise<never>(() => undefined);
    if (running.dead) return never;
    const { record } = running;
    record.requests += 1;
    const { request, headers } = onTheWire(asked);
    const fault = this.faultFor(running, request);
    if (fault) record.hits.push({ what: fault, request: `${request.service} ${request.method}` });
    const answer = this.answer(running, request, headers, fault);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(failed('ECONNABORTED')), asked.timeout ?? 30_000);
    });
    try {
      const { status, headers: answered, text } = await Promise.race([answer, timeout]);
      if (running.dead) return never;
      return { statusCode: status, headers: answered, body: text === '' ? '' : JSON.parse(text) };
    } finally {
      clearTimeout(timer);
    }
  }

  private async answer(
    running: Running,
    request: WireRequest,
    headers: Readonly<Record<string, string>>,
    fault: CallFaultKind | null,
  ): Promise<WireAnswer> {
    const never = new Promise<never>(() => undefined);
    await this.travel(running);
    const pass = (passed: WireRequest) => this.pass(running, passed, headers);
    const perform = () => (this.tamper ? this.tamper(request, pass) : pass(request));
    switch (fault) {
      case null: {
        const answer = await perform();
        await this.travel(running);
        return answer;
      }
      case 'HTTP 500':
        return refusal(500, 20500, 'Internal Server Error');
      case '429':
        return refusal(429, 20429, 'Too Many Requests');
      case 'hangs before':
        return never;
      case 'hangs after':
        await perform();
        return never;
      case 'cut before':
        throw failed('ECONNRESET');
      case 'cut after':
        await perform();
        throw failed('ECONNRESET');
      case 'dies before':
        running.die();
        return never;
      case 'dies after':
        await perform();
        running.die();
        return never;
    }
  }

  /** A call takes some 30 to 60 ms there and back, and now and then much longer. */
  private travel({ random }: Running): Promise<void> {
    const slow = random.chance(0.002) ? random.between(200, 1500) : 0;
    return this.time.pause(random.between(12, 32) + slow);
  }

  private pass(
    running: Running,
    request: WireRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<WireAnswer> {
    const { method, url, body } = request;
    return new Promise((resolve, reject) => {
      const reply: ApiReply = {
        send: (status, answered, text) => {
          const answer = this.lagged(running, request, { status, headers: answered, text });
          if (method === 'POST' && url.endsWith('/Messages.json') && status === 201) {
            const { sid } = JSON.parse(text) as { sid: string };
            running.record.created.push(sid);
            this.created(sid, running.record);
          }
          resolve(answer);
        },
        cut: () => reject(failed('ECONNRESET')),
      };
      serveApi(this.account, this.settings, this.clock, { method, url, headers, body }, reply).catch(reject);
    });
  }

  private faultFor(running: Running, { service }: WireRequest): CallFaultKind | null {
    const { callFault, record, random } = running;
    if (callFault && record.requests >= callFault.at && record.requests < callFault.at + callFault.times) {
      return callFault.how;
    }
    const now = this.time.now();
    this.outages = this.outages.filter(({ until }) => until > now);
    const outage = this.outages.find(({ event }) => event.service === service);
    return outage && random.chance(outage.event.share) ? outage.event.how : null;
  }

  /** While the log lags, a list of messages leaves out the youngest. */
  private lagged(running: Running, { method, url }: WireRequest, answer: WireAnswer): WireAnswer {
    const now = this.time.now();
    this.lags = this.lags.filter(({ until }) => until > now);
    const lag = this.lags[0];
    if (!lag || method !== 'GET' || !url.includes('/Messages.json')) return answer;
    const list = JSON.parse(answer.text) as { messages: { date_created: string }[] };
    const messages = list.messages.filter(
      ({ date_created }) => Date.parse(date_created) <= now - lag.event.lagMs,
    );
    if (messages.length === list.messages.length) return answer;
    running.record.hits.push({ what: 'log lag', request: 'api GET' });
    return { ...answer, text: JSON.stringify({ ...list, messages }) };
  }
}

/** As the SDK's own client writes it: parameters and fields that are lists are repeated. */
export function onTheWire(asked: SdkRequest): {
  readonly request: WireRequest;
  readonly headers: Readonly<Record<string, string>>;
} {
  const url = new URL(asked.uri);
  for (const [name, value] of fieldsOf(asked.params)) url.searchParams.append(name, value);
  const headers: Record<string, string> = { 'x-emulator-host': url.hostname };
  for (const [name, value] of Object.entries(asked.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  if (asked.username && asked.password) {
    const credentials = Buffer.from(`${asked.username}:${asked.password}`).toString('base64');
    headers.authorization = `Basic ${credentials}`;
  }
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  const body = asked.data == null ? '' : isForm ? formOf(asked.data) : JSON.stringify(asked.data);
  return {
    request: {
      method: asked.method.toUpperCase(),
      service: url.hostname.split('.')[0] ?? '',
      url: url.pathname + url.search,
      body,
    },
    headers,
  };
}

const formOf = (data: object) => new URLSearchParams(fieldsOf(data)).toString();

function fieldsOf(data: object | undefined): [string, string][] {
  return Object.entries(data ?? {}).flatMap(([name, value]: [string, unknown]) =>
    [value]
      .flat()
      .filter((item) => item !== undefined)
      .map((item): [string, string] => [name, String(item)]),
  );
}

export function failed(code: string): Error {
  return Object.assign(new Error(code), { code });
}

export function refusal(status: number, code: number, message: string): WireAnswer {
  return { status, headers: {}, text: JSON.stringify({ code, message, status }) };
}
