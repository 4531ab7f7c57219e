/** One key, one message: for calls one after another, at the same time, and after one that died or does not know. */
import fc from 'fast-check';
import type { Failure, FailureCode } from '../../../src/use-cases/failure';
import type { KeyState, SendKey } from '../../../src/use-cases/ports/send-keys';
import { type SendOncePorts, sendOnce } from '../../../src/use-cases/send/send-once';
import type { SendRequest, SendResult } from '../../../src/use-cases/send/send-request';
import {
  at,
  contentSid,
  failing,
  failure,
  HOUR,
  held,
  MINUTE,
  messageSid,
  moody,
  NOON,
  phone,
  SECOND,
  stage,
  stored,
  template,
  text,
  wrote,
} from '../stage';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
  // No process begins with the call.
  jest.advanceTimersByTime(HOUR);
});
afterEach(() => {
  jest.useRealTimers();
});

const KEY = 'k';
type Keyed = SendRequest & { readonly key: string };
const greeting = { ref: 'template_1', language: null, variables: { 1: 'Ada' } };
const request = (changes: Partial<Keyed> = {}): Keyed => ({
  ...{
    pair: phone,
    language: null,
    whenClosed: 'template',
    sendAt: null,
    statusCallback: null,
    validSeconds: null,
    key: KEY,
    dryRun: false,
  },
  content: { kind: 'free-form', message: text('Hello'), template: greeting },
  ...changes,
});
const media = request({
  content: {
    kind: 'free-form',
    message: { ...text(''), mediaUrls: ['https://example.com/a'] },
    template: null,
  },
});
const pending = (ago: number): KeyState => ({ state: 'pending', since: NOON - ago });
/** Begun that long ago, and answered a second later. */
const unknown = (ago: number): KeyState => ({
  ...{ state: 'unknown', since: NOON - ago, answeredAt: NOON - ago + SECOND },
});
const now = (ago: number) => ({ ...at, now: NOON - ago });

/** A person whose window is open, and a Twilio that fails in these ways, in turn. */
async function service(...moods: (FailureCode | Error | null)[]) {
  const staged = stage();
  staged.templates.push(template(1));
  await staged.store(stored(phone, { facts: wrote(HOUR) }));
  const ports: SendOncePorts = { ...staged.ports, messenger: moody(staged.ports.messenger, moods) };
  return {
    ...staged,
    ports,
    /** As an earlier call of the same request left it. */
    async left(value: KeyState, of: Keyed = request()) {
      const probe: SendOncePorts = { ...ports, messenger: moody(ports.messenger, ['RATE_LIMITED']) };
      const seen: SendKey[] = [];
      const sendKeys = {
        ...ports.sendKeys,
        take: async (key: string, mine: SendKey) => {
          seen.push(mine);
          return ports.sendKeys.take(key, mine);
        },
      };
      await sendOnce({ ...probe, sendKeys }, of, now(2 * HOUR));
      const fingerprint = seen[0]?.fingerprint ?? '';
      await ports.sendKeys.take(of.key, { fingerprint, value });
    },
    state: async () => (await ports.sendKeys.read(KEY))?.value,
  };
}
const sids = (settled: Awaited<ReturnType<typeof sendOnce>>) =>
  settled.state === 'done' ? settled.result.messages.map(({ sid }) => sid) : [];
/** What has become of a call after so long. */
async function within(ms: number, call: Promise<unknown>) {
  const settled = call.catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(ms);
  return Promise.race([settled, Promise.resolve('not yet')]);
}
const OUTCOME_UNKNOWN = expect.objectContaining({ code: 'OUTCOME_UNKNOWN' });
const sentAs = (number: number) =>
  expect.objectContaining({
    state: 'done',
    result: expect.objectContaining({ messages: [expect.objectContaining({ sid: messageSid(number) })] }),
  });
/** Answered from the log: what was decided is not known any more. */
const found = (number: number): { state: 'done'; result: SendResult } => ({
  state: 'done',
  result: {
    ...{ outcome: 'sent', decision: null, window: null, held: null, preview: null, failure: null },
    messages: [{ sid: messageSid(number), status: 'delivered', contentSid: null }],
  },
});

