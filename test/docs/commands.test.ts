/**
 * The commands of the documents, pasted in order. Each line here is what a document claims of an answer, so that it
 * goes red when the claim does.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { useService } from '../functions/service';
import { codeBlocks, documentText } from './document';
import { Shell } from './shell';

const service = useService();
let shell: Shell;
beforeAll(() => {
  shell = new Shell(service);
});
afterAll(() => shell.close());

/** What every block of a document answers. */
async function pasted(path: string): Promise<readonly (readonly Record<string, unknown>[])[]> {
  const answers = [];
  for (const block of codeBlocks(documentText(path), 'sh')) {
    answers.push((await shell.run(block)).map((line) => JSON.parse(line) as Record<string, unknown>));
  }
  return answers;
}

test('docs/failure-behaviour.md', async () => {
  const [away = [], lost = []] = await pasted('docs/failure-behaviour.md');
  expect([away, lost]).toMatchObject([
    [
      { do: 'status' },
      { outcome: 'failed', error: { code: 'STATE_UNAVAILABLE' } },
      { outcome: 'sent', decision: { action: 'template', reason: 'STATE_UNAVAILABLE' } },
      { cleared: true },
    ],
    [
      { webhooks: [{ status: 200 }] },
      { do: 'drop-after' },
      { outcome: 'failed', error: { code: 'OUTCOME_UNKNOWN' } },
      { outcome: 'sent', error: null },
      { idle: true },
      { messages: [{ text: 'Hello' }] },
    ],
  ]);
});

test('docs/migration.md', async () => {
  const [before = [], contact = [], compared = [], held = []] = await pasted('docs/migration.md');
  expect([before, contact, compared, held]).toMatchObject([
    [{ webhooks: [] }, { window: { state: 'open', source: 'message-log' } }],
    [{ recorded: true, window: { state: 'open' } }],
    [{ outcome: 'dry-run', decision: { reason: 'WINDOW_OPEN' } }],
    [{ held: [], error: null }],
  ]);
});

test('docs/limits.md: the sum, with the numbers that it shows', async () => {
  const text = documentText('docs/limits.md');
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  const [prices = '', usage = ''] = codeBlocks(text, 'json');
  writeFileSync(join(folder, 'prices.json'), prices);
  writeFileSync(join(folder, 'usage.json'), usage);
  writeFileSync(join(folder, 'cost.mjs'), codeBlocks(text, 'js')[0] ?? '');
  const [command = ''] = codeBlocks(text, 'sh');
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { cwd: folder });
  rmSync(folder, { recursive: true, force: true });
  expect(text).toContain(`it prints \`${stdout.trim()}\``);
});
