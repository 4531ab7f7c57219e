/** `npm run recording` in this process: the lesson is played to its end, and a moving picture of it is written. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../scripts/recording';
import { runMain } from '../../scripts/run-main';

const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('npm run recording plays the lesson and writes a moving picture that a README can have', async () => {
  const file = join(folder, 'try.webp');
  const { code, text } = await runMain(main, ['--file', file], { emulatorUrl: 'http://127.0.0.1:9' });
  const picture = readFileSync(file).toString('latin1');
  expect([code, text]).toEqual([0, expect.stringMatching(/try\.webp 8 frames, \d+ kB\n$/)]);
  expect([picture.slice(0, 4), picture.slice(8, 12)]).toEqual(['RIFF', 'WEBP']);
});
