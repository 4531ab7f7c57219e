/** docs/guide/reminders.md: its script, run as a cron job would run it, reminds once per window. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOUR_MS, NOON, newUser, useService } from '../../functions/service';
import { codeBlocks, documentText } from './document';

const service = useService();
const folder = mkdtempSync(join(tmpdir(), 'reminders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REMINDER = 'Is there anything else we can do for you?';
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);

async function remind(): Promise<readonly string[]> {
  const script = join(folder, 'remind.mjs');
  writeFileSync(script, codeBlocks(documentText('docs/guide/reminders.md'), 'js')[0] ?? '');
  const env = { ...process.env, SERVICE_URL: service.url, API_TOKEN: service.token };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
  return stdout.trim().split('\n').filter(Boolean);
}

test('the reminder script reminds once per window however often it runs, and again in a new window', async () => {
  await service.freeze(NOON);
  const [soon, later] = [newUser(), newUser()];
  await service.inbound(soon);
  await service.advance(2 * HOUR_MS);
  await service.inbound(later);
  await service.advance(21 * HOUR_MS);

  const runs = [await remind(), await remind()];
  expect(runs).toEqual([
    [expect.stringMatching(/^window\.[0-9a-f]{24} sent$/)],
    [expect.stringMatching(/ sent$/)],
  ]);
  expect([await texts(soon), await texts(later)]).toEqual([[REMINDER], []]);

  await service.inbound(soon);
  expect([await remind(), await texts(soon)]).toEqual([[], [REMINDER]]);
  await service.advance(23 * HOUR_MS);
  await remind();
  await remind();
  expect([await texts(soon), await texts(later)]).toEqual([[REMINDER, REMINDER], []]);
});
