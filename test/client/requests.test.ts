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

describe('a request of the client that meets a transient failure', () => {
  const to = '+15551234567';
  const read = (c: WindowClient) => c.window({ to });
  const sendOnce = (c: WindowClient) => c.send({ to, body: 'x', idempotencyKey: 'k' });
  const sendBlindly = (c: WindowClient) => c.send({ to, body: 'x' });
  const cancel = (c: WindowClient) => c.cancelHeld({ to, id: '0' });

  test.each([
    [
      'reading is repeated after a limit, an outage and a lost connection',
      read,
      [429, 503, 'lost', 200],
      4,
      null,
    ],
    ['a send with a key is repeated', sendOnce, [503, 200], 2, null],
    ['reading is repeated three times at most', read, [429], 4, 'RATE_LIMITED'],
    ['a send with a key is repeated three times at most', sendOnce, ['lost'], 4, 'NO_ANSWER'],
    ['a lost send without a key is not repeated', sendBlindly, ['lost'], 1, 'NO_ANSWER'],
    ['a send without a key that met a limit is not repeated', sendBlindly, [429], 1, 'RATE_LIMITED'],
    ['a cancellation is not repeated', cancel, [503], 1, 'RATE_LIMITED'],
    ['reading is not repeated after another failure', read, [502], 1, 'RATE_LIMITED'],
  ] as const)(
    'is repeated only where that cannot send twice: %s',
    async (_says, call, attempts, count, code) => {
      const { client: broken, requests } = network(...attempts);
      const error = await thrown(call(broken));
      expect([requests.length, error instanceof WindowError ? error.code : error]).toEqual([count, code]);
    },
  );
});

describe('the client', () => {
  test('encodes a plus in a query, leaves out what is not set, and follows no redirect', async () => {
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
  ])('throws where it is made for %s with the token "%s"', (url, token) => {
    expect(() => new WindowClient({ url, token })).toThrow(TypeError);
  });

  test('the client reports the platform’s limit of 30 functions at a time as a rate limit', async () => {
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

  test('the client reports an address where another service answers', async () => {
    const page: typeof fetch = async () => new Response('<html>', { status: 404 });
    const lost = new WindowClient({ url: 'https://x.example', token: 'token', fetch: page });
    expect(await thrown(lost.thread({ to: '+15551234567' }))).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      status: 404,
      message: expect.stringContaining('/thread'),
    });
  });
});
