/** The account that a script works on: the settings from a file and the SDK's client. It must not change either. */
import { existsSync } from 'node:fs';
import twilio from 'twilio';
import { readSettings, type Settings } from '../../src/http/settings';
import type { Run } from '../command/command';
import type { Io } from '../command/io';
import type { CommonOptions } from '../command/options';
import { ScriptFailure } from '../command/script-failure';
import { type Env, envPath, OFFLINE_ENV, readEnvFile } from './env-file';

export type TwilioSdk = InstanceType<typeof twilio.Twilio>;

/** What `npm run setup -- --offline` writes, beside the file with the settings of one's own account. */
export const REHEARSAL_ENV = '.env.rehearsal';

/** Names whose values must never be shown. */
const SECRETS = ['AUTH_TOKEN', 'API_TOKEN'] as const;

export interface SettingsFile {
  /** As it is told to a person. */
  readonly file: string;
  readonly path: string;
  /** The settings as they stand in the file; none where there is no such file. */
  readonly env: Env;
}

/**
 * Reads the settings of a command. What is secret is hidden from the output.
 * @param rehearsal the file of `--offline`, where the person named none
 */
export function readEnv(
  { options, output }: Pick<Run<CommonOptions>, 'options' | 'output'>,
  rehearsal = offlineFile(),
): SettingsFile {
  const file = options.env ?? (options.offline ? rehearsal : '.env');
  const path = envPath(file);
  const { env: own, warnings } = readEnvFile(path);
  const env = options.offline ? { ...own, ...offlineCredentials() } : own;
  for (const name of SECRETS) output.hide(env[name]);
  // A list of named tokens, `name:TOKEN[:read]`: each token is a secret of its own.
  for (const part of env.API_TOKENS?.split(/[,:\s]+/) ?? []) output.hide(part);
  for (const warning of warnings) output.warn(`${file}: ${warning}`);
  return { file, path, env };
}

/** Once somebody has begun a rehearsal with `npm run setup -- --offline`, every command works on that. */
function offlineFile(): string {
  return existsSync(envPath(REHEARSAL_ENV)) ? REHEARSAL_ENV : OFFLINE_ENV;
}

/** Those of the emulator: nobody has to type them. */
function offlineCredentials(): Env {
  const { ACCOUNT_SID, AUTH_TOKEN } = readEnvFile(envPath(OFFLINE_ENV)).env;
  return { ACCOUNT_SID, AUTH_TOKEN };
}

/** @throws ScriptFailure that names every setting that is not there */
export function demandSettings<Name extends string>(
  env: Env,
  file: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => !env[name]?.trim());
  if (missing.length > 0) {
    throw incomplete(
      file,
      missing.map((name) => `${name} is missing.`),
    );
  }
  return Object.fromEntries(names.map((name) => [name, (env[name] ?? '').trim()])) as Record<Name, string>;
}

/** @throws ScriptFailure where there is no file with the settings, or no credentials in it */
export function demandCredentials({ env, file, path }: SettingsFile): {
  readonly ACCOUNT_SID: string;
  readonly AUTH_TOKEN: string;
} {
  const names = ['ACCOUNT_SID', 'AUTH_TOKEN'] as const;
  const missing = names.filter((name) => !env[name]?.trim());
  if (missing.length === 0) return demandSettings(env, file, names);
  if (!existsSync(path)) {
    throw new ScriptFailure(
      `${file} does not exist.`,
      `Copy .env.example to ${file} and fill in ACCOUNT_SID and AUTH_TOKEN from the first page of the Twilio Console. To try it without an account: npm start, and --offline.`,
    );
  }
  throw new ScriptFailure(
    `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing in ${file}.`,
    'Copy both from the first page of the Twilio Console. To try it without an account: npm start, and --offline.',
  );
}

/**
 * The settings as the functions read them.
 * @throws ScriptFailure that names every setting that is missing or wrong
 */
export function checkedSettings(settings: SettingsFile): Settings {
  demandCredentials(settings);
  const { env, file } = settings;
  const checked = readSettings(env);
  if (checked.ok) return checked.settings;
  throw incomplete(
    file,
    checked.problems.map(({ message }) => message),
  );
}

/** @param problems a sentence for each setting that is missing or wrong */
function incomplete(file: string, problems: readonly string[]): ScriptFailure {
  return new ScriptFailure(
    `${file} is not complete.\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    'npm run setup fills in what is empty; the rest is yours to correct: .env.example says what each line is.',
  );
}

/** The SDK's client for a command's account. What Twilio did not process because of its rate (429) is repeated by the SDK, with growing pauses. */
export function connect(settings: SettingsFile, io: Io): TwilioSdk {
  const { ACCOUNT_SID, AUTH_TOKEN } = demandCredentials(settings);
  if (!/^AC[0-9a-fA-F]{32}$/.test(ACCOUNT_SID)) {
    throw new ScriptFailure(
      `ACCOUNT_SID in ${settings.file} is malformed.`,
      'Copy it from the first page of the Twilio Console: AC and 32 hexadecimal digits.',
    );
  }
  const { httpClient } = io.twilio;
  return new twilio.Twilio(ACCOUNT_SID, AUTH_TOKEN, {
    ...(httpClient ? { httpClient } : { autoRetry: true, maxRetries: 5, timeout: 15_000 }),
  });
}
