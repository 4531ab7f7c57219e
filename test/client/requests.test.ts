/** What the client puts on the wire, and what it repeats, against a network that loses and limits. */
import { WindowClient, WindowError } from '../../client/window-client.ts';

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

/** What a network does, attempt by attempt; the last one goes on for ever. */
function network(...attempts: readonly (number | 'lost')[]) {
  const requests: { url: string; init: RequestInit | undefined }[] = [];
  const stub: typeof fetch = async (input, init) => {
    const attempt = attempts[Math.min(requests.length, attempts.length - 1)] ?? 'lost';
    requests.push({ url: String(input), init });
    if (attempt === 'lost') throw new TypeError('fetch failed');
    return Response.json(
      attempt === 200 ? OPEN : { window: null, error: { code: 'RATE_LIMITED', message: 'x', problems: [] } },
      { status: attempt },
    );
  };
  const broken = new WindowClient({ url: 'https://x.example', token: 'token', fetch: stub, pauseMs: 1 });
  return { client: broken, requests };
}
const OPEN = {
  outcome: 'sent',
  cancelled: true,
  freeFormAllowed: true,
  window: {
    state: 'open',
    lastInboundAt: '2031-05-05T12:00:00.000Z',
    closesAt: '2031-05-05T12:00:00.000Z',
    secondsLeft: 1,
    source: 'sync',
  },
  error: null,
};

describe('what is repeated', () => {
  const to = '+15551234567';
  const read = (c: WindowClient) => c.window({ to });
  const sendOnce = (c: WindowClient) => c.send({ to, body: 'x', idempotencyKey: 'k' });
  const sendBlindly = (c: WindowClient) => c.send({ to, body: 'x' });
  const cancel = (c: WindowClient) => c.cancelHeld({ to, id: '0' });

  test.each([
    ['reading, after a limit, an outage and a lost connection', read, [429, 503, 'lost', 200], 4, null],
    ['a send with a key', sendOnce, [503, 200], 2, null],
    ['reading, three times at most', read, [429], 4, 'RATE_LIMITED'],
    ['a send with a key, three times at most', sendOnce, ['lost'], 4, 'NO_ANSWER'],
    ['not a send without a key, lost', sendBlindly, ['lost'], 1, 'NO_ANSWER'],
    ['not a send without a key, limited', sendBlindly, [429], 1, 'RATE_LIMITED'],
    ['not a cancellation', cancel, [503], 1, 'RATE_LIMITED'],
    ['nothing after another failure', read, [502], 1, 'RATE_LIMITED'],
  ] as const)('%s', async (_says, call, attempts, count, code) => {
    const { client: broken, requests } = network(...attempts);
    const error = await thrown(call(broken));
    expect([requests.length, error instanceof WindowError ? error.code : error]).toEqual([count, code]);
  });
});

describe('what travels', () => {
  test('a plus in a query is written so that it arrives, what is left out is not there, and no redirect is followed', async () => {
    const { client: stubbed, requests } = network(200);
    await stubbed.window({ to: '+15551234567', from: undefined });
    expect(requests[0]?.url).toBe('https://x.example/window?to=%2B15551234567');
    expect(requests[0]?.init).toMatchObject({
      redirect: 'error',
      headers: { authorization: 'Bearer token' },
    });
  });

  test.each([
    ['http://whatsapp.example', 'token'],
    ['whatsapp.example', 'token'],
    ['https://studio:token@whatsapp.example', 'token'],
    ['https://whatsapp.example', ' '],
  ])('refuses to be made for %s with the token "%s"', (url, token) => {
    expect(() => new WindowClient({ url, token })).toThrow(TypeError);
  });

  test('a refusal of the platform, which runs 30 functions at a time, is told as a limit', async () => {
    const body = {
      code: 20429,
      message: 'Too Many Requests',
      more_info: 'https://www.twilio.com/docs/errors/20429',
      status: 429,
    };
    const busy: typeof fetch = async () => Response.json(body, { status: 429 });
    const client = new WindowClient({ url: 'https://x.example', token: 'token', fetch: busy, pauseMs: 1 });
    expect(await thrown(client.send({ to: '+15551234567', body: 'x' }))).toMatchObject({
      code: 'RATE_LIMITED',
      status: 429,
      message: expect.stringContaining('30 functions'),
    });
  });

  test('something else at the address is told as that', async () => {
    const page: typeof fetch = async () => new Response('<html>', { status: 404 });
    const lost = new WindowClient({ url: 'https://x.example', token: 'token', fetch: page });
    expect(await thrown(lost.thread({ to: '+15551234567' }))).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      status: 404,
      message: expect.stringContaining('/thread'),
    });
  });
});
