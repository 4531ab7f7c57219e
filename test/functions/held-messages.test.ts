/** whenClosed=hold: held in order, asked for once, released by any inbound, each once; listed and cancelled. */
import { DAY_MS, type Inbound, iso, NOON, newUser, SENDER, type SendAnswer, useService } from './service';

const service = useService();
const CLOSED_ANSWER = { state: 'never', lastInboundAt: null, closesAt: null, secondsLeft: 0, source: 'none' };
const QUESTION = 'We have an answer for you. Reply to this message to read it.';

interface Held {
  readonly id: string;
  readonly body: string;
}

const hold = (to: string, body: string, more: object = {}) =>
  service.send({ to, body, whenClosed: 'hold', ...more });
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);
const listed = async (to: string) =>
  (await service.get<{ held: readonly Held[] }>(`/held-messages?to=${encodeURIComponent(to)}`)).json.held;

beforeEach(() => service.clearFaults());

test('the first held message sends the fallback template as its reply prompt, and the answer has all keys', async () => {
  await service.freeze(NOON);
  const to = newUser();
  const message = {
    sid: expect.stringMatching(/^SM/),
    status: 'queued',
    contentSid: expect.stringMatching(/^HX/),
  };
  expect(await hold(to, 'One')).toEqual({
    status: 200,
    json: {
      outcome: 'held',
      decision: { action: 'hold', reason: 'NO_INBOUND', explanation: expect.stringContaining('held until') },
      window: CLOSED_ANSWER,
      message,
      messages: [message],
      cost: null,
      held: { id: '0', expiresAt: iso(NOON + 7 * DAY_MS) },
      preview: { contentSid: expect.stringMatching(/^HX/), contentVariables: {}, text: QUESTION },
      error: null,
    },
  });
  expect(await texts(to)).toEqual([QUESTION]);
  await service.control('clock', { freeze: false });
});

test.each<[string, object]>([
  ['a text', { body: 'yes please' }],
  ['an empty text', { body: '' }],
  ['a location', { type: 'location', latitude: 52.5, longitude: 13.4 }],
  ['a button', { type: 'button', buttonText: 'Yes', buttonPayload: 'yes' }],
])(
  'an inbound message that is %s releases all held messages in order, each once, after one reply prompt',
  async (_sentence, fields) => {
    const to = newUser();
    for (const body of ['One', 'Two', 'Three']) await hold(to, body);
    expect((await listed(to)).map(({ body }) => body)).toEqual(['One', 'Two', 'Three']);
    await service.inbound(to, fields);
    expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', 'Three']);
    expect(await listed(to)).toEqual([]);
    await service.inbound(to, { body: 'thanks' });
    expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', 'Three']);
  },
);

test('after a release the window is open as usual, and after the next silence a reply prompt is sent again', async () => {
  const to = newUser();
  await hold(to, 'One');
  await service.inbound(to, { body: 'hi' });
  expect((await service.send({ to, body: 'Two' })).json).toMatchObject({
    outcome: 'sent',
    decision: { reason: 'WINDOW_OPEN' },
  });
  await service.advance(DAY_MS);
  await hold(to, 'Three');
  expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', QUESTION]);
});

test('a message with media is held as well', async () => {
  const to = newUser();
  await service.send({ to, mediaUrl: ['https://media.example/1.jpg'], whenClosed: 'hold' });
  await service.inbound(to, { body: 'hi' });
  expect((await service.outbound(to)).map(({ text, media }) => ({ text, media }))).toEqual([
    { text: QUESTION, media: [] },
    { text: '', media: ['https://media.example/1.jpg'] },
  ]);
});

test('the caller’s own template leaves instead of the fallback, once while a message is held', async () => {
  const to = newUser();
  const withTemplate = { template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } };
  const first = await hold(to, 'One', withTemplate);
  expect(first.json).toMatchObject({ outcome: 'sent', decision: { action: 'template' }, held: { id: '0' } });
  const second = await hold(to, 'Two', withTemplate);
  expect(second.json).toMatchObject({
    outcome: 'held',
    decision: { action: 'hold' },
    held: { id: '1' },
    message: null,
  });
  expect(await texts(to)).toEqual(['Your a code is b.']);
});

test('a message is not held and nothing leaves where its template cannot be sent', async () => {
  const to = newUser();
  const answer = await hold(to, 'One', { template: 'lesson_code', contentVariables: { 1: 'a' } });
  expect(answer).toMatchObject({ status: 422, json: { error: { code: 'TEMPLATE_PROBLEM' } } });
  expect(await listed(to)).toEqual([]);
  expect(await texts(to)).toEqual([]);
});

