/** Sync Maps and their items through the real SDK. */
import { refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const service = () => client.sync.v1.services(emulator.syncServiceSid);
const maps = () => service().syncMaps;
const items = () => service().syncMaps('m').syncMapItems;
const item = (key: string) => service().syncMaps('m').syncMapItems(key);

beforeEach(async () => {
  await control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true });
  await maps().create({ uniqueName: 'm' });
});

test('the emulator answers a new Map with every field that Twilio’s has', async () => {
  const created = await maps().create({ uniqueName: 'windows', ttl: 60 });
  const url = `https://sync.twilio.com/v1/Services/${emulator.syncServiceSid}/Maps/${created.sid}`;
  expect(created.toJSON()).toEqual({
    sid: expect.stringMatching(/^MP[0-9a-f]{32}$/),
    uniqueName: 'windows',
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
  expect((await service().syncMaps(created.sid).fetch()).toJSON()).toEqual(created.toJSON());
});

test('the emulator answers a Map item with every field, and reads, changes and removes it by its key', async () => {
  const created = await items().create({ key: '15551234567', data: { n: 1 } });
  const map = await service().syncMaps('m').fetch();
  expect(created.toJSON()).toEqual({
    key: '15551234567',
    accountSid: emulator.accountSid,
    serviceSid: emulator.syncServiceSid,
    mapSid: map.sid,
    url: `${map.url}/Items/15551234567`,
    revision: '0',
    data: { n: 1 },
    dateExpires: null,
    dateCreated: new Date('2026-03-01T12:00:00Z'),
    dateUpdated: new Date('2026-03-01T12:00:00Z'),
    createdBy: 'system',
  });
  expect((await item('15551234567').update({ data: { n: 2 }, ifMatch: '0' })).revision).toBe('1');
  expect((await item('15551234567').fetch()).data).toEqual({ n: 2 });
  expect(await item('15551234567').remove({ ifMatch: '1' })).toBe(true);
  expect(await items().list()).toEqual([]);
});

const refusals: [string, () => Promise<unknown>, { status: number; code: number }][] = [
  ['a taken unique name', () => maps().create({ uniqueName: 'm' }), { status: 409, code: 54301 }],
  ['an unknown map', () => service().syncMaps('nobody').fetch(), { status: 404, code: 54200 }],
  ['an unknown item', () => item('nobody').fetch(), { status: 404, code: 54201 }],
  ['a taken key', () => items().create({ key: 'k', data: {} }), { status: 409, code: 54208 }],
  [
    'a key of 257 characters',
    () => items().create({ key: 'k'.repeat(257), data: {} }),
    { status: 400, code: 54209 },
  ],
  ['a stale update', () => item('k').update({ data: {}, ifMatch: 'ff' }), { status: 412, code: 54205 }],
  ['a stale removal', () => item('k').remove({ ifMatch: 'ff' }), { status: 412, code: 54205 }],
  ['an update without data', () => item('k').update({}), { status: 400, code: 54010 }],
  ['data that is not JSON', () => items().create({ key: 'j', data: '{' }), { status: 400, code: 54008 }],
];

test.each(refusals)('the emulator’s Maps API refuses %s', async (_what, call, expected) => {
  await items().create({ key: 'k', data: {} });
  expect(await refusal(call())).toEqual(expected);
});

test('Map items are listed in the order of their keys, in either direction, page by page', async () => {
  for (const key of ['delta', 'alpha', 'charlie', 'bravo']) await items().create({ key, data: {} });
  const keys = async (params: object) => (await items().list(params)).map((found) => found.key);
  expect(await keys({ pageSize: 3 })).toEqual(['alpha', 'bravo', 'charlie', 'delta']);
  expect(await keys({ order: 'desc', pageSize: 3 })).toEqual(['delta', 'charlie', 'bravo', 'alpha']);
  expect(await keys({ from: 'bravo', bounds: 'exclusive' })).toEqual(['charlie', 'delta']);
});

test('an expired Map item is gone', async () => {
  await items().create({ key: 'k', data: {}, itemTtl: 60 });
  await control.post('clock', { advanceSeconds: 60 });
  expect(await refusal(item('k').fetch())).toEqual({ status: 404, code: 54201 });
  expect((await items().create({ key: 'k', data: { n: 2 } })).data).toEqual({ n: 2 });
});
