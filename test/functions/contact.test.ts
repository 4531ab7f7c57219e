/**
 * /contact and /studio/contact: a call opens the window like a message. Whatever is told, how often and how late, a
 * window only moves forward, and by the time of the call.
 */
import {
  type Answer,
  DAY_MS,
  fields,
  HOUR_MS,
  iso,
  NOON,
  newUser,
  SENDER,
  type SendAnswer,
  Service,
  useService,
} from './service';

const service = useService();
const QUESTION = 'We have an answer for you. Reply to this message to read it.';

interface ContactAnswer {
  readonly window: { readonly state: string; readonly lastInboundAt: string | null } | null;
  readonly recorded: boolean;
  readonly error: SendAnswer['error'];
}

const windowJson = (state: string, last: number, secondsLeft: number, source = 'sync') => ({
  ...{ state, lastInboundAt: iso(last), closesAt: iso(last + DAY_MS), secondsLeft, source },
});
const contact = (parameters: object) => service.post<ContactAnswer>('/contact', parameters);
const windowOf = async (to: string) =>
  (await service.post<ContactAnswer>('/window', { to })).json.window as ContactAnswer['window'];
/** The user calls on WhatsApp; Voice, which would report it, is this test. */
const call = (from: string) => service.control('call', { from });
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);
const ok = (window: object | null, recorded: boolean) => ({
  status: 200,
  json: { window, recorded, error: null },
});

beforeEach(async () => {
  await service.clearFaults();
  await service.freeze(NOON);
});

