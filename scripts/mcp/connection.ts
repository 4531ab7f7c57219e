/** Which service the agent's server calls, with which token, and what time it is there. */
import { join } from 'node:path';
import { WindowClient } from '../../client/window-client.ts';
import { type Env, envPath, readEnvFile } from '../account/env-file';
import { offlineAddresses } from '../command/offline-io';
import { ScriptFailure } from '../command/script-failure';

import { ROOT } from '../offline/twilio-run';

export interface Connection {
  readonly url: string;
  readonly client: WindowClient;
  /** The service's clock, milliseconds since the epoch. */
  readonly now: () => Promise<number>;
}

/** Each attempt; four of them end before the minute after which an agent's own client usually gives up. */
const ANSWER_MS = 12_000;

/**
 * @param file with the settings, from this project's folder; what stands in the environment comes before it
 * @param warn told of each line that is probably meant differently from how it is read
 * @throws ScriptFailure that names the setting
 */
export function connectDeployed(file: string, environment: Env, warn: (warning: string) => void): Connection {
  const { env, warnings } = readEnvFile(envPath(file));
  for (const warning of warnings) warn(`${file}: ${warning}`);
  const settings = { ...env, ...given(environment) };
  const missing = ['SERVICE_URL', 'API_TOKEN'].filter((name) => !settings[name]?.trim());
  if (missing.length > 0) {
    throw new ScriptFailure(
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing, in the environment and in ${file}.`,
      'SERVICE_URL is the address of the deployed service, such as https://whatsapp-window-1234-dev.twil.io, and API_TOKEN its token; --offline takes those of the running npm start.',
    );
  }
  return connectTo(settings.SERVICE_URL ?? '', settings.API_TOKEN ?? '', async () => Date.now());
}

/** The running `npm start`, found by the same variables that move its ports. */
export function connectOffline(environment: Env): Connection {
  const { API_TOKEN = '' } = readEnvFile(join(ROOT, '.env.offline')).env;
  const { functions, emulator } = offlineAddresses(environment);
  const clock = `${emulator}/_emulator/clock`;
  return connectTo(functions, API_TOKEN, () => clockOf(clock));
}

/** @throws ScriptFailure where the address would send the token in clear */
function connectTo(url: string, token: string, now: () => Promise<number>): Connection {
  try {
    return { url, client: new WindowClient({ url: url.trim(), token, timeoutMs: ANSWER_MS }), now };
  } catch (error) {
    throw new ScriptFailure(
      `SERVICE_URL or API_TOKEN is wrong: ${error instanceof Error ? error.message : error}`,
      'Correct it in the environment or in the file with the settings.',
    );
  }
}

function given({ SERVICE_URL, API_TOKEN }: Env): Readonly<Record<string, string>> {
  return { ...(SERVICE_URL && { SERVICE_URL }), ...(API_TOKEN && { API_TOKEN }) };
}

/** The emulator's clock, which may have been moved; this machine's where the emulator does not answer. */
async function clockOf(url: string): Promise<number> {
  const answer: unknown = await fetch(url, { signal: AbortSignal.timeout(2000) })
    .then((response) => response.json())
    .catch(() => null);
  const now = typeof answer === 'object' && answer !== null && 'now' in answer ? answer.now : null;
  const time = typeof now === 'string' ? Date.parse(now) : Number.NaN;
  return Number.isNaN(time) ? Date.now() : time;
}
