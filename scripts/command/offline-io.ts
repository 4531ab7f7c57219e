/** What is around a command with `--offline`: the emulator of the running `npm start` in Twilio's place, and its clock. */
import { join } from 'node:path';
import { EmulatorRequestClient } from '../offline/emulator-request-client';
import { portFromEnv } from '../offline/processes';
import { ROOT } from '../offline/twilio-run';
import type { Io } from './io';
import { ScriptFailure } from './script-failure';

const TIMEOUT_MS = 15_000;
const MAX_RETRIES = 5;

/** Where the running `npm start` is, found by the same variables that move its ports. */
export function offlineAddresses(env: Io['env']): { readonly emulator: string; readonly functions: string } {
  return {
    emulator: env.EMULATOR_URL ?? `http://localhost:${portFromEnv('EMULATOR_PORT', 4010, env)}`,
    functions: `http://localhost:${portFromEnv('PORT', 3000, env)}`,
  };
}

/** @throws ScriptFailure where no emulator answers */
export async function offlineIo(io: Io): Promise<Io> {
  const { emulator } = offlineAddresses(io.env);
  const now = await emulatorClock(emulator, io);
  return {
    ...io,
    now,
    fetch: (input, init) => io.fetch(...throughEmulator(emulator, new Request(input, init))),
    twilio: {
      httpClient: new EmulatorRequestClient(() => emulator, TIMEOUT_MS, MAX_RETRIES),
      nodeArgs: ['-r', join(ROOT, 'emulator/preload.cjs')],
      nodeEnv: { EMULATOR_URL: emulator },
    },
  };
}

/** What was deployed offline answers under its domain, and the emulator knows where. */
function throughEmulator(emulator: string, request: Request): [Request] {
  const asked = new URL(request.url);
  if (!asked.hostname.endsWith('.twil.io')) return [request];
  const sent = new Request(emulator + asked.pathname + asked.search, request);
  sent.headers.set('x-emulator-host', asked.hostname);
  return [sent];
}

interface ClockState {
  readonly nowMs: number;
  readonly frozen: boolean;
}

/** The emulator's clock may have been moved, or stand still. */
async function emulatorClock(emulator: string, io: Io): Promise<() => number> {
  const state = await io
    .fetch(`${emulator}/_emulator/clock`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    .then((response) => response.json())
    .catch(() => null);
  if (!isClockState(state)) {
    throw new ScriptFailure(
      `No emulator answers at ${emulator}.`,
      'Run npm start in another terminal; EMULATOR_PORT names another port.',
    );
  }
  const readAt = Date.now();
  return () => (state.frozen ? state.nowMs : state.nowMs + Date.now() - readAt);
}

function isClockState(value: unknown): value is ClockState {
  return typeof value === 'object' && value !== null && 'nowMs' in value && typeof value.nowMs === 'number';
}
