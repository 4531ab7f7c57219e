/** GET /thread: both directions from Twilio's log, what became of each message, and nothing stored for it. */
import { HOUR_MS, iso, NOON, newUser, SENDER, useService } from './service';

const service = useService();

interface Entry {
  readonly sid: string;
  readonly direction: string;
  readonly at: string;
  readonly body: string | null;
  readonly mediaCount: number;
  readonly status: string;
  readonly error: unknown;
  readonly repairOf: string | null;
  readonly media: readonly { readonly contentType: string }[] | null;
}
interface Page {
  readonly messages: readonly Entry[];
  readonly nextCursor: string | null;
  readonly error: unknown;
}
const thread = async (to: string, more: Record<string, string> = {}) =>
  (await service.get<Page>(`/thread?${new URLSearchParams({ to, ...more })}`)).json;
const bodies = async (to: string) => (await thread(to)).messages.map(({ body }) => body);

beforeEach(async () => {
  await service.control('reset', {});
  await service.freeze(NOON);
});

test('/thread lists messages, newest first, with all keys, and stores nothing', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'Hello?' });
  await service.advance(2000);
  const sent = await service.send({ to, body: 'Welcome' });
  await service.advance(3000);
  const { messageSid } = await service.inbound(to, {
    body: '',
    media: [{ url: 'https://example.com/a.jpg', contentType: 'image/jpeg' }],
  });
  await service.control('idle');
  const before = await service.sync();
  const { answer, requests } = await service.requestsOf(() =>
    service.get(`/thread?${new URLSearchParams({ to })}`),
  );
  const entry = { mediaCount: 0, error: null, repairOf: null, media: [] };
  expect(answer).toEqual({
    status: 200,
    json: {
      messages: [
        {
          ...entry,
          sid: messageSid,
          direction: 'inbound',
          at: iso(NOON + 5000),
          body: '',
          mediaCount: 1,
          media: null,
          status: 'received',
        },
        {
          ...entry,
          sid: sent.json.message?.sid,
          direction: 'outbound',
          at: iso(NOON + 2000),
          body: 'Welcome',
          status: expect.stringMatching(/^(?:delivered|read)$/),
        },
        {
          ...entry,
          sid: expect.stringMatching(/^SM/),
          direction: 'inbound',
          at: iso(NOON),
          body: 'Hello?',
          status: 'received',
        },
      ],
      nextCursor: null,
      error: null,
    },
  });
  expect(await service.sync()).toEqual(before);
  // Beside what the log is asked, the person's other name is looked up.
  expect(requests.length).toBeLessThanOrEqual(3);
  expect(requests.filter(({ service: api }) => api === 'api')).toHaveLength(2);
});

test('/thread with media=true says what is attached, of the newest ten messages with attachments, at a request for each', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'only a text' });
  for (let second = 0; second < 11; second += 1) {
    await service.advance(1000);
    const contentType = second === 10 ? 'application/pdf' : 'image/jpeg';
    await service.inbound(to, { body: '', media: [{ url: 'https://example.com/a', contentType }] });
  }
  const { answer, requests } = await service.requestsOf(() => thread(to, { media: 'true' }));
  const kinds = answer.messages.map(({ media }) => media?.map(({ contentType }) => contentType) ?? null);
  expect(kinds).toEqual([['application/pdf'], ...Array.from({ length: 9 }, () => ['image/jpeg']), null, []]);
  expect(requests.filter(({ path }) => path.endsWith('/Media.json'))).toHaveLength(10);
  await service.fault({ match: { path: 'Media' }, do: 'status', status: 503, times: 0 });
  const without = await thread(to, { media: 'true' });
  await service.clearFaults();
  expect(without.messages.map(({ mediaCount, media }) => [mediaCount, media]).slice(-2)).toEqual([
    [1, null],
    [0, []],
  ]);
});

test('/thread lists nothing of another sender or another person', async () => {
  const [to, other] = [newUser(), newUser()];
  await service.inbound(other, { body: 'mine' });
  await service.inbound(to, { body: 'theirs' });
  expect(await bodies(to)).toEqual(['theirs']);
  expect((await thread(to, { from: 'whatsapp:+14155550199' })).messages).toEqual([]);
});

