/**
 * docs/guide/operations.md: each of the queries is asked of lines that the functions wrote, and finds what it is for; the
 * backup is made and restored by the page's commands.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { clientOf } from '../../emulator/emulator-client';
import { newUser, useService } from '../../functions/service';
import { codeBlocks, documentText } from './document';

const service = useService({ settings: { FALLBACK_TEMPLATE: '' } });
const folder = mkdtempSync(join(tmpdir(), 'operations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = codeBlocks(documentText('docs/guide/operations.md'), 'sh');

/** What each query of the page prints, a line each. */
async function answers(): Promise<readonly (readonly unknown[])[]> {
  writeFileSync(
    join(folder, 'functions.log'),
    service
      .logLines()
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  );
  const found = [];
  for (const query of blocks.filter((block) => block.startsWith('jq '))) {
    const { stdout } = await promisify(execFile)('bash', ['-c', query], { cwd: folder });
    const lines = stdout.trim().split('\n').filter(Boolean);
    found.push(lines.map((line) => JSON.parse(line)));
  }
  return found;
}

test('the five queries of docs/guide/operations.md find an unrepaired 63016, inbound messages, limits, held messages and errors by code', async () => {
  const [open, waiting] = [newUser(), newUser()];
  await service.inbound(open);
  await service.fault({ target: 'delivery', match: { to: open }, do: 'false-63016' });
  await service.send({ to: open, template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } });
  await service.outbound(open);

  await service.send({ to: waiting, body: 'One', whenClosed: 'hold' });
  await service.inbound(waiting);
  await service.send({ to: newUser(), body: 'Hold this', whenClosed: 'hold' });
  await service.send({ to: newUser(), body: 'No' });
  await service.send({ to: newUser(), body: 'No' });
  await service.send({ to: 'nobody', body: 'No' });
  // Their status callbacks meet no fault.
  await service.outbound();
  await service.fault({ match: { service: 'sync' }, do: 'status', status: 503, times: 0 });
  await service.fault({ match: { service: 'api' }, do: 'status', status: 503, times: 0 });
  await service.send({ to: newUser(), body: 'Away' });

  const [notRepaired, inbound, limits, held, errors] = await answers();
  const refused = { function: '/message-status', errorCode: 63016, repair: 'template-problem' };
  // The two callbacks that Twilio sends for it.
  expect(notRepaired).toEqual([expect.objectContaining(refused), expect.objectContaining(refused)]);
  expect([inbound, held]).toEqual([[2], [1]]);
  // A callback that meets another one at work is a 503 too, so that Twilio comes again.
  expect(limits).toContainEqual(
    expect.objectContaining({ function: '/send-message', status: 503, error: 'STATE_UNAVAILABLE' }),
  );
  expect(errors).toEqual(
    expect.arrayContaining([
      { WINDOW_NOT_OPEN: 2 },
      { INVALID_REQUEST: 1 },
      { STATE_UNAVAILABLE: expect.any(Number) },
    ]),
  );
});

test('the three commands of docs/guide/operations.md make a backup, look at it, and bring back what was lost', async () => {
  await service.clearFaults();
  const user = newUser();
  await service.inbound(user, { body: 'STOP' });
  await service.control('idle');
  const { emulator } = service.offline;
  const file = join(folder, 'friday.backup');
  const env = { ...process.env, EMULATOR_URL: emulator.url };
  const run = async (command: string) => {
    const line = `${command.replace('friday.backup', file)} --offline${command.includes('restore') ? ' --yes' : ''}`;
    return (await promisify(execFile)('bash', ['-c', line], { cwd: ROOT, env })).stdout;
  };
  const [make = '', look = '', bring = ''] = (blocks.find((block) => block.includes('npm run backup')) ?? '')
    .trim()
    .split('\n');
  const made = await run(make);
  const { documents } = clientOf(emulator).sync.v1.services(emulator.syncServiceSid);
  const names = async () => (await documents.list()).map(({ uniqueName }) => uniqueName).sort();
  const before = await names();
  for (const { sid } of await documents.list()) await documents(sid).remove();
  const looked = [await run(look), await names()];
  const brought = await run(bring);
  expect([made, looked, brought]).toEqual([
    expect.stringContaining('It holds personal data'),
    [expect.stringMatching(/to create: \d+ documents/), []],
    expect.stringMatching(/created: [1-9]\d*, overwritten: 0/),
  ]);
  expect(await names()).toEqual(before);
});
