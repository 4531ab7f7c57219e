/**
 * The commands `backup` and `restore`, over records that the functions wrote: what comes back, what never does, and what
 * becomes of it in the functions' answers.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as backup } from '../../scripts/backup';
import { main as restore } from '../../scripts/restore';
import { clientOf } from '../emulator/emulator-client';
import { HOUR_MS, newUser, type SendAnswer, useService } from '../functions/service';
import { runMain, settingsFile } from './run-main';

const service = useService();
const folder = mkdtempSync(join(tmpdir(), 'backup-'));
const file = join(folder, 'friday.backup');
let settings = settingsFile({});

beforeEach(async () => {
  await service.control('idle');
  await lose();
  const entries = Object.entries(service.offline.env);
  settings = settingsFile(
    Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : []))),
  );
});
afterEach(() => {
  settings.remove();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (main: typeof backup, ...args: string[]) => {
  const { emulator, clockFile } = service.offline;
  const place = { emulatorUrl: emulator.url, clockFile };
  return runMain(main, ['--env', settings.path, '--file', file, '--json', ...args], place);
};
/** A while after what was before: the message log tells whole seconds. */
const backUp = async () => {
  await service.advance(5000);
  return run(backup);
};
const sync = () => {
  const { emulator } = service.offline;
  return clientOf(emulator).sync.v1.services(emulator.syncServiceSid);
};

/** Sync loses everything. */
async function lose(): Promise<void> {
  const { documents, syncLists, syncMaps } = sync();
  for (const { sid } of await documents.list()) await documents(sid).remove();
  for (const { sid } of await syncLists.list()) await syncLists(sid).remove();
  for (const { sid } of await syncMaps.list()) await syncMaps(sid).remove();
}

/** What is in Sync by name, without what is another at each write. */
async function kept() {
  const all = await service.control<Record<'documents' | 'lists' | 'maps', Stored[]>>('sync');
  const shown = ({ uniqueName, key, data, items }: Stored): unknown[] => [
    ...[uniqueName ?? key, data],
    ...(items ? [items.map(shown)] : []),
  ];
  return [...all.documents, ...all.lists, ...all.maps].map(shown).sort();
}

/** Until when each object and item is kept, by name, in milliseconds. */
async function ends(): Promise<ReadonlyMap<string, number | null>> {
  const all = await service.control<Record<'documents' | 'lists' | 'maps', Stored[]>>('sync');
  const stored = [...all.documents, ...all.lists, ...all.maps];
  const withItems = stored.flatMap((one) => [
    one,
    ...(one.items ?? []).map((item) => ({
      ...item,
      uniqueName: `${one.uniqueName} ${item.data?.mark ?? item.key}`,
    })),
  ]);
  return new Map(
    withItems.map(
      ({ uniqueName, expiresAt }) =>
        [uniqueName ?? '', expiresAt === null ? null : Date.parse(expiresAt)] as const,
    ),
  );
}

interface Stored {
  readonly uniqueName?: string;
  readonly key?: string;
  readonly data?: Record<string, unknown>;
  readonly expiresAt: string | null;
  readonly items?: Stored[];
}

const windowOf = async (to: string) => {
  // Containers remember an open window for ten seconds.
  await service.advance(11_000);
  const { json } = await service.post<{ window: { state: string; source: string } }>('/window', { to });
  return [json.window.state, json.window.source];
};
const outcome = async (to: string, body = 'Hello') => {
  const { json } = await service.send<SendAnswer>({ to, body });
  return json.error?.code ?? json.outcome;
};

