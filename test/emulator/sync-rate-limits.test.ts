/**
 * Sync's limits per object. The number of calls is far above any burst that real time could refill meanwhile, so the
 * tests do not depend on the machine's speed.
 */
import { type Refusal, refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const service = () => client.sync.v1.services(emulator.syncServiceSid);

async function refused(calls: Promise<unknown>[]): Promise<(Refusal | 'succeeded')[]> {
  const answers = await Promise.all(calls.map(refusal));
  return answers.filter((answer) => answer !== 'succeeded');
}

const tooMany = { status: 429, code: 54009 };
const times = (count: number) => Array.from({ length: count }, (_, index) => index);

test('the emulator allows 400 writes to 400 Documents, and refuses 400 writes to the items of one Map', async () => {
  await control.post('config', { creationLimit: false });
  await service().syncMaps.create({ uniqueName: 'm' });
  expect(await refused(times(400).map((n) => service().documents.create({ uniqueName: `d${n}` })))).toEqual(
    [],
  );
  const ofMap = await refused(
    times(400).map((n) =>
      service()
        .syncMaps('m')
        .syncMapItems.create({ key: `k${n}`, data: {} }),
    ),
  );
  expect(ofMap.length).toBeGreaterThan(0);
  expect(new Set(ofMap.map((answer) => JSON.stringify(answer)))).toEqual(new Set([JSON.stringify(tooMany)]));
});

test.each([
  ['writes to a document', () => service().documents('d').update({ data: {} })],
  ['reads of a document', () => service().documents('d').fetch()],
  ['writes to a list', () => service().syncLists('l').syncListItems.create({ data: {} })],
])('the emulator refuses too many %s, and allows them ten seconds later', async (_what, call) => {
  await service().documents.create({ uniqueName: 'd' });
  await service().syncLists.create({ uniqueName: 'l' });
  expect(await refused(times(400).map(() => call()))).toContainEqual(tooMany);
  await control.post('clock', { advanceSeconds: 10 });
  expect(await refusal(call())).toBe('succeeded');
});

test('the emulator allows a tenth of the writes to an object of 10 KiB', async () => {
  await service().documents.create({ uniqueName: 'small' });
  await service().documents.create({ uniqueName: 'large', data: { t: 'x'.repeat(10 * 1024) } });
  expect(await refused(times(60).map(() => service().documents('small').fetch()))).toEqual([]);
  expect(await refused(times(60).map(() => service().documents('large').fetch()))).toContainEqual(tooMany);
});

test('the emulator’s rate limits can be switched off', async () => {
  await control.post('config', { rateLimits: false });
  await service().documents.create({ uniqueName: 'd' });
  expect(await refused(times(400).map(() => service().documents('d').fetch()))).toEqual([]);
});

test('the emulator refuses more than 200 new objects at once, over Documents, Lists and Maps, and does not count items', async () => {
  await service().syncMaps.create({ uniqueName: 'm' });
  await service().syncLists.create({ uniqueName: 'l' });
  const items = await refused(
    times(150).map((n) =>
      service()
        .syncMaps('m')
        .syncMapItems.create({ key: `k${n}`, data: {} }),
    ),
  );
  const objects = await refused(
    times(150).flatMap(() => [
      service().documents.create(),
      service().syncLists.create(),
      service().syncMaps.create(),
    ]),
  );
  expect(items).toEqual([]);
  expect(objects).toContainEqual(tooMany);
  await control.post('clock', { advanceSeconds: 10 });
  expect(await refusal(service().documents.create())).toBe('succeeded');
});
