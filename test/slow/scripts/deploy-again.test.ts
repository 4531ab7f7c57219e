/** `npm run deploy` where it has deployed before: it says what has changed since, or that nothing did, and then uploads nothing. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createEmulator } from '../../../emulator/emulator';
import { Control } from '../../emulator/emulator-client';
import { runScript, settingsOf } from './script-run';

const emulator = createEmulator({ port: 0 });
const control = new Control(emulator);
const file = settingsOf(emulator);
beforeAll(() => emulator.start());
afterAll(async () => {
  file.remove();
  await emulator.stop();
});

/** @returns what it says after the list of what it would upload, and its writing requests */
async function deploy(...args: string[]) {
  await control.call('DELETE', 'requests');
  const { code, text, json } = await runScript('deploy', ['--env', file.path, '--yes', ...args], {
    emulatorUrl: emulator.url,
  });
  const { requests } = await control.get<{ requests: { method: string }[] }>('requests');
  const writes = requests.filter(({ method }) => method !== 'GET').length;
  const [, said] = /^ {2}variables .*\n([\s\S]*)$/m.exec(text) ?? [];
  return { code, said, json, isUploaded: writes > 0 };
}

const NOTHING =
  'Nothing to do: nothing has changed since the last deploy, and --again uploads all the same.\n';

test('the second deploy of the same uploads nothing, one of other settings names them, and --again uploads all', async () => {
  const first = await deploy();
  // What comes next works on the same settings.
  const next = `next: npm run setup -- --env ${file.path} --domain whatsapp-window-1234-dev.twil.io\n`;
  expect([first.code, first.isUploaded, first.said]).toEqual([0, true, expect.stringContaining(next)]);
  expect(first.said).not.toContain('Since the last deploy');
  expect(await deploy()).toMatchObject({ code: 0, isUploaded: false, said: NOTHING });

  appendFileSync(file.path, 'WINDOW_MARGIN_SECONDS=600\n');
  const settings = readFileSync(file.path, 'utf8').replace('whatsapp:+14155238886', 'whatsapp:+15550001111');
  writeFileSync(file.path, settings);
  const changed = ['changed: variable WHATSAPP_SENDER', 'new: variable WINDOW_MARGIN_SECONDS'];
  const told = `Since the last deploy:\n${changed.map((line) => `  ${line}\n`).join('')}uploading …\n`;
  expect(await deploy()).toMatchObject({ code: 0, isUploaded: true, said: expect.stringContaining(told) });
  expect(await deploy('--json')).toMatchObject({ isUploaded: false, json: { changes: [], uploaded: false } });
  expect(await deploy('--again')).toMatchObject({
    code: 0,
    isUploaded: true,
    said: expect.stringMatching(
      /^Nothing has changed since the last deploy\. It is uploaded again\.\nuploading/,
    ),
  });
});
