/**
 * The built functions against an emulator, both in this process, for one test file: raw HTTP in, what Twilio saw out. It
 * must not know what any answer should be.
 */
import { signature } from '../../emulator/whatsapp/signature';
import { type OfflineService, startOfflineService } from '../../scripts/offline/offline-service';
import { type FunctionsOptions, startFunctions } from './functions-server';

export const SENDER = 'whatsapp:+14155238886';
/** An instant in the future of every machine that runs this, so that a frozen clock never goes back. */
export const NOON = Date.parse('2031-05-05T12:00:00.000Z');
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly json: T;
}

export interface Message {
  readonly sid: string;
  readonly direction: string;
  readonly to: string;
  readonly from: string;
  readonly text: string;
  readonly media: readonly string[];
  readonly status: string;
  readonly delivered: boolean;
  readonly errorCode: number | null;
  readonly contentSid: string | null;
  readonly contentVariables: string | null;
  readonly usedSampleValues: boolean;
  readonly sendAt: string | null;
  readonly messagingServiceSid: string | null;
}

export interface TwilioRequest {
  readonly service: string;
  readonly route: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly startedMs: number;
  readonly ms: number;
}

export interface SyncDocument {
  readonly uniqueName: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly expiresAt: string | null;
}

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
}

export class Service {
  private started: OfflineService | undefined;

  /** @param begin puts the functions into this process; `startOfflineService` puts them into twilio-run, a process of its own */
  constructor(
    private readonly options: FunctionsOptions,
    private readonly begin: (options: FunctionsOptions) => Promise<OfflineService> = startFunctions,
  ) {}

  async start(): Promise<void> {
    this.started = await this.begin(this.options);
  }

  async stop(): Promise<void> {
    await this.started?.stop();
  }

  get offline(): OfflineService {
    if (!this.started) throw new Error('The offline service is not started.');
    return this.started;
  }

  get url(): string {
    return this.offline.functionsUrl;
  }

  get token(): string {
    return this.offline.env.API_TOKEN ?? '';
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  /** POST of JSON with the token. `token: null` sends none. */
  async post<T = Record<string, unknown>>(
    path: string,
    parameters: unknown,
    sending: Sending = {},
  ): Promise<Answer<T>> {
    const { token = this.token, headers } = sending;
    const response = await this.fetch(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: typeof parameters === 'string' ? parameters : JSON.stringify(parameters),
    });
    return { status: response.status, json: (await response.json()) as T };
  }

  async get<T = Record<string, unknown>>(path: string): Promise<Answer<T>> {
    const response = await this.fetch(path, { headers: { authorization: `Bearer ${this.token}` } });
    return { status: response.status, json: (await response.json()) as T };
  }

  send<T = SendAnswer>(parameters: unknown): Promise<Answer<T>> {
    return this.post<T>('/send-message', parameters);
  }

  /** POST of a form as Twilio signs it. */
  signed(
    path: string,
    parameters: Readonly<Record<string, string>>,
    signing: { readonly url?: string; readonly authToken?: string } = {},
  ): Promise<Response> {
    const { url = this.url + path, authToken = this.offline.emulator.authToken } = signing;
    return this.fetch(path, {
      method: 'POST',
      headers: { 'x-twilio-signature': signature(authToken, url, parameters) },
      body: new URLSearchParams(parameters),
    });
  }

  async studio<T = SendAnswer>(
    path: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Answer<T>> {
    const response = await this.signed(path, parameters);
    return { status: response.status, json: (await response.json()) as T };
  }

  async control<T = unknown>(route: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
    const response = await fetch(`${this.offline.emulator.url}/_emulator/${route}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T;
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** A user writes, and the webhook is answered. */
  async inbound(from: string, fields: object = {}): Promise<Inbound> {
    return this.control<Inbound>('inbound', { from, ...fields });
  }

  async freeze(at: number): Promise<void> {
    await this.control('clock', { set: new Date(at).toISOString(), freeze: true });
  }

  async advance(ms: number): Promise<void> {
    await this.control('clock', { advanceMs: ms });
  }

  async fault(fault: object): Promise<void> {
    await this.control('faults', { target: 'api', ...fault });
  }

  async clearFaults(): Promise<void> {
    await this.control('faults', undefined, 'DELETE');
  }

  /** Once nothing is under way: what was sent to a user, or to everyone, oldest first. */
  async outbound(to?: string): Promise<readonly Message[]> {
    await this.control('idle');
    const query = to === undefined ? '' : `?to=${encodeURIComponent(to)}`;
    const { messages } = await this.control<{ messages: readonly Message[] }>(`messages${query}`);
    return messages.filter(({ direction }) => direction !== 'inbound');
  }

  /** The Twilio API requests that something caused, with those after its answer. */
  async requestsOf<T>(act: () => Promise<T>): Promise<{ answer: T; requests: readonly TwilioRequest[] }> {
    await this.control('idle');
    await this.control('requests', undefined, 'DELETE');
    const answer = await act();
    await this.control('idle');
    const { requests } = await this.control<{ requests: readonly TwilioRequest[] }>('requests');
    return { answer, requests };
  }

  async documents(): Promise<readonly SyncDocument[]> {
    return (await this.control<{ documents: readonly SyncDocument[] }>('sync')).documents;
  }

  /** Everything that lies in Sync, for "nothing was stored". */
  sync(): Promise<unknown> {
    return this.control('sync');
  }

  /** The JSON lines that the functions logged. */
  logLines(): readonly Readonly<Record<string, unknown>>[] {
    return this.offline.log
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

export interface Inbound {
  readonly messageSid: string;
  readonly webhooks: readonly { readonly status: number | null; readonly body: string }[];
}

export interface SendAnswer {
  readonly outcome: string;
  readonly decision: {
    readonly action: string;
    readonly reason: string;
    readonly explanation: string;
  } | null;
  readonly window: Readonly<Record<string, unknown>> | null;
  readonly message: {
    readonly sid: string;
    readonly status: string;
    readonly contentSid: string | null;
  } | null;
  readonly held: unknown;
  readonly messages: readonly { readonly sid: string }[];
  readonly preview?: unknown;
  readonly error: ErrorAnswer | null;
}

export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly problems: readonly { readonly field: string; readonly message: string }[];
}

/** One offline service for a file: one warm container unless `inProcess` is false. */
export function useService(options: FunctionsOptions = {}): Service {
  const service = new Service({ inProcess: true, ...options });
  beforeAll(() => service.start());
  afterAll(() => service.stop());
  return service;
}

/** One twilio-run for a file, as a developer and the platform have it: a process for each request. */
export function useTwilioRun(): Service {
  const service = new Service({}, startOfflineService);
  beforeAll(() => service.start());
  afterAll(() => service.stop());
  return service;
}

let users = 0;

/** Somebody whom no other test writes to. */
export function newUser(): string {
  users += 1;
  return `whatsapp:+4915${String(users).padStart(9, '0')}`;
}

export const iso = (time: number) => new Date(time).toISOString();

/** Names of the problems, for a comparison of which parameters were found wrong. */
export const fields = (error: ErrorAnswer | null | undefined) =>
  (error?.problems ?? []).map(({ field }) => field).sort();
