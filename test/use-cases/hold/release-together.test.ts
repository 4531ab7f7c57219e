/** What is held for one person leaves as few messages as fit: each text once, in order, and as surely as one by one. */
import fc from 'fast-check';
import type { MessageSid } from '../../../src/domain/twilio-sid';
import type { Pair } from '../../../src/domain/whatsapp-address';
import { Failure, type FailureCode } from '../../../src/use-cases/failure';
import { cancelHeld } from '../../../src/use-cases/hold/cancel-held';
import { releaseHeld, sentCount } from '../../../src/use-cases/hold/release-held';
import type { HeldMessage, HeldMessages } from '../../../src/use-cases/ports/held-messages';
import type { Dispatch } from '../../../src/use-cases/ports/messenger';
import {
  at,
  bsuid,
  DAY,
  failing,
  HOUR,
  held,
  MINUTE,
  messageSid,
  moody,
  NOON,
  phone,
  restrictions,
  SECOND,
  stage,
  stored,
  wrote,
} from '../stage';

const holding = restrictions({ holding: true, promptedAt: NOON - DAY, promptSid: messageSid(77) });
const template = { ref: 'template_1', language: null, variables: { 1: 'Ada' } };
/** Twilio refuses it for good, for what it says or for whom it is. */
const refusedForGood = () => new Failure('TWILIO_REJECTED', 'as the test wants it', [], 63024);
type Part = string | (Partial<HeldMessage> & { readonly body: string });

/** A person who wrote an hour ago, and for whom these texts are held. */
async function waiting(...bodies: readonly Part[]) {
  const staged = stage();
  const ports = { ...staged.ports, joinsHeld: true };
  await staged.store(stored(phone, { facts: wrote(HOUR), restrictions: holding }));
  for (const one of bodies) {
    const { body, ...rest } = typeof one === 'string' ? { body: one } : one;
    await ports.held.append(held(phone, body, rest));
  }
  const left = async () => (await ports.held.list(phone)).map(({ message }) => message.body);
  const marks = async () => (await ports.held.list(phone)).map(({ sendingSince }) => sendingSince);
  const careOf = async (pair: Pair = phone) => (await ports.windows.read(pair))?.restrictions;
  const texts = () => staged.went().map(([, body]) => body);
  return { ...staged, ports, left, marks, careOf, texts };
}
const bodyOf = ({ message }: Dispatch) => (message.kind === 'free-form' ? message.body : '');
const picture = (body: string) => ({
  body,
  message: { kind: 'free-form' as const, body, mediaUrls: ['https://example.com/a.jpg'] },
});