test('what a backup has comes back after Sync has lost everything, for as long as it would have been kept', async () => {
  const [ada, otto, olga] = [newUser(), newUser(), newUser()];
  await service.inbound(ada, { externalUserId: 'US.134' });
  await service.inbound(otto);
  await service.inbound(olga, { body: 'STOP' });
  await service.send({ to: ada, body: 'Once', idempotencyKey: 'one' });
  const waiting = newUser();
  await service.send({ to: waiting, body: 'First', whenClosed: 'hold' });
  await service.send({ to: waiting, body: 'Second', whenClosed: 'hold' });
  await service.control('idle');
  const before = await kept();
  const endsBefore = await ends();

  const made = await backUp();
  await lose();
  await service.advance(HOUR_MS);
  const dry = await run(restore, '--dry-run');
  const untouched = await kept();
  const back = await run(restore, '--yes');
  const again = await run(restore, '--yes');

  expect([made.code, dry.code, back.code, untouched]).toEqual([0, 0, 0, []]);
  expect(dry.json).toMatchObject({ dryRun: true, overwrite: 0 });
  expect(back.json).toEqual({ ...Object(dry.json), dryRun: false });
  expect(again.json).toMatchObject({ create: 0, overwrite: 0 });
  expect(await kept()).toEqual(before);
  const endsAfter = await ends();
  const moved = [...endsBefore].filter(([name, at]) => {
    const now = endsAfter.get(name);
    // A time to live is in whole seconds.
    return typeof at === 'number' && typeof now === 'number' ? Math.abs(now - at) > 2000 : now !== at;
  });
  expect([endsBefore.size > 10, moved]).toEqual([true, []]);
  expect([await windowOf(ada), await windowOf(otto), await outcome(olga)]).toEqual([
    ['open', 'sync'],
    ['open', 'sync'],
    'OPTED_OUT',
  ]);
  const { json } = await service.send<SendAnswer>({ to: ada, body: 'Once', idempotencyKey: 'one' });
  await service.inbound(waiting);
  const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);
  expect([json.outcome, await texts(ada), await texts(waiting)]).toEqual([
    'sent',
    ['Once'],
    ['We have an answer for you. Reply to this message to read it.', 'First', 'Second'],
  ]);
});

test('a STOP that is in Sync is never undone, not even where newer state is to be overwritten', async () => {
  const user = newUser();
  await service.inbound(user);
  await backUp();
  await service.inbound(user, { body: 'STOP' });
  await service.control('idle');
  const before = await kept();
  const { json } = await run(restore, '--yes', '--overwrite-newer');
  expect(await kept()).toEqual(before);
  expect(json).toMatchObject({ create: 0, overwrite: 0, left: { optedOut: 1 } });
  expect(await outcome(user)).toBe('OPTED_OUT');
});

test('a STOP that only Twilio’s log has is not undone, because of who wrote since nothing is restored', async () => {
  const user = newUser();
  await service.inbound(user);
  await backUp();
  await service.advance(5000);
  await service.inbound(user, { body: 'STOP' });
  await lose();
  const { json } = await run(restore, '--yes');
  expect(json).toMatchObject({ create: 0, left: { wroteSince: 1 } });
  expect(await outcome(user)).toBe('OPTED_OUT');
});

test('an opt-out comes back, and not where the person said START since', async () => {
  const [out, back] = [newUser(), newUser()];
  for (const user of [out, back]) await service.inbound(user, { body: 'STOP' });
  await backUp();
  await service.advance(5000);
  await service.inbound(out, { body: 'Hello?', deliver: false });
  await service.inbound(back, { body: 'START', deliver: false });
  await lose();
  const { json } = await run(restore, '--yes');
  expect(json).toMatchObject({ create: 1, left: { saidStart: 1 } });
  expect([await outcome(out), await outcome(back)]).toEqual(['OPTED_OUT', 'sent']);
});

test('what is newer in Sync stays, unless it is asked for', async () => {
  const user = newUser();
  await service.inbound(user, { profileName: 'Before' });
  await backUp();
  await service.advance(HOUR_MS);
  await service.inbound(user, { profileName: 'After' });
  await service.control('idle');
  const nameIn = async () => (await service.documents()).map(({ data }) => data.profileName);
  const kind = await run(restore, '--yes');
  const names = [await nameIn()];
  const asked = await run(restore, '--yes', '--overwrite-newer');
  names.push(await nameIn());
  expect([kind.json, asked.json]).toMatchObject([
    { overwrite: 0, left: { newer: 1 } },
    { overwrite: 1, left: { newer: 0 } },
  ]);
  expect(names).toEqual([['After'], ['Before']]);
});

