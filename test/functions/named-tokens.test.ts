/** API_TOKENS: a token for each caller, what a token with the right `read` may call, and what is wrong with the setting. */
import { fields, newUser, Service, useService } from './service';

const ADA = 'adas-token-that-is-no-secret';
const READER = 'reports-token-that-is-no-secret';
const service = useService({ settings: { API_TOKENS: `ada:${ADA}, reports:${READER}:read,` } });

describe('a named token', () => {
  test('passes beside API_TOKEN, and the log line has its name', async () => {
    const to = newUser();
    const answers = [];
    for (const token of [ADA, READER, service.token])
      answers.push((await service.post('/window', { to }, { token })).status);
    const callers = service.logLines().map((line) => line.caller ?? null);
    expect([answers, callers.slice(-3)]).toEqual([
      [200, 200, 200],
      ['ada', 'reports', null],
    ]);
  });

  test('is accepted as the password of HTTP Basic', async () => {
    const authorization = `Basic ${Buffer.from(`studio:${ADA}`).toString('base64')}`;
    expect((await service.fetch('/templates', { headers: { authorization } })).status).toBe(200);
  });

  test.each([
    ['its name', 'ada'],
    ['its name and token together', `ada:${ADA}`],
    ['the token with its permission', `${READER}:read`],
    ['the whole setting', `ada:${ADA}, reports:${READER}:read,`],
    ['its beginning', ADA.slice(0, -1)],
    ['the token in another case', ADA.toUpperCase()],
  ])('cannot be replaced by %s', async (_says, token) => {
    expect((await service.post('/window', { to: newUser() }, { token })).status).toBe(401);
  });

  test('is named in the answer of /windows, with its permission', async () => {
    const callers = [];
    for (const token of [ADA, READER, service.token]) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = (await (await service.fetch('/windows', { headers })).json()) as { caller: object };
      callers.push(answer.caller);
    }
    expect(callers).toEqual([
      { name: 'ada', readOnly: false },
      { name: 'reports', readOnly: true },
      { name: null, readOnly: false },
    ]);
  });

  test('may send where it has no permission behind it', async () => {
    const to = newUser();
    await service.inbound(to);
    const { json } = await service.post('/send-message', { to, body: 'Hello' }, { token: ADA });
    expect(json.outcome).toBe('sent');
  });

  test('appears in no log line, and neither does a wrong token', () => {
    const lines = service.offline.log.filter((line) => !/^\d{3} (?:GET|POST) /.test(line));
    expect(lines.filter((line) => /token-that/i.test(line))).toEqual([]);
  });
});

describe('a token that may only read', () => {
  const get = (path: string) =>
    service.fetch(path, { headers: { authorization: `Bearer ${READER}` } }).then(({ status }) => status);

  test('may call what changes nothing', async () => {
    const to = newUser();
    const query = new URLSearchParams({ to });
    expect([
      await get(`/window?${query}`),
      (await service.post('/window', { to }, { token: READER })).status,
      await get('/windows'),
      await get('/templates'),
      await get(`/held-messages?${query}`),
    ]).toEqual([200, 200, 200, 200, 200]);
  });

  test.each([true, 'true'])(
    'may call /send-message with dryRun %p, and nothing is sent or stored',
    async (dryRun) => {
      const to = newUser();
      await service.inbound(to);
      const before = await service.sync();
      const { status, json } = await service.post(
        '/send-message',
        { to, body: 'Hi', dryRun },
        { token: READER },
      );
      expect([status, json.outcome, await service.outbound(to), await service.sync()]).toEqual([
        200,
        'dry-run',
        [],
        before,
      ]);
    },
  );

  test.each([
    ['/send-message', 'no dryRun', { body: 'Hi' }],
    ['/send-message', 'dryRun false', { body: 'Hi', dryRun: false }],
    ['/send-message', 'dryRun that is neither', { body: 'Hi', dryRun: 'yes' }],
    ['/send-message', 'dryRun that is a list', { body: 'Hi', dryRun: ['true'] }],
    ['/send-message', 'a misspelt dryRun', { body: 'Hi', dry_run: true }],
    [
      '/send-message?dryRun=true',
      'dryRun false in the body, true in the query',
      { body: 'Hi', dryRun: 'false' },
    ],
    ['/held-messages', 'an id to cancel', { cancel: '0' }],
    ['/contact', 'a person', {}],
    ['/forget', 'a person', {}],
  ])(
    'may not POST %s with %s, is told so by a 403, and makes no request to Twilio',
    async (path, _says, parameters) => {
      const to = newUser();
      await service.inbound(to);
      const { answer, requests } = await service.requestsOf(() =>
        service.post(path, { to, ...parameters }, { token: READER }),
      );
      expect([answer.status, answer.json.error, requests]).toEqual([
        403,
        {
          code: 'FORBIDDEN',
          message: expect.stringMatching(
            /^This token may only read, and POST \/[a-z-]+ changes something\. .*:read/,
          ),
          problems: [],
        },
        [],
      ]);
      expect(service.logLines().at(-1)).toMatchObject({ caller: 'reports', status: 403, error: 'FORBIDDEN' });
    },
  );
});

