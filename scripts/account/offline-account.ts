/** The account of the running `npm start`, for `--offline`: no credential of anybody is needed, and Twilio is not asked. */
import twilio from 'twilio';
import { ScriptFailure } from '../command/script-failure';
import { EmulatorRequestClient } from '../offline/emulator-request-client';
import { demandSettings, type TwilioSdk } from './account';
import type { Env } from './env-file';

/** The settings of the account that exists only inside the emulator. */
export const OFFLINE_ENV = '.env.offline';
const TIMEOUT_MS = 15_000;

export interface OfflineAccount {
  readonly sdk: TwilioSdk;
  /** By the emulator's clock, which may be moved: milliseconds since the epoch. */
  readonly now: number;
}

/** @throws ScriptFailure where no emulator answers */
export async function connectOffline(env: Env, file: string): Promise<OfflineAccount> {
  const url = process.env.EMULATOR_URL ?? `http://localhost:${process.env.EMULATOR_PORT ?? 4010}`;
  const now = await clockOf(url);
  if (Number.isNaN(now)) {
    throw new ScriptFailure(
      `No emulator answers at ${url}.`,
      'Run npm start in another terminal; EMULATOR_PORT names another port.',
    );
  }
  const { ACCOUNT_SID, AUTH_TOKEN } = demandSettings(env, file, ['ACCOUNT_SID', 'AUTH_TOKEN']);
  const httpClient = new EmulatorRequestClient(() => url, TIMEOUT_MS);
  return { sdk: new twilio.Twilio(ACCOUNT_SID, AUTH_TOKEN, { httpClient }), now };
}

async function clockOf(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/_emulator/clock`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const state: unknown = await response.json();
    return typeof state === 'object' && state !== null && 'now' in state
      ? Date.parse(String(state.now))
      : NaN;
  } catch {
    return Number.NaN;
  }
}
