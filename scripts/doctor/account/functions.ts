/**
 * Whether the functions answer those who may ask and refuse everybody else. It asks only for what they read: a question
 * about a person whom Sync does not know yet would be remembered there.
 */
import { readApiTokens } from '../../../src/http/api-tokens';
import { broken, type Check, type CheckedAccount, type Finding, notChecked, ok, warning } from '../check';

/** Longer than a function may run (10 s). */
const TIMEOUT_MS = 12_000;
const deploy = (account: CheckedAccount) => `${account.run('deploy')}, then ${account.run('doctor')} again.`;

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export const functionsAnswer: Check = {
  name: 'functions answer',
  why: 'Everything that sends asks them.',
  async look(account) {
    const url = account.functionsUrl();
    const token = readApiTokens(account.env).tokens[0]?.token;
    if (!token)
      return warning(
        'Without API_TOKEN they cannot be asked.',
        `${account.run('setup')}, then ${account.run('deploy')}.`,
      );
    const list = await ask(account, `${url}/windows?limit=1`, token);
    if (typeof list === 'string') {
      account.functionsAreAway();
      return notChecked(list, deploy(account));
    }
    const problem = problemIn('/windows', list, account);
    if (problem) return problem;
    const known = firstPair(list.json);
    if (!known) return ok('/windows answers 200. /window was not asked: Sync knows nobody yet.');
    const answer = await ask(account, `${url}/window?${new URLSearchParams(known)}`, token);
    if (typeof answer === 'string') return broken(answer, deploy(account));
    return problemIn('/window', answer, account) ?? ok('/windows and /window answer 200.');
  },
};

export const functionsRefuse: Check = {
  name: 'functions refuse strangers',
  why: 'Else anybody on the internet could read who wrote to you, or write to them.',
  async look(account) {
    const url = account.answeringFunctionsUrl();
    const expected = [
      { what: '/windows without a token', status: 401, answer: await ask(account, `${url}/windows?limit=1`) },
      {
        what: '/incoming-message without a signature',
        status: 403,
        answer: await ask(account, `${url}/incoming-message`, undefined, 'POST'),
      },
    ];
    const wrong = expected.flatMap(({ what, status, answer }) => {
      if (typeof answer === 'string') return [answer];
      return answer.status === status ? [] : [`${what} answered ${answer.status} instead of ${status}.`];
    });
    if (wrong.length > 0) return broken(wrong.join(' '), deploy(account));
    return ok('No token: 401. No signature: 403.');
  },
};

/** @returns the answer, or a sentence where there is none */
async function ask(
  { io }: CheckedAccount,
  url: string,
  token?: string,
  method = 'GET',
): Promise<Answer | string> {
  try {
    const response = await io.fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    const parsed: unknown = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {};
    const json = typeof parsed === 'object' && parsed !== null ? (parsed as Answer['json']) : {};
    return { status: response.status, json };
  } catch {
    return `${new URL(url).origin} does not answer.`;
  }
}

function problemIn(path: string, { status, json }: Answer, account: CheckedAccount): Finding | null {
  if (status === 200) return null;
  if (status === 401)
    return broken(`${path} does not accept API_TOKEN: another one is deployed.`, deploy(account));
  if (status === 404) return broken(`${path} is not there: something else is deployed.`, deploy(account));
  const error = json.error;
  // Written by these functions, so it names no secret.
  const said = typeof error === 'object' && error !== null && 'message' in error ? `: ${error.message}` : '.';
  return broken(
    `${path} answered ${status}${said}`,
    `Correct the setting that is named, then ${account.run('deploy')}.`,
  );
}

function firstPair(json: Answer['json']): { to: string; from: string } | undefined {
  const [first]: unknown[] = Array.isArray(json.windows) ? json.windows : [];
  if (typeof first !== 'object' || first === null || !('user' in first) || !('sender' in first))
    return undefined;
  return { to: String(first.user), from: String(first.sender) };
}
