/**
 * A token for one more caller, or a new one beside the old, so that no caller is ever without: the old one goes on to work
 * under the name `NAME.old`, which the function's log tells, until it is revoked. It must not write, and shows no token.
 */
import { randomBytes } from 'node:crypto';
import { type ApiToken, readApiTokens } from '../../src/http/api-tokens';
import { isOfflineToken } from '../account/api-token';
import { MAX_VALUE_BYTES } from '../account/deployed-settings';
import type { Env } from '../account/env-file';
import { ScriptFailure, WrongLine } from '../command/script-failure';

/** Of the token without a name. */
export const UNNAMED = 'API_TOKEN';
const OLD = '.old';
const NAME = /^[A-Za-z0-9_.-]{1,36}$/;

export function drawToken(): string {
  return randomBytes(32).toString('base64url');
}

export interface TokenChange {
  /** What the settings file has to say. */
  readonly values: Readonly<Record<string, string>>;
  readonly name: string;
  readonly readOnly: boolean;
  /** The name under which the one before goes on to work; null where there was none. */
  readonly former: string | null;
}

/**
 * @param spec such as `ada`, `reports:read` or `API_TOKEN`
 * @throws ScriptFailure where it is malformed, the last renewal is not finished, or Twilio would not take the setting
 */
export function renewedToken(env: Env, spec: string, drawn: string): TokenChange {
  const { name, right } = readSpec(spec);
  const { named, unnamed } = tokensOf(env);
  const former = `${name}${OLD}`;
  const before = name === UNNAMED ? unnamed : named.find((one) => one.name === name);
  // Everybody has that one: nobody has to be kept working with it.
  const kept = before && !isOfflineToken(before.token) ? { ...before, name: former } : null;
  if (kept && named.some((one) => one.name === former)) {
    throw new ScriptFailure(
      `${former} is still there, from the last time.`,
      `Once its caller has the newer one: --revoke ${former}.`,
    );
  }
  const readOnly = right === 'read' || (right === null && (before?.readOnly ?? false));
  const others = named.filter((one) => one.name !== name);
  const fresh = name === UNNAMED ? [] : [{ name, token: drawn, readOnly }];
  const list = written([...others, ...(kept ? [kept] : []), ...fresh]);
  return {
    values: {
      ...(name === UNNAMED && { [UNNAMED]: drawn }),
      ...((kept || fresh.length > 0) && { API_TOKENS: list }),
    },
    name,
    readOnly,
    former: kept ? former : null,
  };
}

/** @throws ScriptFailure where there is no such token */
export function revokedToken(env: Env, name: string): Pick<TokenChange, 'values' | 'name'> {
  if (name === UNNAMED) {
    throw new ScriptFailure(
      `${UNNAMED} is what the dashboard asks for, so it is replaced, not revoked.`,
      `Use --token ${UNNAMED}, and --revoke ${UNNAMED}${OLD} later.`,
    );
  }
  const { named } = tokensOf(env);
  if (!named.some((one) => one.name === name)) {
    const names = named.map((one) => one.name).join(', ');
    throw new ScriptFailure(
      `API_TOKENS has no token of that name.`,
      names === '' ? 'It is empty.' : `It has: ${names}.`,
    );
  }
  return { values: { API_TOKENS: written(named.filter((one) => one.name !== name)) }, name };
}

function readSpec(spec: string): { readonly name: string; readonly right: string | null } {
  const [name = '', right = null, ...more] = spec.split(':');
  if (!NAME.test(name) || name.endsWith(OLD) || more.length > 0 || (right !== null && right !== 'read')) {
    throw new WrongLine(
      '--token is malformed.',
      `Give a name of at most 36 of A-Z a-z 0-9 _ . - that does not end in ${OLD}, as in --token ada, or --token reports:read for one that may only look.`,
    );
  }
  if (name === UNNAMED && right !== null) {
    throw new WrongLine(
      `${UNNAMED} may do everything.`,
      'Give a token that may only look a name, as in --token reports:read.',
    );
  }
  return { name, right };
}

function tokensOf(env: Env): { readonly named: readonly ApiToken[]; readonly unnamed: ApiToken | undefined } {
  const { tokens, problems } = readApiTokens(env);
  if (problems.length > 0) {
    throw new ScriptFailure(
      problems.map(({ message }) => message).join('\n'),
      'Correct it, then run the same command again.',
    );
  }
  return {
    named: tokens.filter(({ name }) => name !== null),
    unnamed: tokens.find(({ name }) => name === null),
  };
}

function written(tokens: readonly ApiToken[]): string {
  const text = tokens
    .map(({ name, token, readOnly }) => `${name}:${token}${readOnly ? ':read' : ''}`)
    .join(',');
  if (Buffer.byteLength(text) <= MAX_VALUE_BYTES) return text;
  throw new ScriptFailure(
    `API_TOKENS would be longer than the ${MAX_VALUE_BYTES} bytes that Twilio takes.`,
    'Revoke one that nobody needs, with --revoke NAME.',
  );
}
