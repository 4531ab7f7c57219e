/**
 * docs/guide/studio.md and docs/guide/broadcast.md are held to their word: every command in them runs as it is printed, against an
 * offline service and an account in which this project is deployed.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { useService } from '../../functions/service';
import { serverlessFake } from '../../scripts/serverless-fake';
import { runScript, settingsFile } from './script-run';

const service = useService();
const page = (name: string) => readFileSync(join(ROOT, 'docs/guide', name), 'utf8');
const commands = (name: string) =>
  [...page(name).matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'));

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docs-'));
  await service.control('reset', {});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The arguments of `npm run SCRIPT -- …`. */
function argsOf(command: string, script: string): readonly string[] {
  const [, rest = ''] = new RegExp(`^npm run ${script}(?: -- (.*))?$`).exec(command) ?? [];
  return rest.split(' ').filter((word) => word !== '');
}

test('docs/guide/broadcast.md: the file and the commands do what they say', async () => {
  const [, csv = ''] = /```csv\n(.*?)```/s.exec(page('broadcast.md')) ?? [];
  const file = join(folder, 'customers.csv');
  writeFileSync(file, csv);
  const runs = [];
  for (const command of commands('broadcast.md')) {
    const args = argsOf(command, 'broadcast').map((arg) => (arg === 'customers.csv' ? file : arg));
    const { emulator, clockFile } = service.offline;
    // As the functions of npm start are found: by their port. Another file than that of a rehearsal of one's own.
    const run = await runScript('broadcast', [...args, '--env', '.env.offline'], {
      emulatorUrl: emulator.url,
      clockFile,
      env: { PORT: new URL(service.url).port },
    });
    runs.push([run.code, readdirSync(folder).length]);
  }
  expect(runs).toEqual([
    [0, 1],
    [0, 3],
    [0, 3],
  ]);
  expect((await service.outbound()).map(({ to, text }) => [to, text]).sort()).toEqual([
    ['whatsapp:+15551234567', 'Your hacker code is 1337.'],
    ['whatsapp:+15557654321', expect.any(String)],
  ]);
  for (const name of readdirSync(folder)) expect(page('broadcast.md')).toContain(`\`${name}\``);
});

test('docs/guide/studio.md: the commands do what they say', async () => {
  const fake = await serverlessFake({
    services: [{ sid: `ZS${'1'.repeat(32)}`, unique_name: 'whatsapp-window' }],
    environments: [
      {
        sid: `ZE${'2'.repeat(32)}`,
        unique_name: 'dev-environment',
        domain_suffix: 'dev',
        domain_name: 'whatsapp-window-1234-dev.twil.io',
        build_sid: `ZB${'3'.repeat(32)}`,
      },
    ],
    functions: ['/studio/window', '/studio/send-message'].map((path, index) => ({
      path,
      function_sid: `ZH${String(index).repeat(32)}`,
    })),
  });
  const env = settingsFile({ ACCOUNT_SID: `AC${'0'.repeat(32)}`, AUTH_TOKEN: 'the-auth-token-of-the-test' });
  const mine = join(folder, 'my-flow.json');
  writeFileSync(mine, readFileSync(join(ROOT, 'flows/send-and-hold.json')));
  try {
    for (const command of commands('studio.md')) {
      if (command.startsWith('curl')) {
        const pasted = command.replace('localhost:3000', new URL(service.url).host);
        const { stdout } = await promisify(execFile)('sh', ['-c', pasted]);
        expect([command, JSON.parse(stdout)]).toEqual([
          command,
          expect.objectContaining({ outcome: 'sent' }),
        ]);
        continue;
      }
      const args = argsOf(command, 'studio').map((arg) => (arg === 'my-flow.json' ? mine : arg));
      const run = await runScript('studio', [...args, '--env', env.path, '--out', folder], {
        emulatorUrl: fake.url,
      });
      expect([command, run.code]).toEqual([command, 0]);
    }
  } finally {
    env.remove();
    await fake.stop();
  }
  expect(readdirSync(folder).sort()).toEqual(['answer-by-window.json', 'my-flow.json', 'send-and-hold.json']);
});

test('there are commands to run', () => {
  expect([commands('studio.md').length, commands('broadcast.md').length]).toEqual([5, 3]);
});
