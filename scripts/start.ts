/** `npm start`: the emulator, the functions under twilio-run, and a rebuild at every change. Offline, no account. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from '../emulator/emulator';
import { readSettings } from '../src/http/settings';
import { readEnvFile } from './account/env-file';
import { demandFreePort, onStop, portFromEnv, startChild, stopChild } from './offline/processes';
import { ROOT, startTwilioRun } from './offline/twilio-run';

/** Stands above the dashboard, which cannot know it by itself. */
const NOTICE = ['--notice', 'Offline emulator: Twilio is played on this machine, and no message leaves it.'];

async function main(): Promise<void> {
  const port = portFromEnv('PORT', 3000);
  const emulatorPort = portFromEnv('EMULATOR_PORT', 4010);
  await demandFreePort(port, 'PORT');
  await demandFreePort(emulatorPort, 'EMULATOR_PORT');
  const env = readEnvFile(join(ROOT, '.env.offline')).env;
  const checked = readSettings(env);
  if (!checked.ok) throw new Error(checked.problems.map((problem) => problem.message).join('\n'));

  const buildEnv = { ...process.env, ACCOUNT_SID: env.ACCOUNT_SID };
  execFileSync(process.execPath, ['build.mjs', ...NOTICE], { cwd: ROOT, env: buildEnv, stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const clockFile = join(folder, 'clock');
  const emulator = createEmulator({
    port: emulatorPort,
    functionsUrl: `http://localhost:${port}`,
    clockFile,
  });
  await emulator.start();
  const watcher = startChild(process.execPath, ['build.mjs', '--watch', ...NOTICE], {
    cwd: ROOT,
    env: buildEnv,
    onLine: print,
  });
  const run = startTwilioRun({
    port,
    envFile: '.env.offline',
    offline: { emulatorUrl: emulator.url, clockFile },
    onLine: printOwn,
  });

  let stopping = false;
  onStop(async () => {
    stopping = true;
    const { child } = await run.catch(() => ({ child: watcher }));
    await Promise.all([stopChild(child), stopChild(watcher), emulator.stop()]);
  });
  const { url, child } = await run;
  child.once('exit', () => {
    if (stopping) return;
    console.error('twilio-run ended.');
    process.exit(1);
  });
  print(`ready ${url}/index.html`);
  print(`the same with a phone beside it and a clock to push: ${emulator.url}/`);
  print(`token for both: ${env.API_TOKEN}`);
  print('');
  print('# write as a WhatsApp user:');
  print(
    `curl -s ${emulator.url}/_emulator/inbound -H 'Content-Type: application/json' -d '{"from":"whatsapp:+15551234567","body":"Hello"}'`,
  );
  print('# answer, free-form, because they just wrote:');
  print(
    `curl -s ${url}/send-message -H 'Authorization: Bearer ${env.API_TOKEN}' --data-urlencode to=whatsapp:+15551234567 -d body=Welcome`,
  );
}

function print(line: string): void {
  console.log(line);
}

/** The functions' log lines and twilio-run's warnings; not its banner, which names addresses that nobody should use. */
function printOwn(line: string): void {
  if (line.includes('Different Node.js Version Found')) {
    // Without the text below it, which says to install another version.
    print(
      `Node.js ${process.versions.node} is fine here. Twilio runs the functions on Node.js 22 once deployed.`,
    );
    return;
  }
  if (line.startsWith('{') || /error|warn/i.test(line)) console.log(line);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
