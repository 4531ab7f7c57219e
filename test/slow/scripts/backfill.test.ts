/**
 * `npm run backfill`, as a person runs it and its work alone, against an emulator whose message log has what no webhook
 * ever delivered, and beside functions that go on working. What it left in Sync is compared as a whole.
 */
import { seedDay } from '../../../scripts/backfill/seed-day';
import { DEFAULT_CONSENT_WORDS } from '../../../src/domain/consent';
import { clientOf } from '../../emulator/emulator-client';
import { HOUR_MS, iso, NOON, newUser, type SendAnswer, useService } from '../../functions/service';
import { runScript, type ScriptOptions, type ScriptRun, settingsFile } from './script-run';

const service = useService();
const SENDER = 'whatsapp:+14155238886';
let file: ReturnType<typeof settingsFile>;

beforeAll(() => {
  file = settingsFile(settings());
});
afterAll(() => file.remove());
beforeEach(async () => {
  await service.control('reset', {});
  await service.freeze(NOON);
});

function settings(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const entries = Object.entries({ ...service.stand.env, ...changes });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function backfill(args: readonly string[] = [], options: Partial<ScriptOptions> = {}): Promise<ScriptRun> {
  const { emulator, clockFile } = service.stand;
  return runScript('backfill', ['--env', file.path, '--json', '--per-second', '1000', ...args], {
    emulatorUrl: emulator.url,
    clockFile,
    ...options,
  });
}

/** The command's work in this process: a process of its own for each case would take most of the time. */
async function seed(): Promise<object> {
  const { emulator } = service.stand;
  const { now } = await service.control<{ now: string }>('clock');
  const silent = { progress: () => ({ at: () => undefined, end: () => undefined }) };
  const how = { now: Date.parse(now), perSecond: 1000, dryRun: false };
  const figures = await seedDay(
    clientOf(emulator),
    emulator.syncServiceSid,
    DEFAULT_CONSENT_WORDS,
    how,
    silent,
  );
  return { dryRun: false, ...figures };
}

const unheard = (from: string, fields: object = {}) => service.inbound(from, { deliver: false, ...fields });
const windowOf = async (to: string) =>
  (await service.get<{ window: object }>(`/window?to=${encodeURIComponent(to)}`)).json.window;
const figures = (changes: object) => ({
  dryRun: false,
  messages: expect.any(Number),
  pairs: 0,
  written: 0,
  known: 0,
  older: 0,
  optedOut: 0,
  ...changes,
});

/** The records in Sync by user, without the marks of time that each write leaves. */
async function records(): Promise<Record<string, object>> {
  const documents = await service.documents();
  return Object.fromEntries(
    documents
      .filter(({ uniqueName }) => /^(?:window|guard)\./.test(uniqueName))
      // The mark of the write is another at each.
      .map(({ data: { writer: _writer, ...data } }) => [String(data.user), data]),
  );
}

async function writes(): Promise<readonly string[]> {
  const { requests } = await service.control<{
    requests: readonly { readonly method: string; readonly route: string }[];
  }>('requests');
  return requests.filter(({ method }) => method !== 'GET').map(({ route }) => route);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const faults = () => service.control<{ active: readonly { readonly applied: number }[] }>('faults');
const spent = () => until(async () => (await faults()).active.length === 0);

/** 1,200 messages of 500 users without a webhook, three to a user at most: two pages of the log. */
async function aLongLog(): Promise<ReadonlyMap<string, object>> {
  const expected = new Map<string, object>();
  const users = Array.from({ length: 500 }, newUser);
  for (let round = 0; round < 12; round += 1) {
    const lastInboundAt = iso(NOON + round * 60_000);
    const writing = Array.from({ length: 100 }, (_, index) => users[(round * 100 + index) % 500] ?? '');
    await Promise.all(
      writing.map(async (user) => {
        const { messageSid } = await unheard(user);
        expected.set(user, { sender: SENDER, user, lastInboundAt, source: 'message-log', messageSid });
      }),
    );
    await service.advance(60_000);
  }
  return expected;
}

test('a log of several pages, killed in the middle and repeated: each pair has its newest message, and nothing is written twice', async () => {
  // 500 pairs are more than Sync takes at once; the command keeps to a rate, which this test does not wait for.
  await service.control('config', { creationLimit: false });
  const expected = await aLongLog();
  const creating = { service: 'sync', method: 'POST', path: 'Documents' };
  await service.fault({ match: creating, do: 'hang', skip: 250, times: 0 });
  const killed = await backfill([], {
    killWhen: until(async () => (await faults()).active[0]?.applied !== 0),
  });
  await service.clearFaults();
  const before = Object.keys(await records()).length;
  expect([killed.code, before]).toEqual([null, 250]);

  await service.control('requests', undefined, 'DELETE');
  const rest = await backfill();
  expect([rest.code, rest.json]).toEqual([
    0,
    figures({ messages: 1200, pairs: 500, written: 500 - before, known: before }),
  ]);
  expect((await writes()).length).toBe(500 - before);
  expect(await records()).toEqual(Object.fromEntries(expected));

  await service.control('requests', undefined, 'DELETE');
  expect(await seed()).toEqual(figures({ messages: 1200, pairs: 500, known: 500 }));
  expect(await writes()).toEqual([]);
}, 120_000);

test('a dry run counts the same and writes nothing', async () => {
  const [fresh, stopped] = [newUser(), newUser()];
  await unheard(fresh);
  await unheard(stopped, { body: 'Stop.' });
  const before = await service.sync();
  await service.control('requests', undefined, 'DELETE');
  const run = await backfill(['--dry-run']);
  expect(run.json).toEqual(figures({ dryRun: true, messages: 2, pairs: 2, written: 2, optedOut: 1 }));
  expect([await writes(), await service.sync()]).toEqual([[], before]);
});

test('said in words as well', async () => {
  await unheard(newUser());
  const { emulator, clockFile } = service.stand;
  const run = await runScript('backfill', ['--env', file.path], { emulatorUrl: emulator.url, clockFile });
  expect([run.code, run.text]).toEqual([
    0,
    expect.stringContaining(
      'Pairs: 1. Written: 1. Known already: 0. Older than what Sync knows: 0. Opt-outs written: 0.',
    ),
  ]);
});

test.each([
  ['a second more than 24 hours ago: outside the period', -1000, 0],
  ['24 hours ago: just within it', 0, 1],
  ['a second less: within it', 1000, 1],
])('%s', async (_sentence, afterMs, pairs) => {
  await service.freeze(NOON + afterMs);
  const user = newUser();
  await unheard(user);
  await service.freeze(NOON + 24 * HOUR_MS);
  expect(await seed()).toEqual(figures({ messages: pairs, pairs, written: pairs }));
  expect(Object.keys(await records())).toEqual(pairs === 0 ? [] : [user]);
});

test('several senders, a BSUID, and two spellings of one number: each pair as the log names it', async () => {
  const other = 'whatsapp:+15005550006';
  const [user, bsuid] = [newUser(), 'whatsapp:US.13491208655302741918'];
  await unheard(user);
  await unheard(user, { to: other });
  await unheard(bsuid);
  await unheard('whatsapp:+5491155550100');
  await service.advance(60_000);
  const { messageSid } = await unheard('whatsapp:+541155550100');
  expect(await seed()).toEqual(figures({ messages: 5, pairs: 4, written: 4 }));
  const stored = (await service.documents()).map(({ uniqueName }) => uniqueName).sort();
  expect(stored).toEqual(
    [
      `window.14155238886.${user.slice('whatsapp:+'.length)}`,
      `window.15005550006.${user.slice('whatsapp:+'.length)}`,
      'window.14155238886.541155550100',
      'window.14155238886.US.13491208655302741918',
    ].sort(),
  );
  expect((await records())['whatsapp:+541155550100']).toMatchObject({
    messageSid,
    lastInboundAt: iso(NOON + 60_000),
  });
});

describe('what Sync knows already', () => {
  test('an older message than one in the log that no webhook brought: the window moves forward', async () => {
    const user = newUser();
    await service.inbound(user, { profileName: 'Ada', externalUserId: 'US.13491208655302741918' });
    await service.advance(3 * HOUR_MS);
    const { messageSid } = await unheard(user);
    expect(await seed()).toEqual(figures({ pairs: 1, written: 1 }));
    expect((await records())[user]).toEqual({
      sender: SENDER,
      user,
      lastInboundAt: iso(NOON + 3 * HOUR_MS),
      source: 'message-log',
      messageSid,
      profileName: 'Ada',
      externalUserId: 'whatsapp:US.13491208655302741918',
    });
  });

  test('a newer message than the log has: left alone', async () => {
    const user = newUser();
    await unheard(user);
    await service.advance(3 * HOUR_MS);
    const { messageSid } = await service.inbound(user);
    const client = clientOf(service.stand.emulator);
    await client.messages(messageSid).remove();
    expect(await seed()).toEqual(figures({ pairs: 1, older: 1 }));
    expect((await records())[user]).toMatchObject({ messageSid, lastInboundAt: iso(NOON + 3 * HOUR_MS) });
  });

  test('"nobody wrote yet": is corrected', async () => {
    const user = newUser();
    expect(await windowOf(user)).toMatchObject({ state: 'never' });
    await unheard(user);
    expect(await seed()).toEqual(figures({ pairs: 1, written: 1 }));
    expect((await records())[user]).toMatchObject({ lastInboundAt: iso(NOON), source: 'message-log' });
  });

  test('something held: the window moves forward, and what is held stays held', async () => {
    const user = newUser();
    await service.send({ to: user, body: 'News', whenClosed: 'hold' });
    await service.control('idle');
    await service.advance(HOUR_MS);
    await unheard(user);
    expect(await seed()).toEqual(figures({ pairs: 1, written: 1 }));
    expect((await records())[user]).toMatchObject({ lastInboundAt: iso(NOON + HOUR_MS), holding: true });
    const { json } = await service.get<{ held: readonly object[] }>(
      `/held-messages?to=${encodeURIComponent(user)}`,
    );
    expect(json.held).toEqual([expect.objectContaining({ body: 'News' })]);
  });
});

describe('an inbound message that arrives while it is written is not moved back', () => {
  test.each([
    ['to somebody whom Sync did not know', false],
    ['to somebody whom it knew', true],
  ])('%s', async (_sentence, isKnown) => {
    const user = newUser();
    if (isKnown) await service.inbound(user);
    await service.advance(HOUR_MS);
    await unheard(user);
    await service.fault({ match: { service: 'sync', method: 'POST', path: 'Documents' }, do: 'hold' });
    const run = seed();
    await spent();
    await service.advance(HOUR_MS);
    const { messageSid } = await service.inbound(user);
    await service.clearFaults();
    await run;
    expect((await records())[user]).toMatchObject({
      lastInboundAt: iso(NOON + 2 * HOUR_MS),
      messageSid,
      source: 'sync',
    });
  });

  test.each([
    ['before a STOP is stored, START wins', { method: 'GET', path: 'guard' }, 'START', 'sent'],
    ['while it is stored, START wins', { method: 'POST', path: 'Documents' }, 'START', 'sent'],
    [
      'while it is stored, any other word leaves it',
      { method: 'POST', path: 'Documents' },
      'Hello',
      'refused',
    ],
  ])('%s', async (_sentence, match, body, outcome) => {
    const user = newUser();
    await unheard(user, { body: 'STOP' });
    await service.fault({ match: { service: 'sync', ...match }, do: 'hold' });
    const run = seed();
    await spent();
    await service.advance(HOUR_MS);
    await service.inbound(user, { body });
    await service.clearFaults();
    await run;
    expect((await records())[user]).toMatchObject({ lastInboundAt: iso(NOON + HOUR_MS) });
    // The functions' process has just seen the window open, and believes that for a minute.
    await service.advance(60_000);
    expect((await service.send({ to: user, body: 'Hello' })).json.outcome).toBe(outcome);
  });
});

describe('ended at every write, before and after it took effect, and run again: the same state', () => {
  const bsuid = 'US.77771208655302741918';
  let users: {
    readonly fresh: string;
    readonly known: string;
    readonly waiting: string;
    readonly two: string;
  };

  /** One of each kind: unknown, known under two names and silent since, with something held, and STOP under a BSUID. */
  const begin = async () => {
    await service.control('reset', {});
    await service.freeze(NOON);
    users = { fresh: newUser(), known: newUser(), waiting: newUser(), two: newUser() };
    await service.inbound(users.known);
    await service.inbound(users.two, { externalUserId: bsuid });
    await service.send({ to: users.waiting, body: 'News', whenClosed: 'hold' });
    await service.control('idle');
    await service.advance(HOUR_MS);
    for (const from of [users.fresh, users.waiting]) await unheard(from);
    for (const from of [users.known, `whatsapp:${bsuid}`]) await unheard(from, { body: 'STOP' });
    await service.control('requests', undefined, 'DELETE');
  };

  /**
   * All that is stored of windows and consent, with the users by their part in this, and without what a message's identity
   * is. Names come again with the person's next message: a kill between the two records of a STOP may lose them till then.
   */
  const state = async () => {
    const names = Object.entries({ ...users, bsuid });
    const documents = (await service.documents()).filter(({ uniqueName }) =>
      /^(?:window|guard)\./.test(uniqueName),
    );
    const text = names.reduce(
      (known, [name, user]) => known.replaceAll(user.replace('whatsapp:+', ''), name),
      JSON.stringify(documents.map(({ uniqueName, data }) => [uniqueName, data])),
    );
    const rows = JSON.parse(text) as [string, Record<string, unknown>][];
    return rows
      .map(
        ([
          name,
          {
            messageSid,
            profileName: _,
            externalUserId: __,
            source: ___,
            writer: ____,
            promptSid: _____,
            ...data
          },
        ]) => [...[name, data, typeof messageSid]],
      )
      .sort();
  };

  test.each(['status', 'drop-after'])('%s', async (how) => {
    await begin();
    await seed();
    const { requests } = await service.control<{ requests: readonly { readonly method: string }[] }>(
      'requests',
    );
    const points = requests.flatMap(({ method }, index) => (method === 'GET' ? [] : [index]));
    const expected = await state();
    const left: unknown[] = [];
    for (const point of points) {
      await begin();
      await service.fault({ match: {}, do: how, skip: point, times: 0 });
      const first = await seed().then(
        () => 'ended',
        () => 'interrupted',
      );
      await service.clearFaults();
      await seed();
      left.push([point, first, await state()]);
    }
    expect(points.length).toBeGreaterThan(8);
    expect(left).toEqual(points.map((point) => [point, 'interrupted', expected]));
  });
});

describe('consent', () => {
  test.each([
    ['STOP is an opt-out', ['Hello', 'STOP'], true],
    ['as a whole message only', ['please stop'], false],
    ['also if the user wrote on', ['stop', 'Hello'], true],
    ['START after it takes it back', ['STOP', 'START', 'Hello'], false],
    ['STOP after that counts again', ['STOP', 'START', 'STOP'], true],
  ])('%s', async (_sentence, bodies, optedOut) => {
    const user = newUser();
    for (const body of bodies) {
      await unheard(user, { body });
      await service.advance(60_000);
    }
    expect(await seed()).toEqual(figures({ pairs: 1, written: 1, optedOut: optedOut ? 1 : 0 }));
    const { json } = await service.send<SendAnswer>({ to: user, body: 'Hello' });
    expect([json.outcome, json.decision?.reason]).toEqual(
      optedOut ? ['refused', 'OPTED_OUT'] : ['sent', 'WINDOW_OPEN'],
    );
  });

  test('an opt-out is written once', async () => {
    await unheard(newUser(), { body: 'STOP' });
    await seed();
    await service.control('requests', undefined, 'DELETE');
    expect(await seed()).toEqual(figures({ pairs: 1, known: 1 }));
    expect(await writes()).toEqual([]);
  });

  test('an opt-out that Sync knows stays, whatever the log says', async () => {
    const user = newUser();
    await service.inbound(user, { body: 'STOP' });
    await service.advance(HOUR_MS);
    await unheard(user, { body: 'START' });
    await seed();
    expect((await records())[user]).toMatchObject({
      lastInboundAt: iso(NOON + HOUR_MS),
      optedOutAt: iso(NOON),
    });
  });

  test('holds for the other name of the person as well', async () => {
    const [user, bsuid] = [newUser(), 'US.99991208655302741918'];
    await service.inbound(user, { externalUserId: bsuid });
    await service.advance(HOUR_MS);
    await unheard(`whatsapp:${bsuid}`, { body: 'STOP' });
    await seed();
    for (const to of [user, `whatsapp:${bsuid}`])
      expect((await service.send({ to, body: 'Hello' })).json.decision?.reason).toBe('OPTED_OUT');
  });
});

describe('a window that WhatsApp closed', () => {
  /** Somebody whose window is closed in Sync because WhatsApp refused a message, at noon and two hours. */
  const refusedUser = async () => {
    const user = newUser();
    await service.inbound(user, { opensWindow: false });
    await service.advance(2 * HOUR_MS);
    await service.send({ to: user, body: 'Hello' });
    await service.control('idle');
    expect(await windowOf(user)).toMatchObject({ state: 'closed', source: 'whatsapp' });
    return user;
  };

  test('stays closed', async () => {
    const user = await refusedUser();
    await service.control('requests', undefined, 'DELETE');
    expect(await seed()).toEqual(figures({ pairs: 1, known: 1 }));
    expect([await writes(), await windowOf(user)]).toEqual([
      [],
      expect.objectContaining({ state: 'closed', source: 'whatsapp' }),
    ]);
  });

  test('stays closed where WhatsApp refused again after a message that no webhook brought', async () => {
    const user = await refusedUser();
    await service.advance(HOUR_MS);
    await unheard(user, { opensWindow: false });
    await service.advance(60_000);
    await clientOf(service.stand.emulator).messages.create({ from: SENDER, to: user, body: 'Hello' });
    await service.control('idle');
    expect(await seed()).toEqual(figures({ pairs: 1, known: 1 }));
    expect(await windowOf(user)).toMatchObject({ state: 'closed', source: 'whatsapp' });
  });

  test('opens where the user wrote since', async () => {
    const user = await refusedUser();
    await service.advance(HOUR_MS);
    await unheard(user);
    expect(await seed()).toEqual(figures({ pairs: 1, written: 1 }));
    expect(await windowOf(user)).toMatchObject({ state: 'open', source: 'message-log' });
  });
});

describe('trouble', () => {
  test('Twilio limits the rate: it goes on until everything is there', async () => {
    const users = Array.from({ length: 5 }, newUser);
    for (const user of users) await unheard(user);
    for (const match of [
      { service: 'api', method: 'GET' },
      { service: 'sync', method: 'GET' },
      { service: 'sync', method: 'POST' },
    ]) {
      await service.fault({ match, do: 'status', status: 429, times: 2 });
    }
    const run = await backfill();
    expect([run.code, run.json]).toEqual([0, figures({ messages: 5, pairs: 5, written: 5 })]);
    expect(Object.keys(await records()).sort()).toEqual([...users].sort());
  });

  test.each([
    [
      'Sync fails in the middle: it says so, and the next run does the rest',
      { service: 'sync', method: 'POST' },
      'Twilio Sync could not be reached in time; try again.',
      'Run the same command again in a minute: it goes on where it stopped.',
    ],
    [
      'the message log fails: it says so, and the next run does everything',
      { service: 'api', method: 'GET' },
      expect.stringContaining('Twilio refused a request: error 20500'),
      'Run the same command again: it goes on where it stopped.',
    ],
  ])('%s', async (_sentence, match, message, nextStep) => {
    const users = Array.from({ length: 3 }, newUser);
    for (const user of users) await unheard(user);
    await service.fault({ match, do: 'status', status: 500 });
    const run = await backfill();
    expect([run.code, run.json]).toEqual([1, { error: { message, nextStep } }]);
    await seed();
    expect(Object.keys(await records()).sort()).toEqual([...users].sort());
  });

  test.each<[string, Record<string, string>, Partial<ScriptOptions>, string]>([
    [
      'a wrong auth token',
      { AUTH_TOKEN: 'a-wrong-token-nobody-may-see-000' },
      {},
      'Twilio does not accept ACCOUNT_SID and AUTH_TOKEN (error 20003).',
    ],
    ['no network', {}, { emulatorUrl: 'http://localhost:1' }, 'There was no answer over the network'],
    [
      'a Sync service that does not exist',
      { SYNC_SERVICE_SID: 'IS99999999999999999999999999999999' },
      {},
      'SYNC_SERVICE_SID names no Sync service of this account',
    ],
    [
      'settings that are missing or wrong, all at once',
      { SYNC_SERVICE_SID: '', WHATSAPP_SENDER: 'nobody' },
      {},
      'SYNC_SERVICE_SID is missing: set it to the SID of a Sync service (IS and 32 hexadecimal digits).\n  WHATSAPP_SENDER is malformed',
    ],
  ])('%s: a sentence, exit code 1, no secret', async (_sentence, changes, options, sentence) => {
    await unheard(newUser());
    const wrong = settingsFile(settings(changes));
    const run = await backfill(['--env', wrong.path], options);
    wrong.remove();
    const { error } = run.json as { error: { message: string } };
    expect([run.code, error.message]).toEqual([1, expect.stringContaining(sentence)]);
    expect(run.text).not.toContain(settings(changes).AUTH_TOKEN);
    expect(run.text).not.toMatch(/\n\s+at /);
  });

  test('a rate that is none: exit code 2', async () => {
    const run = await backfill(['--per-second', '0']);
    expect([run.code, run.text]).toEqual([2, expect.stringContaining('whole number from 1 to 1000')]);
  });
});
