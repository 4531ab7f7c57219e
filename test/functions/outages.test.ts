/**
 * What happens when Twilio does not answer, or answers with an error: Sync, the message log, the sending of messages.
 * Nothing may pretend to be recorded or sent, nothing may be sent twice, and every answer leaves within 8 s.
 */
import { newUser, SENDER, type SendAnswer, useService } from './service';

const service = useService();
const ANSWER_WITHIN_MS = 8000;
const TEMPLATE = { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } };
const SYNC = { service: 'sync' };
const CREATE = { service: 'api', method: 'POST', path: '/Messages' };
const LOG = { service: 'api', method: 'GET', path: '/Messages' };
const sentence = expect.stringMatching(/^[A-Z].*\.$/);

let messages = 0;
const webhook = (user: string) => {
  messages += 1;
  const MessageSid = `SM${String(messages).padStart(32, '0')}`;
  return { MessageSid, From: user, To: SENDER, Body: 'Hello', SmsStatus: 'received' };
};

async function timed<T>(work: Promise<T>): Promise<{ result: T; isInTime: boolean }> {
  const started = performance.now();
  const result = await work;
  return { result, isInTime: performance.now() - started < ANSWER_WITHIN_MS };
}

// The templates are known to this container, as they are in the steady state.
beforeAll(() => service.get('/templates'));
afterEach(() => service.clearFaults());

