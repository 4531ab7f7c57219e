/** A restore as a process, of more objects than Sync creates at once: it meets no limit, ends by Ctrl-C, and goes on. */
import { dirname, join } from 'node:path';
import { createEmulator } from '../../../emulator/emulator';
import { writeBackup } from '../../../scripts/backup/backup-file';
import type { Entry } from '../../../scripts/backup/entries';
import { Control } from '../../emulator/emulator-client';
import { runScript, settingsOf } from './script-run';

const OBJECTS = 280;

const emulator = createEmulator({ port: 0 });
const control = new Control(emulator);
const settings = settingsOf(emulator);
const file = join(dirname(settings.path), 'friday.backup');
beforeAll(() => emulator.start());
afterAll(async () => {
  settings.remove();
  await emulator.stop();
});

const documents = async () => (await control.get<{ documents: object[] }>('sync')).documents.length;
const restore = (killWhen?: Promise<unknown>) =>
  runScript('restore', ['--env', settings.path, '--file', file, '--yes', '--json'], {
    emulatorUrl: emulator.url,
    ...(killWhen && { killWhen, signal: 'SIGINT' }),
  });

test('a restore of many objects keeps below Sync’s limit, ends at Ctrl-C, and finishes when it is repeated', async () => {
  const entries = Array.from({ length: OBJECTS }, (_, number): Entry => {
    const user = `+1555${String(number).padStart(7, '0')}`;
    const data = {
      sender: 'whatsapp:+14155238886',
      user: `whatsapp:${user}`,
      lastInboundAt: null,
      source: 'none',
    };
    const name = `window.14155238886.${user.slice(1)}`;
    return { kind: 'document', name, data, updatedAt: 0, expiresAt: null, revision: '0' };
  });
  writeBackup(file, { at: Date.now(), accountSid: emulator.accountSid, syncServiceSid: 'IS', entries });
  const stopped = await restore(
    (async () => {
      while ((await documents()) < 40) await new Promise((resolve) => setTimeout(resolve, 50));
    })(),
  );
  const halfway = await documents();
  const finished = await restore();
  const { requests } = await control.get<{ requests: { status: number }[] }>('requests');
  expect([stopped.code, halfway < OBJECTS, finished.code, await documents()]).toEqual([
    130,
    true,
    0,
    OBJECTS,
  ]);
  expect(finished.json).toMatchObject({ create: OBJECTS - halfway, left: { same: halfway } });
  expect(requests.filter(({ status }) => status === 429)).toEqual([]);
});
