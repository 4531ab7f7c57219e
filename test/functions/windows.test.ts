/** /windows: everybody that is known, each once, a page at a time, with the clock that the page counts by. */
import { DAY_MS, HOUR_MS, iso, NOON, newUser, SENDER, useService } from './service';

const service = useService();
const KEY = expect.stringMatching(/^window\.[0-9a-f]{24}$/);

interface Page {
  readonly windows: readonly { readonly user: string; readonly window: { readonly state: string } }[];
  readonly nextCursor: string | null;
}

test('/windows is empty where nobody wrote', async () => {
  await service.freeze(NOON);
  expect(await service.get('/windows')).toEqual({
    status: 200,
    json: {
      windows: [],
      nextCursor: null,
      now: iso(NOON),
      marginSeconds: 300,
      soonSeconds: 7200,
      urgentSeconds: 1800,
      caller: { name: null, readOnly: false },
      error: null,
    },
  });
});

test('/windows lists a person of each state as /window does', async () => {
  const [open, closed] = [newUser(), newUser()];
  await service.freeze(NOON);
  await service.inbound(closed, { profileName: 'Grace' });
  await service.freeze(NOON + DAY_MS);
  await service.inbound(open, { profileName: '' });
  await service.advance(HOUR_MS);
  const row = (
    user: string,
    profileName: string | null,
    state: string,
    last: number,
    secondsLeft: number,
  ) => ({
    ...{ sender: SENDER, user, profileName, optedOut: false, windowKey: KEY, lastMessage: null },
    window: { state, lastInboundAt: iso(last), closesAt: iso(last + DAY_MS), secondsLeft, source: 'sync' },
  });
  const { json } = await service.get<Page>('/windows');
  const byUser = [...json.windows].sort((a, b) => (a.user < b.user ? -1 : 1));
  expect(byUser).toEqual([
    row(open, null, 'open', NOON + DAY_MS, 82_800),
    row(closed, 'Grace', 'closed', NOON, 0),
  ]);
});

test.each([1, 2, 3, 100])('/windows lists everyone once, %d a page', async (limit) => {
  const users = new Set<string>();
  let cursor: string | null = null;
  let count = 0;
  do {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor !== null && { cursor }) });
    const page: Page = (await service.get<Page>(`/windows?${query}`)).json;
    expect(page.windows.length).toBeLessThanOrEqual(limit);
    for (const { user } of page.windows) users.add(user);
    count += page.windows.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  const known = (await service.documents()).filter(({ uniqueName }) => uniqueName?.startsWith('window.'));
  expect([count, users.size]).toEqual([known.length, known.length]);
});

