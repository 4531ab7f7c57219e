/** One key, one message: for calls one after another, at the same time, and after one that died or does not know. */
import fc from 'fast-check';
import type { FailureCode } from '../../../src/use-cases/failure';
import type { LoggedMessage } from '../../../src/use-cases/ports/message-log';
import type { KeyState, SendKey } from '../../../src/use-cases/ports/send-keys';
import { type KeyedAnswer, type KeyedRequest, sendOnce } from '../../../src/use-cases/send/send-once';
import { failing, failure, HOUR, MINUTE, messageSid, NOON, phone, SECOND, stage } from '../stage';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
  // No process begins with the call.
  jest.advanceTimersByTime(HOUR);
});
afterEach(() => {
  jest.useRealTimers();
});

const KEY = 'k';
const key = (value: KeyState, fingerprint = 'f'): SendKey => ({ fingerprint, value });
const pending = (ago: number): KeyState => ({ state: 'pending', since: NOON - ago });
const unknown = (ago: number, notThese: readonly string[] = []): KeyState => ({
  state: 'unknown',
  since: NOON - ago,
  notThese,
});
const done = (id: number): KeyState => ({ state: 'done', status: 200, answer: { id } });
const found = (message: LoggedMessage) => ({ status: 200, json: { found: message.messageSid } });

/** A service that counts what it sends: each call of `call` is one with the key. */
function service(effect: KeyedAnswer['effect'] = 'done') {
  const staged = stage();
  let sends = 0;
  const request = (changes: Partial<KeyedRequest> = {}): KeyedRequest => ({
    ...{
      key: KEY,
      fingerprint: 'f',
      pair: phone,
      texts: async () => ['Hello', 'Hello, as a template'],
      found,
    },
    send: async () => {
      sends += 1;
      return { status: 200, json: { id: sends }, effect };
    },
    ...changes,
  });
  return {
    ...staged,
    request,
    sends: () => sends,
    /** As an earlier call left it. */
    async left(value: KeyState, fingerprint = 'f') {
      await staged.ports.sendKeys.take(KEY, key(value, fingerprint));
      await staged.ports.sendKeys.settle(KEY, key(value, fingerprint));
    },
    now: async () => (await staged.ports.sendKeys.read(KEY))?.value,
  };
}
const answer = (id: number) => ({ status: 200, json: { id } });
/** What has become of a call after so long. */
async function within(ms: number, call: Promise<unknown>) {
  const settled = call.catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(ms);
  return Promise.race([settled, Promise.resolve('not yet')]);
}
const OUTCOME_UNKNOWN = expect.objectContaining({ code: 'OUTCOME_UNKNOWN' });

describe('one after another', () => {
  test('the second gets the answer of the first, and nothing leaves again', async () => {
    const { ports, request, sends, now } = service();
    const answers = [await sendOnce(ports, request(), NOON), await sendOnce(ports, request(), NOON + HOUR)];
    expect([answers, sends(), await now()]).toEqual([[answer(1), answer(1)], 1, done(1)]);
  });

  test('another key is another message', async () => {
    const { ports, request, sends } = service();
    await sendOnce(ports, request(), NOON);
    expect([await sendOnce(ports, request({ key: 'k2' }), NOON), sends()]).toEqual([answer(2), 2]);
  });

  test('where the first sent nothing, the key is free again', async () => {
    const { ports, request, sends, now } = service('nothing');
    expect([await sendOnce(ports, request(), NOON), await now()]).toEqual([answer(1), undefined]);
    expect([await sendOnce(ports, request(), NOON), sends()]).toEqual([answer(2), 2]);
  });

  test('where the first does not know, what was in the log before is remembered: that was not it', async () => {
    const { ports, request, weWrote, now } = service('unknown');
    weWrote(phone, 'Hello', HOUR, { messageSid: messageSid(5) });
    weWrote(phone, 'another', HOUR, { messageSid: null });
    expect([await sendOnce(ports, request(), NOON), await now()]).toEqual([
      answer(1),
      unknown(0, [messageSid(5)]),
    ]);
  });

  test.each([
    ['done', done(1)],
    ['under way', pending(SECOND)],
  ])('a key of another request is refused, whether that is %s', async (_says, value) => {
    const { ports, request, sends, left } = service();
    await left(value, 'another');
    await expect(sendOnce(ports, request(), NOON)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      message: 'This idempotencyKey was used for a different request: use a new key for a new request.',
      problems: [{ field: 'idempotencyKey', message: 'Use a new key for a new request.' }],
    });
    expect(sends()).toBe(0);
  });
});

