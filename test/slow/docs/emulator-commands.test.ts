/** emulator/README.md: every command is understood by an emulator, and does what the page says of it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { useService } from '../../functions/service';
import { codeBlocks, documentText } from './document';

const service = useService();
const folder = mkdtempSync(join(tmpdir(), 'emulator-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string) => promisify(execFile)('bash', ['-c', command], { cwd: ROOT });
const lines = codeBlocks(documentText('emulator/README.md'), 'sh').flatMap((block) =>
  block.trim().split('\n'),
);

test('every curl command of emulator/README.md is answered without an error, but for the SID that nobody has', async () => {
  const { emulator, functionsUrl } = service.offline;
  const refused = [];
  const commands = lines.filter((line) => line.startsWith('curl '));
  for (const command of commands) {
    const aimed = command
      .replace('curl ', 'curl -s ')
      .replaceAll('localhost:4010', new URL(emulator.url).host)
      .replaceAll('http://localhost:3000', functionsUrl);
    const { stdout } = await run(aimed);
    const answer = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    if (typeof answer.error === 'string' || typeof answer.message === 'string') refused.push(command);
  }
  expect([commands.length > 40, refused]).toEqual([true, [expect.stringContaining('/_emulator/replay')]]);
});

test('a program that uses the SDK reaches the emulator unchanged through the preload', async () => {
  const { emulator, clockFile } = service.offline;
  const program = join(folder, 'your-program.js');
  writeFileSync(
    program,
    `const client = require(${JSON.stringify(join(ROOT, 'node_modules/twilio'))})('${emulator.accountSid}', '${emulator.authToken}');
     client.sync.v1.services.list().then(([service]) => console.log(service.sid));`,
  );
  const command = lines.find((line) => line.includes('your-program.js')) ?? '';
  const { stdout } = await run(
    command
      .replace('http://localhost:4010', emulator.url)
      .replace('/tmp/clock', clockFile)
      .replace('your-program.js', program),
  );
  expect(stdout.trim()).toBe(emulator.syncServiceSid);
});
