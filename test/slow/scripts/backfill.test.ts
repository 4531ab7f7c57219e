/**
 * `npm run backfill` as a process that Ctrl-C ends in the middle of a long log, and its work ended at every single write.
 * The other cases are in test/scripts/backfill.test.ts.
 */
import { HOUR_MS, iso, NOON, newUser } from '../../functions/service';
import { figures, SENDER, until, useBackfill } from '../../scripts/backfill-stage';
import { runScript, type ScriptOptions } from './script-run';

const stage = useBackfill();
const { service } = stage;
const backfill = (options: Partial<ScriptOptions> = {}) =>
  runScript('backfill', stage.argv(), { ...stage.twilio, ...options });
const seed = () => stage.seed();
const unheard = (from: string, fields: object = {}) => stage.unheard(from, fields);
const records = () => stage.records();
const writes = () => stage.writes();

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

test('a backfill of several pages that Ctrl-C ends and that runs again stores each pair’s newest message, none twice', async () => {
  // 500 pairs are more than Sync takes at once; the command keeps to a rate, which this test does not wait for.
  await service.control('config', { creationLimit: false });
  const expected = await aLongLog();
  const creating = { service: 'sync', method: 'POST', path: 'Documents' };
  await service.fault({ match: creating, do: 'hang', skip: 250, times: 0 });
  const killed = await backfill({
    signal: 'SIGINT',
    killWhen: until(async () => (await stage.faults()).active[0]?.applied !== 0),
  });
  await service.clearFaults();
  const before = Object.keys(await records()).length;
  expect([killed.code, before]).toEqual([130, 250]);

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
});

describe('a backfill that ends at a write, before or after it took effect, and runs again', () => {
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
            // Best effort: what was replaced before the window was closed.
            earlierSids: ______,
            ...data
          },
        ]) => [...[name, data, typeof messageSid]],
      )
      .sort();
  };

  test.each(['status', 'drop-after'])('has the same result: %s', async (how) => {
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