describe('held texts that are released together', () => {
  const long = (length: number, letter: string) => letter.repeat(length);
  type Row = readonly [string, readonly Part[], readonly string[]];
  test.each<Row>([
    ['one text leaves as it is', ['one'], ['one']],
    [
      'several leave in order, with an empty line between them',
      ['one', 'two', 'three'],
      ['one\n\ntwo\n\nthree'],
    ],
    [
      '1,600 characters with the empty lines leave in one message',
      [long(800, 'a'), long(798, 'b')],
      [`${long(800, 'a')}\n\n${long(798, 'b')}`],
    ],
    [
      '1,601 characters leave in two messages',
      [long(800, 'a'), long(799, 'b')],
      [long(800, 'a'), long(799, 'b')],
    ],
    [
      'the third leaves with the second, where it does not fit with the first',
      [long(1000, 'a'), long(700, 'b'), 'c'],
      [long(1000, 'a'), `${long(700, 'b')}\n\nc`],
    ],
    [
      'an attachment leaves with its own text, and the texts before and after it separately',
      ['one', 'two', picture('caption'), 'three', 'four'],
      ['one\n\ntwo', 'caption', 'three\n\nfour'],
    ],
    ['an attachment without a text leaves separately', ['one', picture(''), 'two'], ['one', '', 'two']],
    [
      'texts to another name of the person leave separately',
      ['one', { body: 'two', to: bsuid.user }, { body: 'three', to: bsuid.user }],
      ['one', 'two\n\nthree'],
    ],
    [
      'texts that have expired are left out',
      ['one', { body: 'old', expiresAt: NOON }, 'two'],
      ['one\n\ntwo'],
    ],
    [
      'texts that wait for their time are left out, and the others pass them',
      ['one', { body: 'later', sendAt: NOON + 30 * HOUR, heldAt: NOON }, 'two'],
      ['one\n\ntwo'],
    ],
    [
      'texts for a certain time leave with those for the same time',
      [
        'one',
        { body: 'at three', sendAt: NOON + 3 * HOUR },
        { body: 'too', sendAt: NOON + 3 * HOUR },
        { body: 'at four', sendAt: NOON + 4 * HOUR },
      ],
      ['one', 'at three\n\ntoo', 'at four'],
    ],
    [
      'a hundred texts leave together',
      Array.from({ length: 100 }, () => 'x'),
      [Array.from({ length: 100 }, () => 'x').join('\n\n')],
    ],
    [
      'only as many leave together as status callback addresses fit a URL',
      ['a', 'b', 'c'].map((body) => ({ body, statusCallback: `https://example.com/${body.repeat(1400)}` })),
      ['a\n\nb', 'c'],
    ],
    [
      'only as many leave together as templates fit a send record',
      ['a', 'b', 'c'].map((body) => ({
        body,
        template: { ...template, variables: { 1: 'x'.repeat(5000) } },
      })),
      ['a\n\nb', 'c'],
    ],
  ])('leave in as few messages as possible: %s', async (_says, parts, expected) => {
    const { ports, texts } = await waiting(...parts);
    await releaseHeld(ports, phone, at);
    expect(texts()).toEqual(expected);
  });

  test('are no longer held, and every text has the message that it left in', async () => {
    const { ports, everything, careOf } = await waiting('one', 'two');
    const released = await releaseHeld(ports, phone, at);
    const message = { sid: messageSid(1), status: 'queued', contentSid: null };
    expect([released, sentCount(released), (await everything()).held, await careOf()]).toEqual([
      {
        results: new Map([0, 1].map((id) => [`${phone.user} ${id}`, { kind: 'sent', message }])),
        state: 'done',
      },
      1,
      [],
      restrictions({}),
    ]);
  });

  test('leave with everything that their status callback needs, and with their parts in a record', async () => {
    const { ports, sent } = await waiting(
      { body: 'one', template, repairs: messageSid(8), statusCallback: 'https://example.com/1', heldAt: 5 },
      { body: 'two', expiresAt: NOON + HOUR, repairs: messageSid(9), heldAt: 6 },
      { body: 'three', repairs: messageSid(8), statusCallback: 'https://example.com/3', heldAt: 7 },
      picture('behind them'),
    );
    await releaseHeld(ports, phone, at);
    const [first] = sent;
    const id = first?.sentAs.as === 'record' ? first.sentAs.id : '';
    expect([first, await ports.sendRecords.read(id)]).toEqual([
      {
        pair: phone,
        message: { kind: 'free-form', body: 'one\n\ntwo\n\nthree', mediaUrls: [] },
        sendAt: null,
        validSeconds: null,
        sentAs: { as: 'record', id },
        continuesRelease: true,
        releases: { id: '0', token: expect.stringMatching(/^[0-9a-f]{24}$/), isJoint: true },
        repairs: [messageSid(8), messageSid(9)],
        statusCallbacks: ['https://example.com/1', 'https://example.com/3'],
      },
      {
        ...{ id, pair: phone, at: NOON, acceptedAt: 5, template: null, attempt: 1, wasRepaired: false },
        freeForm: { kind: 'free-form', body: 'one\n\ntwo\n\nthree', mediaUrls: [] },
        parts: [
          ['one', template, 'https://example.com/1', 5, NOON + DAY],
          ['two', null, null, 6, NOON + HOUR],
          ['three', null, 'https://example.com/3', 7, NOON + DAY],
        ].map(([body, ofRefusal, statusCallback, acceptedAt, expiresAt]) => ({
          message: { kind: 'free-form', body, mediaUrls: [] },
          ...{ template: ofRefusal, statusCallback, acceptedAt, expiresAt },
        })),
      },
    ]);
  });
});

