/** 63016 told apart: really closed, a template's own problem, or a mistake; one repair for each message, never more. */
import { HOUR_MS, newUser, useService } from './service';

const service = useService();
const QUESTION = 'We have an answer for you. Reply to this message to read it.';

const sent = async (to: string) =>
  (await service.outbound(to)).map(({ text, delivered, errorCode }) => ({ text, delivered, errorCode }));
const windowOf = async (to: string) =>
  (await service.get<{ window: { state: string; source: string } }>(`/window?to=${encodeURIComponent(to)}`))
    .json.window;
const closeForWhatsApp = (to: string, times = 1) =>
  service.control('faults', { target: 'delivery', match: { to }, do: 'false-63016', times });

beforeEach(() => service.clearFaults());

const lost = (text: string) => ({ text, delivered: false, errorCode: 63016 });
const arrived = (text: string) => ({ text, delivered: true, errorCode: null });

test('a text refused right after an inbound message is sent once more as free-form', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await closeForWhatsApp(to);
  await service.send({ to, body: 'Hello' });
  expect(await sent(to)).toEqual([lost('Hello'), arrived('Hello')]);
  expect(await windowOf(to)).toMatchObject({ state: 'open', source: 'sync' });
});

test('a text refused twice closes the window, and its template leaves once', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi', opensWindow: false });
  await service.send({ to, body: 'Hello', template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
  expect(await sent(to)).toEqual([lost('Hello'), lost('Hello'), arrived('Your a code is b.')]);
  expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp', secondsLeft: 0 });
  // A warm container may believe in an open window for 10 seconds, and no longer.
  await service.advance(10_000);
  expect((await service.send({ to, body: 'Again' })).json).toMatchObject({
    outcome: 'refused',
    decision: { reason: 'CLOSED_BY_WHATSAPP' },
  });
});

test('a text refused hours after an inbound message closes the window, is held, and the fallback template leaves', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi', opensWindow: false });
  await service.advance(5 * HOUR_MS);
  await service.send({ to, body: 'Hello' });
  expect(await sent(to)).toEqual([lost('Hello'), arrived(QUESTION)]);
  expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
  await service.inbound(to, { body: 'yes' });
  expect(await sent(to)).toEqual([lost('Hello'), arrived(QUESTION), arrived('Hello')]);
  expect(await windowOf(to)).toMatchObject({ state: 'open', source: 'sync' });
});

test('a template refused with 63016 does not close the window', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await closeForWhatsApp(to);
  await service.send({ to, template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
  expect(await sent(to)).toEqual([lost('Your a code is b.')]);
  expect(await windowOf(to)).toMatchObject({ state: 'open', source: 'sync' });
});

test('a scheduled template of which nothing is stored, refused with 63016, closes no window and holds no empty text', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  const { now } = await service.control<{ now: string }>('clock');
  const sendAt = new Date(Date.parse(now) + 5 * HOUR_MS).toISOString();
  const before = await service.sync();
  const { json } = await service.send({
    ...{ to, template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' }, sendAt },
  });
  expect([json.outcome, await service.sync()]).toEqual(['scheduled', before]);
  await service.control('faults', { target: 'delivery', match: { to }, do: 'false-63016', times: 1 });
  await service.advance(5 * HOUR_MS);
  expect(await sent(to)).toEqual([lost('Your a code is b.')]);
  const { json: list } = await service.get<{ held: unknown[] }>(
    `/held-messages?to=${encodeURIComponent(to)}`,
  );
  expect([await windowOf(to), list.held]).toEqual([
    expect.objectContaining({ state: 'open', source: 'sync' }),
    [],
  ]);
});

test('a refused text does not close the window where a newer inbound message came', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await service.send({ to, body: 'Hello' });
  await service.advance(HOUR_MS);
  await service.inbound(to, { body: 'still there?' });
  // The refusal comes late, as of a message that waited in a queue.
  const { messages } = await service.control<{
    messages: { sid: string; to: string; statusCallback: string }[];
  }>('messages');
  const message = messages.find((candidate) => candidate.to === to);
  const { pathname, search } = new URL(message?.statusCallback ?? '');
  const refused = {
    MessageSid: message?.sid ?? '',
    MessageStatus: 'undelivered',
    ErrorCode: '63016',
    ErrorMessage: '',
  };
  expect((await service.signed(pathname + search, refused)).status).toBe(200);
  expect(await sent(to)).toEqual([arrived('Hello'), arrived('Hello')]);
  expect(await windowOf(to)).toMatchObject({ state: 'open', source: 'sync' });
});

