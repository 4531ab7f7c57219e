/** /windows?closingWithin: only open windows that close so soon, each person once; and the key that stands for a window. */
import {
  DAY_MS,
  type ErrorAnswer,
  fields,
  HOUR_MS,
  NOON,
  newUser,
  type TwilioRequest,
  useService,
} from './service';

const service = useService();

interface Row {
  readonly user: string;
  readonly sender: string;
  readonly windowKey: string | null;
}
interface Page {
  readonly windows: readonly Row[];
  readonly nextCursor: string | null;
}

const page = async (query: string) => (await service.get<Page>(`/windows?${query}`)).json;
const closing = async (seconds: number) => {
  const found: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: Page = await page(`closingWithin=${seconds}&limit=100&cursor=${encodeURIComponent(cursor)}`);
    found.push(...next.windows);
    cursor = next.nextCursor;
  }
  return found.map(({ user }) => user);
};
const keyOf = async (to: string) =>
  (await page('limit=100')).windows.find(({ user }) => user === to)?.windowKey;

beforeEach(async () => {
  await service.control('reset', {});
  await service.freeze(NOON);
});

describe('/windows with closingWithin', () => {
  test.each([
    ['1 s more', -1000, false],
    ['1 ms more', -1, false],
    ['exactly that time', 0, true],
    ['1 ms less', 1, true],
    ['1 s less', 1000, true],
  ])('lists a window that closes in at most that time: in %s', async (_says, later, isFound) => {
    const user = newUser();
    await service.inbound(user);
    await service.advance(DAY_MS - HOUR_MS + later);
    expect(await closing(3600)).toEqual(isFound ? [user] : []);
  });

  test.each([
    ['1 s before the margin', -1000, true],
    ['1 ms before it', -1, true],
    ['at the beginning of the margin', 0, false],
    ['1 s into the margin', 1000, false],
  ])('does not list a window that is no longer open: it is %s', async (_says, later, isFound) => {
    const user = newUser();
    await service.inbound(user);
    await service.advance(DAY_MS - 300_000 + later);
    expect(await closing(86_400)).toEqual(isFound ? [user] : []);
  });

  test.each(['0', '86401', '-1', '1.5', 'soon', '1e3'])(
    'refuses the value %s and names the parameter',
    async (seconds) => {
      const { status, json } = await service.get<{ error: ErrorAnswer }>(`/windows?closingWithin=${seconds}`);
      expect([status, fields(json.error)]).toEqual([400, ['closingWithin']]);
    },
  );

  test.each(['1', '86400'])('accepts the value %s', async (seconds) => {
    expect((await service.get(`/windows?closingWithin=${seconds}`)).status).toBe(200);
  });
});

