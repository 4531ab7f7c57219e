/** `npm run start:live`: the same functions against the real Twilio, with the credentials of `.env`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkedSettings } from './account/account';
import { envPath, readEnvFile } from './account/env-file';
import { variablesFile } from './account/variables-file';
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
  const variables = variablesFile(env);
  execFileSync(process.execPath, ['build.mjs'], { cwd: ROOT, stdio: 'inherit' });
  // Only the owner can enter it. twilio-run reads the file once, as it starts.
  const closed = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  const remove = () => rmSync(closed, { recursive: true, force: true });
  cleanUp(remove);
  const envFile = join(closed, 'variables.env');
  writeFileSync(envFile, variables, { mode: 0o600 });
  const { url, child } = await startTwilioRun({ port, envFile, onLine: print });
  cleanUp(() => stopChild(child));
  remove();
  print(`ready ${url}/index.html`);
  print('Twilio reaches these functions only through a tunnel or once they are deployed.');
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (!io.stopped.aborted) throw new Error('twilio-run ended.');
}

if (require.main === module) runProgram(main);
