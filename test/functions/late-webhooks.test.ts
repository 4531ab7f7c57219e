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

test('delivered again hours later: the window ends when it would have ended', async () => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'hi' });
  await service.advance(10 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON) });
  await service.advance(14 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'closed', lastInboundAt: iso(NOON), secondsLeft: 0 });
});

test('an old message delivered again does not shorten the window of a newer one', async () => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'first' });
  await service.advance(5 * HOUR_MS);
  await service.inbound(to, { body: 'second' });
  await service.advance(5 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON + 5 * HOUR_MS) });
});

test('delivered for the first time, hours late: the window counts from the message, not from the webhook', async () => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'hi', deliver: false });
  await service.advance(23 * HOUR_MS);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON), secondsLeft: 3600 });
});

test.each([
  ['59 s late is taken for now', 59_000, NOON + 59_000],
  ['60 s late is taken for now', 60_000, NOON + 60_000],
  ['61 s late counts from the message', 61_000, NOON],
])('%s', async (_sentence, delay, at) => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'hi', deliver: false });
  await service.advance(delay);
  await service.control('replay', { messageSid });
  expect(await windowOf(to)).toMatchObject({ lastInboundAt: iso(at) });
});

test('a STOP that comes late starts the window at its own time, and closes the door', async () => {
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

test('a write that was held up and lands after that of a newer message leaves the newer one', async () => {
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

test('the message log away or silent: the window is stored and the webhook answered with success', async () => {
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
