/** `npm run start:live`: the same functions against the real Twilio, with the credentials of `.env`. */
import { execFileSync } from 'node:child_process';
import { checkedSettings } from './account/account';
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
  const path = envPath('.env');
  const { env, warnings } = readEnvFile(path);
  const print = (line: string) => io.stdout.write(`${line}\n`);
  for (const warning of warnings) io.stderr.write(`.env: ${warning}\n`);
  checkedSettings({ file: '.env', path, env });
  execFileSync(process.execPath, ['build.mjs'], { cwd: ROOT, stdio: 'inherit' });
  const { url, child } = await startTwilioRun({ port, envFile: '.env', onLine: print });
  cleanUp(() => stopChild(child));
  print(`ready ${url}/index.html`);
  print('Twilio reaches these functions only through a tunnel or once they are deployed.');
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (!io.stopped.aborted) throw new Error('twilio-run ended.');
}

if (require.main === module) runProgram(main);
