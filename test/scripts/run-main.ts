/**
 * Runs a command in this process, with an emulator in Twilio's place and its clock. What a person reads and what a program
 * reads come back as a process would have written them. It must not know what any command does.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Emulator } from '../../emulator/emulator';
import type { Io, Main, Sink, Source } from '../../scripts/command/io';
import { EmulatorRequestClient } from '../../scripts/offline/emulator-request-client';
import { ROOT } from '../../scripts/offline/twilio-run';

export interface MainRun {
  readonly code: number;
  /** Standard output and standard error, as a person reads them. */
  readonly text: string;
  readonly stdout: string;
  /** What `--json` printed; undefined where standard output is no JSON. */
  readonly json: unknown;
}

export interface MainOptions {
  readonly emulatorUrl: string;
  /** By which the emulator tells its time; without it, this machine's counts. */
  readonly clockFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Once this resolves, the command is cut off from the network for good and stopped, as a process is that is killed:
   * what was under way gets no answer any more.
   */
  readonly killWhen?: Promise<unknown>;
  /** Told all that was written so far, whenever something is. */
  readonly onText?: (text: string) => void;
  /** As a terminal of this width, with somebody at it. */
  readonly columns?: number;
  /** What that person types. */
  readonly typed?: string;
}

const TIMEOUT_MS = 15_000;
const MAX_RETRIES = 5;

export async function runMain(main: Main, args: readonly string[], options: MainOptions): Promise<MainRun> {
  const { emulatorUrl, clockFile, columns, env = {} } = options;
  const killed = new AbortController();
  let text = '';
  let stdout = '';
  const write = (chunk: Buffer, isOutput: boolean) => {
    text += chunk;
    if (isOutput) stdout += chunk;
    options.onText?.(text);
  };
  const sink = (isOutput: boolean): Sink =>
    Object.assign(new PassThrough(), columns && { isTTY: true, columns }).on('data', (chunk) =>
      write(chunk, isOutput),
    );
  const stdin: Source = Object.assign(new PassThrough(), columns && { isTTY: true, setRawMode: () => stdin });
  if (options.typed !== undefined) stdin.push(options.typed);
  const io: Io = {
    stdout: sink(true),
    stderr: sink(false),
    stdin,
    // A child such as the build needs the PATH.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, EMULATOR_URL: emulatorUrl, ...env },
    cwd: ROOT,
    fetch: (input, init) => untilKilled(killed.signal, () => fetch(input, init)),
    now: clockFile === undefined ? () => Date.now() : clockOf(clockFile),
    twilio: {
      httpClient: new KillableClient(() => emulatorUrl, killed.signal),
      nodeArgs: ['-r', join(ROOT, 'emulator/preload.cjs')],
      nodeEnv: { EMULATOR_URL: emulatorUrl },
    },
    stopped: killed.signal,
  };
  void options.killWhen?.then(() => killed.abort());
  const code = await main(args, io);
  return { code, text, stdout, json: parsed(stdout) };
}

class KillableClient extends EmulatorRequestClient {
  constructor(
    baseUrl: () => string,
    private readonly killed: AbortSignal,
  ) {
    super(baseUrl, TIMEOUT_MS, MAX_RETRIES);
  }

  override request<TData>(options: Parameters<typeof EmulatorRequestClient.prototype.request<TData>>[0]) {
    return untilKilled(this.killed, () => super.request<TData>(options));
  }
}

/** A process that is killed neither asks again nor hears an answer. */
async function untilKilled<Result>(killed: AbortSignal, perform: () => Promise<Result>): Promise<Result> {
  const never = new Promise<never>(() => undefined);
  if (killed.aborted) return never;
  const result = await perform().catch((error: unknown) => {
    if (killed.aborted) return never;
    throw error;
  });
  return killed.aborted ? never : result;
}

/** The emulator's time, by its own file, as its preload reads it. */
function clockOf(clockFile: string): () => number {
  return () => {
    const record = readFileSync(clockFile, 'latin1');
    const value = Number(record.slice(1, 18));
    return record.startsWith('F') ? value : Date.now() + value;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A settings file in a folder of its own. Remove the folder with `remove`. */
export function settingsFile(settings: Readonly<Record<string, string>>): {
  readonly path: string;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  const path = join(folder, '.env');
  writeFileSync(
    path,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A settings file of an emulated account in which everything is set up. */
export function settingsOf({
  accountSid,
  authToken,
  syncServiceSid,
}: Pick<Emulator, 'accountSid' | 'authToken' | 'syncServiceSid'>): ReturnType<typeof settingsFile> {
  return settingsFile({
    ACCOUNT_SID: accountSid,
    AUTH_TOKEN: authToken,
    SYNC_SERVICE_SID: syncServiceSid,
    WHATSAPP_SENDER: 'whatsapp:+14155238886',
    API_TOKEN: 'Zk3v9QeW1xT7bLr0mYp5uHs8dNa2cJf6gRi4oXqE',
  });
}
