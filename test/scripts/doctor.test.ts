/**
 * `npm run doctor` against a healthy account, and against one with a single thing wrong at a time: the check that is
 * meant for it finds it, says what to do, and no other check changes its mind. It never writes anything.
 */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { main } from '../../scripts/doctor';
import { HEALTHY, NOON, type Result, SENDER, TOKEN, USER, useDoctor } from './doctor-stage';
import { runMain } from './run-main';

const stage = useDoctor();
const { offline, control, setWebhook, incoming, wrote, advance, emptyAccount, doctor, change } = stage;

test('the doctor says that no retry follows a 429, where an older setup left the webhook so', async () => {
  await setWebhook({
    callback_url: `${incoming()}#rc=3&rp=ct,rt,5xx`,
    callback_method: 'POST',
    fallback_url: incoming(),
    fallback_method: 'POST',
  });
  const { byName } = await doctor();
  expect(byName.get('webhook')).toMatchObject({
    mark: 'ok',
    found: expect.stringMatching(/No retry follows a 429: npm run setup/),
  });
});

test('the doctor finds a healthy account all right and changes nothing in it', async () => {
  const before = [
    await control().get('sync'),
    await control().get('templates'),
    await control().get('messages'),
    readFileSync(stage.file(), 'utf8'),
    statSync(stage.file()).mtimeMs,
  ];
  const run = await doctor();
  expect([run.code, run.marks, (run.json as { ok: boolean }).ok]).toEqual([0, HEALTHY, true]);
  const { requests } = await control().get<{ requests: { method: string }[] }>('requests');
  expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(requests.length).toBeGreaterThan(10);
  expect([
    await control().get('sync'),
    await control().get('templates'),
    await control().get('messages'),
    readFileSync(stage.file(), 'utf8'),
    statSync(stage.file()).mtimeMs,
  ]).toEqual(before);
  expect(run.checks.every(({ why, found }) => why.length > 20 && found.length > 10)).toBe(true);
});

test('the doctor tells a person what is broken first, what it is, why it matters and what to do, and no secret', async () => {
  change({ FALLBACK_TEMPLATE: 'lesson_code', API_TOKENS: `ada:${'ab'.repeat(20)}` });
  const run = await runMain(main, ['--env', stage.file(), '--url', offline().functionsUrl], {
    emulatorUrl: offline().emulator.url,
    clockFile: offline().clockFile,
  });
  expect(run.code).toBe(1);
  expect(run.text).toMatch(
    /^✗ broken {2}FALLBACK_TEMPLATE\n {4}what {2}It has variables \(1, 2\).*\n {4}why {3}It asks the user.*\n {4}do {4}Name an approved template.*\n\n! warning {2}API token\n {4}what {2}API_TOKENS, ada is weak/,
  );
  expect(run.text).toMatch(
    /\n\n– not checked {2}deployed settings .*\n\n✓ ok {2}credentials +Twilio accepts them/,
  );
  expect(run.text).toContain('\n18 ok, 1 warning, 1 broken, 1 not checked\n');
  for (const secret of [TOKEN, 'abababab', offline().emulator.authToken, '15551234567'])
    expect(run.text).not.toContain(secret);
});

type Row = [
  what: string,
  prepare: () => unknown,
  changed: Readonly<Record<string, string>>,
  found: RegExp,
  fix: RegExp | null,
];

