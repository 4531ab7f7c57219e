/** /windows: everybody that is known, each once, a page at a time, with the clock that the page counts by. */
import { DAY_MS, HOUR_MS, iso, NOON, newUser, SENDER, useService } from './service';

const service = useService();
const KEY = expect.stringMatching(/^window\.[0-9a-f]{24}$/);

interface Page {
  readonly windows: readonly { readonly user: string; readonly window: { readonly state: string } }[];
  readonly nextCursor: string | null;
}

test('nobody yet', async () => {
  await service.freeze(NOON);
  expect(await service.get('/windows')).toEqual({
    status: 200,
    json: { windows: [], nextCursor: null, now: iso(NOON), marginSeconds: 300, error: null },
  });
});

test('one of each state, as /window tells it', async () => {
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
    ...{ sender: SENDER, user, profileName, optedOut: false, windowKey: KEY },
    window: { state, lastInboundAt: iso(last), closesAt: iso(last + DAY_MS), secondsLeft, source: 'sync' },
  });
  const { json } = await service.get<Page>('/windows');
  const byUser = [...json.windows].sort((a, b) => (a.user < b.user ? -1 : 1));
  expect(byUser).toEqual([
    row(open, null, 'open', NOON + DAY_MS, 82_800),
    row(closed, 'Grace', 'closed', NOON, 0),
  ]);
});

test.each([1, 2, 3, 100])('everybody once, %d a page', async (limit) => {
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

test('other documents of the same Sync service are passed over', async () => {
  const { emulator } = service.stand;
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
