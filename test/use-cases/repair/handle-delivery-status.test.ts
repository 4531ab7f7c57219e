/** What became of a message: which refusals are repaired, how, and that each is repaired once. */
import type { WindowFacts } from '../../../src/domain/customer-service-window';
import type { FailureCode } from '../../../src/use-cases/failure';
import type { ContactRecord } from '../../../src/use-cases/ports/contact-store';
import type { Repair, SendRecord, SendRecords } from '../../../src/use-cases/ports/send-records';
import { type DeliveryReport, recordDelivery } from '../../../src/use-cases/repair/handle-delivery-status';
import {
  at,
  bsuid,
  closedByWhatsApp,
  contentSid,
  DAY,
  failing,
  failure,
  HOUR,
  held,
  MINUTE,
  messageSid,
  moody,
  NOON,
  noting,
  phone,
  question,
  restrictions,
  SECOND,
  stage,
  stored,
  stranger,
  template,
  text,
  wrote,
} from '../stage';

const ID = 'the-record';
const REFUSED = 63016;
const EXPIRED = 30036;

const report = (changes: Partial<DeliveryReport> = {}): DeliveryReport => ({
  ...{ status: 'undelivered', errorCode: REFUSED, messageSid: messageSid(1), pair: phone },
  sentAs: { as: 'record', id: ID },
  continuesRelease: false,
  ...changes,
});
const record = (changes: Partial<SendRecord> = {}): SendRecord => ({
  ...{
    id: ID,
    pair: phone,
    at: NOON - MINUTE,
    freeForm: text('Hello'),
    template: null,
    attempt: 1,
    repair: null,
  },
  ...changes,
});
const asking = { ...at, fallbackTemplate: 'question' };
const another = { ref: 'template_1', language: null, variables: { 1: 'Ada' } };
const repaired = (outcome: string | null, errorCode = REFUSED): Repair => ({
  claimedAt: NOON,
  outcome,
  errorCode,
});

/** A message was sent a minute ago to one whose window closed a day ago. */
async function refused(
  changes: Partial<SendRecord> = {},
  window: Partial<ContactRecord> | null = { facts: wrote(2 * DAY) },
) {
  const staged = stage();
  staged.templates.push(template(1), question);
  if (window) await staged.store(stored(phone, window));
  await staged.ports.sendRecords.save(record(changes), NOON);
  const repair = async () => (await staged.ports.sendRecords.read(ID))?.repair;
  const facts = async (pair = phone) => (await staged.ports.windows.read(pair))?.facts;
  return { ...staged, repair, facts };
}

describe('nothing is repaired', () => {
  type Row = readonly [string, Partial<DeliveryReport>, Repair | null];
  test.each<Row>([
    ['of a message that arrived', { status: 'delivered', errorCode: null }, null],
    ['of one of which it is not known who sent it', { sentAs: null }, null],
    [
      'of one without a window to blame: a template problem',
      { errorCode: 63013 },
      repaired('not repaired: template', 63013),
    ],
    ['the recipient', { errorCode: 63024 }, repaired('not repaired: recipient', 63024)],
    ['an error that nobody knows', { errorCode: 99999 }, repaired('not repaired: unknown', 99999)],
  ])('%s', async (_says, changes, noted) => {
    const { ports, went, repair, everything } = await refused();
    const before = await everything();
    expect(await recordDelivery(ports, report(changes), asking)).toBe('none');
    expect([went(), await repair(), await everything()]).toEqual([[], noted, before]);
  });

  test('of a message in the log that this software did not send', async () => {
    const { ports, weWrote, went, everything } = await refused({ template: another });
    weWrote(phone, 'Hello', MINUTE, { messageSid: messageSid(1) });
    const outcome = await recordDelivery(ports, report({ sentAs: null }), asking);
    expect([outcome, went(), (await everything()).held]).toEqual(['none', [], []]);
  });

  test('and a note does not overwrite a repair', async () => {
    const { ports, repair } = await refused({ repair: repaired('sent-again') });
    await recordDelivery(ports, report({ errorCode: 63024 }), at);
    expect(await repair()).toEqual(repaired('sent-again'));
  });

  test('and a note that cannot be made is no reason for the callback to come again', async () => {
    const { ports } = await refused();
    const sendRecords = { ...ports.sendRecords, changeRepair: failing('STATE_UNAVAILABLE') };
    expect(await recordDelivery({ ...ports, sendRecords }, report({ errorCode: 63024 }), at)).toBe('none');
  });

  test('of a template: the error says nothing about the window', async () => {
    const { ports, went, repair, everything } = await refused({ freeForm: null });
    const before = await everything();
    expect([
      await recordDelivery(ports, report(), asking),
      went(),
      await repair(),
      await everything(),
    ]).toEqual(['template-problem', [], repaired('template-problem'), before]);
  });

  test('for one who opted out', async () => {
    const { ports, went, repair, facts } = await refused(
      { template: another },
      {
        facts: wrote(2 * DAY),
        restrictions: restrictions({ optedOutAt: NOON }),
      },
    );
    expect([await recordDelivery(ports, report(), asking), went(), await repair(), await facts()]).toEqual([
      'not-repaired',
      [],
      repaired('not-repaired'),
      wrote(2 * DAY),
    ]);
  });
});

