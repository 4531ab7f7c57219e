/** The offline service for one script or test file: an emulator and the built functions, on ports of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator, type Emulator } from '../../emulator/emulator';
import { readEnvFile } from '../account/env-file';
import { freePort, stopChild } from './processes';
import { ROOT, startTwilioRun, type TwilioRun } from './twilio-run';

export interface OfflineService {
  readonly functionsUrl: string;
  readonly emulator: Emulator;
  /** Through which another process follows the emulator's clock. */
  readonly clockFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the functions logged so far. */
  readonly log: readonly string[];
  /** Ends the functions' server: connections are refused from then on. */
  goAway(): Promise<void>;
  /** Starts it again, on the same port. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

export interface OfflineServiceOptions {
  /** Changes to `.env.offline`; an empty text leaves a variable out. */
  readonly settings?: Readonly<Record<string, string>>;
  /** One warm container instead of a fresh one per request. */
  readonly inProcess?: boolean;
  /** How many functions run at a time, as EMULATOR_EXECUTIONS says it: `0` for any number, 30 where it is left out. */
  readonly executions?: string;
  /** Gets the emulator's address and gives the one that the functions are to use in its place. */
  readonly through?: (emulatorUrl: string) => Promise<string>;
}

/** Needs `dist`: build first. */
export async function startOfflineService(options: OfflineServiceOptions = {}): Promise<OfflineService> {
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  const env = { ...readEnvFile(join(ROOT, '.env.offline')).env, ...options.settings };
  const envFile = join(folder, 'env');
  writeFileSync(
    envFile,
    Object.entries(env)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const port = await freePort();
  const clockFile = join(folder, 'clock');
  const emulator = createEmulator({ port: 0, functionsUrl: `http://localhost:${port}`, clockFile });
  await emulator.start();
  const emulatorUrl = (await options.through?.(emulator.url)) ?? emulator.url;
  const log: string[] = [];
  const run = (): Promise<TwilioRun> =>
    startTwilioRun({
      port,
      envFile,
      offline: { emulatorUrl, clockFile, ...(options.executions && { executions: options.executions }) },
      inProcess: options.inProcess ?? false,
      onLine: (line) => log.push(line),
    }).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : error}\n${log.join('\n')}`);
    });
  const clearAway = async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  let functions = await run().catch(async (error: unknown) => {
    await clearAway();
    throw error;
  });
  return {
    functionsUrl: functions.url,
    emulator,
    clockFile,
    env,
    log,
    goAway: () => stopChild(functions.child),
    async comeBack() {
      functions = await run();
    },
    async stop() {
      await stopChild(functions.child);
      await clearAway();
    },
  };
}
