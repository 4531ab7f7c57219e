/** idempotencyKey: sends once, answers the same; what may have left is settled by the message log. */
import { newUser, useService } from './service';

const service = useService();
let keys = 0;
const newKey = () => {
  keys += 1;
  return `key:${keys}`;
};
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);
const messagesFault = (kind: string, more: object = {}) =>
  service.fault({ match: { service: 'api', method: 'POST', path: 'Messages' }, do: kind, times: 1, ...more });

async function openUser(): Promise<string> {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  return to;
}

beforeEach(() => service.clearFaults());

test('a repeated key gets the same answer, and one message leaves', async () => {
  const request = { to: await openUser(), body: 'Hello', idempotencyKey: newKey() };
  const first = await service.send(request);
  expect(first.json).toMatchObject({ outcome: 'sent' });
  expect(await service.send(request)).toEqual(first);
  expect(await texts(request.to)).toEqual(['Hello']);
});

test('ten calls with one key at the same time get one answer, and one message leaves', async () => {
  const request = { to: await openUser(), body: 'Hello', idempotencyKey: newKey() };
  const answers = await Promise.all(Array.from({ length: 10 }, () => service.send(request)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify(answers[0])]),
  );
  expect(answers[0]?.json).toMatchObject({ outcome: 'sent' });
  expect(await texts(request.to)).toEqual(['Hello']);
});

test('a repeated key with its variables in another order is the same request', async () => {
  const to = newUser();
  const request = { to, template: 'named_greeting', idempotencyKey: newKey() };
  const first = await service.send({ ...request, contentVariables: { first_name: 'Ada', invoice: 17 } });
  expect(first.json).toMatchObject({ outcome: 'sent' });
  const reordered = '{"invoice":17,"first_name":"Ada"}';
  expect(await service.send({ ...request, contentVariables: reordered })).toEqual(first);
});

test.each([
  ['is too near to be scheduled again', 200_000],
  ['has passed', 7_200_000],
])('a repeated key gets the same answer when its sendAt %s', async (_sentence, later) => {
  const { nowMs } = (await service.control('clock')) as { nowMs: number };
  const sendAt = new Date(nowMs + 400_000).toISOString();
  const request = { to: await openUser(), body: 'Later', sendAt, idempotencyKey: newKey() };
  const first = await service.send(request);
  expect(first.json).toMatchObject({ outcome: 'scheduled' });
  await service.advance(later);
  expect(await service.send(request)).toEqual(first);
  // A new key, an unused one, is a new request.
  expect(await service.send({ ...request, idempotencyKey: newKey() })).toMatchObject({
    status: 400,
    json: { error: { code: 'INVALID_REQUEST', problems: [{ field: 'sendAt' }] } },
  });
  expect(await service.send({ ...request, body: '', idempotencyKey: newKey() })).toMatchObject({
    json: { error: { problems: [{ field: 'body' }, { field: 'sendAt' }] } },
  });
});

test('a repeated key with another request is refused as a conflict, and nothing leaves', async () => {
  const request = { to: await openUser(), body: 'Hello', idempotencyKey: newKey() };
  await service.send(request);
  expect(await service.send({ ...request, body: 'Other' })).toMatchObject({
    status: 409,
    json: {
      outcome: 'failed',
      error: { code: 'IDEMPOTENCY_CONFLICT', problems: [{ field: 'idempotencyKey' }] },
    },
  });
  expect(await texts(request.to)).toEqual(['Hello']);
});

test('a refusal leaves the key free, so the same call sends once the user has written', async () => {
  const request = { to: newUser(), body: 'Hello', idempotencyKey: newKey() };
  expect((await service.send(request)).status).toBe(409);
  await service.inbound(request.to, { body: 'hi' });
  expect((await service.send(request)).json).toMatchObject({ outcome: 'sent' });
});