describe('a mistake of WhatsApp’s right after a fresh message is tried once more', () => {
  type Row = readonly [string, WindowFacts, Partial<SendRecord>, boolean];
  test.each<Row>([
    ['1 ms less than an hour after it', wrote(HOUR - 1), {}, true],
    ['not an hour after it', wrote(HOUR), {}, false],
    [
      'hours after it, where it is newer than the refused message',
      wrote(2 * HOUR),
      { at: NOON - 2 * HOUR - 1 },
      true,
    ],
    ['not where it is as new', wrote(2 * HOUR), { at: NOON - 2 * HOUR }, false],
    ['not a second time', wrote(MINUTE), { attempt: 2 }, false],
    ['not where WhatsApp had closed the window before', closedByWhatsApp(MINUTE), {}, false],
    ['not where the window has closed since', wrote(DAY), { at: NOON - 2 * DAY }, false],
    ['nor in its margin', wrote(DAY - 5 * MINUTE), { at: NOON - 2 * DAY }, false],
  ])('%s', async (_says, before, changes, again) => {
    const { ports, sent, went, repair, facts } = await refused(changes, { facts: before });
    const outcome = await recordDelivery(ports, report(), at);
    expect([outcome, went(), await repair()]).toEqual(
      again
        ? ['sent-again', [[phone.user, 'Hello']], repaired('sent-again')]
        : ['held', [], repaired('held')],
    );
    if (!again) return;
    const [dispatch] = sent;
    expect([await facts(), dispatch?.sentAs]).toEqual([before, { as: 'text', attempt: 2 }]);
  });

  test('with the template for the next repair, and no longer than the window is open', async () => {
    const { ports, sent } = await refused(
      { template: another, at: NOON - 21 * HOUR },
      { facts: wrote(20 * HOUR) },
    );
    await recordDelivery(ports, report(), at);
    const [dispatch] = sent;
    expect([
      dispatch?.sendAt,
      dispatch?.validSeconds,
      dispatch?.sentAs.as === 'record' && (await ports.sendRecords.read(dispatch.sentAs.id)),
    ]).toEqual([null, 4 * 3600, record({ id: expect.any(String), at: NOON, attempt: 2, template: another })]);
  });
});

