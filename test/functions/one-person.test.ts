/** One person, one window: phone and BSUID, two spellings of a number, and a number that changes hands. */
import { criticalPath } from '../../emulator/critical-path';
import { HOUR_MS, newUser, SENDER, useService } from './service';

const service = useService();
let ids = 0;
const newBsuid = () => {
  ids += 1;
  return `DE.${1000 + ids}`;
};
const outcome = async (to: string, more: object = {}) =>
  (await service.send({ to, body: 'Hello', ...more })).json.outcome;
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);

test('seen by phone with a BSUID first, then written to by BSUID', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('sent');
  expect(await outcome(phone)).toBe('sent');
});

test('seen by both, then only by BSUID: the phone number is open as well', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  expect(await outcome(phone)).toBe('refused');
  await service.inbound(`whatsapp:${bsuid}`, { body: 'hi again', externalUserId: bsuid });
  expect(await outcome(phone)).toBe('sent');
});

test('seen by BSUID first, by phone later', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(`whatsapp:${bsuid}`, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  expect(await outcome(`whatsapp:${bsuid}`)).toBe('sent');
});

test('what is held for the phone number follows when the person answers by BSUID', async () => {
  const [phone, bsuid] = [newUser(), newBsuid()];
  await service.inbound(phone, { body: 'hi', externalUserId: bsuid });
  await service.advance(30 * HOUR_MS);
  await service.send({ to: phone, body: 'Waiting', whenClosed: 'hold' });
  await service.inbound(`whatsapp:${bsuid}`, { body: 'yes', externalUserId: bsuid });
  expect(await texts(phone)).toContain('Waiting');
});

test('STOP under one name closes both', async () => {
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
])('%s: written from one spelling, sent to the other', async (_country, from, to) => {
  await service.inbound(`whatsapp:${from}`, { body: 'hi' });
  expect((await service.send({ to, body: 'Hello', dryRun: true })).json).toMatchObject({
    decision: { reason: 'WINDOW_OPEN' },
  });
});

test('Brazil: a window from before the software is found under the other spelling', async () => {
  await service.inbound('whatsapp:+5521987654399', { body: 'hi', deliver: false });
  expect((await service.send({ to: '+552187654399', body: 'Hello', dryRun: true })).json).toMatchObject({
    decision: { reason: 'WINDOW_OPEN' },
    window: { source: 'message-log' },
  });
});

test('a number that changes hands: the new owner gets nothing that was held, and is bound by no STOP', async () => {
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

test('what is held under the BSUID follows when the person answers by phone, and a later send queues behind it', async () => {
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
