/** Sync Services: the one the account has, by SID or as `default`, and further ones. */
import { refusal, useEmulator } from './emulator-client';

const { emulator, client } = useEmulator();

test('the emulator’s Sync service is found by its SID and as default', async () => {
  const bySid = await client.sync.v1.services(emulator.syncServiceSid).fetch();
  expect([bySid.sid, bySid.uniqueName, bySid.accountSid]).toEqual([
    emulator.syncServiceSid,
    'default',
    emulator.accountSid,
  ]);
  expect((await client.sync.v1.services('default').fetch()).toJSON()).toEqual(bySid.toJSON());
});

test('a further Sync service is created empty, and both are listed', async () => {
  const created = await client.sync.v1.services.create({ friendlyName: 'windows' });
  await client.sync.v1.services(emulator.syncServiceSid).documents.create({ uniqueName: 'd' });
  expect(await client.sync.v1.services(created.sid).documents.list()).toEqual([]);
  const listed = await client.sync.v1.services.list({ pageSize: 1 });
  expect(listed.map((found) => found.friendlyName)).toEqual(['Default Service', 'windows']);
});

test('the emulator refuses an unknown Sync service', async () => {
  expect(await refusal(client.sync.v1.services(`IS${'9'.repeat(32)}`).fetch())).toEqual({
    status: 404,
    code: 54050,
  });
});

test('a Sync service that is removed is gone with all its content', async () => {
  const { sid } = await client.sync.v1.services.create({ friendlyName: 'windows' });
  const service = client.sync.v1.services(sid);
  await service.documents.create({ uniqueName: 'd' });
  expect(await service.remove()).toBe(true);
  expect(await refusal(service.documents('d').fetch())).toEqual({ status: 404, code: 54050 });
  expect((await client.sync.v1.services.list()).map((found) => found.sid)).toEqual([emulator.syncServiceSid]);
});
