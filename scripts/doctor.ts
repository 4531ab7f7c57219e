/**
 * `npm run doctor`: looks whether everything that these functions need is there and connected, and says what to do where
 * it is not. It reads only: neither the account nor Sync nor the settings file is changed by it.
 */
import { readEnv } from './account/account';
import { deployedDomains, parseDomain, SERVICE_NAME } from './account/functions-domain';
import { command, type Ended, type Run } from './command/command';
import { offlineAddresses } from './command/offline-io';
import type { CommonOptions } from './command/options';
import { runProgram } from './command/program';
import { WrongLine } from './command/script-failure';
import { credentials } from './doctor/account/credentials';
import { CheckedAccount } from './doctor/check';
import { CHECKS, look, type Result } from './doctor/checks';
import { firstConnection } from './doctor/first-connection';
import { report } from './doctor/report';

interface DoctorOptions extends CommonOptions {
  readonly domain?: string;
  readonly url?: string;
  readonly serviceName: string;
  readonly watch: boolean;
  readonly every: string;
}

export const main = command<DoctorOptions>(
  {
    name: 'doctor',
    summary: 'Look whether everything is there and connected. It changes nothing.',
    examples: [
      ['', 'the account of .env and what is deployed in it'],
      ['--watch', 'wait for the first message, and end once its window is stored'],
      ['--url https://example.ngrok.app', 'the functions behind a tunnel'],
      ['--offline', 'the running npm start'],
    ],
    changes: false,
    own: (line) =>
      line
        .option('--domain <domain>', 'where the functions are deployed; default: what Twilio says is live')
        .option('--url <url>', 'the same as an address, such as that of a tunnel')
        .option('--service-name <name>', 'the Functions service to look for', SERVICE_NAME)
        .option('--watch', 'wait for the first inbound message to arrive and its window to be stored', false)
        .option('--every <seconds>', 'how often --watch looks', '3'),
  },
  examine,
);

async function examine(run: Run<DoctorOptions>): Promise<Ended> {
  const { options, output, io } = run;
  const given = givenUrl(options);
  const everyMs = everyOf(options);
  const account = new CheckedAccount(readEnv(run), io, options);
  const results: Result[] = [];
  for (const check of CHECKS) {
    output.passing(`looking at: ${check.name}`);
    results.push(await look(check, account));
    if (check === credentials) await findFunctions(account, given, options);
  }
  output.passing(null);
  report(results, output);
  const isBroken = results.some(({ mark }) => mark === 'broken');
  if (!options.watch) return { ok: !isBroken, json: { ok: !isBroken, checks: results } };
  output.say('');
  const connected = await firstConnection(account, results, everyMs, output);
  return { ok: connected !== null, json: { ok: connected !== null, checks: results, connected } };
}

function givenUrl({ domain, url }: DoctorOptions): string | undefined {
  if (domain !== undefined) return `https://${parseDomain(domain)}`;
  if (url === undefined) return undefined;
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, '');
  throw new WrongLine('--url is no address.', 'Give one such as --url https://example.ngrok.app');
}

function everyOf({ every }: DoctorOptions): number {
  const seconds = Number(every);
  if (seconds > 0 && seconds <= 3600) return seconds * 1000;
  throw new WrongLine('--every is no number of seconds.', 'Give one such as --every 3');
}

async function findFunctions(
  account: CheckedAccount,
  given: string | undefined,
  { serviceName, offline }: DoctorOptions,
): Promise<void> {
  if (given !== undefined) return account.found(given);
  try {
    const [domain, ...others] = await deployedDomains(account.sdk(), serviceName);
    // Of several nobody knows which one is meant; the checks that need one say so.
    if (domain !== undefined && others.length === 0) account.found(`https://${domain}`);
    // The functions of npm start run before anything is deployed.
    if (domain === undefined && offline) account.found(offlineAddresses(account.io.env).functions);
  } catch {
    // What is wrong there, the other checks of the account tell.
  }
}

if (require.main === module) runProgram(main);