describe('/contact for a caller with the token', () => {
  test('opens the window of a user who never wrote, and a text leaves in it', async () => {
    const to = newUser();
    await call(to);
    expect(await contact({ to })).toEqual(ok(windowJson('open', NOON, 86_400), true));
    const { json } = await service.send({ to, body: 'You called?' });
    expect([json.outcome, json.decision?.reason, await texts(to)]).toEqual([
      'sent',
      'WINDOW_OPEN',
      ['You called?'],
    ]);
  });

  test.each([
    ['a number without the prefix', (to: string) => ({ to: to.slice('whatsapp:'.length) })],
    ['a named sender', (to: string) => ({ to, from: SENDER })],
    ['a time in another zone', (to: string) => ({ to, at: '2031-05-05T14:00:00+02:00' })],
    ['an empty time', (to: string) => ({ to, at: '' })],
  ])('accepts %s', async (_says, parameters) => {
    expect(await contact(parameters(newUser()))).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('opens the window with the sender that was called only', async () => {
    const to = newUser();
    await contact({ to, from: 'whatsapp:+14155550177' });
    expect(await windowOf(to)).toMatchObject({ state: 'never' });
  });

  test.each([
    ['61 s ahead is refused', 61_000, 400],
    ['60 s ahead counts as now', 60_000, NOON],
    ['59 s ahead counts as now', 59_000, NOON],
    ['now', 0, NOON],
    ['an hour ago', -HOUR_MS, NOON - HOUR_MS],
    ['1 ms less than 24 h ago', -DAY_MS + 1, NOON - DAY_MS + 1],
    ['24 h ago', -DAY_MS, NOON - DAY_MS],
    ['1 ms more than 24 h ago is refused', -DAY_MS - 1, 400],
  ])('accepts a time up to 24 h ago and 60 s ahead: %s', async (_says, offset, expected) => {
    const to = newUser();
    const { status, json } = await contact({ to, at: iso(NOON + offset) });
    if (expected === 400) expect([status, fields(json.error)]).toEqual([400, ['at']]);
    else expect([status, json.recorded, json.window?.lastInboundAt]).toEqual([200, true, iso(expected)]);
  });

  test.each<readonly [string, object, readonly string[]]>([
    ['no parameters', {}, ['to']],
    ['a text instead of an address', { to: 'Ada' }, ['to']],
    ['the sender as the user', { to: SENDER }, ['to']],
    ['a BSUID as the sender', { to: newUser(), from: 'whatsapp:US.1349' }, ['from']],
    ['a time without a zone', { to: newUser(), at: '2031-05-05T12:00:00' }, ['at']],
    ['a 31st of February', { to: newUser(), at: '2031-02-31T12:00:00Z' }, ['at']],
    ['a number as a time', { to: newUser(), at: NOON }, ['at']],
    ['a list of times', { to: newUser(), at: [iso(NOON)] }, ['at']],
    ['everything wrong at once', { to: 'x', from: 'y', at: 'z', To: 'x' }, ['To', 'at', 'from', 'to']],
  ])(
    'answers 400 with the parameter’s name and stores nothing: the request has %s',
    async (_says, parameters, names) => {
      const before = await service.sync();
      const { answer, requests } = await service.requestsOf(() => contact(parameters));
      expect([answer.status, answer.json, fields(answer.json.error), requests, await service.sync()]).toEqual(
        [
          400,
          { window: null, recorded: false, error: expect.objectContaining({ code: 'INVALID_REQUEST' }) },
          names,
          [],
          before,
        ],
      );
    },
  );
});

describe('the time of a contact', () => {
  test.each([
    ['an hour before the newest message', -HOUR_MS, false],
    ['1 ms before the newest message', -1, false],
    ['at the same time as the newest message', 0, false],
    ['1 ms after the newest message', 1, true],
  ])('moves a window only forward: the contact came %s', async (_says, offset, recorded) => {
    const to = newUser();
    await service.inbound(to);
    await service.advance(2 * HOUR_MS);
    const { json } = await contact({ to, at: iso(NOON + offset) });
    const expected = iso(recorded ? NOON + offset : NOON);
    expect([json.recorded, json.window?.lastInboundAt, (await windowOf(to))?.lastInboundAt]).toEqual([
      recorded,
      expected,
      expected,
    ]);
  });

  test('is compared with a message from before the installation as well', async () => {
    const to = newUser();
    await service.inbound(to, { deliver: false });
    await service.advance(HOUR_MS);
    expect(await contact({ to, at: iso(NOON - HOUR_MS) })).toEqual(
      ok(windowJson('open', NOON, 82_800, 'message-log'), false),
    );
  });

  test('changes the window and keeps the name and the BSUID', async () => {
    const [phone, bsuid] = [newUser(), 'DE.77001'];
    await service.inbound(phone, { externalUserId: bsuid, profileName: 'Grace' });
    await service.advance(DAY_MS);
    await contact({ to: phone });
    const known = (await service.documents()).find(
      ({ uniqueName, data }) => uniqueName.startsWith('window.') && data.user === phone,
    );
    expect(known?.data).toMatchObject({ profileName: 'Grace', externalUserId: `whatsapp:${bsuid}` });
    expect(await windowOf(`whatsapp:${bsuid}`)).toMatchObject({
      state: 'open',
      lastInboundAt: iso(NOON + DAY_MS),
    });
  });

  test('starts the phone number’s window as well where the contact came under the BSUID', async () => {
    const [phone, bsuid] = [newUser(), 'whatsapp:DE.77003'];
    await service.inbound(phone, { externalUserId: 'DE.77003' });
    await service.advance(30 * HOUR_MS);
    await contact({ to: bsuid });
    expect(await windowOf(phone)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON + 30 * HOUR_MS) });
  });

  test('releases what is held under the other name of the person', async () => {
    const [phone, bsuid] = [newUser(), 'whatsapp:DE.77002'];
    await service.inbound(phone, { externalUserId: 'DE.77002' });
    await service.advance(30 * HOUR_MS);
    await service.send({ to: phone, body: 'Waiting', whenClosed: 'hold' });
    await call(bsuid);
    await contact({ to: bsuid });
    expect(await texts(phone)).toEqual([QUESTION, 'Waiting']);
  });
});

