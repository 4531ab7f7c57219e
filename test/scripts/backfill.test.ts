/**
 * The command `backfill`, and its work alone, against an emulator whose message log has what no webhook ever delivered,
 * and beside functions that go on working. What it left in Sync is compared as a whole.
 */
import { main } from '../../scripts/backfill';
import { clientOf } from '../emulator/emulator-client';
import { HOUR_MS, iso, NOON, newUser, type SendAnswer } from '../functions/service';
import { figures, SENDER, useBackfill } from './backfill-stage';
import { type MainOptions, runMain, settingsFile } from './run-main';

const stage = useBackfill();
const { service } = stage;
const backfill = (args: readonly string[] = [], options: Partial<MainOptions> = {}) =>
  runMain(main, stage.argv(args), { ...stage.twilio, ...options });
const seed = () => stage.seed();
const unheard = (from: string, fields: object = {}) => stage.unheard(from, fields);
const records = () => stage.records();
const writes = () => stage.writes();
const windowOf = async (to: string) =>
  (await service.get<{ window: object }>(`/window?to=${encodeURIComponent(to)}`)).json.window;

test('a dry run of the backfill counts the same and writes nothing', async () => {
  const [fresh, stopped] = [newUser(), newUser()];
  await unheard(fresh);
  await unheard(stopped, { body: 'Stop.' });
  const before = await service.sync();
  await service.control('requests', undefined, 'DELETE');
  const run = await backfill(['--dry-run']);
  expect(run.json).toEqual(figures({ dryRun: true, messages: 2, pairs: 2, written: 2, optedOut: 1 }));
  expect([await writes(), await service.sync()]).toEqual([[], before]);
});

test('the backfill reports its figures in words as well', async () => {
  await unheard(newUser());
  const run = await runMain(main, ['--env', stage.file.path], stage.twilio);
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
])('the backfill reads the log of its period only: %s', async (_sentence, afterMs, pairs) => {
  await service.freeze(NOON + afterMs);
  const user = newUser();
  await unheard(user);
  await service.freeze(NOON + 24 * HOUR_MS);
  // Twilio gives whole days, so the message itself is read in any case.
  expect(await seed()).toEqual(figures({ messages: 1, pairs, written: pairs }));
  expect(Object.keys(await records())).toEqual(pairs === 0 ? [] : [user]);
});

test('the backfill stores each pair as the log names it, for several senders, a BSUID, and two spellings of one number', async () => {
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

describe('the backfill over what Sync has already', () => {
  test('moves the window forward for a message without a webhook that is newer than the stored one', async () => {
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

  test('leaves a message that is newer than the log’s', async () => {
    const user = newUser();
    await unheard(user);
    await service.advance(3 * HOUR_MS);
    const { messageSid } = await service.inbound(user);
    const client = clientOf(service.offline.emulator);
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

  test('moves the window forward where a message is held, and keeps that held', async () => {
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

describe('an inbound message that arrives during the backfill', () => {
  test.each([
    ['to somebody whom Sync did not know', false],
    ['to somebody whom it knew', true],
  ])('is not moved back: it is %s', async (_sentence, isKnown) => {
    const user = newUser();
    if (isKnown) await service.inbound(user);
    await service.advance(HOUR_MS);
    await unheard(user);
    await service.fault({ match: { service: 'sync', method: 'POST', path: 'Documents' }, do: 'hold' });
    const run = seed();
    await stage.spent();
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
  ])('keeps its consent: %s', async (_sentence, match, body, outcome) => {
    const user = newUser();
    await unheard(user, { body: 'STOP' });
    await service.fault({ match: { service: 'sync', ...match }, do: 'hold' });
    const run = seed();
    await stage.spent();
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

describe('the consent that the backfill reads', () => {
  test.each([
    ['STOP is an opt-out', ['Hello', 'STOP'], true],
    ['as a whole message only', ['please stop'], false],
    ['also if the user wrote on', ['stop', 'Hello'], true],
    ['START after it takes it back', ['STOP', 'START', 'Hello'], false],
    ['STOP after that counts again', ['STOP', 'START', 'STOP'], true],
  ])('is that of the last keyword: %s', async (_sentence, bodies, optedOut) => {
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

  test('is written once for an opt-out', async () => {
    await unheard(newUser(), { body: 'STOP' });
    await seed();
    await service.control('requests', undefined, 'DELETE');
    expect(await seed()).toEqual(figures({ pairs: 1, known: 1 }));
    expect(await writes()).toEqual([]);
  });

  test('does not end an opt-out that Sync has, whatever the log says', async () => {
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

describe('a window that WhatsApp closed before the backfill', () => {
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

  test('stays closed where WhatsApp refused again after a message without a webhook', async () => {
    const user = await refusedUser();
    await service.advance(HOUR_MS);
    await unheard(user, { opensWindow: false });
    await service.advance(60_000);
    await clientOf(service.offline.emulator).messages.create({ from: SENDER, to: user, body: 'Hello' });
    await service.control('idle');
    expect(await seed()).toEqual(figures({ pairs: 1, known: 1 }));
    expect(await windowOf(user)).toMatchObject({ state: 'closed', source: 'whatsapp' });
  });

  test('opens where the user has written since', async () => {
    const user = await refusedUser();
    await service.advance(HOUR_MS);
    await unheard(user);
    expect(await seed()).toEqual(figures({ pairs: 1, written: 1 }));
    expect(await windowOf(user)).toMatchObject({ state: 'open', source: 'message-log' });
  });
});

describe('a backfill in trouble', () => {
  test('goes on until all is written where Twilio limits the rate', async () => {
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
  ])('says so and can be repeated: %s', async (_sentence, match, message, nextStep) => {
    const users = Array.from({ length: 3 }, newUser);
    for (const user of users) await unheard(user);
    await service.fault({ match, do: 'status', status: 500 });
    const run = await backfill();
    expect([run.code, run.json]).toEqual([1, { error: { message, nextStep } }]);
    await seed();
    expect(Object.keys(await records()).sort()).toEqual([...users].sort());
  });

  test.each<[string, Record<string, string>, Partial<MainOptions>, string]>([
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
  ])(
    'ends with a sentence, exit code 1 and no secret: there is %s',
    async (_sentence, changes, options, sentence) => {
      await unheard(newUser());
      const wrong = settingsFile(stage.settings(changes));
      const run = await backfill(['--env', wrong.path], options);
      wrong.remove();
      const { error } = run.json as { error: { message: string } };
      expect([run.code, error.message]).toEqual([1, expect.stringContaining(sentence)]);
      expect(run.text).not.toContain(stage.settings(changes).AUTH_TOKEN);
      expect(run.text).not.toMatch(/\n\s+at /);
    },
  );

  test('the backfill ends with exit code 2 for a malformed rate', async () => {
    const run = await backfill(['--per-second', '0']);
    expect([run.code, run.text]).toEqual([2, expect.stringContaining('whole number from 1 to 1000')]);
  });
});