test('a retry after an unknown outcome finds the message in the log where it left, and sends nothing', async () => {
  const request = { to: await openUser(), body: 'Hello', idempotencyKey: newKey() };
  await messagesFault('drop-after');
  expect(await service.send(request)).toMatchObject({
    status: 502,
    json: { error: { code: 'OUTCOME_UNKNOWN' } },
  });
  const [message] = await service.outbound(request.to);
  const retry = await service.send(request);
  expect(retry.json).toMatchObject({ outcome: 'sent', message: { sid: message?.sid } });
  expect(await service.send(request)).toEqual(retry);
  expect(await texts(request.to)).toEqual(['Hello']);
});

test('a retry of a scheduled template whose answer was lost schedules it once, although the log has no text of it', async () => {
  const to = newUser();
  const { now } = await service.control<{ now: string }>('clock');
  const request = {
    to,
    template: 'lesson_code',
    contentVariables: { 1: 'a', 2: 'b' },
    sendAt: new Date(Date.parse(now) + 3_600_000).toISOString(),
    idempotencyKey: newKey(),
  };
  await messagesFault('drop-after');
  await service.send(request);
  const codes = [];
  for (const seconds of [0, 16, 60]) {
    await service.advance(seconds * 1000);
    codes.push((await service.send(request)).json.error?.code);
  }
  expect(codes).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
  expect((await service.outbound(to)).map(({ text }) => text)).toEqual(['Your a code is b.']);
});

test('a retry after an unknown outcome sends once the log shows that nothing left', async () => {
  const request = { to: await openUser(), body: 'Hello', idempotencyKey: newKey() };
  await messagesFault('drop-before');
  expect(await service.send(request)).toMatchObject({
    status: 502,
    json: { error: { code: 'OUTCOME_UNKNOWN' } },
  });
  await service.advance(16_000);
  expect((await service.send(request)).json).toMatchObject({ outcome: 'sent' });
  expect(await texts(request.to)).toEqual(['Hello']);
});

test('a retry does not take another call’s equal text for its own', async () => {
  const to = await openUser();
  await service.send({ to, body: 'Hello', idempotencyKey: newKey() });
  const request = { to, body: 'Hello', idempotencyKey: newKey() };
  await messagesFault('drop-before');
  expect(await service.send(request)).toMatchObject({
    status: 502,
    json: { error: { code: 'OUTCOME_UNKNOWN' } },
  });
  await service.advance(16_000);
  expect((await service.send(request)).json).toMatchObject({ outcome: 'sent' });
  expect(await texts(to)).toEqual(['Hello', 'Hello']);
});

test('a retry after an unknown outcome sends nothing while the log cannot be read', async () => {
  const request = { to: await openUser(), body: 'Hello', idempotencyKey: newKey() };
  await messagesFault('drop-after');
  await service.send(request);
  await service.fault({ match: { service: 'api', method: 'GET' }, do: 'status', status: 503, times: 0 });
  expect(await service.send(request)).toMatchObject({
    status: 503,
    json: { error: { code: 'STATE_UNAVAILABLE' } },
  });
  await service.clearFaults();
  expect(await texts(request.to)).toEqual(['Hello']);
});

test('a repeated key gets the same answer for a template and for a held message', async () => {
  const to = newUser();
  const template = {
    to,
    template: 'lesson_code',
    contentVariables: { 1: 'a', 2: 'b' },
    idempotencyKey: newKey(),
  };
  expect(await service.send(template)).toEqual(await service.send(template));
  const held = { to, body: 'Hello', whenClosed: 'hold', idempotencyKey: newKey() };
  expect(await service.send(held)).toEqual(await service.send(held));
  expect(await texts(to)).toEqual([
    'Your a code is b.',
    'We have an answer for you. Reply to this message to read it.',
  ]);
});

test('a dry run does not use the key', async () => {
  const request = { to: await openUser(), body: 'Hello', idempotencyKey: newKey() };
  await service.send({ ...request, dryRun: true });
  expect((await service.send({ ...request, body: 'Other' })).json).toMatchObject({ outcome: 'sent' });
});