describe('at the same time', () => {
  /** A call that is under way until it is told its answer. */
  function underWay(one: ReturnType<typeof service>) {
    let finish: (answer: KeyedAnswer) => void = () => undefined;
    const send = () =>
      new Promise<KeyedAnswer>((resolve) => {
        finish = resolve;
      });
    return {
      first: sendOnce(one.ports, one.request({ send }), NOON),
      finish: (got: KeyedAnswer) => finish(got),
    };
  }

  test('the second waits for the first, and gets its answer', async () => {
    const one = service();
    const { first, finish } = underWay(one);
    const second = sendOnce(one.ports, one.request(), NOON);
    expect(await within(SECOND, second)).toBe('not yet');
    finish({ status: 409, json: { id: 7 }, effect: 'done' });
    const expected = { status: 409, json: { id: 7 } };
    expect([await first, await within(250, second), one.sends()]).toEqual([expected, expected, 0]);
  });

  test('the second sends, where the first sent nothing', async () => {
    const one = service();
    const { first, finish } = underWay(one);
    const second = sendOnce(one.ports, one.request(), NOON);
    await within(SECOND, second);
    finish({ status: 503, json: {}, effect: 'nothing' });
    await first;
    expect([await within(250, second), one.sends()]).toEqual([answer(1), 1]);
  });

  test('the second does not know, where its time is up before', async () => {
    const one = service();
    underWay(one);
    let times = 0;
    const hasTime = () => {
      times += 1;
      return times <= 4;
    };
    const second = sendOnce({ ...one.ports, hasTime }, one.request(), NOON);
    expect([await within(999, second), await within(1, second), one.sends()]).toEqual([
      'not yet',
      OUTCOME_UNKNOWN,
      0,
    ]);
  });

  test('unless the log shows that it left', async () => {
    const one = service();
    underWay(one);
    one.weWrote(phone, 'Hello, as a template', 0, { messageSid: messageSid(5) });
    const second = sendOnce({ ...one.ports, hasTime: () => false }, one.request(), NOON);
    expect([await second, await one.now()]).toEqual([
      { status: 200, json: { found: messageSid(5) } },
      { state: 'done', status: 200, answer: { found: messageSid(5) } },
    ]);
  });
});

