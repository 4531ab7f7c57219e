/** One person, one window: phone and BSUID, two spellings of a number, and a number that changes hands. */
import { criticalPath } from '../../emulator/control/critical-path';
import { HOUR_MS, iso, newUser, SENDER, useService } from './service';

const service = useService();
let ids = 0;
const newBsuid = () => {
  ids += 1;
  return `DE.${1000 + ids}`;
};
const outcome = async (to: string, more: object = {}) =>
  (await service.send({ to, body: 'Hello', ...more })).json.outcome;
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);
const QUESTION = 'We have an answer for you. Reply to this message to read it.';
/** What was sent to the person by either name, oldest first. */
const arrived = async (phone: string, bsuid: string) =>
  (await service.outbound()).flatMap(({ to, text }) =>
    [phone, `whatsapp:${bsuid}`].includes(to) ? [text] : [],
  );

test('a person seen by phone with a BSUID is written to by BSUID in the open window', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('sent');
  expect(await outcome(phone)).toBe('sent');
});

test('a person seen by both, then only by BSUID, has an open window under the phone number as well', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  expect(await outcome(phone)).toBe('refused');
  await service.inbound(`whatsapp:${bsuid}`, { body: 'hi again', externalUserId: bsuid });
  expect(await outcome(phone)).toBe('sent');
});

test('a person seen by BSUID first and by phone later has one window', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(`whatsapp:${bsuid}`, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('sent');
});

test('a message that is held for the phone number leaves when the person answers by BSUID', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: phone, body: 'Waiting', whenClosed: 'hold' });
  await service.inbound(`whatsapp:${bsuid}`, { body: 'yes', externalUserId: bsuid });
  expect(await texts(phone)).toContain('Waiting');
});

test('a STOP under one name opts out both', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.inbound(`whatsapp:${bsuid}`, { body: 'STOP', externalUserId: bsuid });
  expect(await outcome(phone)).toBe('refused');
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('refused');
});

test.each([
  ['Argentina', '+5491123456789', '+541123456789'],
  ['Mexico', '+5215512345678', '+525512345678'],
  ['Brazil', '+5511987654321', '+551187654321'],
  ['Ivory Coast', '+2250707123456', '+22507123456'],
  ['Ivory Coast, the other way', '+22544123456', '+2250544123456'],
  ['Benin', '+2290197123456', '+22997123456'],
  ['Benin, the other way', '+22997123457', '+2290197123457'],
])(
  'a message from one spelling of a number opens the window of the other: %s',
  async (_country, from, to) => {
    await service.inbound(`whatsapp:${from}`, { body: 'hi' });
    expect((await service.send({ to, body: 'Hello', dryRun: true })).json).toMatchObject({
      decision: { reason: 'WINDOW_OPEN' },
    });
  },
);

test('a Brazilian window from before the installation is found under the other spelling', async () => {
  await service.inbound('whatsapp:+5521987654399', { body: 'hi', deliver: false });
  expect((await service.send({ to: '+552187654399', body: 'Hello', dryRun: true })).json).toMatchObject({
    decision: { reason: 'WINDOW_OPEN' },
    window: { source: 'message-log' },
  });
});

test('the new owner of a number gets nothing that was held, and is bound by no STOP', async () => {
  const [phone, before, after] = [newUser(), newBsuid(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: before });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: phone, body: 'For the former owner', whenClosed: 'hold' });
  await service.inbound(phone, { body: 'STOP', externalUserId: before });
  await service.inbound(phone, { body: 'Hello, I am new here', externalUserId: after });
  expect(await outcome(phone)).toBe('sent');
  expect(await texts(phone)).not.toContain('For the former owner');
  // The former owner's name no longer opens a way to the number.
  await service.advance(HOUR_MS);
  expect(await outcome(`whatsapp:${before}`)).toBe('refused');
});

test('a message that is held under the BSUID leaves when the person answers by phone, and a later send takes its place behind it', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: `whatsapp:${bsuid}`, body: 'Waiting', whenClosed: 'hold' });
  await service.inbound(phone, { body: 'yes', externalUserId: bsuid });
  expect(await texts(`whatsapp:${bsuid}`)).toContain('Waiting');
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('sent');
  expect(await outcome(phone)).toBe('sent');
});

test('a refusal under one name closes the window for both', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid, opensWindow: false });
  await service.advance(2 * HOUR_MS);
  await service.send({ to: `whatsapp:${bsuid}`, body: 'Hello' });
  await service.outbound();
  await service.advance(61_000);
  expect(await outcome(phone)).toBe('refused');
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('refused');
});

