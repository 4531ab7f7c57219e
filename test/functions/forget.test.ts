/** POST /forget: what Sync has of one person goes, save that they opted out; what Twilio's log has is named. */
import { NOON, newUser, useService } from './service';

const service = useService();
const OTHER_SENDER = 'whatsapp:+14155550199';

beforeEach(async () => {
  await service.control('reset', {});
  await service.freeze(NOON);
});
const everything = async () => JSON.stringify(await service.sync());
const forget = (to: string) => service.post('/forget', { to });

test('/forget erases windows with two senders, a link, a held text, a key with its claim and a repair’s record, and names the log', async () => {
  const [to, neighbour, bsuid] = [newUser(), newUser(), 'DE.77001'];
  await service.inbound(neighbour, { profileName: 'Grace' });
  await service.inbound(to, { profileName: 'Ada', externalUserId: bsuid });
  await service.inbound(to, { to: OTHER_SENDER });
  await service.send({ to, body: 'One', idempotencyKey: 'order-17' });
  await service.send({ to, body: 'Two', mediaUrl: 'https://example.com/a.jpg' });
  await service.send({ to: newUser(), template: 'please_answer', idempotencyKey: 'order-18' });
  await service.control('idle');
  const { status, json } = await forget(to);
  expect([status, json]).toEqual([
    200,
    { erased: { windows: 2, held: 0, links: 1, keys: 3 }, kept: expect.any(String), error: null },
  ]);
  expect(json.kept).toMatch(/Twilio's message log has 4 messages of this person/);
  expect(json.kept).toContain(
    `DELETE https://api.twilio.com/2010-04-01/Accounts/${service.offline.emulator.accountSid}/Messages/SID.json`,
  );
  expect(json.kept).not.toMatch(/opted out|more than one call/);
  const left = await everything();
  for (const trace of [to.replace(/\D/g, ''), bsuid, 'Ada', 'example.com/a.jpg'])
    expect(left).not.toContain(trace);
  expect(left).toContain('Grace');
  // The other person's key, and the claim of its message.
  expect(new Set(left.match(/"key\.[0-9a-f]{48}"/g)).size).toBe(1);
});

test('/forget erases held messages, which do not leave when the user writes again', async () => {
  const to = newUser();
  await service.send({ to, body: 'News', whenClosed: 'hold' });
  const { json } = await forget(to);
  await service.inbound(to, { body: 'hi' });
  expect(json.erased).toMatchObject({ held: 1 });
  expect((await service.outbound(to)).map(({ text }) => text)).not.toContain('News');
});

test('a user who opted out gets nothing after /forget, by any name, even once the log is erased', async () => {
  const [to, bsuid] = [newUser(), 'DE.77002'];
  await service.inbound(to, { body: 'hi', externalUserId: bsuid });
  const { messageSid } = await service.inbound(to, { body: 'STOP', externalUserId: bsuid });
  const { json } = await forget(to);
  expect(json.kept).toMatch(/^A bare note that this person opted out is kept/);
  const { emulator } = service.offline;
  const path = `/2010-04-01/Accounts/${emulator.accountSid}/Messages/${messageSid}.json`;
  const headers = { authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}` };
  expect((await fetch(emulator.url + path, { method: 'DELETE', headers })).status).toBe(204);
  for (const name of [to, `whatsapp:${bsuid}`]) {
    const sent = await service.send({ to: name, template: 'please_answer' });
    expect([sent.status, sent.json.error?.code]).toEqual([409, 'OPTED_OUT']);
  }
  expect(await service.outbound(to)).toEqual([]);
});

test('the log line of /forget has the counts and no number', async () => {
  const to = newUser();
  await service.inbound(to);
  await forget(to);
  expect(service.logLines().at(-1)).toMatchObject({
    function: '/forget',
    status: 200,
    pair: expect.stringMatching(/^[0-9a-f]{12}$/),
    erased: { windows: 1, held: 0, links: 0, keys: 0 },
    isComplete: true,
  });
});

test('/forget erases nothing where Twilio’s log cannot be read, and the answer says so', async () => {
  const to = newUser();
  await service.inbound(to);
  const before = await everything();
  await service.fault({ match: { service: 'api' }, do: 'status', status: 503, times: 0 });
  const { status, json } = await forget(to);
  await service.clearFaults();
  expect([status, json]).toEqual([
    503,
    { erased: null, kept: null, error: expect.objectContaining({ code: 'STATE_UNAVAILABLE' }) },
  ]);
  expect(await everything()).toBe(before);
});
