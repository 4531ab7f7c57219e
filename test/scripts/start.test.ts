/** `npm start` where it cannot begin. That it runs, and what it leaves behind, is in test/slow/scripts/commands.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/offline/processes';
import { main } from '../../scripts/start';
import { runMain } from './run-main';

test('a damaged state ends the start before anything is built or served', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-state-'));
  const file = join(folder, 'offline.state');
  writeFileSync(file, '{"format": "whatsapp-window-emulator');
  const ports = { PORT: String(await freePort()), EMULATOR_PORT: String(await freePort()) };
  const run = await runMain(main, ['--state', file], { emulatorUrl: 'http://localhost:1', env: ports });
  const left = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  expect([run.code, run.stdout, run.text, left]).toEqual([
    1,
    '',
    `The state in ${file} cannot be used: it is not JSON, or only a part of it. Nothing was changed; move the file away to begin anew.\n`,
    '{"format": "whatsapp-window-emulator',
  ]);
});