describe('a second call with the same key', () => {
  test('gets the result of the first, and nothing leaves again', async () => {
    const { ports, sent, state } = await service();
    const first = await sendOnce(ports, request(), at);
    const second = await sendOnce(ports, request(), { ...at, now: NOON + HOUR });
    expect([sids(first), second, sent.length, await state()]).toEqual([[messageSid(1)], first, 1, first]);
  });

  test('is another message where its key is another', async () => {
    const { ports, sent } = await service();
    await sendOnce(ports, request(), at);
    expect([sids(await sendOnce(ports, request({ key: 'k2' }), at)), sent.length]).toEqual([
      [messageSid(2)],
      2,
    ]);
  });

  test('sends where the first sent nothing', async () => {
    const { ports, state, sent } = await service('RATE_LIMITED');
    const first = await sendOnce(ports, request(), at);
    expect([first.state === 'done' && first.result.failure?.code, await state()]).toEqual([
      'RATE_LIMITED',
      undefined,
    ]);
    await sendOnce(ports, request(), at);
    expect(sent.length).toBe(1);
  });

  test.each<readonly [string, Partial<Keyed>]>([
    ['another text', { content: { kind: 'free-form', message: text('Bye'), template: greeting } }],
    ['another template', { content: { kind: 'template', template: greeting } }],
    ['another whenClosed', { whenClosed: 'hold' }],
  ])('is refused where its request is another: %s', async (_says, changes) => {
    const { ports, sent } = await service();
    await sendOnce(ports, request(), at);
    await expect(sendOnce(ports, request(changes), at)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      message: 'This idempotencyKey was used for a different request: use a new key for a new request.',
      problems: [{ field: 'idempotencyKey', message: 'Use a new key for a new request.' }],
    });
    expect(sent.length).toBe(1);
  });

  test('is the same request where its variables come in another order', async () => {
    const { ports, sent } = await service();
    const content = (variables: Record<string, string>) =>
      ({ kind: 'free-form', message: text('Hello'), template: { ...greeting, variables } }) as const;
    await sendOnce(ports, request({ content: content({ 1: 'Ada', b: 'x' }) }), at).catch(() => undefined);
    const again = sendOnce(ports, request({ content: content({ b: 'x', 1: 'Ada' }) }), at);
    await expect(again).resolves.toBeDefined();
    expect(sent.length).toBeLessThanOrEqual(1);
  });

  test('gets an answer that version 0.1 stored, unchanged', async () => {
    const { ports, left, sent } = await service();
    await left({ state: 'answered', status: 409, json: { outcome: 'refused' } });
    expect([await sendOnce(ports, request(), at), sent]).toEqual([
      { state: 'answered', status: 409, json: { outcome: 'refused' } },
      [],
    ]);
  });
});

describe('a second call with the same key at the same time', () => {
  /** A first call that waits for Twilio's answer until it is told one. */
  async function underWay() {
    const one = await service();
    let finish: (code: FailureCode | null) => void = () => undefined;
    const messenger = {
      ...one.ports.messenger,
      send: (dispatch: Parameters<typeof one.ports.messenger.send>[0]) =>
        new Promise<Awaited<ReturnType<typeof one.ports.messenger.send>>>((resolve, reject) => {
          finish = (code) =>
            code === null ? resolve(one.ports.messenger.send(dispatch)) : reject(failure(code));
        }),
    };
    return {
      ...one,
      first: sendOnce({ ...one.ports, messenger }, request(), at),
      finish: (code: FailureCode | null) => finish(code),
    };
  }

  test('waits for the first, and gets its result', async () => {
    const { ports, first, finish, sent } = await underWay();
    const second = sendOnce(ports, request(), at);
    expect(await within(SECOND, second)).toBe('not yet');
    finish(null);
    expect([await within(250, second), sent.length]).toEqual([await first, 1]);
  });

  test('sends where the first sent nothing', async () => {
    const { ports, first, finish, sent } = await underWay();
    const second = sendOnce(ports, request(), at);
    await within(SECOND, second);
    finish('RATE_LIMITED');
    await first;
    expect([await within(250, second), sent.length]).toEqual([sentAs(1), 1]);
  });

  test('is answered with an unknown outcome where its time is up first', async () => {
    const { ports, sent } = await underWay();
    let times = 0;
    const hasTime = () => {
      times += 1;
      return times <= 4;
    };
    const second = sendOnce({ ...ports, hasTime }, request(), at);
    expect([await within(999, second), await within(1, second), sent]).toEqual([
      'not yet',
      OUTCOME_UNKNOWN,
      [],
    ]);
  });

  test('is answered from the log where that shows that the first message left', async () => {
    const { ports, weWrote, state } = await underWay();
    weWrote(phone, 'Template 1 for Ada.', 0, { messageSid: messageSid(5) });
    const second = sendOnce({ ...ports, hasTime: () => false }, request(), at);
    expect([await second, await state()]).toEqual([found(5), found(5)]);
  });
});

