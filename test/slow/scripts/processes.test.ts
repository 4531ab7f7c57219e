/**
 * Each command as the process that npm starts: its exit code, and its end by Ctrl-C while Twilio does not answer. What
 * the commands do is tested in test/scripts, in the process of the test.
 */
import { dirname, join } from 'node:path';
import { createEmulator } from '../../../emulator/emulator';
import { writeBackup } from '../../../scripts/backup/backup-file';
import { Control } from '../../emulator/emulator-client';
import { runScript, settingsOf } from './script-run';

const emulator = createEmulator({ port: 0 });
const control = new Control(emulator);
const settings = settingsOf(emulator);
const backup = join(dirname(settings.path), 'friday.backup');
writeBackup(backup, { at: 0, accountSid: emulator.accountSid, syncServiceSid: 'IS', entries: [] });
beforeAll(() => emulator.start());
beforeEach(() => control.post('reset'));
afterAll(async () => {
  settings.remove();
  await emulator.stop();
});

/** With words that make it ask Twilio. Broadcast and backfill have tests of their own, in the middle of their work. */
const COMMANDS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['setup', ['--yes']],
  ['deploy', ['--yes']],
  ['doctor', []],
  ['studio', []],
  ['audit', []],
  ['teardown', ['--yes']],
  ['backup', []],
  ['restore', ['--yes', '--file', backup]],
];

test.each(COMMANDS)('%s ends with 130 at Ctrl-C, at once, and says so', async (name, args) => {
  await control.post('faults', { target: 'api', match: {}, do: 'hang', times: 0 });
  const run = await runScript(name, ['--env', settings.path, ...args], {
    emulatorUrl: emulator.url,
    signal: 'SIGINT',
    killWhen: hit(),
  });
  expect([run.code, run.text]).toEqual([130, expect.stringContaining('You stopped it.')]);
});

test.each(COMMANDS.map(([name]) => name))('%s ends with 2 where its words are wrong', async (name) => {
  const run = await runScript(name, ['--no-such-word'], { emulatorUrl: emulator.url });
  expect([run.code, run.stdout, run.text]).toEqual([2, '', expect.stringContaining('unknown option')]);
});

async function hit(): Promise<void> {
  for (;;) {
    const { active } = await control.get<{ active: { applied: number }[] }>('faults');
    if (active.some(({ applied }) => applied > 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
