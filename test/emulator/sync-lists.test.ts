/** Sync Lists and their items through the real SDK. */
import { refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const service = () => client.sync.v1.services(emulator.syncServiceSid);
const lists = () => service().syncLists;
const items = () => service().syncLists('l').syncListItems;
const item = (index: number) => service().syncLists('l').syncListItems(index);

beforeEach(async () => {
  await control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true });
  await lists().create({ uniqueName: 'l' });
});

test('the emulator answers a new List with every field that Twilio’s has', async () => {
  const created = await lists().create({ uniqueName: 'held', ttl: 60 });
  const url = `https://sync.twilio.com/v1/Services/${emulator.syncServiceSid}/Lists/${created.sid}`;
  expect(created.toJSON()).toEqual({
    sid: expect.stringMatching(/^ES[0-9a-f]{32}$/),
    uniqueName: 'held',
    accountSid: emulator.accountSid,
    serviceSid: emulator.syncServiceSid,
    url,
    links: { items: `${url}/Items`, permissions: `${url}/Permissions` },
    revision: '0',
    dateExpires: new Date('2026-03-01T12:01:00Z'),
    dateCreated: new Date('2026-03-01T12:00:00Z'),
    dateUpdated: new Date('2026-03-01T12:00:00Z'),
    createdBy: 'system',
  });
  expect((await service().syncLists(created.sid).fetch()).toJSON()).toEqual(created.toJSON());
});

test('the emulator answers a List item with every field, and reads, changes and removes it by its index', async () => {
  const created = await items().create({ data: { text: 'a' }, itemTtl: 60 });
  const list = await service().syncLists('l').fetch();
  expect(created.toJSON()).toEqual({
    index: 0,
    accountSid: emulator.accountSid,
    serviceSid: emulator.syncServiceSid,
    listSid: list.sid,
    url: `${list.url}/Items/0`,
    revision: '0',
    data: { text: 'a' },
    dateExpires: new Date('2026-03-01T12:01:00Z'),
    dateCreated: new Date('2026-03-01T12:00:00Z'),
    dateUpdated: new Date('2026-03-01T12:00:00Z'),
    createdBy: 'system',
  });
  expect((await item(0).update({ data: { text: 'b' } })).revision).toBe('1');
  expect((await item(0).fetch()).data).toEqual({ text: 'b' });
  expect(await item(0).remove()).toBe(true);
  expect(await refusal(item(0).fetch())).toEqual({ status: 404, code: 54151 });
});

test('the emulator never uses an index of a List again', async () => {
  await items().create({ data: {} });
  await items().create({ data: {} });
  await item(1).remove();
  expect((await items().create({ data: {} })).index).toBe(2);
});

const refusals: [string, () => Promise<unknown>, { status: number; code: number }][] = [
  ['a taken unique name', () => lists().create({ uniqueName: 'l' }), { status: 409, code: 54301 }],
  ['an unknown list', () => service().syncLists('nobody').fetch(), { status: 404, code: 54150 }],
  [
    'an item of an unknown list',
    () => service().syncLists('nobody').syncListItems(0).fetch(),
    { status: 404, code: 54150 },
  ],
  ['an unknown item', () => item(17).fetch(), { status: 404, code: 54151 }],
  ['a stale update', () => item(0).update({ data: {}, ifMatch: 'ff' }), { status: 412, code: 54155 }],
  ['a stale removal', () => item(0).remove({ ifMatch: 'ff' }), { status: 412, code: 54155 }],
  ['an update without data', () => item(0).update({}), { status: 400, code: 54010 }],
  ['data that is not JSON', () => items().create({ data: '{' }), { status: 400, code: 54008 }],
  [
    'data of 16 KiB and one byte',
    () => items().create({ data: { t: 'x'.repeat(16_385 - 8) } }),
    { status: 413, code: 54006 },
  ],
  [
    'a time to live over a year',
    () => items().create({ data: {}, itemTtl: 31_536_001 }),
    { status: 400, code: 54011 },
  ],
];

test.each(refusals)('the emulator’s Lists API refuses %s', async (_what, call, expected) => {
  await items().create({ data: {} });
  expect(await refusal(call())).toEqual(expected);
});

test('a List item is removed with its current revision, and only one of two callers gets it', async () => {
  await items().create({ data: {} });
  const claims = await Promise.all([
    refusal(item(0).remove({ ifMatch: '0' })),
    refusal(item(0).remove({ ifMatch: '0' })),
  ]);
  expect(claims).toContain('succeeded');
  expect(claims).toContainEqual({ status: 404, code: 54151 });
});

test('a List item expires by itself, and a List with all its items', async () => {
  await items().create({ data: { n: 0 }, itemTtl: 60 });
  await items().create({ data: { n: 1 }, collectionTtl: 120 });
  await control.post('clock', { advanceSeconds: 60 });
  expect((await items().list()).map((found) => found.data)).toEqual([{ n: 1 }]);
  await control.post('clock', { advanceSeconds: 60 });
  expect(await refusal(items().list())).toEqual({ status: 404, code: 54150 });
});

describe('a List of seven items without the third', () => {
  beforeEach(async () => {
    for (let n = 0; n < 7; n++) await items().create({ data: { n } });
    await item(2).remove();
  });

  test.each([
    ['all, in order', {}, [0, 1, 3, 4, 5, 6]],
    ['all, two a page', { pageSize: 2 }, [0, 1, 3, 4, 5, 6]],
    ['all downwards, two a page', { order: 'desc' as const, pageSize: 2 }, [6, 5, 4, 3, 1, 0]],
    ['those from the fourth on', { from: '3' }, [3, 4, 5, 6]],
    ['those after the fourth', { from: '3', bounds: 'exclusive' as const }, [4, 5, 6]],
    ['those from the removed one on', { from: '2', pageSize: 2 }, [3, 4, 5, 6]],
    ['those downwards from the removed one', { from: '2', order: 'desc' as const }, [1, 0]],
    ['those downwards from the fourth', { from: '3', order: 'desc' as const }, [3, 1, 0]],
  ])('is listed with the right items: %s', async (_what, params, expected) => {
    expect((await items().list(params)).map((found) => found.index)).toEqual(expected);
  });
});

test('Lists can be listed and removed', async () => {
  await lists().create({ uniqueName: 'm' });
  expect((await lists().list({ pageSize: 1 })).map((found) => found.uniqueName).sort()).toEqual(['l', 'm']);
  expect(await service().syncLists('m').remove()).toBe(true);
  expect((await lists().list()).map((found) => found.uniqueName)).toEqual(['l']);
});
