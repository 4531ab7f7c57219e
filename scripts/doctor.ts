/**
 * `npm run doctor`: looks whether everything that these functions need is there and connected, and says what to do where
 * it is not. It reads only: neither the account nor Sync nor the settings file is changed by it.
 */
import { readEnv } from './account/account';
import { deployedDomains, parseDomain, SERVICE_NAME } from './account/functions-domain';
import { command, type Ended, type Run } from './command/command';
import type { CommonOptions } from './command/options';
import type { Output } from './command/output';
import { runProgram } from './command/program';
import { ScriptFailure, sentenceOf } from './command/script-failure';
import { blindWindow } from './doctor/blind-window';
import { type Check, CheckedAccount, type Finding, Lacking, type Mark, notChecked } from './doctor/check';
import { credentials } from './doctor/credentials';
import { disagreements } from './doctor/disagreements';
import { environmentSize } from './doctor/environment-size';
import { functionsAnswer, functionsRefuse } from './doctor/functions';
import { sender } from './doctor/sender';
import { settings } from './doctor/settings';
import { syncService } from './doctor/sync-service';
import { fallbackTemplate, lessonTemplates } from './doctor/templates';
import { token } from './doctor/token';
import { webhook } from './doctor/webhook';

interface DoctorOptions extends CommonOptions {
  readonly domain?: string;
  readonly url?: string;
  readonly serviceName: string;
}

/** In the order in which they are told. The credentials come first: they open the account to the others. */
const CHECKS: readonly Check[] = [
  credentials,
  settings,
  token,
  environmentSize,
  syncService,
  sender,
  webhook,
  functionsAnswer,
  functionsRefuse,
  lessonTemplates,
  fallbackTemplate,
  blindWindow,
  disagreements,
];

const SIGNS: Readonly<Record<Mark, string>> = {
  ok: '✓ ok',
  warning: '! warning',
  broken: '✗ broken',
  'not checked': '– not checked',
};
const SIGN_WIDTH = Math.max(...Object.values(SIGNS).map((sign) => sign.length)) + 2;
const NAME_WIDTH = Math.max(...CHECKS.map(({ name }) => name.length)) + 2;

export const main = command<DoctorOptions>(
  {
    name: 'doctor',
    summary: 'Look whether everything is there and connected. It changes nothing.',
    examples: [
      ['', 'the account of .env and what is deployed in it'],
      ['--url https://example.ngrok.app', 'the functions behind a tunnel'],
    ],
    changes: false,
    own: (line) =>
      line
        .option('--domain <domain>', 'where the functions are deployed; default: what Twilio says is live')
        .option('--url <url>', 'the same as an address, such as that of a tunnel')
        .option('--service-name <name>', 'the Functions service to look for', SERVICE_NAME),
  },
  examine,
);

async function examine(run: Run<DoctorOptions>): Promise<Ended> {
  const { options, output } = run;
  const given = givenUrl(options);
  const account = new CheckedAccount(readEnv(run), run.io);
  const results: (Finding & { readonly check: string; readonly why: string })[] = [];
  for (const check of CHECKS) {
    const finding = await look(check, account);
    results.push({ check: check.name, ...finding, why: check.why });
    tell(check, finding, output);
    if (check === credentials) await findFunctions(account, given, options.serviceName);
  }
  const count = (mark: Mark) => results.filter((result) => result.mark === mark).length;
  output.say('');
  output.say(
    `${count('ok')} ok, ${count('warning')} warnings, ${count('broken')} broken, ${count('not checked')} not checked`,
  );
  return { ok: count('broken') === 0, json: { ok: count('broken') === 0, checks: results } };
}

function givenUrl({ domain, url }: DoctorOptions): string | undefined {
  if (domain !== undefined) return `https://${parseDomain(domain)}`;
  if (url === undefined) return undefined;
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, '');
  throw new ScriptFailure('--url is no address.', 'Give one such as --url https://example.ngrok.app');
}

async function findFunctions(
  account: CheckedAccount,
  given: string | undefined,
  serviceName: string,
): Promise<void> {
  if (given !== undefined) return account.found(given);
  try {
    const [domain, ...others] = await deployedDomains(account.sdk(), serviceName);
    // Of several nobody knows which one is meant; the checks that need one say so.
    if (domain !== undefined && others.length === 0) account.found(`https://${domain}`);
  } catch {
    // What is wrong there, the other checks of the account tell.
  }
}

async function look(check: Check, account: CheckedAccount): Promise<Finding> {
  try {
    return await check.look(account);
  } catch (error) {
    if (error instanceof Lacking) return notChecked(error.message);
    const { message, nextStep } = sentenceOf(error);
    return notChecked(message, nextStep);
  }
}

function tell({ name, why }: Check, { mark, found, fix }: Finding, output: Output): void {
  output.say(`${SIGNS[mark].padEnd(SIGN_WIDTH)}${name.padEnd(NAME_WIDTH)}${found}`);
  const indent = ' '.repeat(SIGN_WIDTH + NAME_WIDTH);
  if (mark === 'warning' || mark === 'broken') output.say(`${indent}why: ${why}`);
  if (fix !== null) output.say(`${indent}fix: ${fix}`);
}

if (require.main === module) runProgram(main);