test.each(['number', 'BSUID'])(
  'a record that expired after a week is told from the log by what the person wrote last, under either name: asked by %s',
  async (asked) => {
    const [phone, bsuid] = [newUser(), newBsuid()];
    const to = encodeURIComponent(asked === 'number' ? phone : `whatsapp:${bsuid}`);
    const lastInbound = async () => {
      const { json } = await service.get<{ window: Record<string, string> }>(`/window?to=${to}`);
      return { source: json.window.source, at: Date.parse(json.window.lastInboundAt ?? '') };
    };
    await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
    await service.advance(2 * HOUR_MS);
    await service.inbound(`whatsapp:${bsuid}`, { body: 'hi again', externalUserId: bsuid });
    const stored = await lastInbound();
    await service.advance(8 * 24 * HOUR_MS);
    const { json } = await service.get<{ messages: readonly unknown[] }>(`/thread?to=${to}`);
    const { source, at } = await lastInbound();
    // The log knows whole seconds.
    expect([source, Math.abs(at - stored.at) < 2000, json.messages.length]).toEqual(['message-log', true, 2]);
  },
);

test('a phone number with a BSUID costs one request, though its window is closed', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  const { answer, requests } = await service.requestsOf(() =>
    service.get<{ window: { state: string } }>(`/window?to=${encodeURIComponent(phone)}`),
  );
  expect([answer.json.window.state, requests.length]).toEqual(['closed', 1]);
});

test('a known user who writes by BSUID, and never did by phone, costs one round trip like any other', async () => {
  const bsuid = newBsuid();
  const write = () => service.inbound(`whatsapp:${bsuid}`, { body: 'hi', externalUserId: bsuid });
  await write();
  await service.control('config', { latencyMs: 50 });
  const { requests } = await service.requestsOf(write);
  await service.control('config', { latencyMs: 0 });
  expect(requests.length).toBeLessThanOrEqual(3);
  expect(criticalPath(requests)).toBe(1);
});

test('a message without its BSUID in between does not part the two names', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.inbound(phone, { body: 'hi', parameters: { ExternalUserId: '' } });
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('sent');
  await service.advance(30 * HOUR_MS);
  await service.inbound(`whatsapp:${bsuid}`, { body: 'hi again', externalUserId: bsuid });
  expect(await outcome(phone)).toBe('sent');
});

test('a webhook under the BSUID that is hours late opens neither name', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  const late = { from: `whatsapp:${bsuid}`, body: 'late', externalUserId: bsuid };
  const webhook = `whatsapp:${bsuid}`;
  const { messageSid } = await service.inbound(webhook, { ...late, deliver: false });
  await service.advance(30 * HOUR_MS);
  const parameters = {
    ...{ MessageSid: messageSid, From: webhook, To: SENDER, Body: 'late' },
    ...{ SmsStatus: 'received', ExternalUserId: bsuid },
  };
  expect((await service.signed('/incoming-message', parameters)).status).toBe(200);
  expect(await outcome(phone)).toBe('refused');
  expect(await outcome(webhook)).toBe('refused');
});

test('seen by both, then for more than a week by BSUID only: the phone number is open as well', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(8 * 24 * HOUR_MS);
  await service.inbound(`whatsapp:${bsuid}`, { body: 'hi again', externalUserId: bsuid });
  expect(await outcome(phone)).toBe('sent');
  expect((await service.post('/window', { to: phone })).json).toMatchObject({ freeFormAllowed: true });
});

test('STOP by BSUID, more than a week after the last message by phone, holds for the phone number', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(8 * 24 * HOUR_MS);
  await service.inbound(`whatsapp:${bsuid}`, { body: 'STOP', externalUserId: bsuid });
  const code = { template: 'lesson_code', contentVariables: '{"1":"a","2":"b"}' };
  expect((await service.send({ to: phone, ...code })).json).toMatchObject({ error: { code: 'OPTED_OUT' } });
});

test('held by either name more than a week later, it follows when the person answers by the other', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(8 * 24 * HOUR_MS);
  await service.send({ to: `whatsapp:${bsuid}`, body: 'Waiting', whenClosed: 'hold' });
  await service.inbound(phone, { body: 'yes', externalUserId: bsuid });
  expect(await arrived(phone, bsuid)).toEqual([QUESTION, 'Waiting']);
});

test('what is held under both names goes out in order, and the question once', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: `whatsapp:${bsuid}`, body: 'One', whenClosed: 'hold' });
  await service.send({ to: phone, body: 'Two', whenClosed: 'hold' });
  await service.send({ to: `whatsapp:${bsuid}`, body: 'Three', whenClosed: 'hold' });
  await service.inbound(phone, { body: 'yes', externalUserId: bsuid });
  expect(await arrived(phone, bsuid)).toEqual([QUESTION, 'One', 'Two', 'Three']);
});