const rows: Row[] = [
  [
    'a malformed setting',
    () => change({ HOLD_TTL_SECONDS: 'long' }),
    { settings: 'broken', 'Sync and the log agree': 'not checked', 'WhatsApp agrees': 'not checked' },
    /HOLD_TTL_SECONDS is malformed/,
    /npm run setup/,
  ],
  [
    'a settings file that others can read',
    () => chmodSync(stage.file(), 0o644),
    { settings: 'warning' },
    /other users of this machine can read/,
    /chmod 600/,
  ],
  [
    'the token of the offline service',
    () => change({ API_TOKEN: 'offline-token-that-is-no-secret' }),
    { 'API token': 'broken', 'functions answer': 'broken' },
    /for trying things offline/,
    /npm run setup -- .*--token API_TOKEN draws another .*--revoke API_TOKEN\.old/,
  ],
  [
    'a weak token',
    () => change({ API_TOKEN: 'secretsecretsecretsecretsecretsecret' }),
    { 'API token': 'warning', 'functions answer': 'broken' },
    /repeats a few characters/,
    /npm run setup -- .*--token API_TOKEN draws another .*--revoke API_TOKEN\.old/,
  ],
  [
    'a weak named token',
    () => change({ API_TOKENS: 'ada:secretsecretsecretsecretsecretsecret:read' }),
    { 'API token': 'warning' },
    /API_TOKENS, ada is weak: it repeats a few characters/,
    /--token ada draws another .*--revoke ada\.old/,
  ],
  [
    'no token',
    () => change({ API_TOKEN: '' }),
    { 'API token': 'warning', 'functions answer': 'warning' },
    /dashboard and all HTTP callers are refused/,
    /npm run setup/,
  ],
  [
    'an address without encryption',
    () =>
      change({ FORWARD_URL: 'http://bot.example.com/in', STATUS_FORWARD_URL: 'http://bot.example.com/in' }),
    { settings: 'broken', 'Sync and the log agree': 'not checked', 'WhatsApp agrees': 'not checked' },
    /^FORWARD_URL is malformed: .*https:.* STATUS_FORWARD_URL is malformed: /,
    /the rest is yours to correct/,
  ],
  [
    'a value that is too long for a variable',
    () => change({ FORWARD_URL: `https://example.com/${'a'.repeat(431)}` }),
    { 'size of the settings': 'broken' },
    /FORWARD_URL: longer than 450 bytes/,
    /Shorten it/,
  ],
  [
    'more variables than fit',
    () =>
      change(
        Object.fromEntries(
          [
            'FORWARD_URL',
            'STOP_WORDS',
            'START_WORDS',
            'FALLBACK_TEMPLATE',
            'API_TOKEN',
            'HOLD_TTL_SECONDS',
            'WINDOW_MARGIN_SECONDS',
          ].map((name) => [name, `https://example.com/${'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(11)}`]),
        ),
      ),
    {
      'size of the settings': 'broken',
      settings: 'broken',
      // Here one value stands in all of them.
      'secrets elsewhere': 'broken',
      'functions answer': 'broken',
      FALLBACK_TEMPLATE: 'broken',
      'Sync and the log agree': 'not checked',
      'WhatsApp agrees': 'not checked',
    },
    /All together they have 3\d\d\d bytes, more than 3072/,
    /Leave out what has its default/,
  ],
  [
    'a Sync service of another account',
    () => change({ SYNC_SERVICE_SID: `IS${'9'.repeat(32)}` }),
    { Sync: 'broken', 'inbound messages arrive': 'broken', 'Sync and the log agree': 'not checked' },
    /names no Sync service/,
    /npm run setup/,
  ],
  [
    'a sender that WhatsApp took offline',
    () => control().post('senders', { sender: SENDER, status: 'OFFLINE' }),
    { sender: 'broken' },
    /It is OFFLINE: .*63020/,
    /Console/,
  ],
  [
    'a sender that is not the account’s',
    () => change({ WHATSAPP_SENDER: 'whatsapp:+15550009999' }),
    {
      sender: 'broken',
      ...{ webhook: 'not checked', 'inbound messages arrive': 'not checked' },
      'Sync and the log agree': 'not checked',
    },
    /no WhatsApp sender like WHATSAPP_SENDER/,
    /Correct it/,
  ],
  [
    'the Sandbox as the sender',
    () => change({ WHATSAPP_SENDER: 'whatsapp:+14155238886' }),
    {
      sender: 'not checked',
      ...{ webhook: 'not checked', 'inbound messages arrive': 'not checked' },
      'Sync and the log agree': 'not checked',
    },
    /It is the Sandbox/,
    null,
  ],
  [
    'no webhook',
    () => setWebhook({ callback_url: null }),
    { webhook: 'broken' },
    /is not set/,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a webhook that leads elsewhere',
    () => setWebhook({ callback_url: 'https://bot.example.com/in' }),
    { webhook: 'broken' },
    /leads to https:\/\/bot\.example\.com\/in/,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a webhook that leads to functions of this project that are not there',
    () => setWebhook({ callback_url: 'https://whatsapp-window-1234-dev.twil.io/incoming-message#rc=3' }),
    { webhook: 'broken' },
    /leads to https:\/\/whatsapp-window-1234-dev\.twil\.io\/incoming-message\./,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a webhook of another method',
    () => setWebhook({ callback_method: 'PUT' }),
    { webhook: 'broken' },
    /called by PUT/,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a webhook without connection overrides',
    () => setWebhook({ callback_url: incoming() }),
    { webhook: 'warning' },
    /gives up on a 5xx/,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a webhook that is never repeated',
    () => setWebhook({ callback_url: `${incoming()}#rc=0&rp=5xx` }),
    { webhook: 'warning' },
    /gives up on a 5xx/,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a webhook without a fallback',
    () => setWebhook({ fallback_url: null }),
    { webhook: 'warning' },
    /the fallback URL does not lead here/,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a Messaging Service that overrides the sender’s webhook',
    async () => {
      const service = await stage.client().messaging.v1.services.create({
        friendlyName: 'Notices',
        inboundRequestUrl: 'https://other.example.com/in',
      });
      const [own] = await stage.client().messaging.v2.channelsSenders.list({ channel: 'whatsapp' });
      await stage
        .client()
        .messaging.v1.services(service.sid)
        .channelSenders.create({ sid: own?.sid ?? '' });
    },
    { webhook: 'broken' },
    /Messaging Service "Notices" \(it has the sender in its pool\) leads to https:\/\/other/,
    /npm run setup -- --env \S+ --domain/,
  ],
  [
    'a fallback template that was rejected',
    () => control().post('templates/please_answer', { status: 'rejected' }),
    { templates: 'warning', FALLBACK_TEMPLATE: 'broken' },
    /please_answer rejected/,
    /reason of a rejection/,
  ],
  [
    'a fallback template that was never submitted',
    () => control().post('templates/please_answer', { status: 'unsubmitted' }),
    { templates: 'warning', FALLBACK_TEMPLATE: 'broken' },
    /please_answer unsubmitted/,
    /npm run setup -- --env \S+ --submit/,
  ],
  [
    'a lesson text that was never submitted, as setup leaves it',
    () => control().post('templates/lesson_code', { status: 'unsubmitted' }),
    { templates: 'ok' },
    /lesson_code unsubmitted/,
    null,
  ],
  [
    'a FALLBACK_TEMPLATE of the category MARKETING',
    () => control().post('templates/please_answer', { category: 'MARKETING' }),
    { FALLBACK_TEMPLATE: 'warning' },
    /MARKETING template.*63049/,
    /approved as UTILITY/,
  ],
  [
    'no FALLBACK_TEMPLATE',
    () => change({ FALLBACK_TEMPLATE: '' }),
    { FALLBACK_TEMPLATE: 'warning' },
    /There is none/,
    /npm run setup .*sets it/,
  ],
  [
    'a FALLBACK_TEMPLATE that is not approved',
    () => change({ FALLBACK_TEMPLATE: 'lesson_paused' }),
    { FALLBACK_TEMPLATE: 'broken' },
    /its status is paused/,
    /Name an approved template/,
  ],
  [
    'a FALLBACK_TEMPLATE for inside the window only',
    () => change({ FALLBACK_TEMPLATE: 'pick_a_slot' }),
    { FALLBACK_TEMPLATE: 'broken' },
    /list-picker can only be sent inside/,
    /Name an approved template/,
  ],
  [
    'a FALLBACK_TEMPLATE that is unknown',
    () => change({ FALLBACK_TEMPLATE: `HX${'9'.repeat(32)}` }),
    { FALLBACK_TEMPLATE: 'broken' },
    /names no template of this account/,
    /Name an approved template/,
  ],
];

