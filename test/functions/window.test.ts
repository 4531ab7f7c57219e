/**
 * /window and its twin for Studio: what is known of one pair, and on which millisecond it turns. The clock stands still
 * and is moved by hand.
 */
import {
  DAY_MS,
  type ErrorAnswer,
  fields,
  HOUR_MS,
  iso,
  NOON,
  newUser,
  SENDER,
  Service,
  useService,
} from './service';

const service = useService();
const MARGIN_MS = 300_000;

interface WindowAnswer {
  readonly window: Readonly<Record<string, unknown>> | null;
  readonly optedOut: boolean | null;
  readonly freeEntryUntil: string | null;
  readonly freeFormAllowed: boolean;
  readonly templateRequired: boolean;
  readonly error: unknown;
}

const query = (to: string, from?: string) => new URLSearchParams({ to, ...(from && { from }) });
/** Every way to ask, which must all give the same answer. */
const ways: readonly (readonly [string, (to: string) => Promise<{ status: number; json: WindowAnswer }>])[] =
  [
    ['GET /window', (to) => service.get(`/window?${query(to)}`)],
    ['POST /window', (to) => service.post('/window', { to })],
    ['POST /studio/window', (to) => service.studio('/studio/window', { to })],
  ];

const answer = (
  state: string,
  lastInboundAt: number | null,
  secondsLeft: number,
  source = 'sync',
): WindowAnswer => ({
  window: {
    state,
    lastInboundAt: lastInboundAt === null ? null : iso(lastInboundAt),
    closesAt: lastInboundAt === null ? null : iso(lastInboundAt + DAY_MS),
    secondsLeft,
    source,
  },
  optedOut: false,
  freeEntryUntil: null,
  freeFormAllowed: state === 'open',
  templateRequired: state !== 'open',
  error: null,
});

describe('the state of a window', () => {
  test.each([
    ['the very moment the user wrote', 0, 'open', 86_400],
    ['a millisecond later', 1, 'open', 86_399],
    ['an hour later', HOUR_MS, 'open', 82_800],
    ['1 ms before the margin', DAY_MS - MARGIN_MS - 1, 'open', 300],
    ['the beginning of the margin', DAY_MS - MARGIN_MS, 'closing', 300],
    ['1 ms into the margin', DAY_MS - MARGIN_MS + 1, 'closing', 299],
    ['1 s before the end', DAY_MS - 1000, 'closing', 1],
    ['1 ms before the end', DAY_MS - 1, 'closing', 0],
    ['the end', DAY_MS, 'closed', 0],
    ['1 ms after the end', DAY_MS + 1, 'closed', 0],
    ['two days later', 2 * DAY_MS, 'closed', 0],
  ])('changes at the right millisecond (%s): it is %s', async (_says, after, state, secondsLeft) => {
    const to = newUser();
    await service.freeze(NOON);
    await service.inbound(to);
    await service.advance(after);
    const answers = [];
    for (const [way, ask] of ways) answers.push([way, await ask(to)]);
    const expected = { status: 200, json: answer(state, NOON, secondsLeft) };
    expect(answers).toEqual(ways.map(([way]) => [way, expected]));
  });

  test.each([
    ['1 ms before the margin', DAY_MS - MARGIN_MS - 1, 'sent', 'WINDOW_OPEN'],
    ['the beginning of the margin', DAY_MS - MARGIN_MS, 'refused', 'WINDOW_CLOSING'],
    ['1 ms before the end', DAY_MS - 1, 'refused', 'WINDOW_CLOSING'],
    ['the end', DAY_MS, 'refused', 'WINDOW_CLOSED'],
  ])('decides in /send-message at the same milliseconds: %s', async (_says, after, outcome, reason) => {
    const to = newUser();
    await service.freeze(NOON);
    await service.inbound(to);
    await service.advance(after);
    const { json } = await service.send({ to, body: 'Hello' });
    expect([json.outcome, json.decision?.reason]).toEqual([outcome, reason]);
  });

  describe.each([
    ['none', '0', 0],
    ['an hour', '3600', HOUR_MS],
  ])('with a margin of %s', (_says, seconds, margin) => {
    const other = new Service({ inProcess: true, settings: { WINDOW_MARGIN_SECONDS: seconds } });
    beforeAll(() => other.start());
    afterAll(() => other.stop());

    test('is open until the last millisecond before the margin', async () => {
      const to = newUser();
      await other.freeze(NOON);
      await other.inbound(to);
      const states = [];
      for (const step of [DAY_MS - margin - 1, 1, 1]) {
        await other.advance(step);
        const { json } = await other.post<WindowAnswer>('/window', { to });
        states.push(json.window?.state);
      }
      const outside = margin === 0 ? 'closed' : 'closing';
      expect(states).toEqual(['open', outside, outside]);
    });
  });
});

