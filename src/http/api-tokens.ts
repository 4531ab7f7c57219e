/**
 * The settings API_TOKEN and API_TOKENS, read into the tokens that HTTP callers may show. No message may repeat any part
 * of either: a part that was misread may be the secret.
 */
import type { Problem } from '../domain/template-preflight';

export interface ApiToken {
  /** As API_TOKENS names it, for the log; null for API_TOKEN. */
  readonly name: string | null;
  readonly token: string;
  /** Whether it is for what changes nothing only. */
  readonly readOnly: boolean;
}

export interface ApiTokens {
  readonly tokens: readonly ApiToken[];
  readonly problems: readonly Problem[];
}

const TOKEN = /^[\x21-\x7e]{24,}$/;
const NAME = /^[A-Za-z0-9_.-]{1,40}$/;

/** @param env the function's context, or `process.env`-like values; `API_TOKENS` is `ada:TOKEN,reports:TOKEN:read` */
export function readApiTokens(env: Readonly<Record<string, unknown>>): ApiTokens {
  const single = textOf(env, 'API_TOKEN');
  const tokens: ApiToken[] = [];
  const problems: Problem[] = [];
  if (TOKEN.test(single)) tokens.push({ name: null, token: single, readOnly: false });
  else if (single !== '') {
    problems.push({
      field: 'API_TOKEN',
      message: 'API_TOKEN is malformed: set it to a secret of 24 characters or more without spaces.',
    });
  }
  // A comma at the end is no entry.
  const entries = textOf(env, 'API_TOKENS')
    .split(',')
    .map((entry) => entry.trim());
  entries.forEach((entry, index) => {
    if (entry === '') return;
    const read = readEntry(entry);
    const wrong = [...read.wrong, ...repetitions(read.token, tokens)];
    problems.push(
      ...wrong.map((what) => ({
        field: 'API_TOKENS',
        message: `API_TOKENS is malformed: in entry ${index + 1} ${what}.`,
      })),
    );
    // Also where something is wrong with it: a later entry that repeats it is named as well.
    tokens.push(read.token);
  });
  return { tokens: problems.length > 0 ? [] : tokens, problems };
}

function readEntry(entry: string): { readonly token: ApiToken; readonly wrong: readonly string[] } {
  const [name = '', token = '', right, ...more] = entry.split(':').map((part) => part.trim());
  const wrong = [
    ...(NAME.test(name)
      ? []
      : [
          `the name is ${name === '' ? 'missing' : 'malformed'}: begin it with 1 to 40 of A-Z a-z 0-9 _ . - and a colon`,
        ]),
    ...(TOKEN.test(token)
      ? []
      : ['the token is too short or has a space: after the name and a colon write 24 characters or more']),
    ...(more.length === 0 && (right === undefined || right === 'read')
      ? []
      : ['the right is unknown: end it with the token, or with :read, and use no colon or comma in a token']),
  ];
  return { token: { name, token, readOnly: right !== undefined }, wrong };
}

function repetitions(entry: ApiToken, before: readonly ApiToken[]): readonly string[] {
  const has = (key: 'name' | 'token') =>
    entry[key] !== '' && before.some((other) => other[key] === entry[key]);
  return [
    ...(has('name') ? ['the name is that of an earlier entry: give each a name of its own'] : []),
    ...(has('token') ? ['the token is that of another caller: give each a token of its own'] : []),
  ];
}

function textOf(env: Readonly<Record<string, unknown>>, name: string): string {
  const value = env[name];
  return typeof value === 'string' ? value.trim() : '';
}
