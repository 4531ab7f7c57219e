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

describe('to HTTP callers', () => {
  test('somebody who never wrote: the window opens, and a text goes out in it', async () => {
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
    ['the sender named', (to: string) => ({ to, from: SENDER })],
    ['a time in another zone', (to: string) => ({ to, at: '2031-05-05T14:00:00+02:00' })],
    ['an empty time', (to: string) => ({ to, at: '' })],
  ])('%s', async (_says, parameters) => {
    expect(await contact(parameters(newUser()))).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('a window belongs to the sender that was called', async () => {
    const to = newUser();
    await contact({ to, from: 'whatsapp:+14155550177' });
    expect(await windowOf(to)).toMatchObject({ state: 'never' });
  });

  test.each([
    ['61 s ahead of our clock', 61_000, 400],
    ['60 s ahead counts as now', 60_000, NOON],
    ['59 s ahead counts as now', 59_000, NOON],
    ['now', 0, NOON],
    ['an hour ago', -HOUR_MS, NOON - HOUR_MS],
    ['1 ms less than 24 h ago', -DAY_MS + 1, NOON - DAY_MS + 1],
    ['24 h ago', -DAY_MS, NOON - DAY_MS],
    ['1 ms more than 24 h ago', -DAY_MS - 1, 400],
  ])('at: %s', async (_says, offset, expected) => {
    const to = newUser();
    const { status, json } = await contact({ to, at: iso(NOON + offset) });
    if (expected === 400) expect([status, fields(json.error)]).toEqual([400, ['at']]);
    else expect([status, json.recorded, json.window?.lastInboundAt]).toEqual([200, true, iso(expected)]);
  });

  test.each<readonly [string, object, readonly string[]]>([
    ['nothing', {}, ['to']],
    ['no address', { to: 'Ada' }, ['to']],
    ['the sender itself', { to: SENDER }, ['to']],
    ['a BSUID as the sender', { to: newUser(), from: 'whatsapp:US.1349' }, ['from']],
    ['a time without a zone', { to: newUser(), at: '2031-05-05T12:00:00' }, ['at']],
    ['a 31st of February', { to: newUser(), at: '2031-02-31T12:00:00Z' }, ['at']],
    ['a number as a time', { to: newUser(), at: NOON }, ['at']],
    ['a list of times', { to: newUser(), at: [iso(NOON)] }, ['at']],
    ['everything wrong', { to: 'x', from: 'y', at: 'z', To: 'x' }, ['To', 'at', 'from', 'to']],
  ])('%s: 400 by name, nothing stored', async (_says, parameters, names) => {
    const before = await service.sync();
    const { answer, requests } = await service.requestsOf(() => contact(parameters));
    expect([answer.status, answer.json, fields(answer.json.error), requests, await service.sync()]).toEqual([
      400,
      { window: null, recorded: false, error: expect.objectContaining({ code: 'INVALID_REQUEST' }) },
      names,
      [],
      before,
    ]);
  });
});

describe('only forward', () => {
  test.each([
    ['an hour before the newest message', -HOUR_MS, false],
    ['1 ms before it', -1, false],
    ['with it', 0, false],
    ['1 ms after it', 1, true],
  ])('a contact %s', async (_says, offset, recorded) => {
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

  test('a message from before this was installed counts, too', async () => {
    const to = newUser();
    await service.inbound(to, { deliver: false });
    await service.advance(HOUR_MS);
    expect(await contact({ to, at: iso(NOON - HOUR_MS) })).toEqual(
      ok(windowJson('open', NOON, 82_800, 'message-log'), false),
    );
  });

  test('the name and the person stay known', async () => {
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

  test('a contact under the BSUID starts the window of the phone number as well', async () => {
    const [phone, bsuid] = [newUser(), 'whatsapp:DE.77003'];
    await service.inbound(phone, { externalUserId: 'DE.77003' });
    await service.advance(30 * HOUR_MS);
    await contact({ to: bsuid });
    expect(await windowOf(phone)).toMatchObject({ state: 'open', lastInboundAt: iso(NOON + 30 * HOUR_MS) });
  });

  test('a call under one name releases what is held under the other', async () => {
    const [phone, bsuid] = [newUser(), 'whatsapp:DE.77002'];
    await service.inbound(phone, { externalUserId: 'DE.77002' });
    await service.advance(30 * HOUR_MS);
    await service.send({ to: phone, body: 'Waiting', whenClosed: 'hold' });
    await call(bsuid);
    await contact({ to: bsuid });
    expect(await texts(phone)).toEqual([QUESTION, 'Waiting']);
  });
});

describe('restrictions', () => {
  test('a call is no consent: who said STOP is sent nothing, and what is held stays held', async () => {
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

  test('held messages follow in order, each once, however often the call is told', async () => {
    const to = newUser();
    for (const body of ['One', 'Two', 'Three']) await service.send({ to, body, whenClosed: 'hold' });
    await call(to);
    await Promise.all([contact({ to }), contact({ to }), contact({ to })]);
    await contact({ to });
    expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', 'Three']);
  });

  test('WhatsApp’s verdict is lifted by a newer call', async () => {
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

  test('but not by one from before the message that was refused', async () => {
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

describe('to Studio', () => {
  test('the same parameters, signed', async () => {
    const to = newUser();
    const answer = await service.studio<ContactAnswer>('/studio/contact', { to, from: SENDER });
    expect(answer).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('a wrong one is a 400', async () => {
    const { status, json } = await service.studio<ContactAnswer>('/studio/contact', { at: 'soon' });
    expect([status, fields(json.error)]).toEqual([400, ['at', 'to']]);
  });
});

describe('to Voice', () => {
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

  test('an inbound call opens the window of the caller with the sender', async () => {
    const user = newUser();
    expect(await report(newCall(user))).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('a BSUID calls, too; the sender may come without its prefix', async () => {
    const answer = await report(newCall('whatsapp:DE.77013', { To: SENDER.slice('whatsapp:'.length) }));
    expect(answer).toEqual(ok(windowJson('open', NOON, 86_400), true));
  });

  test('all reports of a call count as its beginning, also where a message came in between', async () => {
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
    ['nothing but its end', {}, NOON],
    ['how long it took', { CallDuration: '600' }, NOON - 600_000],
    ['when it ended', { Timestamp: rfc2822(NOON - 60_000) }, NOON - 60_000],
    ['both', { Timestamp: rfc2822(NOON - 60_000), CallDuration: '600' }, NOON - 660_000],
    ['a time that is none', { Timestamp: 'yesterday', CallDuration: 'long' }, NOON],
    ['a time ahead of our clock', { Timestamp: rfc2822(NOON + 60_000) }, NOON],
  ])('an end that is all that is reported tells the beginning by %s', async (_says, more, expected) => {
    const { json } = await report(newCall(newUser(), { CallStatus: 'completed', ...more }));
    expect([json.recorded, json.window?.lastInboundAt]).toEqual([true, iso(expected)]);
  });

  test('a call that was not answered counts like one that was', async () => {
    const { json } = await report(newCall(newUser(), { CallStatus: 'no-answer' }));
    expect([json.recorded, json.window?.state]).toEqual([true, 'open']);
  });

  test('an end that is reported days late opens nothing', async () => {
    const { json } = await report(newCall(newUser(), { Timestamp: rfc2822(NOON - 2 * DAY_MS) }));
    expect(json.window?.state).toBe('closed');
  });

  test('what failed half-way is recorded as of the same time when it is told again', async () => {
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
  ])('%s is answered and records nothing', async (_says, changes) => {
    const before = await service.sync();
    const { answer, requests } = await service.requestsOf(() => report(newCall(newUser(), changes)));
    expect([answer, requests, await service.sync()]).toEqual([ok(null, false), [], before]);
  });

  test.each([
    ['no call’s SID', { CallSid: `SM${'1'.repeat(32)}` }, ['CallSid']],
    ['no direction', { Direction: '' }, ['Direction']],
    ['a direction that is none', { Direction: 'sideways' }, ['Direction']],
    ['a caller that is none', { From: 'whatsapp:Ada' }, ['From']],
    ['nobody who was called', { To: '' }, ['To']],
    [
      'everything wrong',
      { CallSid: 'x', Direction: 'x', From: 'x', To: 'x' },
      ['CallSid', 'Direction', 'From', 'To'],
    ],
  ])('%s: 400 by name, nothing stored', async (_says, changes, names) => {
    const before = await service.sync();
    const { status, json } = await report(newCall(newUser(), changes));
    expect([status, json.error?.code, fields(json.error), await service.sync()]).toEqual([
      400,
      'INVALID_REQUEST',
      names,
      before,
    ]);
  });
});

test('Sync away: 503, and nothing pretends to be recorded', async () => {
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

test('another container takes the window from Sync', async () => {
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
