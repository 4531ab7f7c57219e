/** Webhooks that come late or again never reopen a window; writes that overtake each other leave the newest. */
import { HOUR_MS, iso, NOON, newUser, useService } from './service';

const service = useService();
const windowOf = async (to: string) =>
  (await service.get<{ window: object }>(`/window?to=${encodeURIComponent(to)}`)).json.window;

beforeEach(async () => {
  await service.clearFaults();
  await service.control('reset', {});
  await service.freeze(NOON);
});

test('a webhook that is delivered again hours later does not change when the window ends', async () => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'hi' });
  await service.advance(10 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON) });
  await service.advance(14 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'closed', lastInboundAt: iso(NOON), secondsLeft: 0 });
});

test('an old message that is delivered again does not shorten the window of a newer one', async () => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'first' });
  await service.advance(5 * HOUR_MS);
  await service.inbound(to, { body: 'second' });
  await service.advance(5 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON + 5 * HOUR_MS) });
});

test('a webhook that comes hours late opens the window from the message’s time, not from its own', async () => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'hi', deliver: false });
  await service.advance(23 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON), secondsLeft: 3600 });
});

test.each([
  ['59 s late', 59_000, NOON + 59_000],
  ['60 s late', 60_000, NOON + 60_000],
  ['61 s late', 61_000, NOON],
])(
  'a webhook counts from its arrival for 60 s, and from its message’s time after that: %s',
  async (_sentence, delay, at) => {
    const to = newUser();
    const { messageSid } = await service.inbound(to, { body: 'hi', deliver: false });
    await service.advance(delay);
    await service.control('replay', { messageSid });
    expect(await windowOf(to)).toMatchObject({ lastInboundAt: iso(at) });
  },
);

test('a STOP that comes late starts the window at its own time and opts the user out', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await service.advance(HOUR_MS);
  const { messageSid } = await service.inbound(to, { body: 'STOP', deliver: false });
  await service.advance(HOUR_MS);
  await service.control('replay', { messageSid });
  expect((await service.get(`/window?to=${encodeURIComponent(to)}`)).json).toMatchObject({
    window: { lastInboundAt: iso(NOON + HOUR_MS) },
    optedOut: true,
  });
});

test('a delayed write that lands after that of a newer message does not replace it', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'known' });
  await service.fault({
    match: { service: 'sync', method: 'POST', path: 'Documents' },
    do: 'delay',
    delayMs: 1500,
    times: 1,
  });
  const slow = service.inbound(to, { body: 'older' });
  await new Promise<void>((resolve) => {
    // Until the slow write is under way, which the spent fault tells.
    const look = async (): Promise<void> => {
      const { active } = await service.control<{ active: readonly object[] }>('faults');
      if (active.length === 0) resolve();
      else setTimeout(() => void look(), 20);
    };
    void look();
  });
  await service.advance(3 * HOUR_MS);
  await service.inbound(to, { body: 'newer' });
  await slow;
  expect(await windowOf(to)).toMatchObject({ lastInboundAt: iso(NOON + 3 * HOUR_MS) });
});

test('a window is stored and its webhook answered with success while the message log is unavailable', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'known' });
  for (const how of [{ do: 'status', status: 503 }, { do: 'hang' }]) {
    await service.fault({ match: { service: 'api', method: 'GET' }, times: 0, ...how });
    await service.advance(HOUR_MS);
    const { webhooks } = await service.inbound(to, { body: 'hi' });
    await service.clearFaults();
    expect(webhooks.map(({ status }) => status)).toEqual([200]);
  }
  expect(await windowOf(to)).toMatchObject({ lastInboundAt: iso(NOON + 2 * HOUR_MS) });
});

