/** `npm run start:live`: the same functions against the real Twilio, with the credentials of `.env`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readSettings } from '../src/http/settings';
import { envPath, readEnvFile } from './account/env-file';
import { type LongRun, longRunning } from './command/long-running';
import { runProgram } from './command/program';
import { demandFreePort, portFromEnv, stopChild } from './offline/processes';
import { ROOT, startTwilioRun } from './offline/twilio-run';

export const main = longRunning(
  {
    name: 'start:live',
    summary: 'The functions on this machine against the real Twilio, with the credentials of .env.',
    examples: [['', 'Twilio reaches them through a tunnel only']],
  },
  startLive,
);

async function startLive({ io, cleanUp }: LongRun<object>): Promise<void> {
  const port = portFromEnv('PORT', 3000, io.env);
  await demandFreePort(port, 'PORT');
  const file = envPath('.env');
  const { env, warnings } = readEnvFile(file);
  const print = (line: string) => io.stdout.write(`${line}\n`);
  for (const warning of warnings) io.stderr.write(`.env: ${warning}\n`);
  const checked = readSettings(env);
  if (!checked.ok) {
    const list = checked.problems.map((problem) => `  ${problem.message}`).join('\n');
    throw new Error(
      `.env ${existsSync(file) ? 'is not complete' : 'does not exist: copy .env.example'}.\n${list}`,
    );
  }
  execFileSync(process.execPath, ['build.mjs'], { cwd: ROOT, stdio: 'inherit' });
  const { url, child } = await startTwilioRun({ port, envFile: '.env', onLine: print });
  cleanUp(() => stopChild(child));
  print(`ready ${url}/index.html`);
  print('Twilio reaches these functions only through a tunnel or once they are deployed.');
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (!io.stopped.aborted) throw new Error('twilio-run ended.');
}

if (require.main === module) runProgram(main);