describe('a joint release that a container left unfinished', () => {
  const since = NOON - MINUTE;
  /** Marked for one message of these, as a container does before it sends it. */
  async function markedTogether(...bodies: readonly Part[]) {
    const staged = await waiting(...bodies);
    const lost = moody(staged.ports.messenger, ['OUTCOME_UNKNOWN']);
    await releaseHeld({ ...staged.ports, messenger: lost }, phone, { ...at, now: since });
    return staged;
  }

  test('sends nothing again where the log has the message', async () => {
    const { ports, weWrote, texts, left } = await markedTogether('one', 'two');
    weWrote(phone, 'one\n\ntwo', MINUTE);
    await releaseHeld(ports, phone, at);
    expect([texts(), await left()]).toEqual([[], []]);
  });

  test('sends nothing again of the remaining texts where some were removed already', async () => {
    const { ports, weWrote, texts, left } = await markedTogether('one', 'two', 'three');
    weWrote(phone, 'one\n\ntwo\n\nthree', MINUTE);
    await ports.held.remove(phone, '1', true);
    await releaseHeld(ports, phone, at);
    expect([texts(), await left()]).toEqual([[], []]);
  });

  test.each<readonly [string, readonly string[]]>([
    ['nothing', []],
    ['only one of the texts', ['one']],
    ['other texts together', ['one\n\ntwo\n\nthree']],
  ])('is sent where the log has %s', async (_says, logged) => {
    const { ports, weWrote, texts } = await markedTogether('one', 'two');
    for (const body of logged) weWrote(phone, body, MINUTE);
    await releaseHeld(ports, phone, at);
    expect(texts()).toEqual(['one\n\ntwo']);
  });

  test('is sent only after 25 s, when the log can be trusted', async () => {
    const { ports, texts, marks } = await markedTogether('one', 'two');
    const early = { ...at, now: since + 25 * SECOND - 1 };
    const release = await releaseHeld(ports, phone, early);
    expect([release.state, texts(), await marks()]).toEqual(['stopped', [], [since, since]]);
  });

  test('is told apart from an earlier message of the same texts', async () => {
    const { ports, weWrote, texts } = await waiting('one', 'two', picture(''), 'one', 'two');
    const lost = moody(ports.messenger, [null, null, 'OUTCOME_UNKNOWN']);
    await releaseHeld({ ...ports, messenger: lost }, phone, { ...at, now: since });
    weWrote(phone, 'one\n\ntwo', MINUTE, { messageSid: messageSid(1) });
    await releaseHeld(ports, phone, at);
    expect(texts()).toEqual(['one\n\ntwo', '', 'one\n\ntwo']);
  });

  test('ends with the status callback of its message, and not with that of another', async () => {
    const { ports, left, sent } = await waiting('one', 'two', 'three');
    const dispatched: Dispatch[] = [];
    const messenger = {
      ...ports.messenger,
      send: async (dispatch: Dispatch) => {
        dispatched.push(dispatch);
        throw new Failure('OUTCOME_UNKNOWN', 'as the test wants it');
      },
    };
    await releaseHeld({ ...ports, messenger }, phone, at);
    const name = dispatched[0]?.releases ?? { id: '', token: '', isJoint: true };
    await ports.held.append(held(phone, 'four'));
    await ports.held.settle(phone, { ...name, token: `${name.token}0` });
    expect(await left()).toEqual(['one', 'two', 'three', 'four']);
    await ports.held.settle(phone, name);
    expect([await left(), sent]).toEqual([['four'], []]);
  });

  test('sends nothing where the first text is marked and its outcome is unknown', async () => {
    const { ports, texts, left } = await waiting('one', 'two');
    // Died when only the first was marked.
    const [first] = await ports.held.list(phone);
    if (first) await ports.held.mark(first, NOON - SECOND, [], { token: 'a'.repeat(24), textHash: 'b' });
    const { state } = await releaseHeld(ports, phone, at);
    expect([state, texts(), await left()]).toEqual(['stopped', [], ['one', 'two']]);
  });

  test('cannot be cancelled while it may be under way', async () => {
    const { ports } = await markedTogether('one', 'two');
    const soon = { ...at, now: since + SECOND };
    await expect(cancelHeld(ports, phone, '1', soon)).rejects.toMatchObject({ code: 'BEING_SENT' });
  });

  test('can be cancelled in part once it is known that it did not leave, and the rest leaves', async () => {
    const { ports, texts } = await markedTogether('one', 'two', 'three');
    await cancelHeld(ports, phone, '1', at);
    await releaseHeld(ports, phone, at);
    expect(texts()).toEqual(['one\n\nthree']);
  });
});

