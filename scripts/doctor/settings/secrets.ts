/**
 * Whether a secret stands where others read it: in an address that goes into logs, or in a file that Git keeps. Which secret
 * and where is said, never the secret itself.
 */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { type Secret, secretsFoundIn, secretsIn } from '../../account/secrets';
import { broken, type Check, type CheckedAccount, type Finding, ok, warning } from '../check';

const ADDRESSES = ['FORWARD_URL', 'STATUS_FORWARD_URL'] as const;
/** Names of parameters that hold a secret, whoever's it is. */
const SECRET_PARAMETER = /token|secret|passw|api_?key|auth|signature/i;
const GIT_MS = 5000;

export const secrets: Check = {
  name: 'secrets elsewhere',
  why: 'Whoever reads AUTH_TOKEN has the account; whoever reads an API token can write to every user.',
  async look(account) {
    const known = secretsIn(account.env);
    const inGit = account.options.offline ? null : await committed(account, known);
    return inGit ?? inAddresses(account, known) ?? ok('They are in no address and in no file of Git.');
  },
};

function inAddresses({ env }: CheckedAccount, known: readonly Secret[]): Finding | null {
  for (const name of ADDRESSES) {
    const address = env[name]?.trim() ?? '';
    const [own] = secretsFoundIn(address, known);
    if (own !== undefined) {
      return broken(
        `${name} contains ${own}. Addresses are written into logs, Twilio’s Debugger among them.`,
        `Take it out of ${name}, and put a new one in the place of ${own}: it has been shown.`,
      );
    }
    const parameter = secretParameterOf(address);
    if (parameter !== null) {
      return warning(
        `${name} has ${parameter}, which is written into logs, Twilio’s Debugger among them.`,
        'Let the receiver check X-Twilio-Signature instead: what goes on there is signed for that address.',
      );
    }
  }
  return null;
}

function secretParameterOf(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { username, password, searchParams } = new URL(address);
  if (username !== '' || password !== '') return 'a password before its host';
  const name = [...searchParams.keys()].find((key) => SECRET_PARAMETER.test(key));
  return name === undefined ? null : `the parameter ${name}`;
}

async function committed(account: CheckedAccount, known: readonly Secret[]): Promise<Finding | null> {
  const { file, settingsFile } = account;
  const folder = dirname(settingsFile.path);
  const isKept = (await git(folder, ['ls-files', '--error-unmatch', '--', settingsFile.path])) !== null;
  if (isKept && known.length > 0) {
    return broken(
      `Git keeps ${file}, with ${known.map(({ name }) => name).join(', ')} in it.`,
      `git rm --cached ${file}, then put new ones in their place: whoever has the repository has them.`,
    );
  }
  // The patterns go in by standard input: a command line is seen by every user of the machine.
  const patterns = known.map(({ value }) => value).join('\n');
  const found =
    known.length === 0 ? null : await git(folder, ['grep', '--cached', '-l', '-F', '-f', '-'], patterns);
  const files = found?.split('\n').filter((line) => line !== '') ?? [];
  if (files.length === 0) return null;
  return broken(
    `A secret of ${file} stands in ${files.slice(0, 3).join(', ')}, which Git keeps.`,
    'Take it out there, and put a new one in its place: whoever has the repository has the old one.',
  );
}

/** @returns null where it is refused, finds nothing, or there is no Git */
function git(folder: string, args: readonly string[], input = ''): Promise<string | null> {
  return new Promise((resolve) => {
    const child = execFile('git', args, { cwd: folder, timeout: GIT_MS }, (error, stdout) =>
      resolve(error ? null : stdout),
    );
    child.stdin?.on('error', () => undefined).end(input);
  });
}
