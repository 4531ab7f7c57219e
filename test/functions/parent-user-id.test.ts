/**
 * The third name of a person: the user id that they have for all accounts of a company (`ParentExternalUserId`), beside
 * the one for this account and the phone number. Whoever is written to by it has the same window, consent and queue.
 */
import { criticalPath } from '../../emulator/control/critical-path';
import { HOUR_MS, iso, NOON, newUser, useService } from './service';

const service = useService();
beforeAll(() => service.freeze(NOON));
let ids = 5000;
interface Names {
  readonly phone: string;
  readonly externalUserId: string;
  readonly parentExternalUserId: string;
  /** As addresses. */
  readonly bsuid: string;
  readonly parent: string;
}
function newNames(): Names {
  ids += 1;
  const [externalUserId, parentExternalUserId] = [`DE.${ids}`, `DE.ENT.${ids}`];
  const [bsuid, parent] = [`whatsapp:${externalUserId}`, `whatsapp:${parentExternalUserId}`];
  return { phone: newUser(), externalUserId, parentExternalUserId, bsuid, parent };
}
const QUESTION = 'We have an answer for you. Reply to this message to read it.';
const writes = ({ externalUserId, parentExternalUserId }: Names, from: string, body: string) =>
  service.inbound(from, { body, externalUserId, parentExternalUserId });
const outcome = async (to: string, more: object = {}) =>
  (await service.send({ to, body: 'Hello', ...more })).json.outcome;
/** What was sent to the person by any of their names, oldest first. */
const arrived = async ({ phone, bsuid, parent }: Names) =>
  (await service.outbound()).flatMap(({ to, text }) => ([phone, bsuid, parent].includes(to) ? [text] : []));
const windowOf = async (to: string) =>
  (await service.post<{ window: object }>('/window', { to })).json.window;

describe.each([
  ['by phone number', ({ phone }: Names) => phone],
  ['by BSUID alone', ({ bsuid }: Names) => bsuid],
])('the parent id of a person who writes %s', (_how, nameOf) => {
  test('has their open window', async () => {
    const names = newNames();
    await writes(names, nameOf(names), 'hi');
    expect([await outcome(names.parent), await windowOf(names.parent)]).toEqual([
      'sent',
      await windowOf(nameOf(names)),
    ]);
  });

  test('has the window that closes 24 h after their last message, told with the parent id or without', async () => {
    const names = newNames();
    await writes(names, nameOf(names), 'hi');
    await service.advance(30 * HOUR_MS);
    expect(await outcome(names.parent)).toBe('refused');
    await service.inbound(nameOf(names), { body: 'again', externalUserId: names.externalUserId });
    expect(await outcome(names.parent)).toBe('sent');
  });

  test('gets nothing after their STOP, and what was scheduled for it is cancelled', async () => {
    const names = newNames();
    await writes(names, nameOf(names), 'hi');
    const { nowMs } = await service.control<{ nowMs: number }>('clock');
    const later = await service.send({ to: names.parent, body: 'Later', sendAt: iso(nowMs + 2 * HOUR_MS) });
    await service.inbound(nameOf(names), { body: 'STOP', externalUserId: names.externalUserId });
    expect([
      later.json.outcome,
      (await service.send({ to: names.parent, body: 'x' })).json.error?.code,
    ]).toEqual(['scheduled', 'OPTED_OUT']);
    expect((await service.outbound(names.parent)).map(({ status }) => status)).toEqual(['canceled']);
  });

  test('has its held message released, in order with the others, by the message that tells the names', async () => {
    const names = newNames();
    for (const [to, body] of [
      [names.parent, 'One'],
      [nameOf(names), 'Two'],
      [names.parent, 'Three'],
    ] as const) {
      await service.send({ to, body, whenClosed: 'hold' });
      await service.advance(1000);
    }
    await writes(names, nameOf(names), 'yes');
    expect(await arrived(names)).toEqual([QUESTION, QUESTION, 'One', 'Two', 'Three']);
  });

  test('has its held message released by a later message that does not tell it', async () => {
    const names = newNames();
    await writes(names, nameOf(names), 'hi');
    await service.advance(30 * HOUR_MS);
    await service.send({ to: names.parent, body: 'Waiting', whenClosed: 'hold' });
    await service.inbound(nameOf(names), { body: 'yes', externalUserId: names.externalUserId });
    expect(await arrived(names)).toEqual([QUESTION, 'Waiting']);
  });

  test('has their window closed by WhatsApp’s refusal of a message to it', async () => {
    const names = newNames();
    const { externalUserId, parentExternalUserId } = names;
    await service.inbound(nameOf(names), {
      ...{ body: 'hi', externalUserId, parentExternalUserId, opensWindow: false },
    });
    await service.advance(2 * HOUR_MS);
    await service.send({ to: names.parent, body: 'Hello' });
    await service.outbound();
    await service.advance(61_000);
    expect([await outcome(nameOf(names)), await outcome(names.parent)]).toEqual(['refused', 'refused']);
  });

  test('costs a known user who writes no request more, and one round trip', async () => {
    const names = newNames();
    await writes(names, nameOf(names), 'hi');
    await service.control('config', { latencyMs: 50 });
    const { requests } = await service.requestsOf(() => writes(names, nameOf(names), 'again'));
    await service.control('config', { latencyMs: 0 });
    expect([requests.length, criticalPath(requests)]).toEqual([3, 1]);
  });
});

