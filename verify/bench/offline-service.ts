/**
 * What the measurements run on: an emulator in this process, and for each side (ours, baseline, floor) a process of its
 * own that runs functions and sends the SDK's requests to it. It must not measure.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/emulator';
import { signature } from '../../emulator/whatsapp/signature';
import { ROOT } from '../../scripts/offline/twilio-run';

export const SIDES = ['ours', 'baseline', 'floor'] as const;
export type Side = (typeof SIDES)[number];

const FOLDERS: Readonly<Record<Side, string>> = {
  ours: 'dist/functions',
  baseline: 'verify/bench/baseline',
  floor: 'verify/bench/floor',
};
/** Where the functions would be served; nobody listens there. */
const URL = 'http://localhost:3999';
const TOKEN = 'offline-token-that-is-no-secret';
const SYNC_MAP = 'whatsapp-users';
const SENDER = 'whatsapp:+14155238886';
/** Longer than any run: status callbacks of what is sent would only take time from what is measured. */
const NO_CALLBACKS_MS = 24 * 3600_000;

export interface Invocation {
  readonly file: string;
  readonly path: string;
  readonly event: object;
}

export interface Batch {
  readonly answers: readonly { readonly status: number; readonly body: unknown; readonly ms: number }[];
  /** Of the whole batch. */
  readonly ms: number;
  readonly cpuMs: number;
}

/** A container, or several of one kind: it keeps what a warm container keeps. */
export class FunctionProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(env: NodeJS.ProcessEnv): Promise<FunctionProcess> {
    const child = fork(join(ROOT, 'verify/bench/function-process.cjs'), [], {
      execArgv: ['-r', join(ROOT, 'emulator/preload.cjs'), '--expose-gc'],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const started = new FunctionProcess(child);
    await started.next();
    return started;
  }

  /** @param atOnce how many of the invocations are under way at a time */
  async run(invocations: readonly Invocation[], atOnce = 1): Promise<Batch> {
    return (await this.ask('run', { invocations, atOnce })) as Batch;
  }

  /** From here on as in a container that was just started, but for the SDK, which stays loaded. */
  async forget(): Promise<void> {
    await this.ask('forget');
  }

  /** @returns bytes in use after a garbage collection */
  async heap(): Promise<number> {
    return (await this.ask('heap')) as number;
  }

  async stop(): Promise<void> {
    if (!this.child.connected) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.disconnect();
    await ended;
  }

  private ask(task: string, input?: unknown): Promise<unknown> {
    this.child.send({ task, input });
    return this.next();
  }

  private next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The process that runs the functions ended.'));
      this.child.once('exit', ended);
      this.child.once('message', (message) => {
        this.child.off('exit', ended);
        resolve(message);
      });
    });
  }
}