describe('after one that did not finish', () => {
  type Row = readonly [string, KeyState, number, boolean];
  test.each<Row>([
    ['that died 12 s ago is not waited for', pending(12 * SECOND), 0, true],
    ['that died 11 s ago is, for a second', pending(11 * SECOND), SECOND, true],
    ['and no shorter', pending(11 * SECOND), SECOND - 1, false],
    ['that does not know since 3 s is not waited for: the log has what left', unknown(3 * SECOND), 0, true],
    ['that does not know since 2 s is, for a second', unknown(2 * SECOND), SECOND, true],
    ['and no shorter', unknown(2 * SECOND), SECOND - 1, false],
  ])('%s', async (_says, value, ms, settled) => {
    const { ports, request, left, sends } = service();
    await left(value);
    // A pending key is only taken over by a call that began when it was dead.
    const expected = value.state === 'pending' && ms > 0 ? OUTCOME_UNKNOWN : answer(1);
    expect(await within(ms, sendOnce(ports, request(), NOON))).toEqual(settled ? expected : 'not yet');
    expect(sends()).toBe(settled && ms === 0 ? 1 : settled && value.state === 'unknown' ? 1 : 0);
  });

  type Logged = readonly [string, string, number, KeyState, boolean];
  const died = pending(MINUTE);
  test.each<Logged>([
    ['with the text that was asked for', 'Hello', MINUTE, died, true],
    ['with the text of its template', 'Hello, as a template', MINUTE, died, true],
    ['not with another text', 'Bye', MINUTE, died, false],
    ['2 s before by the log’s clock', 'Hello', MINUTE + 2 * SECOND, died, true],
    ['not earlier', 'Hello', MINUTE + 2 * SECOND + 1, died, false],
    ['after one that does not know', 'Hello', MINUTE, unknown(MINUTE, [messageSid(6)]), true],
    ['not one that had left before that', 'Hello', MINUTE, unknown(MINUTE, [messageSid(5)]), false],
  ])('the log shows whether it left: %s', async (_says, body, ago, value, isFound) => {
    const { ports, request, left, weWrote, sends, now } = service();
    await left(value);
    weWrote(phone, body, ago, { messageSid: messageSid(5) });
    expect([await sendOnce(ports, request(), NOON), sends(), await now()]).toEqual(
      isFound
        ? [
            { status: 200, json: { found: messageSid(5) } },
            0,
            { state: 'done', status: 200, answer: { found: messageSid(5) } },
          ]
        : [answer(1), 1, done(1)],
    );
  });

  test('the log shows one that has no SID', async () => {
    const { ports, request, left, weWrote } = service();
    await left(unknown(MINUTE, [messageSid(5)]));
    weWrote(phone, 'Hello', MINUTE, { messageSid: null });
    expect(await sendOnce(ports, request(), NOON)).toEqual({ status: 200, json: { found: null } });
  });

  test('one of several takes it over, the others do not send', async () => {
    const { ports, request, left, sends } = service();
    await left(pending(MINUTE));
    const calls = await Promise.allSettled([1, 2, 3].map(() => sendOnce(ports, request(), NOON)));
    const settled = calls.map((call) => (call.status === 'fulfilled' ? call.value : call.reason.code));
    expect([settled.sort(), sends()]).toEqual([expect.arrayContaining([answer(1), 'OUTCOME_UNKNOWN']), 1]);
    expect(settled.filter((one) => one !== 'OUTCOME_UNKNOWN').length).toBe(1);
  });

  test('whoever takes it over has the key from then on', async () => {
    const { ports, request, left } = service();
    await left(pending(MINUTE));
    const seen: unknown[] = [];
    const send = async (): Promise<KeyedAnswer> => {
      seen.push(await ports.sendKeys.read(KEY));
      return { status: 200, json: {}, effect: 'done' };
    };
    await sendOnce(ports, request({ send }), NOON);
    expect(seen).toEqual([key(pending(0))]);
  });

  test('whoever takes it over and does not know either remembers what was in the log then', async () => {
    const { ports, request, left, weWrote, now } = service('unknown');
    await left(unknown(MINUTE, [messageSid(5)]));
    weWrote(phone, 'Hello', 2 * MINUTE, { messageSid: messageSid(5) });
    weWrote(phone, 'another', 0, { messageSid: messageSid(6) });
    await sendOnce(ports, request(), NOON);
    expect(await now()).toEqual(unknown(0, [messageSid(6), messageSid(5)]));
  });

  test('nothing is sent where the log is away', async () => {
    const { ports, request, left, sends } = service();
    await left(pending(MINUTE));
    const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
    await expect(sendOnce({ ...ports, messageLog }, request(), NOON)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(sends()).toBe(0);
  });

  test('nor where it is not known what it would read like', async () => {
    const { ports, request, left, sends } = service();
    await left(pending(MINUTE));
    await expect(sendOnce(ports, request({ texts: failing('STATE_UNAVAILABLE') }), NOON)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(sends()).toBe(0);
  });

  test('says what to do, where it is not known', async () => {
    const { ports, request, left } = service();
    await left(pending(SECOND));
    await expect(sendOnce({ ...ports, hasTime: () => false }, request(), NOON)).rejects.toMatchObject({
      message: expect.stringMatching(/has not finished.*try again in some seconds/),
    });
  });
});

describe('where something is away', () => {
  test('nothing is sent without the key', async () => {
    const { ports, request, sends } = service();
    const sendKeys = { ...ports.sendKeys, take: failing('STATE_UNAVAILABLE') };
    await expect(sendOnce({ ...ports, sendKeys }, request(), NOON)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(sends()).toBe(0);
  });

  test('the log is not needed for the first call', async () => {
    const { ports, request, now } = service('unknown');
    const messageLog = { ...ports.messageLog, newestOutbound: failing('STATE_UNAVAILABLE') };
    expect([await sendOnce({ ...ports, messageLog }, request(), NOON), await now()]).toEqual([
      answer(1),
      unknown(0),
    ]);
  });

  test.each<readonly [KeyedAnswer['effect'], 'settle' | 'free']>([
    ['done', 'settle'],
    ['unknown', 'settle'],
    ['nothing', 'free'],
  ])('the caller is told what came of it (%s), and the key stays under way', async (effect, method) => {
    const { ports, request, now } = service(effect);
    const sendKeys = { ...ports.sendKeys, [method]: failing('STATE_UNAVAILABLE') };
    expect([await sendOnce({ ...ports, sendKeys }, request(), NOON), await now()]).toEqual([
      answer(1),
      pending(0),
    ]);
  });

  test('also what the log showed', async () => {
    const { ports, request, left, weWrote } = service();
    await left(pending(MINUTE));
    weWrote(phone, 'Hello', 0, { messageSid: messageSid(5) });
    const sendKeys = { ...ports.sendKeys, settle: failing('STATE_UNAVAILABLE') };
    expect(await sendOnce({ ...ports, sendKeys }, request(), NOON)).toEqual({
      status: 200,
      json: { found: messageSid(5) },
    });
  });

  test.each<FailureCode>(['OUTCOME_UNKNOWN', 'INTERNAL_ERROR'])(
    'a sending that throws (%s) leaves the key under way: it may have left',
    async (code) => {
      const { ports, request, now } = service();
      await expect(sendOnce(ports, request({ send: failing(code) }), NOON)).rejects.toEqual(failure(code));
      expect(await now()).toEqual(pending(0));
    },
  );
});

test('however calls follow one another, and whatever becomes of them: at most one message', async () => {
  const fate = fc.constantFrom('done', 'unknown-left', 'unknown-lost', 'died-left', 'died-lost', 'nothing');
  const calls = fc.array(fc.tuple(fate, fc.integer({ min: 0, max: 20_000 })), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(calls, async (fates) => {
      const { ports, request, weWrote } = service();
      let left = 0;
      let now = NOON;
      for (const [fate, pause] of fates) {
        now += pause;
        const send = async (): Promise<KeyedAnswer> => {
          if (fate.endsWith('left') || fate === 'done') {
            left += 1;
            weWrote(phone, 'Hello', NOON - now, { messageSid: messageSid(left) });
          }
          if (fate.startsWith('died')) throw new Error('died');
          const effect = fate === 'done' || fate === 'nothing' ? fate : 'unknown';
          return { status: 200, json: {}, effect };
        };
        const call = sendOnce(ports, request({ send }), now).catch(() => undefined);
        await jest.advanceTimersByTimeAsync(13_000);
        await call;
      }
      expect(left).toBeLessThanOrEqual(1);
    }),
    { numRuns: 100 },
  );
});
