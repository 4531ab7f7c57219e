/** Forgetting a person: nothing of them is left in Sync but that they opted out, and nothing of anybody else is touched. */
import { forgetPerson } from '../../src/use-cases/contacts/forget-person';
import { readPerson } from '../../src/use-cases/contacts/read-person';
import { clientOf, useEmulator } from '../emulator/emulator-client';
import { at, forgetStage, NOW, newPerson, record, sender, stop } from './forget-stage';

const { emulator, control } = useEmulator();
const { ports, portsWith, store, stored } = forgetStage({ emulator, control });

test('forgetting a person by either name deletes everything about them, and nothing about anybody else', async () => {
  for (const name of ['phone', 'bsuid'] as const) {
    const [person, neighbour] = [newPerson(), newPerson()];
    await store(person);
    await store(neighbour);
    const before = await stored(neighbour.phone, neighbour.bsuid);
    const forgotten = await forgetPerson(ports(), { sender, user: person[name] }, NOW);
    expect(forgotten).toEqual({
      erased: { windows: 3, held: 2, links: 1, keys: 1 },
      isOptedOut: false,
      logged: { count: 0, hasMore: false },
      isComplete: true,
    });
    expect(await stored(person.phone, person.bsuid)).toEqual([]);
    expect(await stored(neighbour.phone, neighbour.bsuid)).toEqual(before);
  }
});

test('forgetting a person a second time finds nothing to delete', async () => {
  const person = newPerson();
  await store(person);
  await forgetPerson(ports(), { sender, user: person.phone }, NOW);
  const again = await forgetPerson(ports(), { sender, user: person.phone }, NOW);
  expect(again.erased).toEqual({ windows: 0, held: 0, links: 0, keys: 0 });
  expect(await stored(person.phone, person.bsuid)).toEqual([]);
});

test('forgetting a person who opted out leaves only a note of the opt-out under each name, which is not deleted twice', async () => {
  const person = newPerson();
  await store(person);
  await ports().records.change({ sender, user: person.phone }, stop);
  const first = await forgetPerson(ports(), { sender, user: person.bsuid }, NOW);
  const { documents } = await control.get<{ documents: { uniqueName: string; data: object }[] }>('sync');
  const left = documents.filter(({ uniqueName }) => /\.(?:4917\d+|DE\.\d+)$/.test(uniqueName));
  const note = {
    sender,
    lastInboundAt: null,
    source: 'none',
    optedOutAt: new Date(NOW - 1000).toISOString(),
  };
  expect([first.erased.windows, first.isOptedOut]).toEqual([3, true]);
  expect(left.map(({ data }) => data)).toEqual(
    expect.arrayContaining([
      { ...note, user: expect.stringContaining(person.phone), writer: expect.any(String) },
      { ...note, user: person.bsuid, writer: expect.any(String) },
    ]),
  );
  expect(left).toHaveLength(2);
  const second = await forgetPerson(ports(), { sender, user: person.bsuid }, NOW);
  expect(second).toMatchObject({ erased: { windows: 0, held: 0, links: 0, keys: 0 } });
  for (const user of [person.phone, person.bsuid])
    expect((await readPerson(ports(), { sender, user }, at)).optedOut).toBe(true);
});

test('forgetting a person notes an opt-out that only the log has, unless a START followed it', async () => {
  const [stopped, started] = [newPerson(), newPerson()];
  for (const body of ['STOP', 'please'])
    await control.post('inbound', { from: stopped.phone, to: sender, body, deliver: false });
  for (const body of ['STOP', 'START'])
    await control.post('inbound', { from: started.phone, to: sender, body, deliver: false });
  const [first, second] = [
    await forgetPerson(ports(), { sender, user: stopped.phone }, NOW),
    await forgetPerson(ports(), { sender, user: started.phone }, NOW),
  ];
  expect([first.isOptedOut, second.isOptedOut]).toEqual([true, false]);
  expect([(await stored(stopped.phone)).length, (await stored(started.phone)).length]).toEqual([1, 0]);
  expect([first.logged.count, second.logged.count]).toEqual([2, 2]);
});

test('forgetting a person notes a STOP that is too young to be stored for certain, under every name, and no older one that was lifted since', async () => {
  const person = newPerson();
  await store(person);
  await control.post('inbound', { from: person.bsuid, to: sender, body: 'STOP', deliver: false });
  const { records } = ports();
  const stillStored = async () =>
    (await records.read({ sender, user: person.phone }, true))?.restrictions.optedOutAt;
  const forget = (now: number) => forgetPerson(ports(), { sender, user: person.phone }, now);
  const late = newPerson();
  await store(late);
  await control.post('inbound', { from: late.bsuid, to: sender, body: 'STOP', deliver: false });
  const afterAMinute = await forgetPerson(ports(), { sender, user: late.phone }, Date.now() + 61_000);
  expect([(await forget(Date.now())).isOptedOut, await stillStored(), afterAMinute.isOptedOut]).toEqual([
    true,
    expect.any(Number),
    false,
  ]);
});

test('forgetting a person deletes the link of a BSUID that had their number before, and nothing else of that BSUID', async () => {
  const person = newPerson();
  const before = newPerson().bsuid;
  const { records: windows, links } = ports();
  await windows.open(record({ sender, user: person.phone }, { externalUserId: person.bsuid }));
  await windows.open(record({ sender, user: before }));
  await links.write({ sender, user: before }, { phone: person.phone, joined: [] }, undefined);
  const { erased } = await forgetPerson(ports(), { sender, user: person.phone }, NOW);
  expect([erased.windows, erased.links]).toEqual([1, 1]);
  expect(await windows.read({ sender, user: before })).toMatchObject({ profileName: 'Ada Lovelace' });
});

test('forgetting a person deletes what known senders have and says so, where Sync has more than there is time for', async () => {
  const person = newPerson();
  await store(person);
  const forgotten = await forgetPerson(
    portsWith(clientOf(emulator), () => false),
    { sender, user: person.phone },
    NOW,
  );
  expect([forgotten.isComplete, forgotten.erased.windows, forgotten.erased.links]).toEqual([false, 2, 1]);
});

test('forgetting a person does not delete a STOP that arrives meanwhile', async () => {
  const person = newPerson();
  const pair = { sender, user: person.phone };
  const { records: windows } = ports();
  await windows.open(record(pair));
  await windows.change(pair, (current) => ({
    ...current,
    restrictions: { ...current.restrictions, holding: true },
  }));
  await Promise.all([windows.change(pair, stop), windows.erase(pair, null), windows.change(pair, stop)]);
  expect((await windows.read(pair))?.restrictions.optedOutAt).toBe(NOW - 1000);
});
