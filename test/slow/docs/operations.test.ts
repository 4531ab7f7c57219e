/**
 * docs/guide/operations.md: the lines of the log have the keys that it names; what is kept in Sync is kept for as long as it
 * says; each of the queries is asked of lines that the functions wrote, and finds what it is for; the
 * backup is made and restored by the page's commands.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/offline/twilio-run';
import { clientOf } from '../../emulator/emulator-client';
import { newUser, useService } from '../../functions/service';
import { codeBlocks, documentText } from './document';

const ADA = 'Zk3v9QeW1xT7bLr0mYp5uHs8dNa2cJf6gRi4oXqE';
const service = useService({
  settings: {
    FALLBACK_TEMPLATE: '',
    API_TOKENS: `ada:${ADA}`,
    // Nothing listens there.
    STATUS_FORWARD_URL: 'http://localhost:9/status',
  },
});
const folder = mkdtempSync(join(tmpdir(), 'operations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = documentText('docs/guide/operations.md');
const blocks = codeBlocks(page, 'sh');

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

test('the keys that docs/guide/operations.md names are those of the lines, and its words for a repair are all there are', async () => {
  const { hits } = keysOnThePage(page);
  await service.clearFaults();
  await service.post('/window', { to: newUser() }, { token: ADA });
  const lines = service.logLines();
  const keys = new Set(lines.flatMap((line) => Object.keys(line)));
  expect(hits.filter((key) => !keys.has(key))).toEqual([]);
  expect(lines).toContainEqual(expect.objectContaining({ function: '/window', caller: 'ada', status: 200 }));
  // Of the alarm for a receiver that is down.
  expect(lines).toContainEqual(
    expect.objectContaining({
      function: '/message-status',
      forwarded: [{ host: 'localhost:9', result: 'unreachable' }],
    }),
  );
  const code = readFileSync(join(ROOT, 'src/use-cases/repair/repair-refused.ts'), 'utf8');
  const [union = ''] = /export type RepairOutcome =[^;]*;/.exec(code.replace(/\/\*[\s\S]*?\*\//g, '')) ?? [];
  expect(keysOnThePage(page).repairs).toEqual(
    [...union.matchAll(/'([^']+)'/g)].map(([, word]) => word).sort(),
  );
});

/** Of the table under "What to watch". */
function keysOnThePage(text: string): {
  readonly hits: readonly string[];
  readonly repairs: readonly unknown[];
} {
  const [table = ''] = /\| key [\s\S]*?\n\n/.exec(text) ?? [];
  const rows = [...table.matchAll(/^\| (`[^|]*) \|([^|]*)\|/gm)];
  const words = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  return {
    hits: rows.flatMap(([, cell]) => words(cell)),
    repairs: rows.flatMap(([, key, cell]) => (key?.includes('`repair`') ? words(cell).sort() : [])),
  };
}

/** What stands in the third column behind such a name. */
function keptFor(name: string): string {
  const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}.\``));
  return row?.split('|')[3]?.trim() ?? '';
}

test('what is kept in Sync is kept for as long as the record of processing in docs/guide/operations.md says', async () => {
  await service.clearFaults();
  const [user, stopped] = [newUser(), newUser()];
  await service.inbound(user, { externalUserId: 'US.13491208655302741918' });
  await service.inbound(stopped, { body: 'STOP' });
  await service.send({ to: newUser(), body: 'Later', whenClosed: 'hold' });
  await service.send({ to: user, body: 'Once', idempotencyKey: 'a-key' });
  await service.send({ to: user, mediaUrl: 'https://example.com/a.png' });
  await service.fault({ target: 'delivery', match: { to: user }, do: 'false-63016' });
  await service.send({ to: user, body: 'Refused' });
  await service.outbound(user);
  await service.control('idle');
  const { emulator } = service.offline;
  const { documents, syncMaps } = clientOf(emulator).sync.v1.services(emulator.syncServiceSid);
  const { now } = await service.control<{ now: string }>('clock');
  const items = await Promise.all(
    (await syncMaps.list()).map(({ sid }) => syncMaps(sid).syncMapItems.list()),
  );
  const kept = [
    ...(await documents.list()).map(({ uniqueName, dateExpires }) => [uniqueName, dateExpires] as const),
    ...items.flat().map(({ key, dateExpires }) => [key, dateExpires] as const),
  ];
  /** In hours, of the one that is kept longest: each test before this one left some. */
  const hours = (begin: string) =>
    kept
      .filter(([name]) => name.startsWith(`${begin}.`))
      .map(([, until]) =>
        until === null ? null : Math.round((until.getTime() - Date.parse(now)) / 3_600_000),
      )
      .sort((a, b) => (b ?? Number.POSITIVE_INFINITY) - (a ?? Number.POSITIVE_INFINITY))[0];
  expect([
    ['window', hours('window'), keptFor('window')],
    ['guard', hours('guard'), keptFor('guard')],
    ['link', hours('link'), keptFor('link')],
    ['send', hours('send'), keptFor('send')],
    ['repair', hours('repair'), keptFor('repair')],
    ['key', hours('key'), keptFor('key')],
  ]).toEqual([
    ['window', 7 * 24, expect.stringMatching(/^7 days/)],
    // No end, where they opted out.
    ['guard', null, expect.stringMatching(/^an opt-out: until START/)],
    ['link', 365 * 24, expect.stringMatching(/^one year/)],
    ['send', 48, expect.stringMatching(/^48 hours/)],
    ['repair', 7 * 24, '7 days'],
    ['key', 48, '48 hours'],
  ]);
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