describe('a contact by call', () => {
  test('is no consent: nothing is sent to a user who said STOP, and held messages stay held', async () => {
    const to = newUser();
    await service.send({ to, body: 'Waiting', whenClosed: 'hold' });
    await service.inbound(to, { body: 'STOP' });
    await service.advance(HOUR_MS);
    expect(await contact({ to })).toEqual(ok(windowJson('open', NOON + HOUR_MS, 86_400), true));
    const { status, json } = await service.send({ to, body: 'Hello' });
    expect([status, json.error?.code, await texts(to)]).toEqual([409, 'OPTED_OUT', [QUESTION]]);
    // Still held: it follows once they opt in again.
    await service.inbound(to, { body: 'START' });
    expect(await texts(to)).toEqual([QUESTION, 'Waiting']);
  });

  test('releases held messages in order, each once, however often the call is reported', async () => {
    const to = newUser();
    for (const body of ['One', 'Two', 'Three']) await service.send({ to, body, whenClosed: 'hold' });
    await call(to);
    await Promise.all([contact({ to }), contact({ to }), contact({ to })]);
    await contact({ to });
    expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', 'Three']);
  });

  test('opens a window again that WhatsApp closed before the call', async () => {
    const to = newUser();
    await service.inbound(to, { opensWindow: false });
    await service.advance(2 * HOUR_MS);
    await service.send({ to, body: 'Refused' });
    await service.outbound(to);
    await service.advance(61_000);
    expect(await windowOf(to)).toMatchObject({ state: 'closed', source: 'whatsapp' });
    await call(to);
    const now = NOON + 2 * HOUR_MS + 61_000;
    expect(await contact({ to })).toEqual(ok(windowJson('open', now, 86_400), true));
  });

  test('does not open a window that WhatsApp closed for a message sent after the call', async () => {
    const to = newUser();
    await service.inbound(to, { opensWindow: false });
    await service.advance(2 * HOUR_MS);
    await service.send({ to, body: 'Refused' });
    await service.outbound(to);
    await service.advance(61_000);
    const at = NOON + HOUR_MS;
    expect(await contact({ to, at: iso(at) })).toEqual(ok(windowJson('closed', at, 0, 'whatsapp'), true));
  });
});