export class OfflineService {
  private readonly processes: FunctionProcess[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  private constructor(
    readonly emulator: Emulator,
    private readonly folder: string,
    private readonly followsClock: boolean,
  ) {}

  /** @param options.followsClock the functions follow the emulator's clock, at the price of a file read at each look at it */
  static async start(
    options: EmulatorOptions & { readonly followsClock?: boolean } = {},
  ): Promise<OfflineService> {
    const { followsClock = false, ...emulatorOptions } = options;
    const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-bench-'));
    const emulator = createEmulator({
      port: 0,
      functionsUrl: URL,
      statusCallbackDelayMs: NO_CALLBACKS_MS,
      rateLimits: false,
      creationLimit: false,
      clockFile: join(folder, 'clock'),
      ...emulatorOptions,
    });
    await emulator.start();
    const offline = new OfflineService(emulator, folder, followsClock);
    await offline.sync('Maps', { UniqueName: SYNC_MAP });
    return offline;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    this.agent.destroy();
    await this.emulator.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async process(): Promise<FunctionProcess> {
    const { accountSid, authToken, syncServiceSid } = this.emulator;
    const started = await FunctionProcess.start({
      EMULATOR_URL: this.emulator.url,
      // Without it the preload leaves `Date` alone, which costs nothing.
      EMULATOR_CLOCK_FILE: this.followsClock ? join(this.folder, 'clock') : '',
      BENCH_URL: URL,
      BENCH_ENV: JSON.stringify({
        ACCOUNT_SID: accountSid,
        AUTH_TOKEN: authToken,
        SYNC_SERVICE_SID: syncServiceSid,
        WHATSAPP_SENDER: SENDER,
        API_TOKEN: TOKEN,
        SYNC_MAP,
      }),
    });
    this.processes.push(started);
    return started;
  }

  /** A user writes: Twilio's log and WhatsApp know of it. @returns its SID, for the webhook */
  async writes(from: string): Promise<string> {
    const { messageSid } = await this.control<{ messageSid: string }>('inbound', {
      from,
      body: 'Hello',
      deliver: false,
    });
    return messageSid;
  }

  /** The webhook of an inbound message, signed as Twilio does. */
  inbound(side: Side, from: string, messageSid: string): Invocation {
    const parameters = {
      ...{ SmsMessageSid: messageSid, NumMedia: '0', ProfileName: 'Ada', MessageType: 'text' },
      ...{ SmsSid: messageSid, WaId: from.slice('whatsapp:+'.length), SmsStatus: 'received', Body: 'Hello' },
      ...{ To: SENDER, NumSegments: '1', ReferralNumMedia: '0', MessageSid: messageSid },
      ...{ AccountSid: this.emulator.accountSid, From: from, ApiVersion: '2010-04-01' },
    };
    const path = '/incoming-message';
    const signed = { 'x-twilio-signature': signature(this.emulator.authToken, URL + path, parameters) };
    return this.call(side, path, parameters, signed);
  }

  send(side: Side, to: string, message: Readonly<Record<string, string>>): Invocation {
    return this.call(side, '/send-message', { to, ...message });
  }

  window(side: Side, to: string): Invocation {
    return this.call(side, '/window', { to });
  }

  windows(side: Side, limit: number, cursor: string | null): Invocation {
    return this.call(side, '/windows', { limit: String(limit), ...(cursor !== null && { cursor }) });
  }

  private call(side: Side, path: string, parameters: object, headers: object = {}): Invocation {
    const file = `${FOLDERS[side]}${path}${path === '/incoming-message' ? '.protected' : ''}.js`;
    const isRead = path === '/windows';
    const request = {
      headers: {
        host: 'localhost:3999',
        authorization: `Bearer ${TOKEN}`,
        ...(!isRead && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '400' }),
        ...headers,
      },
      cookies: {},
    };
    return { file, path, event: { request, ...parameters } };
  }

  async control<T>(route: string, body?: object, method = body ? 'POST' : 'GET'): Promise<T> {
    const { status, text } = await this.ask(method, `/_emulator/${route}`, body && JSON.stringify(body), {});
    if (status !== 200) throw new Error(`${method} ${route}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Writes to Sync past the functions, as fast as it goes: for what is there before anything is measured. */
  async sync(path: string, form: Readonly<Record<string, string>>): Promise<void> {
    const { accountSid, authToken, syncServiceSid } = this.emulator;
    const { status, text } = await this.ask(
      'POST',
      `/v1/Services/${syncServiceSid}/${path}`,
      new URLSearchParams(form).toString(),
      {
        'x-emulator-host': 'sync.twilio.com',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      },
    );
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${text}`);
  }

  private ask(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(this.emulator.url + path, { method, agent: this.agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

let users = 0;

/** Somebody nobody knows yet. */
export function newUser(): string {
  users += 1;
  return `whatsapp:+4915${String(users).padStart(9, '0')}`;
}

/** @throws Error where a function did not do its work: what fails quickly must not count as fast */
export function demandSuccess(batch: Batch): Batch {
  const failed = batch.answers.find(({ status }) => status !== 200);
  if (failed) throw new Error(`A measured function failed: ${failed.status} ${JSON.stringify(failed.body)}`);
  return batch;
}
