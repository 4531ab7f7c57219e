/**
 * All functions in one warm container inside this process, on an emulator whose state begins anew for each attack. It
 * must not judge.
 */
import { parse } from 'node:querystring';
import { createEmulator } from '../../emulator/emulator';
import { signature } from '../../emulator/whatsapp/signature';
import {
  emulatorClient,
  freshGlobals,
  type Handler,
  loadFunction,
  PlatformResponse,
  providePlatformGlobals,
} from '../../verify/built-functions/load';
import { SENDER } from '../functions/service';
import { bodyParameters, dress, type HostileRequest, type Keys } from './hostile-requests';
import { START } from './hostile-values';
import { FUNCTIONS } from './surface';
import type { Exchange, Holdings } from './verdict';

const DOMAIN_NAME = 'localhost:3999';
/** The promise is 8 s; a function that answers later may as well never. */
const HANGS_AFTER_MS = 8000;

const FILES = new Map(FUNCTIONS.map(({ path, file }) => [path, file]));

interface Message {
  readonly sid: string;
  readonly direction: string;
  readonly to: string;
  readonly usedSampleValues: boolean;
  readonly statusCallback: string | null;
}

export class InProcessHost {
  private readonly emulator = createEmulator({
    port: 0,
    functionsUrl: `http://${DOMAIN_NAME}`,
    statusCallbackDelayMs: 0,
    rateLimits: false,
  });
  private readonly lines: string[] = [];
  /** Loaded when they are first called. */
  private readonly handlers = new Map<string, Handler>();
  private globals = freshGlobals();
  private requests = 0;
  private known: Holdings | null = null;
  readonly keys: Keys = {
    baseUrl: `http://${DOMAIN_NAME}`,
    apiToken: 'fuzz-token-that-is-no-secret',
    authToken: this.emulator.authToken,
  };
  readonly settings: Readonly<Record<string, string>> = {
    ACCOUNT_SID: this.emulator.accountSid,
    AUTH_TOKEN: this.emulator.authToken,
    SYNC_SERVICE_SID: this.emulator.syncServiceSid,
    MESSAGING_SERVICE_SID: this.emulator.messagingServiceSid,
    WHATSAPP_SENDER: SENDER,
    API_TOKEN: this.keys.apiToken,
    FALLBACK_TEMPLATE: 'please_answer',
  };

  async start(): Promise<void> {
    await this.emulator.start();
    providePlatformGlobals();
    // Only the clock is held: requests and pauses are real.
    jest.useFakeTimers({
      now: START,
      doNotFake: [
        ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] as const),
        ...(['clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
      ],
    });
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      jest.spyOn(console, method).mockImplementation((...words: unknown[]) => {
        this.lines.push(words.map(String).join(' '));
      });
    }
  }

  async stop(): Promise<void> {
    jest.restoreAllMocks();
    jest.useRealTimers();
    await this.emulator.stop();
  }

  /** A state in which nothing happened yet, and a container that has just started. */
  async begin(): Promise<void> {
    jest.setSystemTime(START);
    await this.control('reset', {});
    this.handlers.clear();
    this.globals = freshGlobals();
    this.known = null;
  }

  async pass(ms: number): Promise<void> {
    jest.setSystemTime(Date.now() + ms);
    this.known = null;
  }

  /** @param settings instead of the good ones */
  async exchange(request: HostileRequest, settings = this.settings): Promise<Exchange> {
    const { headers, url } = dress(request, this.keys);
    // As the platform makes it, with whatever that does to a field of the name `__proto__` or `request`.
    const event = Object.assign(
      { request: { headers, cookies: {} } },
      parse(url.split('?').slice(1).join('?')),
      bodyParameters(request),
    );
    return this.invoke(request.target.path, event, settings);
  }

  /** Twilio posts a form to a protected function, signed. */
  async webhook(url: string, parameters: Readonly<Record<string, string>>): Promise<Exchange> {
    const headers = {
      host: DOMAIN_NAME,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '1',
      'x-twilio-signature': signature(this.keys.authToken, this.keys.baseUrl + url, parameters),
    };
    const [path = '', query = ''] = url.split('?');
    return this.invoke(path, { request: { headers }, ...parse(query), ...parameters }, this.settings);
  }

  /** A user writes: WhatsApp knows, and the webhook comes. Undefined where WhatsApp knows no such address. */
  async writes(from: string, body: string): Promise<Exchange | undefined> {
    const written = await this.control<{ messageSid?: string }>('inbound', { from, body, deliver: false });
    if (!written.messageSid) return undefined;
    const sent = {
      MessageSid: written.messageSid,
      SmsStatus: 'received',
      From: from,
      To: SENDER,
      Body: body,
    };
    return this.webhook('/incoming-message', { ...sent, NumMedia: '0' });
  }

  /** WhatsApp refuses the newest message. Undefined where nothing was sent yet. */
  async refuses(errorCode: string): Promise<Exchange | undefined> {
    const newest = (await this.messages()).at(-1);
    if (!newest?.statusCallback) return undefined;
    const parameters = { MessageSid: newest.sid, MessageStatus: 'undelivered', ErrorCode: errorCode };
    // Twilio keeps the connection overrides behind the # to itself.
    const [url = ''] = newest.statusCallback.replace(this.keys.baseUrl, '').split('#');
    return this.webhook(url, parameters);
  }

  private async invoke(
    path: string,
    event: object,
    settings: Readonly<Record<string, string>>,
  ): Promise<Exchange> {
    const handler = this.handlers.get(path) ?? this.load(FILES.get(path) ?? path);
    this.handlers.set(path, handler);
    const before = this.known ?? (await this.holdings());
    this.lines.length = 0;
    this.requests = 0;
    const calls: unknown[] = [];
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<'hangs'>((resolve) => {
      timer = setTimeout(() => resolve('hangs'), HANGS_AFTER_MS);
    });
    const context = { ...settings, DOMAIN_NAME };
    const run = handler(context, event, (error, response) => calls.push(error ?? response));
    const ended = await Promise.race([run, hangs]);
    clearTimeout(timer);
    const [response] = calls;
    if (ended === 'hangs' || calls.length !== 1 || !(response instanceof PlatformResponse)) {
      throw new Error(`${path} ${ended ?? 'ended'} after ${calls.length} answers: ${String(response)}`);
    }
    // Twilio has no other way in: what did not ask it changed nothing there.
    const after = this.requests === 0 ? before : await this.holdings();
    this.known = after;
    return {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      // As it goes over the wire.
      body: typeof response.body === 'string' ? response.body : JSON.parse(JSON.stringify(response.body)),
      log: [...this.lines],
      requests: this.requests,
      before,
      after,
    };
  }

  private load(file: string): Handler {
    const RequestClient = emulatorClient(
      () => this.emulator.url,
      (perform) => {
        this.requests += 1;
        return perform();
      },
    );
    return loadFunction(file, { RequestClient, globals: this.globals, console });
  }

  private async messages(): Promise<readonly Message[]> {
    const { messages } = await this.control<{ messages: readonly Message[] }>('messages');
    return messages.filter(({ direction }) => direction !== 'inbound');
  }

  private async holdings(): Promise<Holdings> {
    const sent = (await this.messages()).map(({ sid, usedSampleValues }) => ({ sid, usedSampleValues }));
    const { documents, ...others } = await this.control<Pick<Holdings, 'documents'>>('sync');
    return { sent, documents, others };
  }

  private async control<T>(route: string, body?: object): Promise<T> {
    const response = await fetch(`${this.emulator.url}/_emulator/${route}`, {
      method: body ? 'POST' : 'GET',
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as T;
  }
}