describe('a named token without API_TOKEN', () => {
  const other = new Service({ inProcess: true, settings: { API_TOKEN: '', API_TOKENS: `ada:${ADA}` } });
  beforeAll(() => other.start());
  afterAll(() => other.stop());

  test('passes, and nothing else does', async () => {
    const statuses = [];
    for (const token of [ADA, '', 'offline-token-that-is-no-secret'])
      statuses.push((await other.post('/window', { to: newUser() }, { token })).status);
    expect(statuses).toEqual([200, 401, 401]);
  });
});

describe('a malformed API_TOKENS', () => {
  const SECRET = 'xx-must-never-be-shown-xx';
  const other = new Service({
    inProcess: true,
    settings: {
      API_TOKEN: SECRET,
      API_TOKENS: [
        'ada:only-23-characters-long',
        `:${SECRET}2`,
        SECRET,
        `ada:${SECRET}3`,
        `eve:${SECRET}4:write`,
        `mia:${SECRET}5:read:${SECRET}`,
        `bob:${SECRET}`,
        `a name:${SECRET}6`,
        `zoe:${SECRET}7:`,
      ].join(','),
      WINDOW_MARGIN_SECONDS: 'soon',
    },
  });
  beforeAll(() => other.start());
  afterAll(() => other.stop());

  test('is reported to every caller with all problems and no part of a secret', async () => {
    const told = [];
    for (const token of [null, SECRET, `${SECRET}3`])
      told.push(await other.post('/window', { to: newUser() }, { token }));
    const problem = (entry: number, what: string) => ({
      field: 'API_TOKENS',
      message: expect.stringMatching(new RegExp(`^API_TOKENS is malformed: in entry ${entry} ${what}`)),
    });
    for (const { status, json } of told) {
      expect([status, json.error]).toEqual([
        500,
        {
          code: 'MISCONFIGURED',
          message: expect.any(String),
          problems: [
            problem(1, 'the token is too short'),
            problem(2, 'the name is missing'),
            problem(3, 'the token is too short'),
            problem(4, 'the name is that of an earlier entry'),
            problem(5, 'the right is unknown'),
            problem(6, 'the right is unknown'),
            problem(7, 'the token is that of another caller'),
            problem(8, 'the name is malformed'),
            problem(9, 'the right is unknown'),
          ],
        },
      ]);
    }
    const lines = other.offline.log.filter((line) => !/^\d{3} (?:GET|POST) /.test(line));
    expect(JSON.stringify([told, lines])).not.toMatch(/must-never|only-23/);
  });

  test('is reported to Twilio with the problems of the other settings', async () => {
    const response = await other.signed('/studio/window', { to: newUser() });
    const { error } = (await response.json()) as { error: Parameters<typeof fields>[0] };
    expect([response.status, [...new Set(fields(error))]]).toEqual([
      500,
      ['API_TOKENS', 'WINDOW_MARGIN_SECONDS'],
    ]);
  });
});