test('a dry run holds nothing and sends no reply prompt', async () => {
  const to = newUser();
  const before = await service.sync();
  expect((await hold(to, 'One', { dryRun: true })).json).toMatchObject({
    outcome: 'dry-run',
    decision: { action: 'hold' },
  });
  expect(await service.sync()).toEqual(before);
});

test('100 messages are held for a user, and the next one is refused with a clear reason', async () => {
  const to = newUser();
  for (let count = 0; count < 100; count += 1)
    expect((await hold(to, `No ${count}`)).json.outcome).toBe('held');
  expect(await hold(to, 'one too many')).toMatchObject({
    status: 409,
    json: {
      outcome: 'refused',
      error: { code: 'HELD_LIMIT_REACHED', message: expect.stringContaining('100 messages') },
    },
  });
  expect(await listed(to)).toHaveLength(100);
});

test('one inbound message releases many held ones in order, each once, even if one invocation has no time for all', async () => {
  const to = newUser();
  const bodies = Array.from({ length: 12 }, (_, index) => `Part ${index}`);
  for (const body of bodies) await hold(to, body);
  await service.control('config', { latencyMs: 100 });
  await service.inbound(to, { body: 'yes' });
  expect(await texts(to)).toEqual([QUESTION, ...bodies]);
  const [first] = service.logLines().filter((line) => line.isReleaseLeft === true);
  expect(first).toMatchObject({ function: '/incoming-message', status: 503 });
  await service.control('config', { latencyMs: 0 });
});

test('a webhook that is delivered five times at once releases each held message once', async () => {
  const to = newUser();
  for (const body of ['One', 'Two', 'Three']) await hold(to, body);
  const { messageSid } = await service.inbound(to, { body: 'hi', deliver: false });
  await service.control<Inbound>('replay', { messageSid, times: 5, concurrently: true });
  expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', 'Three']);
});

test('a held message that has expired is not sent', async () => {
  const to = newUser();
  await hold(to, 'Old news');
  await service.advance(7 * DAY_MS + 1000);
  await service.inbound(to, { body: 'hi' });
  expect(await texts(to)).toEqual([QUESTION]);
});

test('a held message can be cancelled once, and the others leave', async () => {
  const to = newUser();
  for (const body of ['One', 'Two', 'Three']) await hold(to, body);
  const [, second] = await listed(to);
  const cancel = () => service.post('/held-messages', { to, cancel: second?.id });
  expect(await cancel()).toEqual({ status: 200, json: { cancelled: true, error: null } });
  expect(await cancel()).toMatchObject({
    status: 404,
    json: { cancelled: false, error: { code: 'NOT_FOUND' } },
  });
  await service.inbound(to, { body: 'hi' });
  expect(await texts(to)).toEqual([QUESTION, 'One', 'Three']);
});

test('a GET cancels no held message: it is refused, and the message leaves with the answer', async () => {
  const to = newUser();
  await hold(to, 'One');
  const [only] = await listed(to);
  const { status, json } = await service.get<{ error: { problems: { field: string }[] } }>(
    `/held-messages?${new URLSearchParams({ to, cancel: only?.id ?? '' })}`,
  );
  expect([status, json.error.problems.map(({ field }) => field)]).toEqual([400, ['cancel']]);
  await service.inbound(to, { body: 'hi' });
  expect(await texts(to)).toEqual([QUESTION, 'One']);
});

test('a held message that expired unanswered lets the next one send a reply prompt', async () => {
  const to = newUser();
  await hold(to, 'One');
  await service.advance(8 * DAY_MS);
  expect((await hold(to, 'Two')).json).toMatchObject({ preview: { text: QUESTION } });
  expect(await texts(to)).toEqual([QUESTION, QUESTION]);
});

test.each([
  ['both have the same text', { body: 'Same' }, { body: 'Same' }],
  [
    'both are pictures',
    { mediaUrl: 'https://media.example/1.jpg' },
    { mediaUrl: 'https://media.example/2.jpg' },
  ],
])(
  'a second held message that failed once is not mistaken for the first: %s',
  async (_sentence, first, second) => {
    const to = newUser();
    for (const message of [first, second]) await service.send({ to, ...message, whenClosed: 'hold' });
    await service.fault({
      ...{ match: { service: 'api', method: 'POST', path: 'Messages' }, times: 1, skip: 1 },
      ...{ do: 'status', status: 500, code: 20500 },
    });
    await service.inbound(to, { body: 'yes' });
    // Only then does its absence from the log mean that it did not leave.
    await service.advance(30_000);
    await service.inbound(to, { body: 'and?' });
    expect(await service.outbound(to)).toHaveLength(3);
  },
);

