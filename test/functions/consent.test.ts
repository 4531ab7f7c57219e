/** STOP closes the door for every kind of send, START opens it; text that merely contains such a word is text. */
import { DAY_MS, newUser, SENDER, useService } from './service';

const service = useService();
const body = (to: string) => service.send({ to, body: 'Hello' });
const template = (to: string) =>
  service.send({ to, template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
const optedOut = {
  status: 409,
  json: {
    outcome: 'refused',
    decision: { action: 'refuse', reason: 'OPTED_OUT' },
    error: { code: 'OPTED_OUT' },
  },
};

test.each(['STOP', 'stop', ' Stop. ', 'STOPALL', 'unsubscribe', 'CANCEL', 'End', 'quit'])(
  '"%s" opts the user out of every kind of send',
  async (word) => {
    const to = newUser();
    await service.inbound(to, { body: 'hi' });
    await service.inbound(to, { body: word });
    expect(await body(to)).toMatchObject(optedOut);
    expect(await template(to)).toMatchObject(optedOut);
    expect(await service.send({ to, body: 'x', whenClosed: 'hold' })).toMatchObject(optedOut);
    expect(await service.outbound(to)).toEqual([]);
  },
);

test('a STOP counts at once, also where the same container has just sent something', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await body(to);
  await service.inbound(to, { body: 'STOP' });
  expect(await body(to)).toMatchObject(optedOut);
});

test.each(['Please stop by tomorrow', 'Do not STOP', 'the end', 'stopp'])(
  '"%s" is an ordinary text and no opt-out',
  async (text) => {
    const to = newUser();
    await service.inbound(to, { body: text });
    expect((await body(to)).json).toMatchObject({ outcome: 'sent' });
  },
);

test('an opt-out outlives the window and other messages, and START ends it', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'STOP' });
  await service.advance(30 * DAY_MS);
  expect(await template(to)).toMatchObject(optedOut);
  await service.inbound(to, { body: 'hello again' });
  expect(await body(to)).toMatchObject(optedOut);
  expect((await service.get(`/window?to=${encodeURIComponent(to)}`)).json).toMatchObject({
    window: { state: 'open' },
    freeFormAllowed: false,
    templateRequired: true,
    optedOut: true,
  });
  await service.inbound(to, { body: 'START' });
  expect((await body(to)).json).toMatchObject({ outcome: 'sent' });
});

test('a message that is held for a user who says STOP stays held, and leaves after START', async () => {
  const to = newUser();
  await service.send({ to, body: 'Waiting', whenClosed: 'hold' });
  await service.inbound(to, { body: 'STOP' });
  await service.inbound(to, { body: 'hm' });
  const texts = async () => (await service.outbound(to)).map(({ text }) => text);
  expect(await texts()).not.toContain('Waiting');
  await service.inbound(to, { body: 'start' });
  expect(await texts()).toContain('Waiting');
});

test('a STOP that is delivered again after a START does not opt the user out', async () => {
  const to = newUser();
  const { messageSid } = await service.inbound(to, { body: 'STOP' });
  await service.advance(120_000);
  await service.inbound(to, { body: 'START' });
  await service.advance(120_000);
  await service.control('replay', { messageSid });
  expect((await body(to)).json).toMatchObject({ outcome: 'sent' });
});

test('a STOP counts among other messages at the same time', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await Promise.all(['a', 'b', 'STOP', 'c', 'd'].map((text) => service.inbound(to, { body: text })));
  expect(await template(to)).toMatchObject(optedOut);
  await service.inbound(to, { body: 'e' });
  expect(await template(to)).toMatchObject(optedOut);
});

test('a STOP that could not be stored is answered with an error, so that Twilio delivers it again', async () => {
  const to = newUser();
  await service.fault({ match: { service: 'sync' }, do: 'status', status: 503, times: 0 });
  const { webhooks } = await service.inbound(to, { body: 'STOP' });
  await service.clearFaults();
  expect(webhooks.map(({ status }) => status)).toEqual([503]);
});