describe('a call whose key belongs to a call that did not finish', () => {
  type Row = readonly [string, KeyState, number, 'sends' | 'does not know' | 'waits'];
  test.each<Row>([
    ['a call that died 12 s ago is not waited for', pending(12 * SECOND), 0, 'sends'],
    // A pending key is only taken over by a call that began when it was dead.
    [
      'a call that died 11 s ago is waited for, and after a second the outcome is unknown',
      pending(11 * SECOND),
      SECOND,
      'does not know',
    ],
    [
      'a call that died 11 s ago is waited for, and no shorter than a second',
      pending(11 * SECOND),
      SECOND - 1,
      'waits',
    ],
    [
      'an outcome unknown since 15 s is not waited for, because the log has what left',
      unknown(16 * SECOND),
      0,
      'sends',
    ],
    [
      'an outcome unknown since 14 s is waited for, and after a second it is still unknown',
      unknown(15 * SECOND),
      SECOND,
      'does not know',
    ],
    [
      'an outcome unknown since 14 s is waited for, and no shorter than a second',
      unknown(15 * SECOND),
      SECOND - 1,
      'waits',
    ],
  ])('waits for that call only as long as it can still finish: %s', async (_says, value, ms, expected) => {
    const { ports, left, sent } = await service();
    await left(value);
    const became = await within(ms, sendOnce(ports, request(), at));
    const results = { sends: sentAs(1), 'does not know': OUTCOME_UNKNOWN, waits: 'not yet' };
    expect([became, sent.length]).toEqual([results[expected], expected === 'sends' ? 1 : 0]);
  });

  type Logged = readonly [string, string, number, KeyState, boolean];
  const died = pending(MINUTE);
  test.each<Logged>([
    ['the log has its text', 'Hello', MINUTE, died, true],
    ['the log has the text of its template', 'Template 1 for Ada.', MINUTE, died, true],
    ['the log has only another text', 'Bye', MINUTE, died, false],
    ['the log has its text up to 2 s before the key', 'Hello', MINUTE + 2 * SECOND, died, true],
    ['the log has its text only earlier than that', 'Hello', MINUTE + 2 * SECOND + 1, died, false],
    ['the log has its text after an unknown outcome', 'Hello', MINUTE, unknown(MINUTE), true],
  ])('learns from the log whether the message left: %s', async (_says, body, ago, value, isFound) => {
    const { ports, left, weWrote, sent, state } = await service();
    await left(value);
    weWrote(phone, body, ago, { messageSid: messageSid(5) });
    expect([await sendOnce(ports, request(), at), sent.length, await state()]).toEqual(
      isFound ? [found(5), 0, found(5)] : [sentAs(1), 1, sentAs(1)],
    );
  });

  test.each<readonly [string, Keyed, number, boolean]>([
    ['a text is not sent, where the log has a newer message without its body', request(), 0, true],
    ['a text is sent, where the log has only a newer attachment', request(), 1, false],
    ['an attachment is not sent, where the log has a newer attachment', media, 1, true],
    ['an attachment is not sent, where the log has a newer message without its body', media, 0, true],
  ])(
    'is sent only where the log can show that its message did not leave: %s',
    async (_says, asked, mediaCount, mayBeIt) => {
      const { ports, left, weWrote, sent } = await service();
      await left(pending(MINUTE), asked);
      weWrote(phone, '', MINUTE, { mediaCount, messageSid: messageSid(5) });
      const call = sendOnce(ports, asked, at).catch((error: Failure) => error.code);
      expect([await call, sent.length]).toEqual(mayBeIt ? ['OUTCOME_UNKNOWN', 0] : [sentAs(1), 1]);
    },
  );

  test('does not find an attachment without a text in the log, because any other may look the same', async () => {
    const { ports, left, weWrote, sent } = await service();
    await left(pending(MINUTE), media);
    weWrote(phone, '', HOUR, { mediaCount: 1 });
    expect([await sendOnce(ports, media, at), sent.length]).toEqual([sentAs(1), 1]);
  });

  describe('with three attachments, of which the first left', () => {
    const urls = ['https://example.com/a', 'https://example.com/b', 'https://example.com/c'];
    const album = request({
      content: { kind: 'free-form', message: { ...text('Look'), mediaUrls: urls }, template: null },
    });
    const firstLeft = async (value: KeyState = pending(MINUTE)) => {
      const staged = await service();
      await staged.left(value, album);
      staged.weWrote(phone, 'Look', MINUTE, { mediaCount: 1, messageSid: messageSid(11) });
      return staged;
    };
    const outcome = async (ports: SendOncePorts) => {
      const settled = await sendOnce(ports, album, at);
      const { messages, held, failure: error } = settled.state === 'done' ? settled.result : {};
      return { sids: messages?.map(({ sid }) => sid), held: held?.id ?? null, code: error?.code };
    };
    const sentUrls = (sent: Awaited<ReturnType<typeof service>>['sent']) =>
      sent.map(({ message }) => (message.kind === 'free-form' ? message.mediaUrls : []));

    test('sends the others where the log has none of them', async () => {
      const { ports, sent } = await firstLeft();
      expect([await outcome(ports), sentUrls(sent)]).toEqual([
        { sids: [messageSid(11), messageSid(1), messageSid(2)], held: null, code: undefined },
        [[urls[1]], [urls[2]]],
      ]);
      expect([await outcome(ports), sent.length]).toEqual([expect.objectContaining({ code: undefined }), 2]);
      // No other key may be answered with them.
      const claims = [11, 1, 2].map((number) => ports.sendKeys.claim(messageSid(number), 'another key'));
      expect(await Promise.all(claims)).toEqual([false, false, false]);
    });

    test('sends nothing where the log has as many attachments since', async () => {
      const { ports, sent, weWrote } = await firstLeft();
      for (const number of [12, 13])
        weWrote(phone, '', MINUTE - number, { mediaCount: 1, messageSid: messageSid(number) });
      const { sids: found, ...rest } = await outcome(ports);
      expect([new Set(found), rest, sent.length]).toEqual([
        new Set([messageSid(11), messageSid(12), messageSid(13)]),
        { held: null, code: undefined },
        0,
      ]);
    });

    test('says that it does not know where the log has one of two', async () => {
      const { ports, sent, weWrote } = await firstLeft();
      weWrote(phone, '', MINUTE - 1, { mediaCount: 1, messageSid: messageSid(12) });
      expect([await outcome(ports), sent.length]).toEqual([
        { sids: [messageSid(11), messageSid(12)], held: null, code: 'OUTCOME_UNKNOWN' },
        0,
      ]);
    });

    test('sends nothing where the others are held by that call', async () => {
      const { ports, sent } = await firstLeft();
      await ports.held.append({
        ...held(phone, ''),
        message: { ...text(''), mediaUrls: urls.slice(1, 2) },
        key: KEY,
      });
      expect([await outcome(ports), sent.length]).toEqual([
        { sids: [messageSid(11)], held: '0', code: undefined },
        0,
      ]);
    });

    test.each([0, 1])(
      'sends nothing, and settles nothing, before the log is known to have what left: it has %d of the others',
      async (others) => {
        const { ports, sent, weWrote, state } = await firstLeft(unknown(15 * SECOND));
        if (others > 0) weWrote(phone, '', MINUTE - 1, { mediaCount: 1, messageSid: messageSid(12) });
        const call = within(SECOND, sendOnce(ports, album, at));
        expect([await call, sent.length, (await state())?.state]).toEqual([OUTCOME_UNKNOWN, 0, 'unknown']);
      },
    );
  });

  test('does not take a message of another key for its own', async () => {
    const { ports, left, weWrote, sent } = await service();
    await left(pending(MINUTE));
    weWrote(phone, 'Hello', MINUTE, { messageSid: messageSid(5) });
    await ports.sendKeys.claim(messageSid(5), 'another key');
    expect([await sendOnce(ports, request(), at), sent.length]).toEqual([sentAs(1), 1]);
  });

  test('sends a message for each of two keys with one text, also where one was killed before it sent', async () => {
    const { ports, left, weWrote, went } = await service();
    await left(pending(MINUTE));
    weWrote(phone, 'Hello', 30 * SECOND, { messageSid: messageSid(1) });
    expect(sids(await sendOnce(ports, request({ key: 'k2' }), now(30 * SECOND)))).toEqual([messageSid(1)]);
    expect(sids(await sendOnce(ports, request(), at))).toEqual([messageSid(2)]);
    expect(went().length).toBe(2);
  });

  test('is taken over by one of several calls, and the others do not send', async () => {
    const { ports, left, sent } = await service();
    await left(pending(MINUTE));
    const calls = await Promise.allSettled([1, 2, 3].map(() => sendOnce(ports, request(), at)));
    const settled = calls.map((call) => (call.status === 'fulfilled' ? 'sent' : call.reason.code));
    expect([settled.sort(), sent.length]).toEqual([['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN', 'sent'], 1]);
  });

  test('sends nothing while the log is unavailable', async () => {
    const { ports, left, sent } = await service();
    await left(pending(MINUTE));
    const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
    await expect(sendOnce({ ...ports, messageLog }, request(), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(sent).toEqual([]);
  });

  test('says what to do where the outcome is unknown', async () => {
    const { ports, left } = await service();
    await left(pending(SECOND));
    await expect(sendOnce({ ...ports, hasTime: () => false }, request(), at)).rejects.toMatchObject({
      message: expect.stringMatching(/has not finished.*try again in some seconds/),
    });
  });
});

describe('a message with a key while a service is unavailable', () => {
  test('is not sent where the key cannot be claimed', async () => {
    const { ports, sent } = await service();
    const sendKeys = { ...ports.sendKeys, take: failing('STATE_UNAVAILABLE') };
    await expect(sendOnce({ ...ports, sendKeys }, request(), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(sent).toEqual([]);
  });

  test.each<readonly [FailureCode | null, 'settle' | 'free' | 'claim', KeyState['state']]>([
    [null, 'settle', 'pending'],
    ['OUTCOME_UNKNOWN', 'settle', 'pending'],
    ['RATE_LIMITED', 'free', 'pending'],
    [null, 'claim', 'done'],
  ])(
    'is reported with its own result (%s) where the key cannot be updated: %s',
    async (mood, method, after) => {
      const { ports, state } = await service(mood);
      const sendKeys = { ...ports.sendKeys, [method]: failing('STATE_UNAVAILABLE') };
      const settled = await sendOnce({ ...ports, sendKeys }, request(), at);
      expect([
        settled.state === 'done' && (settled.result.failure?.code ?? null),
        (await state())?.state,
      ]).toEqual([mood, after]);
    },
  );

  test('leaves the key unknown where Twilio’s answer never came, as of when it was given up', async () => {
    const { ports, state } = await service('OUTCOME_UNKNOWN');
    await sendOnce(ports, request(), at);
    expect(await state()).toEqual({ state: 'unknown', since: NOON, answeredAt: NOON });
  });

  test('leaves the key free where the person cannot be read because of a wrong setting', async () => {
    const { ports, state } = await service();
    const windows = { ...ports.windows, read: failing('MISCONFIGURED') };
    await expect(sendOnce({ ...ports, windows }, request(), at)).rejects.toEqual(failure('MISCONFIGURED'));
    expect(await state()).toBeUndefined();
  });

  test('leaves the key unknown where our own code throws, because the message may have left', async () => {
    const mistake = new TypeError('a mistake');
    const { ports, state } = await service(mistake);
    await expect(sendOnce(ports, request(), at)).rejects.toBe(mistake);
    expect((await state())?.state).toBe('unknown');
  });
});

/** How a call ends that is not answered, by its fate. */
const FATES: Readonly<Record<string, Error>> = {
  'died-left': new Error('died'),
  'died-lost': new Error('died'),
  'unknown-left': failure('OUTCOME_UNKNOWN'),
  'unknown-lost': failure('OUTCOME_UNKNOWN'),
  nothing: failure('RATE_LIMITED'),
};

test('leaves at most once, however calls with its key follow one another and whatever happens to them', async () => {
  const fate = fc.constantFrom('done', 'unknown-left', 'unknown-lost', 'died-left', 'died-lost', 'nothing');
  const calls = fc.array(fc.tuple(fate, fc.integer({ min: 0, max: 40_000 })), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(calls, async (fates) => {
      const { ports, weWrote } = await service();
      let left = 0;
      let time = NOON;
      for (const [fate, pause] of fates) {
        time += pause;
        const moment = time;
        const messenger = {
          ...ports.messenger,
          async send() {
            if (fate.endsWith('left') || fate === 'done') {
              left += 1;
              weWrote(phone, 'Hello', NOON - moment, { messageSid: messageSid(left) });
            }
            const failed = FATES[fate];
            if (failed) throw failed;
            return { sid: messageSid(left), status: 'queued' };
          },
        };
        const call = sendOnce({ ...ports, messenger }, request(), { ...at, now: moment }).catch(
          () => undefined,
        );
        await jest.advanceTimersByTimeAsync(16_000);
        await call;
      }
      expect(left).toBeLessThanOrEqual(1);
    }),
    { numRuns: 100 },
  );
});

test('is found in the log by its template’s Content SID, whatever happened to the template’s name', async () => {
  const byId = request({ content: { kind: 'template', template: { ...greeting, ref: contentSid(1) } } });
  const { ports, left, weWrote } = await service();
  await left(pending(MINUTE), byId);
  weWrote(phone, 'Template 1 for Ada.', MINUTE, { messageSid: messageSid(5) });
  expect(await sendOnce(ports, byId, at)).toEqual(found(5));
});