test('once what was held under one name is out, nothing is held back under the other', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  const { nowMs } = await service.control<{ nowMs: number }>('clock');
  const hold = { whenClosed: 'hold', sendAt: iso(nowMs + 40 * HOUR_MS) };
  expect(await outcome(phone, hold)).toBe('held');
  // The window is open: it goes out with the next one.
  expect(await outcome(phone, { body: 'Next' })).toBe('sent');
  expect(await outcome(`whatsapp:${bsuid}`, { body: 'And by the other name' })).toBe('sent');
});

test('what is held is listed and cancelled under either name', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: `whatsapp:${bsuid}`, body: 'One', whenClosed: 'hold' });
  await service.send({ to: phone, body: 'Two', whenClosed: 'hold' });
  const list = async (to: string) => {
    const path = `/held-messages?to=${encodeURIComponent(to)}`;
    const { json } = await service.get<{ held: { id: string; body: string }[] }>(path);
    return json.held;
  };
  const held = await list(phone);
  expect(held.map(({ body }) => body)).toEqual(['One', 'Two']);
  expect(await list(`whatsapp:${bsuid}`)).toEqual(held);
  for (const { id } of held) {
    const { json } = await service.post('/held-messages', { to: `whatsapp:${bsuid}`, cancel: id });
    expect(json).toMatchObject({ cancelled: true });
  }
  await service.inbound(phone, { body: 'yes', externalUserId: bsuid });
  expect(await outcome(phone, { body: 'Three' })).toBe('sent');
  expect(await arrived(phone, bsuid)).toEqual([QUESTION, 'Three']);
});

test('asked for by BSUID, the window closes 24 h after the last message, by whichever name it came', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(`whatsapp:${bsuid}`, { body: 'hi', externalUserId: bsuid });
  await service.advance(HOUR_MS);
  await service.inbound(phone, { body: 'and again', externalUserId: bsuid });
  await service.advance(HOUR_MS);
  await service.inbound(phone, { body: 'and again', externalUserId: bsuid });
  const ask = async (to: string) => {
    const { json } = await service.post<{ window: object }>('/window', { to });
    return json.window;
  };
  expect(await ask(`whatsapp:${bsuid}`)).toEqual(await ask(phone));
});

test('a STOP under the BSUID starts the window as well, and closes the door, under both names', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(HOUR_MS);
  await service.inbound(`whatsapp:${bsuid}`, { body: 'STOP', externalUserId: bsuid });
  const { nowMs } = await service.control<{ nowMs: number }>('clock');
  const answers = await Promise.all(
    [phone, `whatsapp:${bsuid}`].map(async (to) => {
      const { json } = await service.post<{ window: { lastInboundAt: string }; optedOut: boolean }>(
        '/window',
        { to },
      );
      return [Math.round((nowMs - Date.parse(json.window.lastInboundAt)) / HOUR_MS), json.optedOut];
    }),
  );
  expect(answers).toEqual([
    [0, true],
    [0, true],
  ]);
});

test('held for the phone number whose last message had no BSUID, it follows when the person answers by BSUID', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.inbound(phone, { body: 'hi', parameters: { ExternalUserId: '' } });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: phone, body: 'Waiting', whenClosed: 'hold' });
  await service.inbound(`whatsapp:${bsuid}`, { body: 'yes', externalUserId: bsuid });
  expect(await arrived(phone, bsuid)).toEqual([QUESTION, 'Waiting']);
});

test('what was held under each name before the two were known as one goes out in order', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  for (const [to, body] of [
    [`whatsapp:${bsuid}`, 'One'],
    [phone, 'Two'],
    [`whatsapp:${bsuid}`, 'Three'],
  ] as const) {
    await service.send({ to, body, whenClosed: 'hold' });
    await service.advance(1000);
  }
  await service.inbound(phone, { body: 'yes', externalUserId: bsuid });
  expect(await arrived(phone, bsuid)).toEqual([QUESTION, QUESTION, 'One', 'Two', 'Three']);
});

test('held for the BSUID before the phone number was known, it goes out before what was held since', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.send({ to: `whatsapp:${bsuid}`, body: 'One', whenClosed: 'hold' });
  // The message that makes the two names one is a STOP: nothing leaves yet.
  await service.inbound(phone, { body: 'STOP', externalUserId: bsuid });
  await service.inbound(phone, { body: 'hm', externalUserId: bsuid });
  await service.inbound(phone, { body: 'START', externalUserId: bsuid });
  expect(await outcome(phone, { body: 'Two' })).toBe('sent');
  expect(await outcome(`whatsapp:${bsuid}`, { body: 'Three' })).toBe('sent');
  expect(await arrived(phone, bsuid)).toEqual([QUESTION, 'One', 'Two', 'Three']);
});

test('a BSUID that Twilio spells ExternalUserIdentifier is the same person too', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.control('config', { userIdParameter: 'ExternalUserIdentifier' });
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.control('config', { userIdParameter: 'ExternalUserId' });
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('sent');
});
