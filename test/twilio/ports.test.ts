/** What every message log, messenger and template catalogue must do: Twilio's on the emulator, and those without Twilio. */
import type { Template } from '../../src/domain/message-template';
import type { ContentSid, MessageSid } from '../../src/domain/twilio-sid';
import type { Pair, WhatsAppAddress } from '../../src/domain/whatsapp-address';
import { contentTemplates } from '../../src/twilio/content-templates';
import { twilioMessageLog } from '../../src/twilio/log/message-log';
import { twilioMessenger } from '../../src/twilio/messenger';
import type { MessageLog } from '../../src/use-cases/ports/message-log';
import type { Dispatch, Messenger } from '../../src/use-cases/ports/messenger';
import type { TemplateCatalogue } from '../../src/use-cases/ports/template-catalogue';
import { clientOf, useEmulator } from '../emulator/emulator-client';
import { inMemoryCatalogue, inMemoryLog, inMemoryMessenger, type LoggedPairMessage } from './in-memory-ports';

const { emulator, control, client } = useEmulator();
const sender = 'whatsapp:+14155238886' as WhatsAppAddress;
const pairOf = (user: string): Pair => ({ sender, user: user as WhatsAppAddress });
const fault = (rest: object) =>
  control.post('faults', { target: 'api', times: 0, do: 'status', status: 503, ...rest });

afterEach(() => jest.restoreAllMocks());

describe('a message log', () => {
  const NOON = Date.parse('2031-05-05T12:00:00Z');
  const german = 'whatsapp:+4915550000001';
  const [argentine, otherwise] = ['whatsapp:+5491155550001', 'whatsapp:+541155550001'];

  /** Three of a person, one of another, one of one in two spellings, and one of ours. */
  async function history(): Promise<readonly LoggedPairMessage[]> {
    const messages: LoggedPairMessage[] = [];
    const say = async (from: string, at: number, body: string, to: string = sender) => {
      await control.post('clock', { set: new Date(at).toISOString(), freeze: true });
      const { messageSid } = await control.post<{ messageSid: string }>('inbound', {
        from,
        to,
        body,
        deliver: false,
      });
      messages.push({
        from,
        to,
        body,
        at,
        messageSid: messageSid as MessageSid,
        mediaCount: 0,
        status: 'received',
        errorCode: null,
      });
    };
    await say(german, NOON, 'first');
    await say(german, NOON + 1000, 'second');
    await say('whatsapp:+4915550000002', NOON + 2000, 'another');
    await say(argentine, NOON + 3000, 'con nueve');
    await say(otherwise, NOON + 4000, 'sin nueve');
    await say(german, NOON + 5000, 'to another sender', 'whatsapp:+14155550100');
    await say(german, NOON + 6000, 'third');
    const ours = await client.messages.create({ from: sender, to: german, body: 'ours' });
    await control.idle();
    messages.push({
      from: sender,
      to: german,
      body: 'ours',
      at: NOON + 6000,
      messageSid: ours.sid as MessageSid,
      mediaCount: 0,
      status: 'read',
      errorCode: null,
    });
    return messages;
  }

  describe.each<readonly [string, (messages: readonly LoggedPairMessage[]) => MessageLog]>([
    ['at Twilio', () => twilioMessageLog(clientOf(emulator))],
    ['in memory', inMemoryLog],
  ])('%s', (_name, create) => {
    const texts = (messages: readonly { body: string; at: number }[]) =>
      messages.map(({ body, at }) => [body, at - NOON]);

    test('lists the newest messages of a pair, newest first, and of no other pair', async () => {
      const log = create(await history());
      expect({
        one: texts(await log.newestInbound(pairOf(german), 1)),
        all: texts(await log.newestInbound(pairOf(german), 10)),
        stranger: await log.newestInbound(pairOf('whatsapp:+4915550000003'), 10),
        ours: texts(await log.newestOutbound(pairOf(german), 10)),
        theirs: await log.newestOutbound(pairOf('whatsapp:+4915550000002'), 10),
      }).toEqual({
        one: [['third', 6000]],
        all: [
          ['third', 6000],
          ['second', 1000],
          ['first', 0],
        ],
        stranger: [],
        ours: [['ours', 6000]],
        theirs: [],
      });
    });

    test('finds a person under both spellings of the number', async () => {
      const log = create(await history());
      const found = await Promise.all(
        [argentine, otherwise].map((user) => log.newestInbound(pairOf(user), 2)),
      );
      const both = [
        ['sin nueve', 4000],
        ['con nueve', 3000],
      ];
      expect(found.map(texts)).toEqual([both, both]);
    });

    test('finds a message by its SID', async () => {
      const messages = await history();
      const log = create(messages);
      const [first] = messages;
      expect([
        await log.find(first?.messageSid as MessageSid),
        await log.find(`SM${'9'.repeat(32)}` as MessageSid),
      ]).toEqual([
        {
          ...{
            messageSid: first?.messageSid,
            at: NOON,
            body: 'first',
            mediaCount: 0,
            status: 'received',
            errorCode: null,
          },
          pair: { sender: german, user: sender },
        },
        undefined,
      ]);
    });
  });

  test('at Twilio takes no list that is not there for an empty one', async () => {
    await fault({ match: { service: 'api' }, status: 404, code: 20404 });
    const log = twilioMessageLog(clientOf(emulator));
    await expect(log.newestInbound(pairOf(german), 1)).rejects.toMatchObject({ code: 'TWILIO_REJECTED' });
  });

  test.each<readonly [string, (log: MessageLog) => Promise<unknown>]>([
    ['newestInbound', (log) => log.newestInbound(pairOf(german), 1)],
    ['newestOutbound', (log) => log.newestOutbound(pairOf(german), 1)],
    ['find', (log) => log.find(`SM${'9'.repeat(32)}` as MessageSid)],
  ])('at Twilio reports that it cannot be reached: %s', async (_method, call) => {
    await fault({ match: { service: 'api' } });
    await expect(call(twilioMessageLog(clientOf(emulator)))).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
  });
});