describe('while the message log is unavailable, so that nobody can tell what is late', () => {
  const withoutLog = async <T>(act: () => Promise<T>): Promise<T> => {
    await service.fault({ match: { service: 'api', method: 'GET' }, do: 'status', status: 503, times: 0 });
    try {
      return await act();
    } finally {
      await service.clearFaults();
    }
  };
  const template = { template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } };

  /** WhatsApp refuses a text some hours after the message, so it holds the window for closed; another text may wait. */
  async function closedByWhatsApp(to: string, isHolding = true): Promise<string> {
    const { messageSid } = await service.inbound(to, { body: 'hi', opensWindow: false });
    await service.advance(5 * HOUR_MS);
    await service.send({ to, body: 'Hello', ...template });
    await service.outbound(to);
    expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
    if (isHolding) await service.send({ to, body: 'Waiting', whenClosed: 'hold' });
    await service.advance(HOUR_MS);
    return messageSid;
  }

  test.each([
    ['where a text is held', true],
    ['where nothing is held', false],
  ])(
    'a message delivered again does not open a window that WhatsApp closed, %s',
    async (_says, isHolding) => {
      const to = newUser();
      const messageSid = await closedByWhatsApp(to, isHolding);
      await withoutLog(() => service.control('replay', { messageSid }));
      expect(await windowOf(to)).toMatchObject({
        ...{ state: 'closed', source: 'whatsapp', lastInboundAt: iso(NOON) },
      });
      expect((await service.outbound(to)).map(({ text }) => text)).not.toContain('Waiting');
    },
  );

  test.each([
    ['an hour', HOUR_MS],
    ['two seconds', 2000],
  ])(
    'an older message than the newest, by %s, does not open a window that WhatsApp closed',
    async (_by, ms) => {
      const to = newUser();
      const older = await service.inbound(to, { body: 'older', opensWindow: false });
      await service.advance(ms);
      await closedByWhatsApp(to);
      const before = await windowOf(to);
      await withoutLog(() => service.control('replay', { messageSid: older.messageSid }));
      expect(await windowOf(to)).toEqual(before);
      expect((await service.outbound(to)).map(({ text }) => text)).not.toContain('Waiting');
    },
  );

  test('an older message than a STOP does not move the window forward', async () => {
    const to = newUser();
    const { messageSid } = await service.inbound(to, { body: 'older' });
    await service.advance(1);
    await service.inbound(to, { body: 'STOP' });
    await service.advance(HOUR_MS);
    const before = await windowOf(to);
    await withoutLog(() => service.control('replay', { messageSid }));
    expect(await windowOf(to)).toEqual(before);
  });

  test('another message opens the window that WhatsApp closed', async () => {
    const to = newUser();
    await closedByWhatsApp(to);
    await withoutLog(() => service.inbound(to, { body: 'back again' }));
    expect(await windowOf(to)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON + 6 * HOUR_MS) });
    expect((await service.outbound(to)).map(({ text }) => text)).toContain('Waiting');
  });

  test('a STOP delivered again does not move the window forward', async () => {
    const to = newUser();
    const { messageSid } = await service.inbound(to, { body: 'STOP' });
    await service.advance(HOUR_MS);
    await withoutLog(() => service.control('replay', { messageSid }));
    expect(await windowOf(to)).toMatchObject({ lastInboundAt: iso(NOON) });
  });

  test('a START after a STOP is not applied and is to be delivered again, because it may be older than the STOP', async () => {
    const to = newUser();
    const { messageSid } = await service.inbound(to, { body: 'START' });
    await service.advance(HOUR_MS);
    await service.inbound(to, { body: 'STOP' });
    await service.advance(15_000);
    const again = () => service.control<{ webhooks: { status: number }[] }>('replay', { messageSid });
    const statuses = async () => (await again()).webhooks.map(({ status }) => status);
    expect([await withoutLog(statuses), await statuses()]).toEqual([[503], [200]]);
    expect((await service.send({ to, ...template })).json).toMatchObject({ error: { code: 'OPTED_OUT' } });
    await service.inbound(to, { body: 'START' });
    expect((await service.send({ to, ...template })).json).toMatchObject({ outcome: 'sent' });
  });
});