test.each(rows)('the doctor reports this with its fix: %s', async (_what, prepare, changed, found, fix) => {
  await prepare();
  const run = await doctor();
  const first = run.byName.get(Object.keys(changed)[0] ?? '');
  expect({ marks: run.marks, code: run.code }).toEqual({
    marks: { ...HEALTHY, ...changed },
    code: Object.values(changed).includes('broken') ? 1 : 0,
  });
  expect(first?.found).toMatch(found);
  if (fix === null) expect(first?.fix).toBeNull();
  else expect(first?.fix).toMatch(fix);
});

test('the doctor leaves unchecked what needs the account where the credentials are wrong, and checks the rest', async () => {
  change({ AUTH_TOKEN: 'wrong-token-000' });
  const run = await doctor();
  expect([run.code, run.marks]).toEqual([
    1,
    {
      ...Object.fromEntries(Object.keys(HEALTHY).map((name) => [name, 'not checked'])),
      credentials: 'broken',
      region: 'ok',
      settings: 'ok',
      'API token': 'ok',
      'secrets elsewhere': 'ok',
      'size of the settings': 'ok',
      'functions answer': 'ok',
      'functions refuse strangers': 'ok',
    },
  ]);
  expect(run.byName.get('credentials')?.found).toMatch(/does not accept ACCOUNT_SID and AUTH_TOKEN/);
});