describe('while Sync', () => {
  describe.each([
    ['answers 503,', { do: 'status', status: 503 }],
    ['limits the rate,', { do: 'status', status: 429, code: 54009 }],
    ['cuts every connection,', { do: 'drop-before' }],
    ['hangs,', { do: 'hang' }],
  ])('%s', (_says, fault) => {
    const user = newUser();
    const known = newUser();
    const stopped = newUser();
    let before: unknown;
    let after: unknown;
    /** All that a service may be asked meanwhile, at once: a test that waits for each would wait long. */
    const ask = async () => {
      const calls = {
        stranger: timed(service.signed('/incoming-message', webhook(user))),
        acquaintance: timed(service.signed('/incoming-message', webhook(known))),
        text: timed(service.send({ to: known, body: 'Hello' })),
        template: timed(service.send({ to: user, ...TEMPLATE })),
        both: timed(service.send({ to: user, body: 'Hello', ...TEMPLATE })),
        stoppedText: timed(service.send({ to: stopped, body: 'Hello' })),
        stoppedTemplate: timed(service.send({ to: stopped, ...TEMPLATE })),
        window: timed(service.post('/window', { to: known })),
        windows: timed(service.get('/windows')),
      };
      await Promise.all(Object.values(calls));
      return {
        stranger: await calls.stranger,
        acquaintance: await calls.acquaintance,
        text: await calls.text,
        template: await calls.template,
        both: await calls.both,
        stopped: [await calls.stoppedText, await calls.stoppedTemplate],
        window: await calls.window,
        windows: await calls.windows,
      };
    };
    let answers: Awaited<ReturnType<typeof ask>>;
    beforeAll(async () => {
      await service.inbound(known);
      await service.inbound(stopped, { body: 'STOP' });
      // What a container has just learnt would carry it over the outage.
      await service.advance(10_000);
      before = await service.sync();
      await service.fault({ match: SYNC, times: 0, ...fault });
      answers = await ask();
      await service.clearFaults();
      after = await service.sync();
    });

    const error = { code: 'STATE_UNAVAILABLE', message: sentence, problems: [] };

    test('every answer leaves in time', () => {
      const late = Object.entries(answers).filter(([, timings]) =>
        [timings].flat().some(({ isInTime }) => !isInTime),
      );
      expect(late).toEqual([]);
    });

    test('an inbound message is answered with 5xx, and nothing claims to be stored', () => {
      const statuses = [answers.stranger, answers.acquaintance].map(({ result }) => result.status);
      expect(statuses.map((status) => status >= 500)).toEqual([true, true]);
      expect(after).toEqual(before);
    });

    test('a template leaves alone or instead of a text where Twilio’s log says that nobody wrote', async () => {
      const contentSid = 'HX00000000000000000000000000000001';
      const message = { sid: expect.stringMatching(/^SM/), status: 'queued', contentSid };
      const sent = (reason: string) => ({
        status: 200,
        json: {
          outcome: 'sent',
          decision: { action: 'template', reason, explanation: sentence },
          window: { state: 'never', lastInboundAt: null, closesAt: null, secondsLeft: 0, source: 'none' },
          message,
          messages: [message],
          cost: null,
          held: null,
          preview: {
            contentSid,
            contentVariables: TEMPLATE.contentVariables,
            text: 'Your hacker code is 1337.',
          },
          error: null,
        },
      });
      expect([answers.template.result, answers.both.result]).toEqual([
        sent('TEMPLATE_REQUESTED'),
        sent('NO_INBOUND'),
      ]);
      const delivered = await service.outbound(user);
      expect(delivered.map((message) => [message.text, message.usedSampleValues])).toEqual([
        ['Your hacker code is 1337.', false],
        ['Your hacker code is 1337.', false],
      ]);
    });

    test('a text leaves once where Twilio’s log says that the window is open', async () => {
      const { status, json } = answers.text.result;
      expect([status, json.outcome, json.decision?.reason, json.window]).toEqual([
        200,
        'sent',
        'WINDOW_OPEN',
        expect.objectContaining({ state: 'open', source: 'message-log' }),
      ]);
      expect((await service.outbound(known)).map(({ text }) => text)).toEqual(['Hello']);
    });

    test('nothing leaves for a user whose STOP only the log could tell', async () => {
      expect(answers.stopped.map(({ result }) => [result.status, result.json.error?.code])).toEqual([
        [409, 'OPTED_OUT'],
        [409, 'OPTED_OUT'],
      ]);
      expect(await service.outbound(stopped)).toEqual([]);
    });

    test('a window is reported as unknown, and so is the list of windows', () => {
      expect([answers.window.result, answers.windows.result]).toEqual([
        {
          status: 503,
          json: {
            ...{ window: null, optedOut: null, freeEntryUntil: null },
            ...{ freeFormAllowed: false, templateRequired: true, error },
          },
        },
        { status: 503, json: { windows: [], nextCursor: null, error } },
      ]);
    });
  });

  test('fails once, an inbound message is recorded all the same', async () => {
    const user = newUser();
    await service.inbound(user);
    await service.fault({ match: { ...SYNC, method: 'POST' }, do: 'status', status: 503 });
    const response = await service.signed('/incoming-message', webhook(user));
    expect(response.status).toBe(200);
  });

  test.each([
    ['the Sync service does not exist', 404, 20404],
    ['the credentials are wrong', 401, 20003],
  ])('is set up wrongly, the error is a wrong setting and not an outage: %s', async (_says, status, code) => {
    await service.fault({ match: SYNC, do: 'status', status, code, times: 0 });
    const response = await service.signed('/incoming-message', webhook(newUser()));
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect([response.status, error.code, error.message]).toEqual([
      500,
      'MISCONFIGURED',
      expect.stringMatching(status === 404 ? /SYNC_SERVICE_SID/ : /AUTH_TOKEN/),
    ]);
  });

  test('is unavailable, a container sends by what it has just read for 10 seconds, then by Twilio’s log', async () => {
    const user = newUser();
    await service.control('clock', { freeze: true });
    await service.inbound(user);
    await service.send({ to: user, body: 'Hello' });
    await service.fault({ match: SYNC, do: 'status', status: 503, times: 0 });
    const answers = [];
    for (const step of [0, 9_999, 1]) {
      await service.advance(step);
      const { status, json } = await service.send({ to: user, body: 'Hello' });
      answers.push([status, json.decision?.reason, json.window?.source]);
    }
    await service.control('clock', { freeze: false });
    expect(answers).toEqual([
      [200, 'WINDOW_OPEN', 'sync'],
      [200, 'WINDOW_OPEN', 'sync'],
      [200, 'WINDOW_OPEN', 'message-log'],
    ]);
  });
});

