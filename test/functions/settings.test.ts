/**
 * Settings that are missing or wrong: an answer that names the variable and the fix, never its value, and never a stack.
 * Each row is a service of its own, started with that setting.
 */
import { newUser, SENDER, Service } from './service';

const SECRETISH = 'xx-must-never-be-shown-xx';
const to = newUser();

describe.each([
  ['SYNC_SERVICE_SID', 'missing', ''],
  ['SYNC_SERVICE_SID', 'not a SID', SECRETISH],
  ['WHATSAPP_SENDER', 'missing', ''],
  ['WHATSAPP_SENDER', 'not an address', SECRETISH],
  ['WHATSAPP_SENDER', 'a user’s BSUID', 'whatsapp:US.13491208655302741918'],
  ['MESSAGING_SERVICE_SID', 'not a SID', SECRETISH],
  ['WINDOW_MARGIN_SECONDS', 'not a number', SECRETISH],
  ['WINDOW_MARGIN_SECONDS', 'negative', '-1'],
  ['WINDOW_MARGIN_SECONDS', 'a whole window', '86400'],
  ['DESK_SOON_SECONDS', 'more than a window', '86401'],
  ['DESK_URGENT_SECONDS', 'more than what is soon', '7201'],
  ['HOLD_TTL_SECONDS', 'not a whole number', '1.5'],
  ['HOLD_TTL_SECONDS', 'more than Sync keeps', '31536001'],
  ['RELEASE_HELD', 'neither of its words', SECRETISH],
  ['FORWARD_URL', 'not an address', SECRETISH],
  ['FORWARD_URL', 'a script', 'javascript:alert(1)'],
  ['FORWARD_URL', 'without encryption', 'http://xx-must-never-be-shown-xx.example/hook'],
  ['STATUS_FORWARD_URL', 'without encryption', 'http://xx-must-never-be-shown-xx.example/hook'],
])('the setting %s that is %s', (name, _what, value) => {
  const service = new Service({ inProcess: true, settings: { [name]: value } });
  beforeAll(() => service.start());
  afterAll(() => service.stop());

  test('is named by every function that needs settings, and no request is made to Twilio', async () => {
    const { answer, requests } = await service.requestsOf(async () => {
      const responses = await Promise.all([
        service.fetch('/send-message', {
          method: 'POST',
          headers: { authorization: `Bearer ${service.token}` },
          body: new URLSearchParams({ to, body: 'Hello' }),
        }),
        service.fetch('/windows', { headers: { authorization: `Bearer ${service.token}` } }),
        service.fetch('/templates', { headers: { authorization: `Bearer ${service.token}` } }),
        service.signed('/incoming-message', {
          MessageSid: `SM${'1'.repeat(32)}`,
          From: to,
          To: SENDER,
          SmsStatus: 'received',
        }),
        service.signed('/studio/window', { to }),
      ]);
      return Promise.all(
        responses.map(async (response) => ({ status: response.status, text: await response.text() })),
      );
    });
    const problem = {
      field: name,
      message: expect.stringMatching(new RegExp(`^${name} is (?:missing|malformed): set it to`)),
    };
    for (const { status, text } of answer) {
      const { error } = JSON.parse(text) as { error: { message: string } };
      expect({ status, error }).toEqual({
        status: 500,
        error: { code: 'MISCONFIGURED', message: expect.stringContaining(name), problems: [problem] },
      });
    }
    const everything = [...answer.map(({ text }) => text), ...service.offline.log].join('\n');
    expect(everything).not.toMatch(/xx-must-never|\n\s+at /);
    expect(everything).not.toContain(service.token);
    expect(everything).not.toContain(service.offline.emulator.authToken);
    expect(requests).toEqual([]);
  });
});

test('several wrong settings are named at once', async () => {
  const service = new Service({
    inProcess: true,
    settings: {
      SYNC_SERVICE_SID: 'IS1',
      WHATSAPP_SENDER: '',
      WINDOW_MARGIN_SECONDS: 'soon',
      FORWARD_URL: '/bot',
    },
  });
  await service.start();
  try {
    const { json } = await service.send({ to, body: 'Hello' });
    expect(json.error?.problems.map(({ field }) => field).sort()).toEqual([
      'FORWARD_URL',
      'SYNC_SERVICE_SID',
      'WHATSAPP_SENDER',
      'WINDOW_MARGIN_SECONDS',
    ]);
  } finally {
    await service.stop();
  }
});

test('a Sync service that the account does not have is reported as a wrong setting', async () => {
  const service = new Service({ inProcess: true, settings: { SYNC_SERVICE_SID: `IS${'9'.repeat(32)}` } });
  await service.start();
  try {
    const answers = [
      await service.post('/window', { to }),
      await service.send({ to, body: 'Hello' }),
      await service.send({ to, body: 'Hello', template: 'please_answer', whenClosed: 'hold' }),
      await service.get('/windows'),
      await service.get('/held-messages'),
    ];
    const inbound = await service.inbound(to);
    expect([
      ...answers.map(({ status, json }) => [status, (json.error as { code: string }).code]),
      inbound.webhooks.map(({ status, body }) => [status, JSON.parse(body).error.code]),
    ]).toEqual([...answers.map(() => [500, 'MISCONFIGURED']), [[500, 'MISCONFIGURED']]]);
  } finally {
    await service.stop();
  }
});

test('settings may have spaces around their value, and FALLBACK_TEMPLATE may be a name', async () => {
  const service = new Service({
    inProcess: true,
    settings: {
      WHATSAPP_SENDER: `"  ${SENDER} "`,
      WINDOW_MARGIN_SECONDS: '" 300 "',
      FALLBACK_TEMPLATE: 'please_answer',
    },
  });
  await service.start();
  try {
    const { status } = await service.post('/window', { to });
    expect(status).toBe(200);
  } finally {
    await service.stop();
  }
});
