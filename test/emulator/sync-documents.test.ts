/** Sync Documents through the real SDK: what is answered, what is refused, when they expire, how they are listed. */
import { refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const documents = () => client.sync.v1.services(emulator.syncServiceSid).documents;
const document = (name: string) => client.sync.v1.services(emulator.syncServiceSid).documents(name);

/** A document whose Data is exactly so many bytes of JSON. */
const dataOf = (bytes: number) => ({ filler: 'x'.repeat(bytes - '{"filler":""}'.length) });

beforeEach(() => control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true }));

test('the emulator answers a new Document with every field that Twilio’s has', async () => {
  const created = await documents().create({
    uniqueName: 'window.15551234567',
    data: { open: true },
    ttl: 60,
  });
  const url = `https://sync.twilio.com/v1/Services/${emulator.syncServiceSid}/Documents/${created.sid}`;
  expect(created.toJSON()).toEqual({
    sid: expect.stringMatching(/^ET[0-9a-f]{32}$/),
    uniqueName: 'window.15551234567',
    accountSid: emulator.accountSid,
    serviceSid: emulator.syncServiceSid,
    url,
    links: { permissions: `${url}/Permissions` },
    revision: '0',
    data: { open: true },
    dateExpires: new Date('2026-03-01T12:01:00Z'),
    dateCreated: new Date('2026-03-01T12:00:00Z'),
    dateUpdated: new Date('2026-03-01T12:00:00Z'),
    createdBy: 'system',
  });
  expect((await document('window.15551234567').fetch()).toJSON()).toEqual(created.toJSON());
  expect((await document(created.sid).fetch()).toJSON()).toEqual(created.toJSON());
});

test('an update of a Document replaces all data, and If-Match accepts only the current revision', async () => {
  await documents().create({ uniqueName: 'd', data: { a: 1, b: 2 } });
  const updated = await document('d').update({ data: { a: 3 }, ifMatch: '0' });
  expect([updated.revision, updated.data]).toEqual(['1', { a: 3 }]);
  expect(await refusal(document('d').update({ data: { a: 4 }, ifMatch: '0' }))).toEqual({
    status: 412,
    code: 54103,
  });
  expect((await document('d').fetch()).data).toEqual({ a: 3 });
});

test('a removed Document is gone, and its name is free again', async () => {
  await documents().create({ uniqueName: 'd' });
  expect(await document('d').remove()).toBe(true);
  expect(await refusal(document('d').fetch())).toEqual({ status: 404, code: 54300 });
  expect((await documents().create({ uniqueName: 'd' })).data).toEqual({});
});

const refusals: [string, () => Promise<unknown>, { status: number; code: number }][] = [
  ['a taken unique name', () => documents().create({ uniqueName: 'taken' }), { status: 409, code: 54301 }],
  ['an unknown unique name', () => document('nobody').fetch(), { status: 404, code: 54300 }],
  ['an unknown SID', () => document(`ET${'0'.repeat(32)}`).fetch(), { status: 404, code: 54100 }],
  [
    'an update of a missing Document',
    () => document('nobody').update({ data: {} }),
    { status: 404, code: 54300 },
  ],
  ['an update without data', () => document('taken').update({}), { status: 400, code: 54010 }],
  [
    'a name that looks like a SID',
    () => documents().create({ uniqueName: `ET${'a'.repeat(32)}` }),
    { status: 400, code: 54302 },
  ],
  [
    'a name of 257 characters',
    () => documents().create({ uniqueName: 'n'.repeat(257) }),
    { status: 400, code: 54302 },
  ],
  ['data that is not JSON', () => documents().create({ data: '{' }), { status: 400, code: 54008 }],
  ['data that is not an object', () => documents().create({ data: '17' }), { status: 400, code: 54008 }],
  ['data that is null', () => documents().create({ data: 'null' }), { status: 400, code: 54101 }],
  ['a negative time to live', () => documents().create({ ttl: -1 }), { status: 400, code: 54011 }],
  ['a time to live over a year', () => documents().create({ ttl: 31_536_001 }), { status: 400, code: 54011 }],
  ['a page larger than 100', () => documents().page({ pageSize: 101 }), { status: 400, code: 20007 }],
  [
    'another Sync service',
    () =>
      client.sync.v1
        .services(`IS${'9'.repeat(32)}`)
        .documents('taken')
        .fetch(),
    { status: 404, code: 54050 },
  ],
];