describe('/windows with closingWithin for people', () => {
  test('does not list people who opted out or whom WhatsApp closed', async () => {
    const [stopped, refused, plain] = [newUser(), newUser(), newUser()];
    await service.inbound(plain);
    await service.inbound(stopped);
    await service.inbound(stopped, { body: 'STOP' });
    await service.inbound(refused, { opensWindow: false });
    await service.advance(2 * HOUR_MS);
    await service.send({ to: refused, body: 'Hello' });
    await service.outbound();
    expect(await closing(86_400)).toEqual([plain]);
  });

  test('lists people with two names once, under the phone number, whichever they wrote under', async () => {
    const [phone, bsuid] = [newUser(), 'whatsapp:DE.88001'];
    await service.inbound(phone, { externalUserId: 'DE.88001' });
    await service.advance(HOUR_MS);
    await service.inbound(bsuid, { externalUserId: 'DE.88001' });
    const first = await closing(86_400);
    await service.advance(HOUR_MS);
    await service.inbound(phone, { externalUserId: 'DE.88001' });
    expect([first, await closing(86_400)]).toEqual([[phone], [phone]]);
  });

  test('lists people once where one message opened the window under both names', async () => {
    const [phone, bsuid] = [newUser(), 'whatsapp:DE.88002'];
    await service.inbound(phone, { externalUserId: 'DE.88002' });
    await service.inbound(bsuid, { externalUserId: 'DE.88002' });
    await service.advance(30 * HOUR_MS);
    await service.send({ to: bsuid, body: 'Waiting', whenClosed: 'hold' });
    await service.inbound(phone, { externalUserId: 'DE.88002' });
    expect(await closing(86_400)).toEqual([phone]);
  });

  test('lists everyone among many others, page by page, each once', async () => {
    const soon = Array.from({ length: 5 }, newUser);
    const others = Array.from({ length: 35 }, newUser);
    for (const user of soon) await service.inbound(user);
    await service.advance(12 * HOUR_MS);
    for (const user of others) await service.inbound(user);
    await service.advance(11.5 * HOUR_MS);
    for (const limit of [1, 7, 100]) {
      const found: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const next: Page = await page(
          `closingWithin=3600&limit=${limit}&cursor=${encodeURIComponent(cursor)}`,
        );
        expect(next.windows.length).toBeLessThanOrEqual(limit);
        found.push(...next.windows.map(({ user }) => user));
        cursor = next.nextCursor;
      }
      expect([limit, [...found].sort()]).toEqual([limit, [...soon].sort()]);
    }
  });

  test('searches on while it has time where nobody matches, then gives a cursor', async () => {
    for (let index = 0; index < 12; index += 1) await service.inbound(newUser());
    await service.control('config', { latencyMs: 900 });
    const { answer, requests } = await service.requestsOf(() => page('closingWithin=60&limit=1'));
    await service.control('config', { latencyMs: 0 });
    const pages = requests.filter(({ route }: TwilioRequest) => route === 'GET sync Documents');
    expect(answer).toMatchObject({ windows: [], nextCursor: expect.any(String) });
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.length).toBeLessThan(12);
  });

  test('lists everyone where the parameter is missing, with one request', async () => {
    const [old, fresh] = [newUser(), newUser()];
    await service.inbound(old);
    await service.advance(2 * DAY_MS);
    await service.inbound(fresh);
    const { answer, requests } = await service.requestsOf(() => page('limit=100'));
    expect([answer.windows.map(({ user }) => user).sort(), requests.length]).toEqual([
      [old, fresh].sort(),
      1,
    ]);
  });
});

describe('the key of a window', () => {
  test('stays the same for the window, and a new message makes a new key', async () => {
    const to = newUser();
    await service.inbound(to);
    const first = await keyOf(to);
    await service.advance(20 * HOUR_MS);
    const later = await keyOf(to);
    await service.inbound(to);
    const second = await keyOf(to);
    await service.control('call', { from: to });
    await service.advance(HOUR_MS);
    await service.post('/contact', { to });
    const third = await keyOf(to);
    expect(first).toMatch(/^window\.[0-9a-f]{24}$/);
    expect([later, new Set([first, second, third]).size]).toEqual([first, 3]);
  });

  test('stays the same when a webhook is delivered again, at once or late', async () => {
    const to = newUser();
    const { messageSid } = await service.inbound(to);
    const first = await keyOf(to);
    await service.advance(30_000);
    await service.control('replay', { messageSid });
    const again = await keyOf(to);
    await service.advance(10 * HOUR_MS);
    await service.control('replay', { messageSid });
    expect([again, await keyOf(to)]).toEqual([first, first]);
  });

  test('differs for each pair and contains no name or number', async () => {
    const to = newUser();
    await service.inbound(to);
    await service.inbound(to, { to: 'whatsapp:+14155550144' });
    await service.inbound(newUser());
    const keys = (await page('limit=100')).windows.map(({ windowKey }) => windowKey ?? '');
    const naming = keys.filter((key) => key.includes(to.replace(/\D/g, '')));
    expect([keys.length, new Set(keys).size, naming]).toEqual([3, 3, []]);
  });

  test('is missing where the user never wrote', async () => {
    const to = newUser();
    await service.post('/window', { to });
    expect(await keyOf(to)).toBeNull();
  });

  test('lets a text leave once per window where it is used as an idempotency key', async () => {
    const to = newUser();
    const remind = async () => service.send({ to, body: 'Still there?', idempotencyKey: await keyOf(to) });
    await service.inbound(to);
    await service.advance(23 * HOUR_MS);
    await Promise.all([remind(), remind(), remind()]);
    await remind();
    await service.inbound(to);
    await remind();
    expect((await service.outbound(to)).map(({ text }) => text)).toEqual(['Still there?', 'Still there?']);
  });
});