describe('a messenger', () => {
  const to = 'whatsapp:+4915550000001';
  const dispatch = (changes: Partial<Dispatch> = {}): Dispatch => ({
    pair: pairOf(to),
    message: { kind: 'free-form', body: 'Hello', mediaUrls: [] },
    sendAt: null,
    validSeconds: null,
    sentAs: { as: 'record', id: 'r1' },
    ...{ continuesRelease: false, releases: null, repairs: [], statusCallbacks: [] },
    ...changes,
  });
  const twilio = (messagingServiceSid: string | null = emulator.messagingServiceSid) =>
    twilioMessenger(clientOf(emulator), {
      statusCallback: 'http://127.0.0.1:9/message-status',
      messagingServiceSid,
    });

  describe.each<readonly [string, () => Messenger]>([
    ['at Twilio', twilio],
    ['in memory', inMemoryMessenger],
  ])('%s', (_name, create) => {
    test.each([
      ['at once', null, 'queued'],
      ['later', Date.now() + 3_600_000, 'scheduled'],
    ])('answers with the status of a message to be sent %s', async (_when, sendAt, status) => {
      expect(await create().send(dispatch({ sendAt }))).toEqual({
        sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
        status,
      });
    });
  });

  const sent = async () => {
    await control.idle();
    const { messages } = await control.get<{ messages: Record<string, unknown>[] }>(
      `messages?to=${encodeURIComponent(to)}`,
    );
    return messages.filter(({ direction }) => direction !== 'inbound');
  };

  test.each<readonly [string, Partial<Dispatch>, object]>([
    [
      'a text',
      {},
      {
        text: 'Hello',
        media: [],
        contentSid: null,
        contentVariables: null,
        messagingServiceSid: null,
        validityPeriod: null,
      },
    ],
    [
      'a picture without a text',
      { message: { kind: 'free-form', body: '', mediaUrls: ['https://example.com/a'] } },
      { text: '', media: ['https://example.com/a'] },
    ],
    [
      'a template with its variables',
      {
        message: {
          kind: 'template',
          contentSid: 'HX00000000000000000000000000000001' as ContentSid,
          contentVariables: { 1: 'hacker', 2: '1337' },
        },
      },
      {
        text: 'Your hacker code is 1337.',
        contentVariables: '{"1":"hacker","2":"1337"}',
        usedSampleValues: false,
      },
    ],
    [
      'a template without any',
      {
        message: {
          kind: 'template',
          contentSid: 'HX00000000000000000000000000000004' as ContentSid,
          contentVariables: {},
        },
      },
      { text: 'We have an answer for you. Reply to this message to read it.', contentVariables: null },
    ],
    ['a text that is valid for a minute', { validSeconds: 60 }, { text: 'Hello', validityPeriod: 60 }],
  ])('at Twilio sends %s with a status callback that names the record', async (_says, changes, expected) => {
    await control.post('inbound', { from: to, deliver: false });
    await twilio().send(dispatch(changes));
    expect(await sent()).toEqual([
      expect.objectContaining({
        from: sender,
        to,
        statusCallback: 'http://127.0.0.1:9/message-status?send=r1#rc=3&rp=ct,rt,4xx,5xx',
        ...expected,
      }),
    ]);
  });

  test.each<readonly [string, Partial<Dispatch>, string]>([
    ['a text', { sentAs: { as: 'text', attempt: 1, acceptedAt: null } }, 'as=text'],
    [
      'a second attempt of a text, with the time of its first acceptance',
      { sentAs: { as: 'text', attempt: 2, acceptedAt: 46_655 } },
      'as=text&attempt=2&at=zzz',
    ],
    ['a template', { sentAs: { as: 'template' } }, 'as=template'],
    [
      'a message that was held, with more messages behind it',
      { releases: { id: 'b7', token: 'f'.repeat(24), isJoint: false }, continuesRelease: true },
      `send=r1&then=release&held=b7.${'f'.repeat(24)}`,
    ],
    [
      'a message whose status is forwarded',
      { statusCallbacks: ['https://example.com/a?b=c'] },
      'send=r1&on=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc',
    ],
    ['a repair', { repairs: [`SM${'1'.repeat(32)}` as MessageSid] }, `send=r1&repairs=SM${'1'.repeat(32)}`],
    [
      'several held messages, some of them repairs, some with their status forwarded',
      {
        releases: { id: '7', token: 'f'.repeat(24), isJoint: true },
        repairs: [`SM${'1'.repeat(32)}` as MessageSid, `SM${'2'.repeat(32)}` as MessageSid],
        statusCallbacks: ['https://example.com/a', 'https://example.com/b'],
      },
      [
        `send=r1&joint=7.${'f'.repeat(24)}&repairs=SM${'1'.repeat(32)}+SM${'2'.repeat(32)}`,
        'on=https%3A%2F%2Fexample.com%2Fa+https%3A%2F%2Fexample.com%2Fb',
      ].join('&'),
    ],
  ])('at Twilio says in the status callback’s URL what it sends: %s', async (_says, changes, query) => {
    await control.post('inbound', { from: to, deliver: false });
    await twilio().send(dispatch(changes));
    expect(await sent()).toEqual([
      expect.objectContaining({
        statusCallback: `http://127.0.0.1:9/message-status?${query}#rc=3&rp=ct,rt,4xx,5xx`,
      }),
    ]);
  });

  test('at Twilio finds the scheduled messages of a person, and cancels each once', async () => {
    const log = twilioMessageLog(clientOf(emulator));
    const { sid } = await twilio().send(dispatch({ sendAt: Date.now() + 3_600_000 }));
    expect(await log.scheduled(pairOf(to))).toEqual([sid]);
    expect(await log.scheduled(pairOf('whatsapp:+4915550000009'))).toEqual([]);
    expect([await twilio().cancel(sid), await twilio().cancel(sid)]).toEqual([true, false]);
    expect(await log.scheduled(pairOf(to))).toEqual([]);
  });

  test('at Twilio reports an unknown outcome of a cancellation where Twilio cannot be reached', async () => {
    await fault({ match: { service: 'api' } });
    await expect(twilio().cancel(`SM${'1'.repeat(32)}` as MessageSid)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
  });

  test('at Twilio schedules by the messaging service and from the requested sender', async () => {
    const sendAt = Date.parse(new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, ''));
    await twilio().send(dispatch({ sendAt }));
    expect(await sent()).toEqual([
      expect.objectContaining({
        from: sender,
        status: 'scheduled',
        messagingServiceSid: emulator.messagingServiceSid,
        sendAt: new Date(sendAt).toISOString(),
      }),
    ]);
  });

  test.each([
    ['refuses it', { status: 400, code: 63007 }, 'TWILIO_REJECTED', 0],
    ['limits the rate', { status: 429 }, 'RATE_LIMITED', 0],
    ['does not know the account', { status: 401, code: 20003 }, 'MISCONFIGURED', 0],
    ['answers with a server error', { status: 500 }, 'OUTCOME_UNKNOWN', 0],
    ['accepts it and loses the answer', { do: 'drop-after' }, 'OUTCOME_UNKNOWN', 1],
  ])(
    'reports what is known of a message and does not send it again where Twilio %s',
    async (_says, what, code, arrived) => {
      await fault({ match: { path: '/Messages', method: 'POST' }, ...what });
      await expect(twilio().send(dispatch())).rejects.toMatchObject({ code });
      const { counts } = await control.get<{ counts: { total: number } }>('requests');
      expect([counts.total, (await sent()).length]).toEqual([1, arrived]);
    },
  );
});