test('a message of several parts is not held at all where one part cannot be held', async () => {
  const to = newUser();
  await service.fault({
    match: { service: 'sync', method: 'POST', path: 'Documents' },
    do: 'status',
    status: 503,
    times: 0,
  });
  expect((await hold(to, 'One')).status).toBe(503);
  await service.clearFaults();
  expect(await listed(to)).toEqual([]);
});

test('a scheduled message that is held leaves at its time in an open window, and with the answer otherwise', async () => {
  await service.freeze(NOON + 100 * DAY_MS);
  const now = NOON + 100 * DAY_MS;
  const to = newUser();
  await hold(to, 'In an hour', { sendAt: iso(now + 3_600_000) });
  await hold(to, 'Within the margin', { sendAt: iso(now + DAY_MS - 60_000) });
  await hold(to, 'In two days', { sendAt: iso(now + 2 * DAY_MS) });
  await service.inbound(to, { body: 'yes' });
  const plan = (await service.outbound(to)).map(({ text, sendAt }) => ({ text, sendAt }));
  expect(plan).toEqual([
    { text: QUESTION, sendAt: null },
    { text: 'In an hour', sendAt: iso(now + 3_600_000) },
    { text: 'Within the margin', sendAt: null },
    { text: 'In two days', sendAt: null },
  ]);
  await service.control('clock', { freeze: false });
});

test('nothing is held after the last cancellation, so the next message sends a reply prompt', async () => {
  const to = newUser();
  await hold(to, 'One');
  await service.post('/held-messages', { to, cancel: '0' });
  await hold(to, 'Two');
  expect(await texts(to)).toEqual([QUESTION, QUESTION]);
});

test('/held-messages lists the messages of one pair and of all pairs', async () => {
  const [a, b] = [newUser(), newUser()];
  await hold(a, 'for a');
  await hold(b, 'for b');
  const row = (to: string, body: string) => ({
    ...{ id: '0', to, from: SENDER, body, mediaUrl: [] },
    ...{ heldAt: expect.stringMatching(/Z$/), expiresAt: expect.stringMatching(/Z$/) },
  });
  expect(await listed(a)).toEqual([row(a, 'for a')]);
  const all: Held[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
    const page: { held: Held[]; nextCursor: string | null } = (
      await service.get<{ held: Held[]; nextCursor: string | null }>(`/held-messages${query}`)
    ).json;
    all.push(...page.held);
    cursor = page.nextCursor;
  }
  expect(all).toEqual(expect.arrayContaining([row(a, 'for a'), row(b, 'for b')]));
});

test('a send takes its place behind messages that are still held', async () => {
  const to = newUser();
  await hold(to, 'One');
  await service.fault({
    match: { service: 'api', method: 'POST', path: 'Messages' },
    do: 'status',
    status: 400,
    code: 20001,
    times: 0,
  });
  await service.clearFaults();
  // The release is interrupted: Twilio does not say whether it took the message.
  await service.fault({
    match: { service: 'api', method: 'POST', path: 'Messages' },
    do: 'drop-before',
    times: 1,
  });
  await service.inbound(to, { body: 'hi' });
  expect(await texts(to)).toEqual([QUESTION]);
  // Only then does its absence from the log mean that it did not leave.
  await service.advance(30_000);
  const answer = await service.send({ to, body: 'Two' });
  expect(answer.json).toMatchObject({ outcome: 'sent', decision: { reason: 'WINDOW_OPEN' } });
  expect(await texts(to)).toEqual([QUESTION, 'One', 'Two']);
});

test.each(['drop-before', 'drop-after'])(
  'a release interrupted by %s loses and repeats no message',
  async (kind) => {
    const to = newUser();
    for (const body of ['One', 'Two', 'Three']) await hold(to, body);
    await service.fault({
      match: { service: 'api', method: 'POST', path: 'Messages' },
      do: kind,
      times: 1,
      skip: 1,
    });
    await service.inbound(to, { body: 'hi' });
    await service.advance(30_000);
    await service.inbound(to, { body: 'hello?' });
    expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', 'Three']);
  },
);

test('a message is not reported as held while Sync is unavailable', async () => {
  const to = newUser();
  await service.fault({ match: { service: 'sync' }, do: 'status', status: 503, times: 0 });
  const answer = await hold(to, 'One');
  await service.clearFaults();
  expect(answer).toMatchObject({
    status: 503,
    json: { held: null, error: { code: 'STATE_UNAVAILABLE' } },
  } satisfies {
    status: number;
    json: Partial<SendAnswer> | object;
  });
  expect(await texts(to)).toEqual([]);
});
