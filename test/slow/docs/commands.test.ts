/**
 * The commands of the documents, pasted in order. Each line here is what a document claims of an answer, so that it
 * goes red when the claim does.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { useService } from '../../functions/service';
import { runScript, settingsFile } from '../scripts/script-run';
import { codeBlocks, documentText } from './document';
import { Shell } from './shell';

const service = useService();
let shell: Shell;
beforeAll(() => {
  shell = new Shell(service);
});
afterAll(() => shell.close());

type Answers = readonly Readonly<Record<string, unknown>>[];

/** What every block of a document answers. */
async function pasted(blocks: readonly string[]): Promise<readonly Answers[]> {
  const answers: Answers[] = [];
  for (const block of blocks) {
    const isScript = block.startsWith('npm run backfill');
    answers.push(
      isScript ? await backfilled(block) : (await shell.run(block)).map((line) => JSON.parse(line)),
    );
  }
  return answers;
}

/** The script has a test of its own; here it is only called as the document says, and answers yes. */
async function backfilled(commands: string): Promise<Answers> {
  const { emulator, clockFile, env } = service.offline;
  const settings = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  const file = settingsFile(settings);
  const answers = [];
  for (const command of commands.trim().split('\n')) {
    const args = [...command.split(' ').slice(4), '--env', file.path, '--json', '--yes'];
    const run = await runScript('backfill', args, { emulatorUrl: emulator.url, clockFile });
    answers.push(run.json as Answers[number]);
  }
  file.remove();
  return answers;
}

test('every command of docs/reference/endpoints.md runs in one shell', async () => {
  await service.control('reset', {});
  const text = documentText('docs/reference/endpoints.md');
  const printed = await shell.run(codeBlocks(text, 'sh').join('\n'));
  expect(printed).toContain('<!doctype html>');
  // What is signed by hand prints the status before the answer.
  const answers = printed.flatMap((line) => {
    const [, status, json] = /^(?:(\d{3}) )?(\{.*\})$/.exec(line) ?? [];
    return json === undefined ? [] : [status === undefined ? JSON.parse(json) : [status, JSON.parse(json)]];
  });
  expect(answers).toMatchObject([
    { webhooks: [{ status: 200 }] },
    { outcome: 'sent', decision: { reason: 'WINDOW_OPEN' } },
    { freeFormAllowed: true },
    { outcome: 'dry-run', decision: { reason: 'BODY_MATCHES_TEMPLATE' } },
    { outcome: 'held', held: { id: '0' } },
    { held: [{ id: '0', body: 'News' }] },
    { cancelled: true },
    { messages: [{ direction: 'outbound', body: 'Welcome' }, { direction: 'inbound' }], error: null },
    { erased: { windows: 0, held: 0, links: 0, keys: 0 }, kept: expect.any(String), error: null },
    { windows: expect.arrayContaining([expect.objectContaining({ profileName: 'Ada' })]) },
    { messages: expect.arrayContaining([expect.objectContaining({ body: 'Welcome' })]), error: null },
    { templates: expect.any(Array), error: null },
    ['200', { freeFormAllowed: true }],
    ['200', { outcome: 'sent', decision: { reason: 'WINDOW_OPEN' } }],
    ['200', { recorded: true, window: { state: 'open' } }],
    ['200', {}],
    { recorded: true, window: { state: 'open' } },
    { now: expect.any(String) },
  ]);
});

test('every command of docs/reference/failures.md runs', async () => {
  const [away = [], lost = []] = await pasted(codeBlocks(documentText('docs/reference/failures.md'), 'sh'));
  expect([away, lost]).toMatchObject([
    [
      { webhooks: [{ status: 200 }] },
      { now: expect.any(String) },
      { do: 'status' },
      { outcome: 'sent', window: { source: 'message-log' } },
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

test('every command of docs/guide/migration.md runs', async () => {
  await service.control('reset', {});
  const answers = await pasted(codeBlocks(documentText('docs/guide/migration.md'), 'sh'));
  expect(answers).toMatchObject([
    [{ status: 'queued', to: 'whatsapp:+15551250003' }],
    [{ outcome: 'dry-run', decision: { action: 'template', reason: 'NO_INBOUND' } }],
    [{ webhooks: [] }, { window: { state: 'open', source: 'message-log' } }],
    [{ dryRun: true }, { dryRun: false }],
  ]);
});

test('every command of docs/guide/flex.md runs', async () => {
  await service.control('reset', {});
  expect(await pasted(codeBlocks(documentText('docs/guide/flex.md'), 'sh'))).toMatchObject([
    [{ webhooks: [{ status: 200 }] }, { window: { state: 'open', source: 'sync' } }],
    [{ recorded: true, window: { state: 'open' } }],
  ]);
});

test('the commands of docs/guide/troubleshooting.md show how a window is known', async () => {
  await service.control('reset', {});
  await service.inbound('whatsapp:+15551234567');
  const [, window = ''] = codeBlocks(documentText('docs/guide/troubleshooting.md'), 'sh');
  expect(await pasted([window])).toMatchObject([[{ window: { state: 'open', source: 'sync' } }]]);
});

test('the commands of docs/guide/leaving.md list what is held', async () => {
  await service.control('reset', {});
  await service.send({ to: '+15557654321', body: 'News', whenClosed: 'hold' });
  const [held = ''] = codeBlocks(documentText('docs/guide/leaving.md'), 'sh');
  expect(await pasted([held])).toMatchObject([[{ held: [{ body: 'News' }], error: null }]]);
});

test('the month in docs/guide/cost.md costs as much as the page says', async () => {
  const text = documentText('docs/guide/cost.md');
  const folder = mkdtempSync(join(tmpdir(), 'cost-'));
  writeFileSync(join(folder, 'prices.example.json'), documentText('prices.example.json'));
  writeFileSync(join(folder, 'usage.json'), codeBlocks(text, 'json')[0] ?? '');
  writeFileSync(join(folder, 'cost.mjs'), codeBlocks(text, 'js')[0] ?? '');
  const [command = ''] = codeBlocks(text, 'sh');
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { cwd: folder });
  rmSync(folder, { recursive: true, force: true });
  expect(stdout).toBe(codeBlocks(text, 'text')[0]);
});