describe('a template catalogue', () => {
  let accounts = 0;
  /** Each test is a container of its own: what one remembers is kept by account. */
  const twilio = () => {
    accounts += 1;
    return contentTemplates(clientOf(emulator), `AC${accounts}`);
  };
  const code: Template = {
    name: 'lesson_code',
    contentSid: 'HX00000000000000000000000000000001' as ContentSid,
    language: 'en',
    category: 'UTILITY',
    type: 'twilio/text',
    status: 'approved',
    text: 'Your {{1}} code is {{2}}.',
    placeholders: ['1', '2'],
    unfillable: [],
    quickReplies: 0,
    samples: { 1: 'Twilio', 2: '1238432' },
  };
  const pending: Template = {
    ...{
      name: 'lesson_pending',
      contentSid: 'HX00000000000000000000000000000005' as ContentSid,
      language: 'en',
    },
    ...{ category: 'UTILITY', type: 'twilio/text', status: 'pending' },
    ...{ text: 'Your table {{1}} is being prepared.', placeholders: ['1'] },
    ...{ unfillable: [], quickReplies: 0, samples: { 1: '7' } },
  };

  describe.each<readonly [string, () => TemplateCatalogue]>([
    ['at Twilio', twilio],
    ['in memory', () => inMemoryCatalogue(() => [code, pending])],
  ])('%s', (_name, create) => {
    test('lists all templates with their approval', async () => {
      expect(await create().all()).toEqual(expect.arrayContaining([code, pending]));
    });

    test('finds one template with its approval, or says that there is none', async () => {
      const catalogue = create();
      expect([
        await catalogue.bySid(code.contentSid as ContentSid),
        await catalogue.bySid(pending.contentSid as ContentSid, true),
        await catalogue.bySid(`HX${'9'.repeat(32)}` as ContentSid),
      ]).toEqual([code, pending, undefined]);
    });
  });

  test('at Twilio reads the approval where each resource has it, and the list and the single template agree', async () => {
    const all = await twilio().all();
    const one = twilio();
    const ones = await Promise.all(all.map(({ contentSid }) => one.bySid(contentSid as ContentSid)));
    expect(ones).toEqual(all);
  });

  test('at Twilio reads templates again after 5 minutes, and when they must be current', async () => {
    const start = Date.now();
    const at = (ms: number) => jest.spyOn(Date, 'now').mockReturnValue(start + ms);
    const catalogue = twilio();
    const counts = [];
    for (const [ms, fresh] of [
      [0, false],
      [299_999, false],
      [300_000, false],
      [300_999, true],
      [301_000, true],
    ] as const) {
      at(ms);
      await catalogue.all(fresh);
      counts.push((await control.get<{ counts: { total: number } }>('requests')).counts.total);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3]);
  });

  test('at Twilio reports that it cannot be reached, or returns a template that it has seen', async () => {
    const catalogue = twilio();
    await catalogue.bySid(code.contentSid as ContentSid);
    await fault({ match: { service: 'content' } });
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 86_400_000);
    expect(await catalogue.bySid(code.contentSid as ContentSid)).toEqual(code);
    await expect(catalogue.bySid(pending.contentSid as ContentSid)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
    await expect(catalogue.all()).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });
});
