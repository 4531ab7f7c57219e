/**
 * `npm start`: the emulator, the functions under twilio-run, and a rebuild at every change. Offline, no account. What is
 * deployed with `npm run deploy -- --offline` is served as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createEmulator, type Emulator } from '../emulator/emulator';
import { StateFile } from '../emulator/state/state-file';
import { readSettings } from '../src/http/settings';
import { envPath, OFFLINE_ENV, readEnvFile } from './account/env-file';
import { type LongRun, longRunning } from './command/long-running';
import { runProgram } from './command/program';
import { DeployedFunctions } from './offline/deployed-functions';
import { demandFreePort, portFromEnv, startChild, stopChild } from './offline/processes';
import { END_WITH_PARENT, makeProject, ROOT, startTwilioRun } from './offline/twilio-run';

/** Stands above the desk, which cannot know it by itself. */
const NOTICE = ['--notice', 'Offline emulator: Twilio is played on this machine, and no message leaves it.'];

/** Functions that only read: a page asks them again and again. */
const READING = ['/window', '/windows', '/templates', '/thread', '/recent-messages', '/held-messages'];

interface Options {
  readonly state?: string;
}

export const main = longRunning<Options>(
  {
    name: 'start',
    summary: 'The functions against an emulated Twilio on this machine: no account, no network.',
    examples: [
      ['', 'then open the address that it prints'],
      ['--state offline.state', 'goes on tomorrow where it ends today'],
    ],
    own: (line) =>
      line.option(
        '--state <file>',
        'go on with what this file has of people, messages, Sync, templates and the clock, and keep it there',
      ),
  },
  start,
);

async function start({ options, io, cleanUp }: LongRun<Options>): Promise<void> {
  const port = portFromEnv('PORT', 3000, io.env);
  const emulatorPort = portFromEnv('EMULATOR_PORT', 4010, io.env);
  await demandFreePort(port, 'PORT');
  await demandFreePort(emulatorPort, 'EMULATOR_PORT');
  const { env } = readEnvFile(envPath(OFFLINE_ENV));
  const checked = readSettings(env);
  if (!checked.ok) throw new Error(checked.problems.map((problem) => problem.message).join('\n'));
  const print = (line: string) => io.stdout.write(`${line}\n`);

  const buildEnv = { ...io.env, ACCOUNT_SID: env.ACCOUNT_SID };
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  cleanUp(() => rmSync(folder, { recursive: true, force: true }));
  // Not in this project's own `dist`: what is deployed from there carries no notice, and no account but its own.
  const project = join(folder, 'served');
  makeProject(project, 'whatsapp-window');
  const clockFile = join(folder, 'clock');
  const emulator: Emulator = createEmulator({
    port: emulatorPort,
    functionsUrl: `http://localhost:${port}`,
    clockFile,
    onDeployment: (live) => deployed.update(live),
  });
  await emulator.start();
  cleanUp(() => emulator.stop());
  const offline = { emulatorUrl: emulator.url, clockFile };
  const onLine = (line: string) => tellOwn(line, print);
  const deployed = new DeployedFunctions({
    folder: join(folder, 'deployed'),
    offline,
    credentials: { ACCOUNT_SID: emulator.accountSid, AUTH_TOKEN: emulator.authToken },
    onLine,
    onServed: (domain, url) => emulator.serve(domain, url),
  });
  const state = options.state === undefined ? null : new StateFile(resolve(io.cwd, options.state), emulator);
  if (state) {
    const isThere = state.load();
    const warn = (error: unknown) =>
      io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    state.keep(warn);
    cleanUp(() => state.end().catch(warn));
    print(`${isThere ? 'goes on with the state in' : 'keeps its state in'} ${options.state}`);
  }
  cleanUp(() => deployed.stop());
  const build = ['build.mjs', '--out', join(project, 'dist'), ...NOTICE];
  execFileSync(process.execPath, build, { cwd: ROOT, env: buildEnv, stdio: 'inherit' });
  const watcher = startChild(process.execPath, ['-r', END_WITH_PARENT, ...build, '--watch'], {
    cwd: ROOT,
    env: buildEnv,
    onLine: print,
  });
  cleanUp(() => stopChild(watcher));
  const { url, child } = await startTwilioRun({
    port,
    envFile: envPath(OFFLINE_ENV),
    folder: project,
    offline,
    onLine,
  });
  cleanUp(() => stopChild(child));
  print(`ready ${url}/index.html`);
  print(`the same with a phone beside it and a clock to push: ${emulator.url}/`);
  print(`token for both: ${env.API_TOKEN}`);
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (!io.stopped.aborted) throw new Error('twilio-run ended.');
}

/** The functions' log lines and twilio-run's warnings; not its banner, which names addresses that nobody should use. */
function tellOwn(line: string, print: (line: string) => void): void {
  // This Node.js is one of those that package.json names, and the text below it says to install another.
  if (line.includes('Different Node.js Version Found')) return;
  if (line.startsWith('{') ? !isPoll(line) : /error|warn/i.test(line)) print(line);
}

function isPoll(line: string): boolean {
  try {
    const { function: path, status }: { function?: string; status?: number } = JSON.parse(line);
    return status === 200 && READING.includes(path ?? '');
  } catch {
    return false;
  }
}

if (require.main === module) runProgram(main);