describe('where the window is really closed', () => {
  test('the template that the caller gave goes out instead', async () => {
    const { ports, sent, repair, everything } = await refused({ template: another, at: NOON - HOUR });
    expect(await recordDelivery(ports, report(), asking)).toBe('template-sent');
    const message = { kind: 'template', contentSid: contentSid(1), contentVariables: { 1: 'Ada' } };
    expect({
      sent,
      repair: await repair(),
      ...(await everything()),
    }).toEqual({
      sent: [
        {
          ...{ pair: phone, message, sendAt: null, validSeconds: null },
          sentAs: { as: 'template' },
          continuesRelease: false,
        },
      ],
      repair: repaired('template-sent'),
      windows: [stored(phone, { facts: closedByWhatsApp(2 * DAY) })],
      held: [],
    });
  });

  test('a template that may not be sent is not, and the record says so', async () => {
    const { ports, went, repair } = await refused({ template: { ...another, ref: 'unknown' } });
    expect([await recordDelivery(ports, report(), asking), went(), await repair()]).toEqual([
      'not-repaired',
      [],
      repaired('not-repaired'),
    ]);
  });

  test('without one the text waits for the answer that a question asks for', async () => {
    const { ports, went, repair, everything } = await refused();
    expect(await recordDelivery(ports, report(), asking)).toBe('held');
    expect({
      went: went(),
      repair: await repair(),
      ...(await everything()),
    }).toEqual({
      went: [[phone.user, question.contentSid]],
      repair: repaired('held'),
      windows: [
        stored(phone, {
          facts: closedByWhatsApp(2 * DAY),
          restrictions: restrictions({ holding: true, promptedAt: NOON }),
        }),
      ],
      held: [
        {
          ...held(phone, 'Hello', { heldAt: NOON, expiresAt: NOON + 7 * DAY, key: ID }),
          ...{ id: '0', sendingSince: null, notThese: [] },
        },
      ],
    });
  });

  test.each<readonly [string, object, string | null]>([
    ['there is none', {}, null],
    ['it is not known', {}, 'unknown'],
    ['the catalogue is away', { all: failing('STATE_UNAVAILABLE') }, 'question'],
  ])('it waits without the question, where %s', async (_says, catalogue, fallbackTemplate) => {
    const { ports, went, everything } = await refused();
    const templates = { ...ports.templates, ...catalogue };
    const outcome = await recordDelivery({ ...ports, templates }, report(), { ...at, fallbackTemplate });
    const { windows, held: waiting } = await everything();
    expect([outcome, went(), waiting.length, windows.map((window) => window.restrictions)]).toEqual([
      'held',
      [],
      1,
      [restrictions({ holding: true })],
    ]);
  });

  test('nobody is asked twice, while something waits', async () => {
    const before = restrictions({ holding: true, promptedAt: NOON - HOUR });
    const { ports, went, everything } = await refused({}, { facts: wrote(2 * DAY), restrictions: before });
    await ports.held.append(held(phone, 'earlier'));
    await recordDelivery(ports, report(), asking);
    const { windows, held: waiting } = await everything();
    expect([went(), waiting.length, windows.map((window) => window.restrictions)]).toEqual([[], 2, [before]]);
  });

  test.each<readonly [FailureCode, number | null]>([
    ['TWILIO_REJECTED', null],
    ['RATE_LIMITED', null],
    ['OUTCOME_UNKNOWN', NOON],
  ])(
    'a question that does not go out (%s) is asked again only where it surely did not',
    async (code, promptedAt) => {
      const { ports, everything } = await refused();
      const messenger = moody(ports.messenger, [code]);
      const outcome = await recordDelivery({ ...ports, messenger }, report(), asking);
      expect([outcome, (await everything()).windows.map((window) => window.restrictions)]).toEqual([
        'held',
        [restrictions({ holding: true, promptedAt })],
      ]);
    },
  );

  test('a queue that is full leaves it unrepaired', async () => {
    const { ports, repair } = await refused();
    for (let count = 0; count < 100; count += 1) await ports.held.append(held(phone, String(count)));
    expect([await recordDelivery(ports, report(), asking), await repair()]).toEqual([
      'not-repaired',
      repaired('not-repaired'),
    ]);
  });

  test.each<readonly [string, Partial<ContactRecord> | null, number, WindowFacts | undefined]>([
    ['closes it', { facts: wrote(HOUR + 1) }, HOUR, closedByWhatsApp(HOUR + 1)],
    ['of which the message is as new as theirs, too', { facts: wrote(HOUR) }, HOUR, closedByWhatsApp(HOUR)],
    ['does not, where they wrote since', { facts: wrote(2 * DAY - 1) }, 2 * DAY, wrote(2 * DAY - 1)],
    [
      'of one who is not known to have written, too',
      null,
      HOUR,
      { lastInboundAt: null, closedByWhatsApp: true, source: 'whatsapp' },
    ],
  ])('the verdict %s', async (_says, window, ago, after) => {
    const { ports, facts } = await refused({ at: NOON - ago, template: another }, window);
    expect([await recordDelivery(ports, report(), at), await facts()]).toEqual(['template-sent', after]);
  });

  test('a message that only waited too long is repaired alike, but is no verdict', async () => {
    const { ports, repair, facts } = await refused({ template: another });
    expect([
      await recordDelivery(ports, report({ errorCode: EXPIRED }), at),
      await repair(),
      await facts(),
    ]).toEqual(['template-sent', repaired('template-sent', EXPIRED), wrote(2 * DAY)]);
  });

  test('it is for both names of the person, and the text waits in the number’s queue', async () => {
    const { ports, store, everything } = await refused({ pair: bsuid, at: NOON - HOUR }, null);
    await ports.windows.link(bsuid.user, phone.user);
    await store(
      stored(phone, { facts: wrote(2 * DAY), externalUserId: bsuid.user }),
      stored(bsuid, { facts: wrote(3 * DAY) }),
    );
    await recordDelivery(ports, report({ pair: bsuid }), at);
    const { windows, held: waiting } = await everything();
    expect([windows, waiting.map(({ pair, to, externalUserId }) => ({ pair, to, externalUserId }))]).toEqual([
      [
        stored(phone, {
          facts: closedByWhatsApp(2 * DAY),
          externalUserId: bsuid.user,
          restrictions: restrictions({ holding: true }),
        }),
        stored(bsuid, { facts: closedByWhatsApp(3 * DAY), restrictions: restrictions({ holding: true }) }),
      ],
      [{ pair: phone, to: bsuid.user, externalUserId: bsuid.user }],
    ]);
  });

  test('it is not, where they wrote under the other name just now', async () => {
    const { ports, store, went } = await refused({ pair: bsuid }, null);
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(MINUTE) }), stored(bsuid, { facts: wrote(3 * DAY) }));
    expect([await recordDelivery(ports, report({ pair: bsuid }), at), went()]).toEqual([
      'sent-again',
      [[bsuid.user, 'Hello']],
    ]);
  });

  test('nor where the newest message is the one under the name that it was sent to', async () => {
    const { ports, store, went } = await refused({ pair: bsuid }, null);
    await ports.windows.link(bsuid.user, phone.user);
    await store(stored(phone, { facts: wrote(3 * DAY) }), stored(bsuid, { facts: wrote(MINUTE) }));
    expect([await recordDelivery(ports, report({ pair: bsuid }), at), went()]).toEqual([
      'sent-again',
      [[bsuid.user, 'Hello']],
    ]);
  });

  test('it is looked up as it is stored: what a container remembers is just what WhatsApp contradicts', async () => {
    const { ports } = await refused({ template: another });
    const note = noting(ports.windows);
    await recordDelivery({ ...ports, windows: note.windows }, report(), at);
    expect(note.asked).toEqual([`read ${phone.user} fresh`, `change ${phone.user}`]);
  });

  test('somebody else who has the number now is left alone', async () => {
    const { ports, store } = await refused({ pair: bsuid, template: another }, null);
    await ports.windows.link(bsuid.user, phone.user);
    const theirs = stored(phone, { facts: wrote(2 * DAY), externalUserId: stranger.user });
    await store(theirs);
    await recordDelivery(ports, report({ pair: bsuid }), at);
    expect(await ports.windows.read(phone)).toEqual(theirs);
  });
});