test.each(refusals)('the emulator’s Documents API refuses %s', async (_what, call, expected) => {
  await documents().create({ uniqueName: 'taken' });
  expect(await refusal(call())).toEqual(expected);
});

test.each([
  ['one byte below 16 KiB is stored', 16_383, 'succeeded'],
  ['exactly 16 KiB are stored', 16_384, 'succeeded'],
  ['16 KiB and one byte are refused', 16_385, { status: 413, code: 54006 }],
])('the emulator limits a Document to 16 KiB: %s', async (_what, bytes, expected) => {
  expect(await refusal(documents().create({ data: dataOf(bytes) }))).toEqual(expected);
});

test.each([
  ['it exists a millisecond before the end', 59_999, 'succeeded'],
  ['it is gone at the end', 60_000, { status: 404, code: 54300 }],
])('a Document expires by its time to live: %s', async (_what, advanceMs, expected) => {
  await documents().create({ uniqueName: 'd', ttl: 60 });
  await control.post('clock', { advanceMs });
  expect(await refusal(document('d').fetch())).toEqual(expected);
});

test.each([
  ['an update without it does not extend it', { data: {} }, { status: 404, code: 54300 }],
  ['an update that repeats it extends it', { data: {}, ttl: 60 }, 'succeeded'],
  ['a time to live of 0 never ends', { data: {}, ttl: 0 }, 'succeeded'],
])('the time to live of a Document changes with an update: %s', async (_what, update, expected) => {
  await documents().create({ uniqueName: 'd', ttl: 60 });
  await control.post('clock', { advanceSeconds: 30 });
  await document('d').update(update);
  await control.post('clock', { advanceSeconds: 30 });
  expect(await refusal(document('d').fetch())).toEqual(expected);
});

test('an expired Document is not listed, and its name is free again', async () => {
  await documents().create({ uniqueName: 'd', ttl: 60 });
  await control.post('clock', { advanceSeconds: 60 });
  expect(await documents().list()).toEqual([]);
  await documents().create({ uniqueName: 'd' });
  expect((await documents().list()).map((found) => found.uniqueName)).toEqual(['d']);
});

describe('a list of 125 Documents', () => {
  const names = Array.from({ length: 125 }, (_, index) => `d${index}`);
  beforeEach(() => Promise.all(names.map((uniqueName) => documents().create({ uniqueName }))));

  test('is read to the end by list(), each once, in another order than that of creation', async () => {
    const listed = (await documents().list({ pageSize: 20 })).map((found) => found.uniqueName);
    expect([...listed].sort()).toEqual([...names].sort());
    expect(listed).not.toEqual(names);
    expect((await documents().list({ pageSize: 100 })).map((found) => found.uniqueName)).toEqual(listed);
  });

  test('is read to the end by each()', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      documents().each({
        pageSize: 50,
        callback: (found) => seen.push(found.uniqueName),
        done: (error?: Error) => (error ? reject(error) : resolve()),
      });
    });
    expect(seen.sort()).toEqual([...names].sort());
  });

  test('is read by page() with a token, and its next page is a URL at Twilio', async () => {
    const first = await documents().page({ pageSize: 100 });
    const next = new URL(first.nextPageUrl ?? '');
    expect(`${next.origin}${next.pathname}`).toBe(
      `https://sync.twilio.com/v1/Services/${emulator.syncServiceSid}/Documents`,
    );
    const pageToken = next.searchParams.get('PageToken') ?? '';
    const byToken = await documents().page({ pageSize: 100, pageToken });
    const byLink = await first.nextPage();
    expect(byToken.instances.length).toBe(25);
    expect(byLink?.instances.map((found) => found.sid)).toEqual(byToken.instances.map((found) => found.sid));
    expect(byToken.nextPageUrl).toBeUndefined();
  });

  test('keeps the other Documents in place where one is created or removed between two pages', async () => {
    const first = await documents().page({ pageSize: 100 });
    const listed = first.instances.map((found) => found.uniqueName);
    await Promise.all(listed.slice(0, 10).map((name) => document(name).remove()));
    await documents().create({ uniqueName: 'new' });
    const rest = (await first.nextPage())?.instances.map((found) => found.uniqueName) ?? [];
    expect([...listed, ...rest.filter((name) => name !== 'new')].sort()).toEqual([...names].sort());
  });
});