describe('the source of a window', () => {
  beforeAll(() => service.freeze(NOON));

  test.each(ways)('is none where the user never wrote: %s', async (_way, ask) => {
    expect(await ask(newUser())).toEqual({ status: 200, json: answer('never', null, 0, 'none') });
  });

  test.each(ways)('is Twilio’s log for a message from before the installation: %s', async (_way, ask) => {
    const to = newUser();
    await service.inbound(to, { deliver: false });
    await service.advance(HOUR_MS);
    const expected = { status: 200, json: answer('open', NOON, 82_800, 'message-log') };
    expect([await ask(to), await ask(to)]).toEqual([expected, expected]);
    await service.freeze(NOON);
  });

  test('is Twilio’s log only once, and then what was remembered', async () => {
    const to = newUser();
    await service.inbound(to, { deliver: false });
    await service.advance(DAY_MS);
    const ask = () => service.post('/window', { to });
    const first = await service.requestsOf(ask);
    const second = await service.requestsOf(ask);
    expect({
      first: first.requests.filter(({ service: api }) => api === 'api').length,
      second: second.requests.map(({ route }) => route),
    }).toEqual({ first: 1, second: ['GET sync Documents/{name}'] });
    await service.freeze(NOON);
  });

  test('is what was remembered also where the user never wrote, until they write', async () => {
    const to = newUser();
    const ask = () => service.post<WindowAnswer>('/window', { to });
    await ask();
    const { requests } = await service.requestsOf(ask);
    await service.inbound(to);
    expect([requests.map(({ route }) => route), (await ask()).json]).toEqual([
      ['GET sync Documents/{name}'],
      answer('open', NOON, 86_400),
    ]);
  });

  test('is never a message that we sent', async () => {
    const to = newUser();
    await service.send({ to, template: 'please_answer' });
    await service.outbound(to);
    expect((await service.post('/window', { to })).json).toEqual(answer('never', null, 0, 'none'));
  });

  test('is separate for each sender', async () => {
    const to = newUser();
    const second = 'whatsapp:+14155550101';
    await service.inbound(to, { to: second });
    const asked = await Promise.all([
      service.post('/window', { to }),
      service.post('/window', { to, from: second }),
      service.post('/window', { to, from: SENDER }),
    ]);
    expect(asked.map(({ json }) => json)).toEqual([
      answer('never', null, 0, 'none'),
      answer('open', NOON, 86_400),
      answer('never', null, 0, 'none'),
    ]);
  });
});

describe('a wrong request to /window', () => {
  test.each([
    ['no address', {}, ['to']],
    ['a text instead of an address', { to: 'Ada' }, ['to']],
    ['two wrong addresses', { to: '+0', from: 'whatsapp:US.1349' }, ['from', 'to']],
    ['a misspelt name', { to: newUser(), From: SENDER }, ['From']],
  ])(
    'is answered with 400 and says that only a template is safe: %s',
    async (_says, parameters, problems) => {
      const asked = await service.post('/window', parameters);
      expect(asked).toEqual({
        status: 400,
        json: {
          window: null,
          optedOut: null,
          freeEntryUntil: null,
          freeFormAllowed: false,
          templateRequired: true,
          error: {
            code: 'INVALID_REQUEST',
            message: expect.any(String),
            problems: expect.arrayContaining(
              problems.map((field) => ({ field, message: expect.stringMatching(/\S/) })),
            ),
          },
        },
      });
      expect(fields(asked.json.error as ErrorAnswer)).toEqual(problems);
    },
  );

  test('is explained where a + became a space in the query', async () => {
    const { status, json } = await service.get<{ error: { problems: unknown } }>('/window?to=+15551234567');
    expect([status, json.error.problems]).toEqual([
      400,
      [
        {
          field: 'to',
          message: 'to begins with a space where a + belongs: in a query string write the + as %2B.',
        },
      ],
    ]);
  });
});

describe('a flow that the REST API of Studio started names a Messaging Service as its sender', () => {
  test('the configured one stands for the sender that the person wrote to, in every function', async () => {
    const to = newUser();
    await service.inbound(to);
    const from = service.offline.emulator.messagingServiceSid;
    const query = `to=${encodeURIComponent(to)}&from=${from}`;
    const open = { window: { state: 'open', source: 'sync' }, error: null };
    expect([
      (await service.get(`/window?${query}`)).json,
      (await service.studio('/studio/window', { to, from })).json,
      (await service.studio('/studio/send-message', { to, from, body: 'Hello' })).json,
      (await service.send({ to, from, body: 'Hello' })).json,
      (await service.get(`/thread?${query}`)).json,
      (await service.get(`/held-messages?${query}`)).json,
    ]).toMatchObject([
      ...[open, open],
      ...[
        { outcome: 'sent', error: null },
        { outcome: 'sent', error: null },
      ],
      ...[{ error: null }, { held: [], error: null }],
    ]);
    expect((await service.outbound(to)).map((message) => message.from)).toEqual([SENDER, SENDER]);
  });
});