describe('a text that is cancelled during a joint release', () => {
  test.each<readonly [string, readonly string[]]>([
    ['one', ['two\n\nthree']],
    ['two', ['one\n\nthree']],
    ['three', ['one\n\ntwo']],
  ])(
    'does not leave while the texts are being marked, and the others do: %s',
    async (cancelled, expected) => {
      const { ports, texts, left } = await waiting('one', 'two', 'three');
      const cancelling: HeldMessages = {
        ...ports.held,
        async mark(message, ...rest) {
          if (message.message.body === cancelled) await ports.held.remove(phone, message.id, false);
          return ports.held.mark(message, ...rest);
        },
      };
      await releaseHeld({ ...ports, held: cancelling }, phone, at);
      expect([texts(), await left()]).toEqual([expected, []]);
    },
  );
});

describe('a joint message that Twilio does not accept', () => {
  test.each<readonly [FailureCode, boolean]>([
    ['OUTCOME_UNKNOWN', true],
    ['RATE_LIMITED', false],
    ['STATE_UNAVAILABLE', false],
    ['TWILIO_REJECTED', false],
  ])('keeps its texts held, and marked only where it may have left: %s', async (code, isMarked) => {
    const { ports, texts, left, marks } = await waiting('one', 'two');
    const { state } = await releaseHeld({ ...ports, messenger: moody(ports.messenger, [code]) }, phone, at);
    const mark = isMarked ? NOON : null;
    expect([state, texts(), await left(), await marks()]).toEqual([
      'stopped',
      [],
      ['one', 'two'],
      [mark, mark],
    ]);
  });

  test('is split where the refusal is final, and only the text that is refused alone is removed', async () => {
    const { ports, texts, left } = await waiting('one', 'bad', 'three');
    const messenger = {
      ...ports.messenger,
      send: async (dispatch: Dispatch) => {
        const body = bodyOf(dispatch);
        if (body.includes('bad')) throw refusedForGood();
        return ports.messenger.send(dispatch);
      },
    };
    const { results, state } = await releaseHeld({ ...ports, messenger }, phone, at);
    expect([texts(), [...results.values()].map(({ kind }) => kind), state, await left()]).toEqual([
      ['one', 'three'],
      ['sent', 'refused', 'sent'],
      'done',
      [],
    ]);
  });

  test('is not split where the user says STOP meanwhile', async () => {
    const { ports, store, texts, left, marks } = await waiting('one', 'two');
    const messenger = {
      ...ports.messenger,
      send: async () => {
        await store(stored(phone, { facts: wrote(HOUR), restrictions: { ...holding, optedOutAt: NOON } }));
        throw refusedForGood();
      },
    };
    await releaseHeld({ ...ports, messenger }, phone, at);
    expect([texts(), await left(), await marks()]).toEqual([[], ['one', 'two'], [null, null]]);
  });

  test('sends and marks nothing where its parts cannot be stored', async () => {
    const { ports, texts, marks } = await waiting('one', 'two');
    const sendRecords = { ...ports.sendRecords, save: failing('STATE_UNAVAILABLE') };
    const { state } = await releaseHeld({ ...ports, sendRecords }, phone, at);
    expect([state, texts(), await marks()]).toEqual(['stopped', [], [null, null]]);
  });

  test('sends and marks nothing where one of its texts cannot be marked', async () => {
    const { ports, texts, marks } = await waiting('one', 'two', 'three');
    const stuck: HeldMessages = {
      ...ports.held,
      mark: (message, since, ...rest) =>
        message.message.body === 'three' && since !== null
          ? failing('STATE_UNAVAILABLE')()
          : ports.held.mark(message, since, ...rest),
    };
    await expect(releaseHeld({ ...ports, held: stuck }, phone, at)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
    expect([texts(), await marks()]).toEqual([[], [null, null, null]]);
  });
});

test('a STOP between two joint messages ends the release', async () => {
  const { ports, store, texts, left } = await waiting('one', 'two', picture('three'), 'four');
  const messenger = {
    ...ports.messenger,
    send: async (dispatch: Dispatch) => {
      const sent = await ports.messenger.send(dispatch);
      await store(stored(phone, { facts: wrote(HOUR), restrictions: { ...holding, optedOutAt: NOON } }));
      return sent;
    },
  };
  await releaseHeld({ ...ports, messenger }, phone, at);
  expect([texts(), await left()]).toEqual([['one\n\ntwo'], ['three', 'four']]);
});

test('a joint release sends each text in order, none twice and none lost, whatever Twilio says and wherever it ends', async () => {
  const mood = fc.constantFrom<FailureCode | Error | null>(
    ...([null, null, 'RATE_LIMITED', 'TWILIO_REJECTED', 'OUTCOME_UNKNOWN'] as const),
    refusedForGood(),
  );
  const length = fc.constantFrom(1, 3, 700, 1600);
  await fc.assert(
    fc.asyncProperty(
      fc.array(mood, { maxLength: 6 }),
      fc.array(length, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat(12)),
      async (moods, lengths, dying) => {
        const bodies = lengths.map((size, index) => String.fromCharCode(97 + index).repeat(size));
        const { ports, left, texts, careOf, weWrote } = await waiting(...bodies);
        let now = NOON;
        const rejected: string[] = [];
        const inner = moody(ports.messenger, moods);
        const messenger = {
          ...ports.messenger,
          send: (dispatch: Dispatch) =>
            inner.send(dispatch).then(logged(dispatch), (error: unknown) => {
              const body = bodyOf(dispatch);
              const isAlone = dispatch.releases?.isJoint === false;
              if (error instanceof Failure && error.twilioCode !== null && isAlone) rejected.push(body);
              throw error;
            }),
        };
        const logged =
          (dispatch: Dispatch) => (sent: { readonly sid: MessageSid; readonly status: string }) => {
            weWrote(phone, bodyOf(dispatch), NOON - now, { messageSid: sent.sid });
            return sent;
          };
        for (let invocation = 0; invocation <= moods.length + 1; invocation += 1) {
          // The store fails once, at any of its calls.
          let calls = 0;
          const fatal = dying.next().value;
          const once = async () => {
            calls += 1;
            if (calls === fatal) throw new Failure('STATE_UNAVAILABLE', 'as the test wants it');
          };
          const shaky: HeldMessages = {
            ...ports.held,
            mark: (...given) => once().then(() => ports.held.mark(...given)),
            remove: (...given) => once().then(() => ports.held.remove(...given)),
          };
          now = NOON + invocation * 30 * SECOND;
          await releaseHeld({ ...ports, held: shaky, messenger }, phone, { ...at, now }).catch(
            () => undefined,
          );
        }
        await releaseHeld(ports, phone, { ...at, now: NOON + HOUR });
        const gone = texts().flatMap((text) => String(text).split('\n\n'));
        // What Twilio refused for good, and could not be taken off the queue, may be tried again.
        const isSettled = (body: string) => !rejected.includes(body);
        expect(gone.filter(isSettled).sort()).toEqual(bodies.filter(isSettled).sort());
        expect(new Set(gone).size).toBe(gone.length);
        expect([await left(), await careOf()]).toEqual([[], restrictions({})]);
      },
    ),
    { numRuns: 100 },
  );
});
