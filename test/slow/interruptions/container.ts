/**
 * A container that can be failing at any of its requests to Twilio: it dies before or after the request took effect, or
 * the request fails. The built functions run in it as deployed, through the real SDK, against the emulator's account in
 * this process, in virtual time. It must not know what a function should do about it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Account } from '../../../emulator/account';
import { Clock } from '../../../emulator/clock';
import { type ApiReply, serveApi } from '../../../emulator/server/serve-api';
import { type Settings, settingsFrom } from '../../../emulator/settings';
import { signature } from '../../../emulator/whatsapp/signature';
import { failed as unreachable } from '../../../emulator/whatsapp/webhook-transport';
import { freshGlobals, loadFunction, providePlatformGlobals } from '../../../verify/built-functions/load';
import { failed, onTheWire, type SdkAnswer, type SdkRequest } from '../../../verify/simulate/twilio-line';
import { VirtualTime } from '../../../verify/simulate/virtual-time';

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
  /** Of the functions, beyond those that every play has. */
  settings: Readonly<Record<string, string>> = {};
  private readonly twilio: Settings = settingsFrom({ statusCallbackDelayMs: 0, rateLimits: false });
  private readonly clock: Clock;
  private readonly account: Account;
  private readonly time: VirtualTime;

  private constructor(start: number) {
    this.time = new VirtualTime(start);
    this.time.install();
    this.clock = new Clock(undefined);
    // The functions have no address: who plays tells them what Twilio would.
    const transport = { request: async () => unreachable('ct', 'ECONNREFUSED'), close: () => undefined };
    this.account = new Account(this.twilio, this.clock, BASE, { transport });
  }

  /** Plays something in a stage of its own, in as little real time as its work takes. */
  static async play<T>(start: number, play: (container: Container) => Promise<T>): Promise<T> {
    providePlatformGlobals();
    const container = new Container(start);
    try {
      let isOver = false;
      const played = play(container).finally(() => {
        isOver = true;
      });
      played.catch(() => undefined);
      await container.time.run(Number.POSITIVE_INFINITY, () => isOver);
      if (!isOver) throw new Error('The play waits for something that never comes.');
      return await played;
    } finally {
      container.account.retire();
      container.time.uninstall();
    }
  }

  pass(ms: number): Promise<void> {
    return this.time.pause(ms);
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
      'x-twilio-signature': signature(this.twilio.authToken, BASE + path, parameters),
    };
    const context = {
      DOMAIN_NAME: 'localhost:3999',
      ACCOUNT_SID: this.twilio.accountSid,
      AUTH_TOKEN: this.twilio.authToken,
      SYNC_SERVICE_SID: this.twilio.syncServiceSid,
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
      console: { log: () => undefined },
    });
    return new Promise((resolve) => {
      const invocation: Invocation = {
        requests: 0,
        dead: false,
        callFault: hit,
        die: () => resolve({ answer: null, requests: invocation.requests }),
      };
      void invocations.run(invocation, () =>
        handler(context, event, (_error, response) => {
          if (invocation.dead) return;
          resolve({
            answer: { status: response.statusCode, body: response.body },
            requests: invocation.requests,
          });
        }),
      );
    });
  }

  /** The user called, which no log has. */
  called(from: string): void {
    this.account.whatsapp.received(SENDER, [from], this.clock.now(), true);
  }

  /** A user writes; Twilio and WhatsApp know, and the webhook's parameters are given back instead of posted. */
  async inbound(from: string, body: string, opensWindow = true): Promise<Readonly<Record<string, string>>> {
    const { messageSid } = await this.account.inbound.receive({
      ...{ from, to: SENDER, body, opensWindow, type: 'text', deliver: false },
      ...{ profileName: 'Ada', waId: null, externalUserId: null, media: [], extra: {} },
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
  sentTo(
    to: string,
  ): readonly { readonly text: string; readonly sid: string; readonly statusCallback: string }[] {
    return this.account.messages
      .everything()
      .filter((message) => message.direction !== 'inbound' && message.to === to)
      .map(({ body, sid, statusCallback }) => ({ text: body, sid, statusCallback: statusCallback ?? '' }));
  }

  private get RequestClient() {
    const perform = (asked: SdkRequest) => callFault(() => this.perform(asked));
    return class {
      request(asked: SdkRequest): Promise<SdkAnswer> {
        return perform(asked);
      }
    };
  }

  private perform(asked: SdkRequest): Promise<SdkAnswer> {
    const { request, headers } = onTheWire(asked);
    return new Promise((resolve, reject) => {
      const reply: ApiReply = {
        send: (statusCode, answered, text) =>
          resolve({ statusCode, headers: answered, body: text === '' ? '' : JSON.parse(text) }),
        cut: () => reject(failed('ECONNRESET')),
      };
      serveApi(this.account, this.twilio, this.clock, { ...request, headers }, reply).catch(reject);
    });
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