test('a STOP that only the message log has refuses a send and a dry run as well', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi', deliver: false });
  await service.inbound(to, { body: 'STOP', deliver: false });
  await service.inbound(to, { body: 'are you there?', deliver: false });
  expect((await service.send({ to, body: 'Hello', dryRun: true })).json).toMatchObject({
    outcome: 'dry-run',
    decision: { action: 'refuse', reason: 'OPTED_OUT' },
  });
  expect(await template(to)).toMatchObject(optedOut);
  await service.advance(30 * DAY_MS);
  expect(await template(to)).toMatchObject(optedOut);
  await service.inbound(to, { body: 'START' });
  expect((await body(to)).json).toMatchObject({ outcome: 'sent' });
});

test('a STOP from before the installation does not count where a START followed it', async () => {
  const to = newUser();
  for (const text of ['STOP', 'START', 'hi']) await service.inbound(to, { body: text, deliver: false });
  expect((await body(to)).json).toMatchObject({ outcome: 'sent' });
});

test('a STOP whose webhook was lost keeps a message that is held meanwhile from leaving', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await service.advance(2 * DAY_MS);
  await service.inbound(to, { body: 'STOP', deliver: false });
  await service.send({ to, body: 'Waiting', whenClosed: 'hold' });
  expect((await service.outbound(to)).map(({ text }) => text)).not.toContain('Waiting');
  expect(await body(to)).toMatchObject(optedOut);
});

describe('what Twilio itself knows of consent', () => {
  let messages = 0;
  const webhook = (From: string, Body: string, OptOutType: string) => {
    messages += 1;
    const MessageSid = `SM${String(messages).padStart(32, 'c')}`;
    return service.signed('/incoming-message', {
      ...{ MessageSid, From, To: SENDER, Body, OptOutType, SmsStatus: 'received', NumMedia: '0' },
    });
  };

  test('counts where only the account knows the words: one opts out and releases nothing, another opts in', async () => {
    const to = newUser();
    await service.send({ to, body: 'Held', whenClosed: 'hold' });
    const before = (await service.outbound(to)).length;
    const out = await webhook(to, 'BAJA', 'STOP');
    const refused = await body(to);
    expect([out.status, (await service.outbound(to)).length - before]).toEqual([200, 0]);
    expect(refused).toMatchObject(optedOut);
    await webhook(to, 'ALTA', 'START');
    expect((await body(to)).json.error).toBeNull();
  });

  test('is unchanged by a word for help', async () => {
    const to = newUser();
    await webhook(to, 'STOP', 'HELP');
    expect((await body(to)).json).toMatchObject({ outcome: 'sent' });
  });

  test('counts as an opt-out where Twilio answers a send with 21610, also for the next send', async () => {
    const to = newUser();
    await service.inbound(to, { body: 'hi' });
    // What Twilio comes again for, of the tests before, must not meet the fault.
    await service.control('idle');
    await service.fault({
      ...{ match: { service: 'api', method: 'POST', path: '/Messages' } },
      ...{ do: 'status', status: 400, code: 21610, times: 1 },
    });
    const first = await body(to);
    expect(first).toMatchObject({
      ...optedOut,
      json: { ...optedOut.json, error: { code: 'OPTED_OUT', twilioCode: 21610 } },
    });
    expect(await template(to)).toMatchObject(optedOut);
    expect(await service.outbound(to)).toEqual([]);
  });

  test('counts as an opt-out where a status callback has 21610', async () => {
    const to = newUser();
    await service.inbound(to, { body: 'hi' });
    const failed = await service.signed('/message-status?as=text', {
      ...{ MessageSid: `SM${'d'.repeat(32)}`, MessageStatus: 'failed', ErrorCode: '21610' },
      ...{ From: SENDER, To: to },
    });
    expect(failed.status).toBe(200);
    expect(await body(to)).toMatchObject(optedOut);
  });
});