describe('while the message log', () => {
  test('is unavailable, the window of a stranger is unknown', async () => {
    await service.fault({ match: LOG, do: 'status', status: 503, times: 0 });
    const to = newUser();
    const [window, text, template] = await Promise.all([
      service.post<{ error: { code: string } }>('/window', { to }),
      service.send({ to, body: 'Hello' }),
      service.send({ to, ...TEMPLATE }),
    ]);
    expect([
      [window.status, window.json.error.code],
      [text.status, text.json.error?.code],
      [template.status, template.json.decision?.reason],
    ]).toEqual([
      [503, 'STATE_UNAVAILABLE'],
      [503, 'STATE_UNAVAILABLE'],
      [200, 'STATE_UNAVAILABLE'],
    ]);
  });

  test('is available and Sync is not, its answer is used although it cannot be remembered', async () => {
    const to = newUser();
    await service.inbound(to, { deliver: false });
    await service.fault({ match: { ...SYNC, method: 'POST' }, do: 'status', status: 503, times: 0 });
    const { status, json } = await service.send({ to, body: 'Hello' });
    expect([status, json.outcome, json.window?.source]).toEqual([200, 'sent', 'message-log']);
  });
});

describe('a message to Twilio', () => {
  const open = newUser();
  beforeAll(() => service.inbound(open));

  const failed = (code: string, message: RegExp) => ({
    outcome: 'failed',
    action: 'free-form',
    message: null,
    code,
    says: expect.stringMatching(message),
  });
  const outcomeOf = ({ json }: { json: SendAnswer }) => ({
    outcome: json.outcome,
    action: json.decision?.action,
    message: json.message,
    code: json.error?.code,
    says: json.error?.message,
  });

  test.each([
    [
      'is refused, and the caller gets Twilio’s code',
      { status: 400, code: 63007 },
      502,
      'TWILIO_REJECTED',
      /63007/,
      1,
    ],
    ['is refused for this recipient', { status: 400, code: 21211 }, 502, 'TWILIO_REJECTED', /21211/, 1],
    ['is forbidden', { status: 403, code: 20003 }, 502, 'TWILIO_REJECTED', /20003/, 1],
    [
      'fails inside Twilio, so it may have left',
      { status: 500, code: 20500 },
      502,
      'OUTCOME_UNKNOWN',
      /message log/,
      1,
    ],
    ['fails at Twilio’s gateway', { status: 503, code: 20503 }, 502, 'OUTCOME_UNKNOWN', /message log/, 1],
    ['is not authenticated', { status: 401, code: 20003 }, 500, 'MISCONFIGURED', /AUTH_TOKEN/, 1],
  ])(
    'is reported with the right code and sent as often as is safe: it %s',
    async (_says, fault, status, code, says, times) => {
      const before = await service.outbound(open);
      await service.fault({ match: CREATE, do: 'status', times: 0, ...fault });
      const { answer, requests } = await service.requestsOf(() => service.send({ to: open, body: 'Hello' }));
      expect([answer.status, outcomeOf(answer)]).toEqual([status, failed(code, says)]);
      expect(requests.filter(({ route }) => route === 'POST api Messages')).toHaveLength(times);
      expect(await service.outbound(open)).toEqual(before);
    },
  );

  test('is tried again for a while at a rate limit, and then reported', async () => {
    const before = await service.outbound(open);
    await service.fault({ match: CREATE, do: 'status', status: 429, times: 0 });
    const answer = await service.send({ to: open, body: 'Hello' });
    expect([answer.status, outcomeOf(answer)]).toEqual([429, failed('RATE_LIMITED', /nothing was sent/)]);
    expect(await service.outbound(open)).toEqual(before);
  });

  test('is not tried again where the account’s daily limit is reached, and the answer has Twilio’s code', async () => {
    await service.fault({ match: CREATE, do: 'status', status: 429, code: 63038, times: 0 });
    const { answer, requests } = await service.requestsOf(() => service.send({ to: open, body: 'Hello' }));
    expect([answer.status, answer.json.error]).toEqual([
      429,
      {
        ...{ code: 'RATE_LIMITED', message: expect.stringContaining('63038'), problems: [] },
        ...{ twilioCode: 63038, class: 'sender' },
      },
    ]);
    expect(requests.filter(({ route }) => route.startsWith('POST api Messages'))).toHaveLength(1);
  });

  test('is sent once, at the second try, where the first meets a rate limit', async () => {
    const before = (await service.outbound(open)).length;
    await service.fault({ match: CREATE, do: 'status', status: 429 });
    const { json } = await service.send({ to: open, body: 'Once only' });
    expect([json.outcome, (await service.outbound(open)).slice(before).map(({ text }) => text)]).toEqual([
      'sent',
      ['Once only'],
    ]);
  });

  test.each([
    ['cut off after Twilio accepted it', 'drop-after', 1],
    ['cut off before Twilio accepted it', 'drop-before', 0],
  ])('has an unknown outcome and is not sent again where it was %s', async (_says, fault, arrived) => {
    const before = (await service.outbound(open)).length;
    await service.fault({ match: CREATE, do: fault, times: 0 });
    const { answer, requests } = await service.requestsOf(() => service.send({ to: open, body: 'Hello' }));
    expect([answer.status, outcomeOf(answer)]).toEqual([502, failed('OUTCOME_UNKNOWN', /message log/)]);
    expect(requests.filter(({ route }) => route === 'POST api Messages')).toHaveLength(1);
    expect((await service.outbound(open)).length - before).toBe(arrived);
  });

  test('has an unknown outcome where Twilio hangs, and the answer leaves in time', async () => {
    const before = await service.outbound(open);
    await service.fault({ match: CREATE, do: 'hang', times: 0 });
    const { answer, requests } = await service.requestsOf(() =>
      timed(service.send({ to: open, body: 'Hello' })),
    );
    expect([answer.result.status, outcomeOf(answer.result), answer.isInTime]).toEqual([
      502,
      failed('OUTCOME_UNKNOWN', /message log/),
      true,
    ]);
    expect(requests.filter(({ route }) => route === 'POST api Messages')).toHaveLength(1);
    expect(await service.outbound(open)).toEqual(before);
  });

  test('is sent without a status callback where Twilio cannot reach the callback’s address', async () => {
    await service.fault({ match: CREATE, do: 'status', status: 400, code: 21609 });
    const { json } = await service.send({ to: open, body: 'Without a callback' });
    const [last] = (await service.outbound(open)).slice(-1);
    expect([json.outcome, last]).toEqual([
      'sent',
      expect.objectContaining({ text: 'Without a callback', statusCallback: null }),
    ]);
  });
});

describe('while each request to Twilio takes 1.2 s', () => {
  afterEach(() => service.control('config', { latencyMs: 0 }));

  test('a template leaves in time to a user of whom nothing is known', async () => {
    await service.control('config', { latencyMs: 1200 });
    const { result, isInTime } = await timed(service.send({ to: newUser(), ...TEMPLATE }));
    expect([isInTime, result.json.outcome]).toEqual([true, 'sent']);
  });

  test('the answer to a text that is held behind others says so', async () => {
    const to = newUser();
    await service.control('config', { latencyMs: 1200 });
    const { result, isInTime } = await timed(service.send({ to, body: 'x', whenClosed: 'hold' }));
    await service.control('config', { latencyMs: 0 });
    const { json } = await service.get<{ held: unknown[] }>(`/held-messages?to=${encodeURIComponent(to)}`);
    expect([isInTime, json.held.length]).toEqual([true, result.json.outcome === 'held' ? 1 : 0]);
  });
});
