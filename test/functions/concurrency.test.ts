/**
 * Many at once, from many containers: what is left in Sync must be what the last of them said, whoever came last, and
 * every message goes out once.
 */
import { DAY_MS, iso, newUser, useService } from './service';

interface WindowAnswer {
  readonly window: { readonly state: string; readonly lastInboundAt: string; readonly closesAt: string };
}

describe('one warm container', () => {
  const service = useService({ executions: '0' });

  test('records two users correctly during 30 messages of a new one and 30 answers to a known one', async () => {
    const [newcomer, acquaintance] = [newUser(), newUser()];
    await service.control('config', { rateLimits: false });
    await service.inbound(acquaintance);
    const started = ((await service.control('clock')) as { nowMs: number }).nowMs;
    const [webhooks, sends] = await Promise.all([
      Promise.all(
        Array.from({ length: 30 }, (_, index) => service.inbound(newcomer, { body: `in ${index}` })),
      ),
      Promise.all(
        Array.from({ length: 30 }, (_, index) => service.send({ to: acquaintance, body: `out ${index}` })),
      ),
      Promise.all(Array.from({ length: 10 }, () => service.inbound(acquaintance))),
    ]);
    const ended = ((await service.control('clock')) as { nowMs: number }).nowMs;
    expect(webhooks.flatMap((result) => result.webhooks.map(({ status }) => status))).toEqual(
      Array(30).fill(200),
    );
    expect(sends.map(({ json }) => json.outcome)).toEqual(Array(30).fill('sent'));

    for (const user of [newcomer, acquaintance]) {
      const { json } = await service.post<WindowAnswer>('/window', { to: user });
      const lastInboundAt = Date.parse(json.window.lastInboundAt);
      expect(json.window).toMatchObject({ state: 'open', closesAt: iso(lastInboundAt + DAY_MS) });
      expect(lastInboundAt >= started && lastInboundAt <= ended).toBe(true);
      const digits = user.replace(/\D/g, '');
      expect(
        (await service.documents()).filter(({ uniqueName }) => uniqueName === `window.14155238886.${digits}`),
      ).toHaveLength(1);
    }
    const texts = (await service.outbound(acquaintance)).map(({ text }) => text).sort();
    expect(texts).toEqual(Array.from({ length: 30 }, (_, index) => `out ${index}`).sort());
  });

  test('sends one reply prompt for 8 messages held at once, and none for another one after them', async () => {
    const user = newUser();
    const hold = (body: string) => service.send({ to: user, body, whenClosed: 'hold' });
    const held = await Promise.all(Array.from({ length: 8 }, (_, index) => hold(`held ${index}`)));
    await hold('one more');
    expect(held.map(({ json }) => json.outcome)).toEqual(Array(8).fill('held'));
    expect(held.filter(({ json }) => json.message !== null)).toHaveLength(1);
    expect(await service.outbound(user)).toHaveLength(1);
  });

  test('opens one window for a webhook that is posted five times at once', async () => {
    const user = newUser();
    await service.control('faults', { target: 'webhook', do: 'duplicate', concurrently: true, times: 1 });
    await service.inbound(user);
    await service.control('idle');
    const { json } = await service.post<WindowAnswer>('/window', { to: user });
    expect(json.window.state).toBe('open');
  });

  test('loses nothing that it answered with 200 while Sync limits the rate', async () => {
    await service.control('config', { rateLimits: true });
    const user = newUser();
    const results = await Promise.all(Array.from({ length: 40 }, () => service.inbound(user)));
    const statuses = new Set(results.flatMap(({ webhooks }) => webhooks.map(({ status }) => status)));
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    const { json } = await service.post<WindowAnswer>('/window', { to: user });
    expect(json.window.state).toBe('open');
  });
});

describe('many fresh containers', () => {
  const service = useService({ inProcess: false });

  test('answer 6 messages of a new user at once, and leave one record', async () => {
    const user = newUser();
    const results = await Promise.all(Array.from({ length: 6 }, () => service.inbound(user)));
    expect(results.flatMap(({ webhooks }) => webhooks.map(({ status }) => status))).toEqual(
      Array(6).fill(200),
    );
    const digits = user.replace(/\D/g, '');
    const records = (await service.documents()).filter(
      ({ uniqueName }) => uniqueName === `window.14155238886.${digits}`,
    );
    expect(records).toHaveLength(1);
    const { json } = await service.post<WindowAnswer>('/window', { to: user });
    expect(json.window.state).toBe('open');
  });

  test('keep a new message over an older one that is being read from the log', async () => {
    const user = newUser();
    await service.inbound(user, { deliver: false });
    await service.advance(2 * DAY_MS);
    // The log's answer is underway, and what it says would be remembered after the message was recorded.
    await service.fault({
      match: { service: 'api', method: 'GET', path: '/Messages' },
      do: 'delay',
      delayMs: 900,
    });
    const [, inbound] = await Promise.all([service.post('/window', { to: user }), service.inbound(user)]);
    expect(inbound.webhooks.map(({ status }) => status)).toEqual([200]);
    const { json } = await service.post<WindowAnswer>('/window', { to: user });
    expect(json.window.state).toBe('open');
  });
});