test.each([
  ['duplicated at once', { do: 'duplicate', concurrently: true }],
  ['duplicated one after the other', { do: 'duplicate' }],
  [
    'delivered in another order',
    { do: 'reorder', match: { kind: 'status', messageStatus: 'undelivered' }, times: 1 },
  ],
])('a refused text is repaired once where its callbacks are %s', async (_sentence, how) => {
  const to = newUser();
  await service.inbound(to, { body: 'hi', opensWindow: false });
  await service.advance(5 * HOUR_MS);
  await service.control('faults', { target: 'webhook', match: { kind: 'status' }, times: 0, ...how });
  await service.send({ to, body: 'Hello', template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
  expect(await sent(to)).toEqual([lost('Hello'), arrived('Your a code is b.')]);
});

test('a refused text is repaired where one of its two callbacks is lost', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi', opensWindow: false });
  await service.advance(5 * HOUR_MS);
  await service.control('faults', {
    target: 'webhook',
    match: { kind: 'status', messageStatus: 'undelivered' },
    do: 'drop',
    times: 1,
  });
  await service.send({ to, body: 'Hello', template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
  expect(await sent(to)).toEqual([lost('Hello'), arrived('Your a code is b.')]);
});

test('a repair that fails is not repaired again', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi', opensWindow: false });
  await service.advance(5 * HOUR_MS);
  await service.fault({
    match: { service: 'api', method: 'POST', path: 'Messages' },
    do: 'status',
    status: 500,
    code: 20500,
    times: 1,
    skip: 1,
  });
  await service.send({ to, body: 'Hello', template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
  expect(await sent(to)).toEqual([lost('Hello')]);
  expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
});

test('a callback URL and the log have only the id of a repair, no text and no variable', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await service.send({
    to,
    body: 'Secret words',
    template: 'lesson_code',
    contentVariables: { 1: 'hidden', 2: 'b' },
  });
  await service.outbound(to);
  const { messages } = await service.control<{ messages: { to: string; statusCallback: string | null }[] }>(
    'messages',
  );
  const callback = messages.find((message) => message.to === to)?.statusCallback;
  expect(callback).toMatch(/\/message-status\?send=[0-9a-f]{24}#rc=3&rp=ct,rt,4xx,5xx$/);
  expect(JSON.stringify(service.logLines())).not.toMatch(/Secret|hidden|4915\d/);
});

test.each([
  ['comes before its record is written', { do: 'delay', delayMs: 1000, times: 1 }, 'Your a code is b.'],
  ['is for a record that could not be written', { do: 'status', status: 503, times: 2 }, QUESTION],
])('a refused text is repaired although its callback %s', async (_sentence, how, repair) => {
  const to = newUser();
  await service.inbound(to, { body: 'hi', opensWindow: false });
  await service.advance(5 * HOUR_MS);
  await service.fault({ match: { service: 'sync', method: 'POST', path: '/Items' }, ...how });
  await service.send({ to, body: 'Hello', template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
  expect(await sent(to)).toEqual([lost('Hello'), arrived(repair)]);
  expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
});

describe('a window that WhatsApp closed', () => {
  const wrote = { body: 'hi', opensWindow: false };
  const refuse = async (to: string) => {
    await service.advance(2 * HOUR_MS);
    await service.send({ to, body: 'Hello' });
    await service.outbound(to);
  };

  test('stays closed after messages were held and released before', async () => {
    const to = newUser();
    await service.send({ to, body: 'Held', whenClosed: 'hold' });
    await service.inbound(to, wrote);
    await refuse(to);
    expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
  });

  test('stays closed after a STOP and a START before', async () => {
    const to = newUser();
    await service.inbound(to, { body: 'STOP' });
    await service.inbound(to, { ...wrote, body: 'START' });
    await service.control('faults', { target: 'delivery', match: { to }, do: 'false-63016', times: 1 });
    await refuse(to);
    expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
  });

  test('stays closed where the inbound webhook is delivered again', async () => {
    const to = newUser();
    const { messageSid } = await service.inbound(to, wrote);
    await refuse(to);
    await service.control('replay', { messageSid });
    expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
  });
});

test.each([
  [63024, 'recipient'],
  [63013, 'template'],
  [63020, 'sender'],
])('error %d is logged with class “%s”, and nothing is repaired', async (code, what) => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await service.control('faults', {
    target: 'delivery',
    match: { to },
    do: 'status',
    code,
    times: 1,
  });
  await service.send({ to, body: 'Hello' });
  expect(await sent(to)).toEqual([{ text: 'Hello', delivered: false, errorCode: code }]);
  const line = service.logLines().findLast(({ errorCode }) => errorCode === code);
  expect(line).toMatchObject({ function: '/message-status', errorCode: code, class: what, repair: 'none' });
});