test('/thread lists each message once in pages of two, all of one second', async () => {
  const to = newUser();
  for (const body of ['1', '2', '3', '4', '5']) await service.inbound(to, { body });
  const read: (string | null)[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await thread(to, { limit: '2', ...(cursor !== null && { cursor }) });
    read.push(...page.messages.map(({ body }) => body));
    cursor = page.nextCursor;
    await service.inbound(to, { body: 'new' });
  } while (cursor !== null);
  expect(read).toEqual(['5', '4', '3', '2', '1']);
});

test.each([
  ['not kept by the account', async () => service.control('config', { discardBodies: true })],
  [
    'redacted since',
    async (sid: string) => {
      const { emulator } = service.offline;
      const path = `/2010-04-01/Accounts/${emulator.accountSid}/Messages/${sid}.json`;
      const response = await fetch(emulator.url + path, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}` },
        body: new URLSearchParams({ Body: '' }),
      });
      expect(response.status).toBe(200);
    },
  ],
])('/thread gives null for a text that was %s', async (_says, forget) => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'private' });
  await forget(messageSid);
  expect((await thread(to)).messages).toMatchObject([{ sid: messageSid, body: null, mediaCount: 0 }]);
});

test('/thread gives an error’s code, class and explanation, and names the message sent instead', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await service.control('faults', { target: 'delivery', match: { to }, do: 'false-63016', times: 1 });
  const lost = await service.send({ to, body: 'Hello' });
  await service.control('idle');
  const { messages } = await thread(to);
  expect(messages.map(({ body, error, repairOf }) => ({ body, error, repairOf }))).toEqual([
    { body: 'Hello', error: null, repairOf: lost.json.message?.sid },
    {
      body: 'Hello',
      error: { code: 63016, class: 'window', message: expect.stringMatching(/^WhatsApp refused it .*\.$/) },
      repairOf: null,
    },
    { body: 'hi', error: null, repairOf: null },
  ]);
});

test('/thread lists one person’s messages by phone, by BSUID and by both spellings of a Brazilian number', async () => {
  const bsuid = 'DE.4242';
  const to = newUser();
  await service.inbound(to, { body: 'by phone', externalUserId: bsuid });
  await service.advance(1000);
  await service.inbound(`whatsapp:${bsuid}`, { body: 'by BSUID', externalUserId: bsuid });
  expect([await bodies(to), await bodies(`whatsapp:${bsuid}`)]).toEqual([
    ['by BSUID', 'by phone'],
    ['by BSUID', 'by phone'],
  ]);
  const [nine, eight] = ['whatsapp:+5511987654321', 'whatsapp:+551187654321'];
  await service.inbound(nine, { body: 'with nine digits' });
  await service.advance(1000);
  await service.inbound(eight, { body: 'with eight digits' });
  expect([await bodies(nine), await bodies(eight)]).toEqual([
    ['with eight digits', 'with nine digits'],
    ['with eight digits', 'with nine digits'],
  ]);
});

test('/thread lists a scheduled message at the time it left', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'Remind me' });
  await service.send({ to, body: 'Reminder', sendAt: iso(NOON + HOUR_MS) });
  await service.advance(60_000);
  await service.inbound(to, { body: 'Thanks' });
  await service.advance(HOUR_MS);
  await service.control('idle');
  expect(await bodies(to)).toEqual(['Reminder', 'Thanks', 'Remind me']);
});

test.each([
  ['to is missing', {}, 'to'],
  ['a limit of 0', { to: SENDER, limit: '0' }, 'limit'],
  ['a limit of 101', { to: SENDER, limit: '101' }, 'limit'],
  ['an unknown cursor', { to: SENDER, cursor: 'x' }, 'cursor'],
])('/thread refuses a request and names the parameter: %s', async (_says, query, field) => {
  const { status, json } = await service.get<Page>(`/thread?${new URLSearchParams(query)}`);
  expect([status, json]).toEqual([
    400,
    {
      messages: [],
      nextCursor: null,
      error: {
        code: 'INVALID_REQUEST',
        message: expect.any(String),
        problems: [{ field, message: expect.any(String) }],
      },
    },
  ]);
});