test.each([
  [
    'no network',
    { emulatorUrl: 'http://127.0.0.1:9' },
    /is not known\. There was no answer over the network/,
  ],
  ['a 429 storm', {}, /is not known\. Twilio limits the rate of requests \(HTTP 429\)/],
])('the doctor calls nothing right that it could not check: there is %s', async (what, options, found) => {
  if (what !== 'no network')
    await control().post('faults', { target: 'api', match: {}, do: 'status', status: 429, times: 0 });
  const run = await runMain(main, ['--env', stage.file(), '--json'], {
    emulatorUrl: offline().emulator.url,
    clockFile: offline().clockFile,
    ...options,
  });
  await control().call('DELETE', 'faults');
  const { checks } = run.json as { checks: Result[] };
  const credentials = checks.find(({ check }) => check === 'credentials');
  const ok = checks.filter(({ mark }) => mark === 'ok').map(({ check }) => check);
  expect([run.code, credentials?.found, credentials?.fix, ok]).toEqual([
    1,
    expect.stringMatching(found),
    'Run npm run doctor again once it answers.',
    ['region', 'settings', 'API token', 'secrets elsewhere', 'size of the settings'],
  ]);
});

test('the doctor says once that functions do not answer and are not checked, also where their address is unknown', async () => {
  await offline().goAway();
  try {
    const away = await doctor();
    expect(
      ['functions answer', 'functions refuse strangers'].map((name) => {
        const { mark, found } = away.byName.get(name) ?? {};
        return [mark, found];
      }),
    ).toEqual([
      ['not checked', `${offline().functionsUrl} does not answer.`],
      ['not checked', 'The functions do not answer: see the check above.'],
    ]);
    const unknown = await runMain(main, ['--env', stage.file(), '--json'], {
      emulatorUrl: offline().emulator.url,
      clockFile: offline().clockFile,
    });
    const { checks } = unknown.json as { checks: Result[] };
    expect([
      unknown.code,
      checks.filter(({ mark }) => mark !== 'ok').map(({ check, mark, found }) => [check, mark, found]),
    ]).toEqual([
      0,
      ['webhook', 'functions answer', 'functions refuse strangers', 'deployed settings'].map((name) => [
        name,
        'not checked',
        'It is not known where the functions are: give --domain or --url.',
      ]),
    ]);
  } finally {
    await offline().comeBack();
  }
});

test('the doctor names the reason why a service that refuses for a while is not checked', async () => {
  await control().post('faults', {
    target: 'api',
    match: { service: 'messaging' },
    do: 'status',
    status: 503,
    times: 0,
  });
  const run = await doctor();
  expect([run.marks.sender, run.marks.webhook, run.byName.get('sender')?.found]).toEqual([
    'not checked',
    'not checked',
    expect.stringMatching(/Twilio refused a request/),
  ]);
});

