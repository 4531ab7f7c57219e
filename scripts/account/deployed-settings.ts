/**
 * Which of the settings go along with a deploy, and whether Twilio takes them. Only what `.env.example` describes is
 * deployed: whatever else lies in a settings file, such as another tool's secret, stays on this machine.
 */
import { join } from 'node:path';
import { ROOT } from '../offline/twilio-run';
import { type Env, readEnvFile } from './env-file';

/** https://www.twilio.com/docs/serverless/functions-assets/functions/variables */
export const MAX_VALUE_BYTES = 450;
/** Together, names and values; Twilio's page says "about 3 KB". */
export const MAX_TOTAL_BYTES = 3072;

/** The platform gives the functions these by itself. */
const GIVEN_BY_THE_PLATFORM: readonly string[] = ['ACCOUNT_SID', 'AUTH_TOKEN'];

/** The variables of the deployed service: what is not empty, by name. */
export function deployedSettings(env: Env): Readonly<Record<string, string>> {
  return Object.fromEntries(
    deployableSettings().flatMap((name) => {
      const value = env[name]?.trim();
      return value ? [[name, value] as const] : [];
    }),
  );
}

/** The names of all settings that may go along. */
export function deployableSettings(): readonly string[] {
  return describedSettings().filter((name) => !GIVEN_BY_THE_PLATFORM.includes(name));
}

/** Names in the file that mean nothing to the functions and stay here. */
export function settingsThatStay(env: Env): readonly string[] {
  const described = describedSettings();
  return Object.keys(env)
    .filter((name) => !described.includes(name))
    .sort();
}

function describedSettings(): readonly string[] {
  return Object.keys(readEnvFile(join(ROOT, '.env.example')).env).sort();
}

export interface Size {
  readonly total: number;
  /** The names of those whose value is too long. */
  readonly tooLong: readonly string[];
}

export function sizeOf(variables: Readonly<Record<string, string>>): Size {
  const bytes = (text: string) => Buffer.byteLength(text);
  const entries = Object.entries(variables);
  return {
    total: entries.reduce((sum, [name, value]) => sum + bytes(name) + bytes(value), 0),
    tooLong: entries.filter(([, value]) => bytes(value) > MAX_VALUE_BYTES).map(([name]) => name),
  };
}
