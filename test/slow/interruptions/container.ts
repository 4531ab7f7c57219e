/**
 * A container that can be failing at any of its requests to Twilio: it dies before or after the request took effect, or
 * the request fails. The built functions run in it as deployed, through the real SDK, against the emulator. It must not
 * know what a function should do about it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createEmulator, type Emulator } from '../../../emulator/emulator';
import { signature } from '../../../emulator/whatsapp/signature';
import {
  emulatorClient,
  freshGlobals,
  loadFunction,
  providePlatformGlobals,
} from '../../../verify/built-functions/load';

export const CALL_FAULTS = [
  'dies before it',
  'dies after it',
  'HTTP 500',
  '429',
  'cut off before',
  'cut off after',
  'times out',
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

interface Invocation {
  requests: number;
  dead: boolean;
  readonly callFault: { readonly at: number; readonly how: CallFault } | null;
  readonly die: () => void;
}

const invocations = new AsyncLocalStorage<Invocation>();
const BASE = 'http://localhost:3999';
export const SENDER = 'whatsapp:+14155238886';

export interface Outcome {
  /** Null where the container died before it answered. */
  readonly answer: { readonly status: number; readonly body: unknown } | null;
  readonly requests: number;
}

export class Container {
  readonly emulator: Emulator = createEmulator({
    port: 0,
    functionsUrl: BASE,
    statusCallbackDelayMs: 0,
    rateLimits: false,
  });
  /** Of the functions, beyond those that every play has. */
  settings: Readonly<Record<string, string>> = {};
  /** Also those that died: the SDK's client gives up on their requests in its own time. */
  private readonly running = new Set<Promise<void>>();
  private readonly RequestClient = emulatorClient(() => this.emulator.url, callFault);

  async start(): Promise<void> {
    await this.emulator.start();
    providePlatformGlobals();
  }

  async stop(): Promise<void> {
    await Promise.all(this.running);
    await this.emulator.stop();
  }

  /** A fresh container handles one request. Twilio signs it where the function is protected. */
  async invoke(
    path: string,
    parameters: Readonly<Record<string, string>>,
    hit: Invocation['callFault'] = null,
  ): Promise<Outcome> {
    const isProtected = /incoming-message|message-status|^\/studio\//.test(path);
    const [route = '', query = ''] = path.split('?');
    const token = 'offline-token-that-is-no-secret';
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      host: 'localhost:3999',
      authorization: `Bearer ${token}`,
      'x-twilio-signature': signature(this.emulator.authToken, BASE + path, parameters),
    };
    const context = {
      DOMAIN_NAME: 'localhost:3999',
      ACCOUNT_SID: this.emulator.accountSid,
      AUTH_TOKEN: this.emulator.authToken,
      SYNC_SERVICE_SID: this.emulator.syncServiceSid,
      WHATSAPP_SENDER: SENDER,
      API_TOKEN: token,
      FALLBACK_TEMPLATE: 'please_answer',
      ...this.settings,
    };
    const event = {
      request: { headers, cookies: {} },
      ...Object.fromEntries(new URLSearchParams(query)),
      ...parameters,
    };
    const handler = loadFunction(`${route.slice(1)}${isProtected ? '.protected' : ''}.js`, {
      RequestClient: this.RequestClient,
      globals: freshGlobals(),
      console,
    });
    return new Promise((resolve) => {
      const invocation: Invocation = {
        requests: 0,
        dead: false,
        callFault: hit,
        die: () => resolve({ answer: null, requests: invocation.requests }),
      };
      const run = invocations.run(invocation, () =>
        handler(context, event, (_error, response) => {
          if (invocation.dead) return;
          resolve({
            answer: { status: response.statusCode, body: response.body },
            requests: invocation.requests,
          });
        }),
      );
      this.running.add(run);
      void run.then(() => this.running.delete(run));
    });
  }

  async control<T>(route: string, body?: object): Promise<T> {
    const response = await fetch(`${this.emulator.url}/_emulator/${route}`, {
      method: body ? 'POST' : 'GET',
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** A user writes; Twilio and WhatsApp know, and the webhook's parameters are given back instead of posted. */
  async inbound(from: string, body: string, more: object = {}): Promise<Readonly<Record<string, string>>> {
    const { messageSid } = await this.control<{ messageSid: string }>('inbound', {
      from,
      body,
      deliver: false,
      ...more,
    });
    return {
      MessageSid: messageSid,
      SmsStatus: 'received',
      From: from,
      To: SENDER,
      Body: body,
      NumMedia: '0',
    };
  }

  /** What was handed to Twilio for a user, oldest first. */
  async sentTo(
    to: string,
  ): Promise<readonly { readonly text: string; readonly sid: string; readonly statusCallback: string }[]> {
    const { messages } = await this.control<{
      messages: { direction: string; text: string; sid: string; statusCallback: string }[];
    }>(`messages?to=${encodeURIComponent(to)}`);
    return messages.filter(({ direction }) => direction !== 'inbound');
  }
}

async function callFault<T>(perform: () => Promise<T>): Promise<T> {
  const invocation = invocations.getStore();
  if (!invocation) return perform();
  if (invocation.dead) return new Promise<T>(() => undefined);
  invocation.requests += 1;
  const { callFault: planned } = invocation;
  if (planned?.at !== invocation.requests) {
    const result = await perform();
    // Whatever was under way when the container died takes effect, and nobody hears of it.
    return invocation.dead ? new Promise<T>(() => undefined) : result;
  }
  const failed = (code: string) => Object.assign(new Error(code), { code });
  switch (planned.how) {
    case 'dies before it':
    case 'dies after it':
      invocation.dead = true;
      if (planned.how === 'dies after it') await perform();
      invocation.die();
      return new Promise<T>(() => undefined);
    case 'HTTP 500':
      return { statusCode: 500, body: { code: 20500, message: 'Internal Server Error' }, headers: {} } as T;
    case '429':
      return { statusCode: 429, body: { code: 20429, message: 'Too Many Requests' }, headers: {} } as T;
    case 'cut off before':
      throw failed('ECONNRESET');
    case 'cut off after':
      await perform();
      throw failed('ECONNRESET');
    case 'times out':
      throw failed('ECONNABORTED');
  }
}