test('/windows passes over other documents of the same Sync service', async () => {
  const { emulator } = service.offline;
  for (let number = 0; number < 6; number += 1) {
    const response = await fetch(`${emulator.url}/v1/Services/${emulator.syncServiceSid}/Documents`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}` },
      body: new URLSearchParams({ UniqueName: `somebody-elses-${number}`, Data: '{"sender":"x"}' }),
    });
    expect(response.status).toBe(201);
  }
  const { status, json } = await service.get<Page>('/windows?limit=100');
  expect([status, json.windows.length]).toEqual([200, 2]);
});

describe('/windows with since', () => {
  const active = async (since: number) => {
    const { status, json } = await service.get<Page & { error: unknown }>(
      `/windows?since=${encodeURIComponent(iso(since))}`,
    );
    return { status, users: json.windows.map(({ user }) => user), next: json.nextCursor };
  };
  beforeEach(async () => {
    await service.control('reset', {});
    await service.freeze(NOON);
  });

  test.each([
    ['a second before is not listed', -1000, false],
    ['at that time is listed', 0, true],
    ['a second after is listed', 1000, true],
  ])('lists people by their last message: one who wrote %s', async (_says, ms, isThere) => {
    const user = newUser();
    await service.inbound(user);
    expect(await active(NOON - ms)).toEqual({ status: 200, users: isThere ? [user] : [], next: null });
  });

  test('lists who wrote and who was written to, newest first, each once, as /windows does', async () => {
    const [wrote, known, stranger, silent] = [newUser(), newUser(), newUser(), newUser()];
    for (const user of [silent, known]) await service.inbound(user, { profileName: 'Ada' });
    const since = NOON + HOUR_MS;
    await service.freeze(since);
    await service.send({ to: known, body: 'Hello' });
    await service.advance(1000);
    await service.send({ to: stranger, template: 'please_answer' });
    await service.advance(1000);
    for (const body of ['one', 'two']) await service.inbound(wrote, { body });
    await service.control('idle');
    const all = (await service.get<Page>('/windows')).json.windows;
    const { json } = await service.get<Page>(`/windows?since=${iso(since)}`);
    expect(json.windows.map(({ user }) => user)).toEqual([wrote, stranger, known]);
    const last = (body: string | null) => expect.objectContaining({ body });
    expect(json.windows).toEqual(
      [
        [wrote, 'two'] as const,
        [stranger, 'We have an answer for you. Reply to this message to read it.'] as const,
        [known, 'Hello'] as const,
      ].map(([wanted, body]) => ({
        ...all.find(({ user }) => user === wanted),
        lastMessage: last(body),
      })),
    );
  });

  test('lists people of another sender of the account, and a scheduled message from when it leaves', async () => {
    const [other, scheduled] = [newUser(), newUser()];
    await service.inbound(scheduled);
    await service.send({ to: scheduled, body: 'Later', sendAt: iso(NOON + HOUR_MS) });
    await service.freeze(NOON + HOUR_MS - 1000);
    await service.inbound(other, { to: 'whatsapp:+14155550199' });
    expect((await active(NOON + 1000)).users).toEqual([other]);
    await service.advance(1000);
    await service.control('idle');
    expect([...(await active(NOON + HOUR_MS)).users]).toEqual([scheduled]);
  });

  test('lists the phone number for a message under a BSUID, which started its window', async () => {
    const [user, bsuid] = [newUser(), 'DE.88001'];
    await service.inbound(user, { externalUserId: bsuid });
    await service.freeze(NOON + HOUR_MS);
    await service.inbound(`whatsapp:${bsuid}`, { externalUserId: bsuid });
    expect((await active(NOON + HOUR_MS)).users).toEqual([user]);
  });

  test('makes the same number of requests however many people are known', async () => {
    const cost = async () => {
      const { requests } = await service.requestsOf(() => active(NOON + HOUR_MS));
      return requests.length;
    };
    const user = newUser();
    for (let people = 0; people < 5; people += 1) await service.inbound(newUser());
    await service.freeze(NOON + HOUR_MS);
    await service.inbound(user);
    const few = await cost();
    await service.freeze(NOON);
    for (let people = 0; people < 40; people += 1) await service.inbound(newUser());
    await service.freeze(NOON + HOUR_MS);
    expect([few, await cost()]).toEqual([2, 2]);
  });

  test('gives the last message as /thread does, except for what it repairs', async () => {
    const user = newUser();
    await service.inbound(user, { body: 'Where is my order?' });
    await service.advance(1000);
    await service.send({ to: user, body: 'On its way.' });
    await service.control('idle');
    const [row] = (await service.get<Page>(`/windows?since=${iso(NOON)}`)).json.windows;
    const { messages } = (
      await service.get<{ messages: readonly object[] }>(`/thread?to=${encodeURIComponent(user)}`)
    ).json;
    expect(messages[0]).toEqual({
      ...(row as { lastMessage?: object }).lastMessage,
      repairOf: null,
      media: [],
    });
    expect(messages[0]).toMatchObject({ body: 'On its way.', status: 'read', error: null });
  });

  test('shows that a person opted out', async () => {
    const user = newUser();
    await service.inbound(user, { body: 'STOP' });
    const { json } = await service.get(`/windows?since=${iso(NOON)}`);
    expect(json.windows).toMatchObject([{ user, optedOut: true }]);
  });
});

describe('/windows with to', () => {
  const one = async (to: string, more = '') =>
    (await service.get<Page>(`/windows?to=${encodeURIComponent(to)}${more}`)).json.windows;
  beforeEach(async () => {
    await service.control('reset', {});
    await service.freeze(NOON);
  });

  test('lists that person alone, as in the list of all', async () => {
    const [user, neighbour] = [newUser(), newUser()];
    await service.inbound(neighbour);
    await service.inbound(user, { profileName: 'Ada' });
    const all = (await service.get<Page>('/windows')).json.windows;
    expect(await one(user)).toEqual(all.filter((window) => window.user === user));
  });

  test('lists a person of state never where nobody knows them, also with another sender', async () => {
    const [stranger, user] = [newUser(), newUser()];
    const from = 'whatsapp:+14155550199';
    await service.inbound(user, { to: from });
    expect([
      await one(stranger),
      await one(user),
      await one(user, `&from=${encodeURIComponent(from)}`),
    ]).toMatchObject([
      [{ user: stranger, sender: SENDER, profileName: null, windowKey: null, window: { state: 'never' } }],
      [{ user, sender: SENDER, window: { state: 'never' } }],
      [{ user, sender: from, window: { state: 'open' } }],
    ]);
  });
});

test.each([
  ['since=yesterday', 'since'],
  ['since=2031-05-05', 'since'],
  ['since=2031-05-05T12:00:00Z&cursor=x', 'cursor'],
  ['since=2031-05-05T12:00:00Z&closingWithin=60', 'closingWithin'],
  ['to=%2B15551234567&since=2031-05-05T12:00:00Z', 'since'],
  ['to=Ada', 'to'],
  ['to=%2B15551234567&from=Ada', 'from'],
])('/windows?%s is refused with a problem that names %s', async (query, field) => {
  const { status, json } = await service.get<{ error: { problems: readonly { field: string }[] } }>(
    `/windows?${query}`,
  );
  expect([status, json.error.problems.map((problem) => problem.field)]).toEqual([400, [field]]);
});
