/** `npm run start:live`: the same functions against the real Twilio, with the credentials of `.env`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../src/http/settings';
import { readEnvFile } from './account/env-file';
import { demandFreePort, onStop, portFromEnv, stopChild } from './offline/processes';
import { ROOT, startTwilioRun } from './offline/twilio-run';

async function main(): Promise<void> {
  const file = join(ROOT, '.env');
  const { env, warnings } = readEnvFile(file);
  for (const warning of warnings) console.warn(`.env: ${warning}`);
  const checked = readSettings(env);
  if (!checked.ok) {
    const list = checked.problems.map((problem) => `  ${problem.message}`).join('\n');
    throw new Error(
      `.env ${existsSync(file) ? 'is not complete' : 'does not exist: copy .env.example'}.\n${list}`,
    );
  }
  const port = portFromEnv('PORT', 3000);
  await demandFreePort(port, 'PORT');
  execFileSync(process.execPath, ['build.mjs'], { cwd: ROOT, stdio: 'inherit' });
  const { url, child } = await startTwilioRun({ port, envFile: '.env', onLine: (line) => console.log(line) });
  onStop(() => stopChild(child));
  console.log(`ready ${url}/index.html`);
  console.log('Twilio reaches these functions only through a tunnel or once they are deployed.');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
