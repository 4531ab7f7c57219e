/**
 * Sync's limits per object, by the emulator's clock, which stands still: so the limits are met to the call, whatever the
 * speed of the machine. An object of 10 KiB costs ten of the 200 that may be spent at once.
 */
import { type Refusal, refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator({ limitsByClock: true });
const service = () => client.sync.v1.services(emulator.syncServiceSid);
beforeEach(() => control.post('clock', { freeze: true }));

/** One after the other, because the order of answers is what a limit is seen by. */
async function answersOf(count: number, call: (n: number) => Promise<unknown>) {
  const answers: (Refusal | 'succeeded')[] = [];
  for (let n = 0; n < count; n += 1) answers.push(await refusal(call(n)));
  return answers;
}

const tooMany = { status: 429, code: 54009 };
const repeated = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);
const allOf = (succeeded: number, refused = 0) => [
  ...repeated<Refusal | 'succeeded'>(succeeded, 'succeeded'),
  ...repeated(refused, tooMany),
];
/** As JSON exactly 10 KiB. */
const LARGE = { t: 'x'.repeat(10 * 1024 - '{"t":""}'.length) };

test('the emulator allows 200 reads of a document at once, and ten seconds later 200 more', async () => {
  await service().documents.create({ uniqueName: 'd' });
  const read = () => service().documents('d').fetch();
  expect(await answersOf(201, read)).toEqual(allOf(200, 1));
  await control.post('clock', { advanceMs: 49 });
  expect(await answersOf(1, read)).toEqual(allOf(0, 1));
  await control.post('clock', { advanceMs: 1 });
  expect(await answersOf(2, read)).toEqual(allOf(1, 1));
  await control.post('clock', { advanceSeconds: 10 });
  expect(await answersOf(1, read)).toEqual(allOf(1));
});

test('the emulator counts writes by Document, and writes to the items of one Map together', async () => {
  await service().syncMaps.create({ uniqueName: 'm' });
  const items = () => service().syncMaps('m').syncMapItems;
  // The creation itself was a write.
  await control.post('clock', { advanceSeconds: 10 });
  expect(
    await answersOf(21, (n) => service().documents.create({ uniqueName: `d${n}`, data: LARGE })),
  ).toEqual(allOf(21));
  expect(await answersOf(22, (n) => items().create({ key: `k${n}`, data: LARGE }))).toEqual(allOf(20, 2));
});

test.each([
  ['writes to a document', () => service().documents('d').update({ data: LARGE })],
  ['reads of a document', () => service().documents('d').fetch()],
  ['writes to a list', () => service().syncLists('l').syncListItems.create({ data: LARGE })],
])('the emulator refuses too many %s of 10 KiB, and allows them half a second later', async (_what, call) => {
  await service().documents.create({ uniqueName: 'd', data: LARGE });
  await service().syncLists.create({ uniqueName: 'l' });
  // The creation itself was a write.
  await control.post('clock', { advanceSeconds: 10 });
  expect(await answersOf(21, call)).toEqual(allOf(20, 1));
  await control.post('clock', { advanceMs: 499 });
  expect(await answersOf(1, call)).toEqual(allOf(0, 1));
  await control.post('clock', { advanceMs: 1 });
  expect(await answersOf(2, call)).toEqual(allOf(1, 1));
});

test('the emulator’s rate limits can be switched off', async () => {
  await control.post('config', { rateLimits: false });
  await service().documents.create({ uniqueName: 'd', data: LARGE });
  expect(await answersOf(21, () => service().documents('d').fetch())).toEqual(allOf(21));
});

test('the emulator refuses more than 200 new objects at once, over Documents, Lists and Maps, and does not count items', async () => {
  await service().syncMaps.create({ uniqueName: 'm' });
  await service().syncLists.create({ uniqueName: 'l' });
  const items = () => service().syncMaps('m').syncMapItems;
  expect(await answersOf(10, (n) => items().create({ key: `k${n}`, data: {} }))).toEqual(allOf(10));
  const kinds = [
    () => service().documents.create(),
    () => service().syncLists.create(),
    () => service().syncMaps.create(),
  ];
  expect(await answersOf(199, (n) => kinds[n % kinds.length]?.() ?? Promise.reject())).toEqual(allOf(198, 1));
  await control.post('clock', { advanceSeconds: 10 });
  expect(await answersOf(1, () => service().documents.create())).toEqual(allOf(1));
});