describe('/studio/contact for Studio', () => {
  test('accepts the same parameters with a signature', async () => {
    const to = newUser();
    const answer = await service.studio<ContactAnswer>('/studio/contact', { to, from: SENDER });
    expect(answer).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('refuses a wrong parameter with 400', async () => {
    const { status, json } = await service.studio<ContactAnswer>('/studio/contact', { at: 'soon' });
    expect([status, fields(json.error)]).toEqual([400, ['at', 'to']]);
  });
});

describe('/studio/contact for Voice', () => {
  let calls = 0;
  const newCall = (from: string, changes: Readonly<Record<string, string>> = {}) => {
    calls += 1;
    return {
      CallSid: `CA${String(calls).padStart(32, '0')}`,
      AccountSid: 'AC00000000000000000000000000000001',
      ApiVersion: '2010-04-01',
      Direction: 'inbound',
      CallStatus: 'ringing',
      From: from,
      To: SENDER,
      Caller: from,
      Called: SENDER,
      ...changes,
    };
  };
  const report = (parameters: Readonly<Record<string, string>>): Promise<Answer<ContactAnswer>> =>
    service.studio<ContactAnswer>('/studio/contact', parameters);
  const rfc2822 = (time: number) => new Date(time).toUTCString().replace('GMT', '+0000');

  test('opens the window of an inbound call’s caller with the sender', async () => {
    const user = newUser();
    expect(await report(newCall(user))).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('accepts a BSUID as the caller, and the sender without its prefix', async () => {
    const answer = await report(newCall('whatsapp:DE.77013', { To: SENDER.slice('whatsapp:'.length) }));
    expect(answer).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('takes all reports of a call as its start, also where a message came in between', async () => {
    const user = newUser();
    const first = newCall(user);
    const begun = await report(first);
    await service.advance(20_000);
    const answered = await report({ ...first, CallStatus: 'in-progress' });
    await service.advance(3 * HOUR_MS);
    const ended = await report({ ...first, CallStatus: 'completed' });
    expect([begun, answered, ended].map(({ json }) => [json.recorded, json.window?.lastInboundAt])).toEqual([
      [true, iso(NOON)],
      [false, iso(NOON)],
      [false, iso(NOON)],
    ]);
    await service.inbound(user);
    const written = iso(NOON + 3 * HOUR_MS + 20_000);
    await service.advance(HOUR_MS);
    expect((await report(first)).json).toMatchObject({ recorded: false, window: { lastInboundAt: written } });
    expect(await windowOf(user)).toMatchObject({ lastInboundAt: written });
  });

  test.each([
    ['neither time nor duration', {}, NOON],
    ['the duration', { CallDuration: '600' }, NOON - 600_000],
    ['the time of the end', { Timestamp: rfc2822(NOON - 60_000) }, NOON - 60_000],
    [
      'the time of the end and the duration',
      { Timestamp: rfc2822(NOON - 60_000), CallDuration: '600' },
      NOON - 660_000,
    ],
    ['an impossible time', { Timestamp: 'yesterday', CallDuration: 'long' }, NOON],
    ['a time ahead of our clock', { Timestamp: rfc2822(NOON + 60_000) }, NOON],
  ])('works out the start of a call from its last report: it has %s', async (_says, more, expected) => {
    const { json } = await report(newCall(newUser(), { CallStatus: 'completed', ...more }));
    expect([json.recorded, json.window?.lastInboundAt]).toEqual([true, iso(expected)]);
  });

  test('counts an unanswered call like an answered one', async () => {
    const { json } = await report(newCall(newUser(), { CallStatus: 'no-answer' }));
    expect([json.recorded, json.window?.state]).toEqual([true, 'open']);
  });

  test('opens nothing for an end that is reported days late', async () => {
    const { json } = await report(newCall(newUser(), { Timestamp: rfc2822(NOON - 2 * DAY_MS) }));
    expect(json.window?.state).toBe('closed');
  });

  test('records a repeated report with the time of the first, after a failure half-way', async () => {
    const user = newUser();
    const first = newCall(user);
    await service.fault({
      ...{ match: { service: 'sync', method: 'POST', path: 'Documents' }, skip: 1, times: 0 },
      ...{ do: 'status', status: 503 },
    });
    const failed = await report(first);
    await service.clearFaults();
    await service.advance(HOUR_MS);
    expect([
      failed.status,
      failed.json.error?.code,
      (await report(first)).json.window?.lastInboundAt,
    ]).toEqual([503, 'STATE_UNAVAILABLE', iso(NOON)]);
  });

  test.each([
    ['a call that we make', { Direction: 'outbound-api', From: SENDER, To: newUser() }],
    ['the leg that we dial', { Direction: 'outbound-dial' }],
    ['a call of the telephone network', { From: '+4915550000001', To: '+14155238886' }],
    ['a call of an app', { From: 'client:ada', To: '+14155238886' }],
    ['a call of a withheld number', { From: 'anonymous' }],
    ['a call of ours to ourselves', { From: SENDER }],
  ])('answers success and records nothing for %s', async (_says, changes) => {
    const before = await service.sync();
    const { answer, requests } = await service.requestsOf(() => report(newCall(newUser(), changes)));
    expect([answer, requests, await service.sync()]).toEqual([ok(null, false), [], before]);
  });

  test.each([
    ['another kind of SID', { CallSid: `SM${'1'.repeat(32)}` }, ['CallSid']],
    ['no direction', { Direction: '' }, ['Direction']],
    ['an unknown direction', { Direction: 'sideways' }, ['Direction']],
    ['a caller who is no address', { From: 'whatsapp:Ada' }, ['From']],
    ['no called number', { To: '' }, ['To']],
    [
      'everything wrong at once',
      { CallSid: 'x', Direction: 'x', From: 'x', To: 'x' },
      ['CallSid', 'Direction', 'From', 'To'],
    ],
  ])(
    'answers 400 with the parameter’s name and stores nothing: the report has %s',
    async (_says, changes, names) => {
      const before = await service.sync();
      const { status, json } = await report(newCall(newUser(), changes));
      expect([status, json.error?.code, fields(json.error), await service.sync()]).toEqual([
        400,
        'INVALID_REQUEST',
        names,
        before,
      ]);
    },
  );
});

test('a contact is answered with 503 and not recorded while Sync is unavailable', async () => {
  await service.fault({ match: { service: 'sync' }, do: 'status', status: 503, times: 0 });
  expect(await contact({ to: newUser() })).toEqual({
    status: 503,
    json: {
      window: null,
      recorded: false,
      error: { code: 'STATE_UNAVAILABLE', message: expect.stringMatching(/\S/), problems: [] },
    },
  });
});

test('another container reads the window of a contact from Sync', async () => {
  const other = new Service({ inProcess: false });
  await other.start();
  try {
    const to = newUser();
    await other.post('/contact', { to });
    expect((await other.post<ContactAnswer>('/window', { to })).json.window?.state).toBe('open');
  } finally {
    await other.stop();
  }
});