test('a held message that was cancelled since the backup is not held again, and one that expired is not restored', async () => {
  const [cancelled, waiting] = [newUser(), newUser()];
  for (const to of [cancelled, waiting]) await service.send({ to, body: 'Later', whenClosed: 'hold' });
  await service.control('idle');
  await backUp();
  const held = await service.get<{ held: { id: string }[] }>(
    `/held-messages?to=${encodeURIComponent(cancelled)}`,
  );
  await service.post('/held-messages', { to: cancelled, cancel: held.json.held[0]?.id });
  const first = await run(restore, '--yes');
  expect(first.json).toMatchObject({ create: 0, left: { queue: expect.any(Number) } });
  await lose();
  await service.advance(8 * 24 * HOUR_MS);
  const second = await run(restore, '--yes');
  const lists = await sync().syncLists.list();
  const items = await Promise.all(lists.map(({ sid }) => sync().syncLists(sid).syncListItems.list()));
  expect([second.code, items.flat()]).toEqual([0, []]);
});

test('a restore that is killed goes on where it is repeated, and holds each message once', async () => {
  const users = [newUser(), newUser(), newUser()];
  for (const to of users) {
    for (const body of ['One', 'Two']) await service.send({ to, body, whenClosed: 'hold' });
  }
  await service.control('idle');
  await backUp();
  await lose();
  const items = async () => {
    const lists = await sync().syncLists.list();
    const found = await Promise.all(lists.map(({ sid }) => sync().syncLists(sid).syncListItems.list()));
    return found.flat().map(({ data }) => `${data.to} ${data.body}`);
  };
  await service.fault({
    match: { service: 'sync', method: 'POST', path: '/Items' },
    ...{ do: 'hang', skip: 2, times: 0 },
  });
  const killWhen = (async () => {
    for (;;) {
      const { active } = await service.control<{ active: { applied: number }[] }>('faults');
      if (active.some(({ applied }) => applied > 0)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const { emulator, clockFile } = service.offline;
  const place = { emulatorUrl: emulator.url, clockFile, killWhen };
  const killed = await runMain(restore, ['--env', settings.path, '--file', file, '--yes'], place);
  const journal = existsSync(`${file}.journal`);
  await service.clearFaults();
  const repeated = await run(restore, '--yes');
  expect([killed.code, journal, repeated.code, existsSync(`${file}.journal`)]).toEqual([130, true, 0, false]);
  expect((await items()).sort()).toEqual(users.flatMap((to) => [`${to} One`, `${to} Two`]).sort());
});

test('a backup is for its owner alone, says that it holds personal data, and takes no other file’s place', async () => {
  await service.inbound(newUser());
  const made = await backUp();
  const text = readFileSync(file, 'utf8');
  const again = await backUp();
  expect([made.code, again.code, again.json, statSync(file).mode & 0o777]).toEqual([
    0,
    1,
    { error: { message: `${file} is there already.`, nextStep: expect.any(String) } },
    0o600,
  ]);
  expect([JSON.parse(text.split('\n')[0] ?? '').note, readFileSync(file, 'utf8')]).toEqual([
    expect.stringContaining('Personal data'),
    text,
  ]);
});

test.each([
  ['something else', () => '{"name":"x"}\n', 'is no backup'],
  [
    'a later version',
    (text: string) => text.replace('"version":1', '"version":2'),
    'has version 2 of a backup',
  ],
  ['the first half', (text: string) => text.slice(0, text.length / 2), 'is only a part of a backup'],
  ['a wrong line', (text: string) => text.replace('"kind":"document"', '"kind":"x"'), 'is damaged in line 2'],
])('restore refuses a file with %s and changes nothing', async (_, change, why) => {
  await service.inbound(newUser());
  await backUp();
  await lose();
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  const { code, json } = await run(restore, '--yes');
  expect([code, await kept()]).toEqual([1, []]);
  expect(json).toMatchObject({ error: { message: expect.stringContaining(why) } });
});

test('restore says in words what it would do, and asks for nothing where it only looks', async () => {
  const { emulator, clockFile } = service.offline;
  await service.inbound(newUser());
  await backUp();
  await lose();
  const { text, code } = await runMain(restore, ['--env', settings.path, '--file', file, '--dry-run'], {
    emulatorUrl: emulator.url,
    clockFile,
  });
  expect([code, text]).toEqual([
    0,
    expect.stringMatching(/to create: 1 document, 0 lists, 0 maps, 0 items\nto overwrite: nothing\n/),
  ]);
});