test('what was held for the parent id is listed under every name, cancelled by its id, and read in one thread', async () => {
  const names = newNames();
  const everyName = [names.parent, names.bsuid, names.phone];
  for (const to of everyName) {
    await service.send({ to, body: `to ${to}`, whenClosed: 'hold' });
    await service.advance(1000);
  }
  await writes(names, names.phone, 'STOP');
  const listOf = async (to: string) => {
    const path = `/held-messages?to=${encodeURIComponent(to)}`;
    return (await service.get<{ held: { id: string; to: string }[] }>(path)).json.held;
  };
  const lists = await Promise.all(everyName.map(listOf));
  const cancelled = await Promise.all(
    (lists[0] ?? []).map(({ id }) => service.post('/held-messages', { to: names.parent, cancel: id })),
  );
  const texts = async (to: string) => {
    const path = `/thread?to=${encodeURIComponent(to)}`;
    return (await service.get<{ messages: { body: string }[] }>(path)).json.messages.map(({ body }) => body);
  };
  expect([
    lists.map((list) => list.map(({ id, to }) => [id, to])),
    cancelled.map(({ json }) => json.cancelled),
    await listOf(names.phone),
    await Promise.all(everyName.map(texts)),
  ]).toEqual([
    Array.from({ length: 3 }, () => [
      ['p0', names.parent],
      ['b0', names.bsuid],
      ['0', names.phone],
    ]),
    [true, true, true],
    [],
    Array.from({ length: 3 }, () => ['STOP', QUESTION, QUESTION, QUESTION]),
  ]);
});

test('a person who is known by BSUID and parent id, and then by number, has one window under all three', async () => {
  const names = newNames();
  await writes(names, names.bsuid, 'hi');
  await service.send({ to: names.parent, body: 'x' });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: names.parent, body: 'Waiting', whenClosed: 'hold' });
  await writes(names, names.phone, 'yes');
  const windows = await Promise.all([names.phone, names.bsuid, names.parent].map(windowOf));
  expect([windows, await arrived(names)]).toEqual([
    [windows[0], windows[0], windows[0]],
    ['x', QUESTION, 'Waiting'],
  ]);
});

test('a message that comes from the parent id itself is one from its BSUID', async () => {
  const names = newNames();
  await writes(names, names.phone, 'hi');
  await service.advance(30 * HOUR_MS);
  await writes(names, names.parent, 'again');
  expect(await outcome(names.phone)).toBe('sent');
});

test('a parent id that comes with a number and no BSUID is the same person as the number', async () => {
  const names = newNames();
  const { phone, parent, parentExternalUserId } = names;
  await service.inbound(phone, { body: 'hi', parentExternalUserId });
  expect(await outcome(parent)).toBe('sent');
  await service.inbound(phone, { body: 'STOP' });
  expect(await outcome(parent)).toBe('refused');
});

test('the parent id of a number’s former owner is another person than the new owner', async () => {
  const [before, after] = [newNames(), newNames()];
  const { phone } = before;
  await writes(before, phone, 'hi');
  await service.inbound(phone, { body: 'I am new here', externalUserId: after.externalUserId });
  expect([await outcome(before.parent), await outcome(phone)]).toEqual(['refused', 'sent']);
});

test('the parent id of a company with two accounts leads each sender to the BSUID that is theirs', async () => {
  const [first, second] = [newNames(), newNames()];
  const other = 'whatsapp:+14155550177';
  await writes(first, first.bsuid, 'STOP');
  await service.inbound(second.bsuid, {
    ...{ to: other, body: 'hi', externalUserId: second.externalUserId },
    parentExternalUserId: first.parentExternalUserId,
  });
  expect([await outcome(first.parent), await outcome(first.parent, { from: other })]).toEqual([
    'refused',
    'sent',
  ]);
});

test('what is stored under the parent id is erased with the rest of the person', async () => {
  const names = newNames();
  await writes(names, names.phone, 'hi');
  const { status, json } = await service.post<{ erased: object }>('/forget', { to: names.phone });
  const documents = await service.documents();
  const mine = [names.externalUserId, names.parentExternalUserId, names.phone.slice('whatsapp:+'.length)];
  const left = documents.flatMap(({ uniqueName }) =>
    mine.some((name) => uniqueName.endsWith(`.${name}`)) ? [uniqueName] : [],
  );
  expect([status, json.erased, left]).toEqual([200, { windows: 1, held: 0, links: 2, keys: 0 }, []]);
});