describe('each message is repaired once', () => {
  test('whatever callbacks come after one another', async () => {
    const { ports, went } = await refused({ template: another });
    const outcomes = [
      await recordDelivery(ports, report(), at),
      await recordDelivery(ports, report({ status: 'failed' }), at),
      await recordDelivery(ports, report({ errorCode: EXPIRED }), at),
    ];
    expect([outcomes, went().length]).toEqual([['template-sent', 'none', 'none'], 1]);
  });

  test('and at the same time', async () => {
    const { ports, went } = await refused({ template: another });
    const outcomes = await Promise.all([1, 2, 3].map(() => recordDelivery(ports, report(), at)));
    expect([outcomes.sort(), went().length]).toEqual([['none', 'none', 'template-sent'], 1]);
  });

  type Row = readonly [string, Repair, number | null, string, number];
  const claim = (ago: number, outcome: string | null = null) => ({
    claimedAt: NOON - ago,
    outcome,
    errorCode: REFUSED,
  });
  test.each<Row>([
    ['another has been at it for 15 s', claim(15 * SECOND), null, 'none', 0],
    [
      'another has for 1 ms more: it died, and nothing left',
      claim(15 * SECOND + 1),
      null,
      'template-sent',
      1,
    ],
    ['it was done long ago', claim(HOUR, 'held'), null, 'none', 0],
    ['one died, and something left since', claim(MINUTE), MINUTE, 'sent-again', 0],
    ['or by the log’s clock 2 s before', claim(MINUTE), MINUTE + 2 * SECOND, 'sent-again', 0],
    ['one died, and what left did so before', claim(MINUTE), MINUTE + 2 * SECOND + 1, 'template-sent', 1],
  ])('%s', async (_says, before, leftAgo, outcome, sends) => {
    const { ports, weWrote, went, repair } = await refused({ template: another, repair: before });
    if (leftAgo !== null) weWrote(phone, 'anything', leftAgo);
    expect([await recordDelivery(ports, report(), at), went().length, await repair()]).toEqual([
      outcome,
      sends,
      outcome === 'none' ? before : repaired(outcome),
    ]);
  });

  test.each<readonly [FailureCode]>([['OUTCOME_UNKNOWN'], ['TWILIO_REJECTED'], ['STATE_UNAVAILABLE']])(
    'also where that failed, for it may have left: %s',
    async (code) => {
      const { ports, went, repair } = await refused({ template: another });
      const failingOnce = { ...ports, messenger: moody(ports.messenger, [code]) };
      const outcomes = [
        await recordDelivery(failingOnce, report(), at),
        await recordDelivery(failingOnce, report(), at),
      ];
      expect([outcomes, went(), await repair()]).toEqual([
        ['not-repaired', 'none'],
        [],
        repaired('not-repaired'),
      ]);
    },
  );

  test.each<readonly [string, Repair | null]>([
    ['nobody was at it before', null],
    ['it was taken over', claim(MINUTE)],
  ])('a mistake of ours is thrown, and the claim left for whoever comes later: %s', async (_says, before) => {
    const { ports, repair } = await refused({ template: another, repair: before });
    const mistake = new TypeError('a mistake');
    await expect(
      recordDelivery({ ...ports, messenger: moody(ports.messenger, [mistake]) }, report(), at),
    ).rejects.toBe(mistake);
    expect(await repair()).toEqual(repaired(null));
  });

  test('where it cannot be claimed nothing is done, and the callback may come again', async () => {
    const { ports, went } = await refused({ template: another });
    const sendRecords = { ...ports.sendRecords, changeRepair: failing('STATE_UNAVAILABLE') };
    await expect(recordDelivery({ ...ports, sendRecords }, report(), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(went()).toEqual([]);
  });

  test('where only the outcome cannot be noted, it is told', async () => {
    const { ports } = await refused({ template: another });
    let calls = 0;
    const sendRecords: SendRecords = {
      ...ports.sendRecords,
      changeRepair(...asked) {
        calls += 1;
        return calls > 1 ? failing('STATE_UNAVAILABLE')() : ports.sendRecords.changeRepair(...asked);
      },
    };
    expect(await recordDelivery({ ...ports, sendRecords }, report(), at)).toBe('template-sent');
  });
});

describe('a record that is not there', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  /** Without waiting for it. */
  async function outcome(delivering: Promise<unknown>, ms: number) {
    await jest.advanceTimersByTimeAsync(ms);
    return Promise.race([delivering, Promise.resolve('not yet')]);
  }
  /** A record that is written so late. */
  function late(sendRecords: SendRecords, reads: number): SendRecords {
    let done = 0;
    return {
      ...sendRecords,
      read: async (id) => {
        done += 1;
        return done > reads ? sendRecords.read(id) : undefined;
      },
    };
  }

  test.each([
    ['yet is waited for', 1, 600],
    ['for three times 600 ms', 3, 1800],
  ])('%s', async (_says, reads, ms) => {
    const { ports } = await refused({ template: another });
    const delivering = recordDelivery(
      { ...ports, sendRecords: late(ports.sendRecords, reads) },
      report(),
      at,
    );
    expect([await outcome(delivering, ms - 1), await outcome(delivering, 1)]).toEqual([
      'not yet',
      'template-sent',
    ]);
  });

  const unknown = { sentAs: { as: 'record', id: 'another' } } as const;

  test.each<readonly [string, string | null, Partial<DeliveryReport>]>([
    ['nor in the log', null, {}],
    ['is not looked for in the log, where it is not known whose it is', 'Hello', { pair: null }],
  ])('at all, %s, is no message of ours', async (_says, body, changes) => {
    const { ports, weWrote, went } = await refused();
    if (body !== null) weWrote(phone, body, MINUTE, { messageSid: messageSid(1) });
    const delivering = recordDelivery(ports, report({ ...unknown, ...changes }), asking);
    expect([await outcome(delivering, 2400), went()]).toEqual(['none', []]);
  });

  test('is made from the log: a text is held', async () => {
    const { ports, weWrote, everything } = await refused();
    weWrote(phone, 'Hello', HOUR, { messageSid: messageSid(1) });
    const delivering = recordDelivery(ports, report(unknown), at);
    expect([
      await outcome(delivering, 2400),
      (await everything()).held.map(({ message }) => message),
    ]).toEqual(['held', [text('Hello')]]);
    expect(await ports.sendRecords.read('another')).toEqual(
      record({ id: 'another', at: NOON - HOUR, repair: repaired('held') }),
    );
  });

  test('a template is told by its text', async () => {
    const { ports, weWrote, everything } = await refused();
    weWrote(phone, 'Template 1 for Ada.', HOUR, { messageSid: messageSid(1) });
    const delivering = recordDelivery(ports, report(unknown), at);
    expect([await outcome(delivering, 2400), (await everything()).held]).toEqual(['template-problem', []]);
    expect(await ports.sendRecords.read('another')).toEqual(
      record({ id: 'another', at: NOON - HOUR, freeForm: null, repair: repaired('template-problem') }),
    );
  });

  test('or taken for a text, where the catalogue is away', async () => {
    const { ports, weWrote } = await refused();
    weWrote(phone, 'Template 1 for Ada.', HOUR, { messageSid: messageSid(1) });
    const templates = { ...ports.templates, all: failing('STATE_UNAVAILABLE') };
    const delivering = recordDelivery({ ...ports, templates }, report(unknown), at);
    expect(await outcome(delivering, 2400)).toBe('held');
  });

  test('and is repaired once as well', async () => {
    const { ports, weWrote } = await refused();
    weWrote(phone, 'Hello', HOUR, { messageSid: messageSid(1) });
    const delivering = Promise.all([1, 2].map(() => recordDelivery(ports, report(unknown), at)));
    await jest.advanceTimersByTimeAsync(2400);
    expect((await delivering).sort()).toEqual(['held', 'none']);
  });
});

describe('a refused text of which nothing was stored', () => {
  const plain = (attempt = 1): Partial<DeliveryReport> => ({ sentAs: { as: 'text', attempt } });

  test('is read from the log and held, once, whatever callbacks come at once', async () => {
    const { ports, weWrote, everything } = await refused();
    weWrote(phone, 'Hello again', HOUR, { messageSid: messageSid(1) });
    const outcomes = await Promise.all([1, 2].map(() => recordDelivery(ports, report(plain()), at)));
    const { windows, held: waiting } = await everything();
    expect([
      outcomes.sort(),
      waiting.map(({ message }) => message),
      windows.map(({ facts }) => facts),
    ]).toEqual([['held', 'none'], [text('Hello again')], [closedByWhatsApp(2 * DAY)]]);
  });

  test.each([
    ['the first time is sent once more', 1, 'sent-again', [[phone.user, 'Hello']]],
    ['the second time is held', 2, 'held', []],
  ])('right after a fresh message %s', async (_says, attempt, outcome, sent) => {
    const { ports, weWrote, went } = await refused({}, { facts: wrote(MINUTE) });
    weWrote(phone, 'Hello', SECOND, { messageSid: messageSid(1) });
    expect([await recordDelivery(ports, report(plain(attempt)), at), went()]).toEqual([outcome, sent]);
  });

  test.each<readonly [string, string | null, Partial<ContactRecord>, WindowFacts]>([
    ['has no body for', '', { facts: wrote(2 * DAY) }, closedByWhatsApp(2 * DAY)],
    ['does not have', null, { facts: wrote(2 * DAY) }, closedByWhatsApp(2 * DAY)],
    ['has no body for, right after a fresh message,', '', { facts: wrote(MINUTE) }, wrote(MINUTE)],
  ])(
    'which the log %s is neither held nor sent, and said to be unknown',
    async (_says, body, before, after) => {
      const { ports, weWrote, went, everything, facts } = await refused({}, before);
      if (body !== null) weWrote(phone, body, HOUR, { messageSid: messageSid(1) });
      expect(await recordDelivery(ports, report(plain()), asking)).toBe('not repaired: text unknown');
      expect([went(), (await everything()).held, await facts()]).toEqual([[], [], after]);
    },
  );

  test('is that of the pair in the log, where the callback does not name it', async () => {
    const { ports, weWrote, everything } = await refused();
    weWrote(phone, 'Hello', HOUR, { messageSid: messageSid(1) });
    expect([
      await recordDelivery(ports, report({ ...plain(), pair: null }), at),
      (await everything()).held.map(({ to }) => to),
    ]).toEqual(['held', [phone.user]]);
  });

  test('is left for the next callback where the log cannot be read', async () => {
    const { ports } = await refused();
    const messageLog = { ...ports.messageLog, find: failing('STATE_UNAVAILABLE') };
    await expect(recordDelivery({ ...ports, messageLog }, report(plain()), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
  });
});

test('a refused template of which nothing was stored is a template problem', async () => {
  const { ports, went, everything } = await refused();
  const before = await everything();
  const outcome = await recordDelivery(ports, report({ sentAs: { as: 'template' } }), asking);
  expect([outcome, went(), await everything()]).toEqual(['template-problem', [], before]);
});

test('a lost record whose message has no body in the log is no text to hold', async () => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
  const { ports, weWrote, everything } = await refused();
  weWrote(phone, '', HOUR, { messageSid: messageSid(1) });
  const before = await everything();
  const delivering = recordDelivery(ports, report({ sentAs: { as: 'record', id: 'lost' } }), asking);
  await jest.advanceTimersByTimeAsync(2400);
  jest.useRealTimers();
  expect([await delivering, await everything()]).toEqual(['none', before]);
});

describe('a message that left with others behind it', () => {
  type Row = readonly [string, Partial<DeliveryReport>, Partial<ContactRecord>, boolean];
  const holding = { facts: wrote(HOUR), restrictions: restrictions({ holding: true }) };
  test.each<Row>([
    ['and was sent lets them follow', { status: 'sent' }, holding, true],
    ['delivered', { status: 'delivered' }, holding, true],
    ['read', { status: 'read' }, holding, true],
    ['not where it is only queued', { status: 'queued' }, holding, false],
    ['not where it failed', { status: 'failed', errorCode: 63024 }, holding, false],
    ['not where nothing was behind it', { status: 'sent', continuesRelease: false }, holding, false],
    ['not where nothing is held any more', { status: 'sent' }, { facts: wrote(HOUR) }, false],
    ['also where it was a plain text', { status: 'sent', sentAs: { as: 'text', attempt: 1 } }, holding, true],
    ['not where it is not known whom it went to', { status: 'sent', pair: null }, holding, false],
    ['nor known to be', { status: 'sent', sentAs: null }, holding, false],
  ])('%s', async (_says, changes, window, follows) => {
    const { ports, went } = await refused({}, window);
    await ports.held.append(held(phone, 'behind'));
    const sent = report({ errorCode: null, continuesRelease: true, ...changes });
    expect([await recordDelivery(ports, sent, at), went()]).toEqual([
      'none',
      follows ? [[phone.user, 'behind']] : [],
    ]);
  });

  test('of one of whom nothing is stored lets nothing follow', async () => {
    const { ports, went } = await refused({}, null);
    await ports.held.append(held(phone, 'behind'));
    const sent = report({ errorCode: null, status: 'sent', continuesRelease: true });
    expect([await recordDelivery(ports, sent, at), went()]).toEqual(['none', []]);
  });
});
