/** The secrets of a settings file, each with the name that a person knows it by. They must never be shown. */
import { readApiTokens } from '../../src/http/api-tokens';
import { settingOf } from './api-token';
import { type Env, envPath, OFFLINE_ENV, readEnvFile } from './env-file';

export interface Secret {
  /** Such as `AUTH_TOKEN`, or `API_TOKENS, ada`. */
  readonly name: string;
  readonly value: string;
}

/** Shorter ones are found in ordinary words; `settings` complains of them. */
const MIN_LENGTH = 16;

export function secretsIn(env: Env): readonly Secret[] {
  const authToken = env.AUTH_TOKEN?.trim() ?? '';
  const tokens = readApiTokens(env).tokens.map((one) => ({ name: settingOf(one), value: one.token }));
  const offline = Object.values(readEnvFile(envPath(OFFLINE_ENV)).env);
  return [{ name: 'AUTH_TOKEN', value: authToken }, ...tokens].filter(
    // What is for trying things offline stands in a public repository.
    ({ value }) => value.length >= MIN_LENGTH && !offline.includes(value),
  );
}

/** @returns the names of those that stand in the text, also where they are written as a part of an address is */
export function secretsFoundIn(text: string, secrets: readonly Secret[]): readonly string[] {
  return secrets
    .filter(({ value }) => text.includes(value) || text.includes(encodeURIComponent(value)))
    .map(({ name }) => name);
}
