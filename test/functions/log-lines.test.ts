/** What the functions log: one line of JSON per call, enough to see what happened, and nothing that tells who or what. */
import { newUser, SENDER, useService } from './service';

const service = useService();
const user = newUser();
const digits = user.replace(/\D/g, '');
const SAID = 'a most private sentence';

beforeAll(async () => {
  await service.inbound(user, { body: SAID, profileName: 'Ada Lovelace' });
  await service.send({ to: user, body: SAID });
  await service.send({ to: user, template: 'lesson_code', contentVariables: { 1: SAID, 2: '1337' } });
  await service.send({ to: `${user}x`, body: SAID });
  await service.send({ to: user, template: SAID });
  await service.send({ to: newUser(), body: SAID });
  await service.fault({
    match: { method: 'POST', path: '/Messages' },
    do: 'status',
    status: 400,
    code: 21211,
  });
  await service.send({ to: user, body: SAID });
  await service.post('/window', { to: user });
  await service.get(`/window?to=${encodeURIComponent(user)}`);
  await service.post('/send-message', { to: user, body: SAID }, { token: 'a-wrong-token-of-24-characters' });
  await service.signed('/incoming-message', { From: user, To: SENDER, Body: SAID });
  await service.get('/windows');
  await service.get('/templates');
  await service.control('idle');
});

test('the log has a line for each call with its function, status, duration and number of requests', () => {
  const lines = service.logLines();
  expect(lines.length).toBeGreaterThanOrEqual(13);
  for (const line of lines) {
    expect(line).toMatchObject({
      function: expect.stringMatching(/^\//),
      status: expect.any(Number),
      milliseconds: expect.any(Number),
      twilioRequests: expect.any(Number),
    });
  }
});

test('the log line of a send says what was decided', () => {
  const sends = service.logLines().filter((line) => line.function === '/send-message' && line.status === 200);
  expect(sends.map(({ outcome, action, reason }) => [outcome, action, reason])).toEqual([
    ['sent', 'free-form', 'WINDOW_OPEN'],
    ['sent', 'template', 'TEMPLATE_REQUESTED'],
  ]);
});

test.each([
  ['the text of a message', SAID],
  ['a part of the text', 'private'],
  ['the phone number', digits],
  ['the end of the phone number', digits.slice(-7)],
  ['the name of the user', 'Lovelace'],
  ['the API token', 'offline-token-that-is-no-secret'],
  ['a wrong token', 'a-wrong-token'],
  ['the auth token', 'offlineauthtokenoftheemulator000'],
])('no log line contains %s', (_says, secret) => {
  // The lines of the functions: twilio-run itself writes the addresses that were asked for.
  const lines = service.offline.log.filter((line) => !/^\d{3} (?:GET|POST) /.test(line));
  expect(lines.filter((line) => line.includes(secret))).toEqual([]);
});

test('the log names a pair always by the same pseudonym, and other pairs by others', () => {
  const pairs = service
    .logLines()
    .filter((line) => line.function === '/send-message' && line.pair !== undefined)
    .map((line) => line.pair);
  expect(new Set(pairs).size).toBe(2);
  expect(pairs.every((pair) => typeof pair === 'string' && /^[0-9a-f]{12}$/.test(pair))).toBe(true);
});