describe('the doctor compares the log with Sync, and for inbound messages', () => {
  const arrived = async () => {
    const { byName } = await doctor();
    return byName.get('inbound messages arrive');
  };

  test('reports a webhook that is not connected where Sync has none of them', async () => {
    await emptyAccount();
    await wrote({ deliver: false });
    await advance(120);
    expect(await arrived()).toEqual(
      expect.objectContaining({ mark: 'broken', found: expect.stringMatching(/evidently not connected/) }),
    );
  });

  test('reports lost webhooks where Sync lacks one of two people', async () => {
    await wrote({ from: 'whatsapp:+15557654321', deliver: false });
    await advance(120);
    expect(await arrived()).toEqual(
      expect.objectContaining({
        mark: 'warning',
        found: expect.stringMatching(/^Of 2 people .* newest message of 1,/),
      }),
    );
  });

  test('reports an older message in Sync than in the log', async () => {
    await advance(3600);
    await wrote({ deliver: false });
    await advance(120);
    expect((await arrived())?.mark).toBe('broken');
  });

  test('does not count one in Sync that a send has read from the log', async () => {
    await wrote({ from: 'whatsapp:+15557654321', deliver: false });
    await advance(120);
    const asked = await fetch(`${offline().functionsUrl}/window?to=%2B15557654321`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    expect([await asked.json(), (await arrived())?.mark]).toEqual([
      expect.objectContaining({ freeFormAllowed: true }),
      'warning',
    ]);
  });

  test.each([
    ['59 s ago may be under way', 59, 'ok'],
    ['60 s ago counts', 60, 'warning'],
  ])('waits a minute before it reports one: %s', async (_what, seconds, mark) => {
    await wrote({ from: 'whatsapp:+15557654321', deliver: false });
    await advance(seconds);
    expect((await arrived())?.mark).toBe(mark);
  });

  test('does not say that nobody wrote for a first message of less than a minute ago', async () => {
    await emptyAccount();
    await wrote({ deliver: false });
    await advance(59);
    expect(await arrived()).toEqual(
      expect.objectContaining({
        mark: 'not checked',
        found: expect.stringMatching(/less than a minute ago/),
      }),
    );
  });

  test('does not compare one of more than 24 hours ago, though Twilio’s filter by day returns it', async () => {
    await advance(86_400);
    await wrote({ from: 'whatsapp:+15557654321' });
    await advance(61);
    expect(await arrived()).toEqual(
      expect.objectContaining({ mark: 'ok', found: expect.stringMatching(/newest message of 1 person/) }),
    );
  });

  test('counts a person with phone number and BSUID once', async () => {
    const externalUserId = 'US.13491208655302741918';
    await wrote({ externalUserId });
    await advance(7200);
    await wrote({ from: `whatsapp:${externalUserId}`, externalUserId });
    await advance(120);
    expect((await arrived())?.mark).toBe('ok');
  });
});

describe('the doctor’s report of a 63016 in a window that was open by our rule', () => {
  const refusedAfter = async (seconds: number) => {
    await control().post('clock', { set: NOON });
    await advance(seconds);
    await control().post('faults', { target: 'delivery', match: {}, do: 'false-63016' });
    await stage.client().messages.create({ from: SENDER, to: USER, body: 'Hello' });
    await control().idle();
    const { byName } = await doctor();
    return byName.get('WhatsApp agrees');
  };
  const day = 86_400;

  test.each([
    ['ten minutes before the end', day - 600, 'warning', /WINDOW_MARGIN_SECONDS=660 \(it is 300\)/],
    ['an hour before the end', day - 3600, 'warning', /WINDOW_MARGIN_SECONDS=3660/],
    ['more than an hour before the end', day - 3601, 'warning', /A margin does not help/],
    ['one second before the margin begins', day - 301, 'warning', /WINDOW_MARGIN_SECONDS=420/],
  ])('advises a margin by how long the window had left: %s', async (_what, seconds, mark, fix) => {
    expect(await refusedAfter(seconds)).toEqual(
      expect.objectContaining({ mark, fix: expect.stringMatching(fix) }),
    );
  });

  test('is missing within the margin, where both agree', async () => {
    expect(await refusedAfter(day - 300)).toEqual(
      expect.objectContaining({
        mark: 'ok',
        found: expect.stringMatching(/7 days: 1, while the window was open by our rule: 0,/),
      }),
    );
  });
});

test.each([
  ['a malformed address', ['--url', 'localhost'], 2, /--url is no address/],
  ['a malformed domain', ['--domain', 'nowhere'], 2, /--domain is no domain/],
  ['an unknown option', ['--fix'], 2, /unknown option '--fix'/],
])('the doctor refuses %s on its command line', async (_what, args, code, sentence) => {
  const run = await runMain(main, ['--env', stage.file(), ...args], { emulatorUrl: offline().emulator.url });
  expect([run.code, run.text]).toEqual([code, expect.stringMatching(sentence)]);
});
