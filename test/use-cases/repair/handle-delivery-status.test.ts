/** What became of a message: which refusals are repaired, how, and that each is repaired once. */
import type { WindowFacts } from '../../../src/domain/customer-service-window';
import type { Pair } from '../../../src/domain/whatsapp-address';
import type { Failure, FailureCode } from '../../../src/use-cases/failure';
import { heldFor } from '../../../src/use-cases/hold/held-queue';
import { type ContactRecord, PAUSE_MS, type Restrictions } from '../../../src/use-cases/ports/contact-store';
import type { HeldMessage, NewHeldMessage } from '../../../src/use-cases/ports/held-messages';
import type { RepairLock, RepairLocks } from '../../../src/use-cases/ports/repair-locks';
import type { SendPorts } from '../../../src/use-cases/ports/send-ports';
import type { JoinedPart, SendRecord, SendRecords } from '../../../src/use-cases/ports/send-records';
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
  ...{ continuesRelease: false, isOneByOne: false, releases: null, repairs: [], statusCallbacks: [] },
  ...changes,
});
const record = (changes: Partial<SendRecord> = {}): SendRecord => ({
  ...{
    id: ID,
    pair: phone,
    at: NOON - MINUTE,
    acceptedAt: changes.at ?? NOON - MINUTE,
    freeForm: text('Hello'),
    template: null,
    attempt: 1,
    parts: null,
    wasRepaired: false,
  },
  ...changes,
});
const withPrompt = { ...at, fallbackTemplate: 'question' };
const another = { ref: 'template_1', language: null, variables: { 1: 'Ada' } };
/** What the lock of the refused message says afterwards. A repair that sends something is the first message of the test. */
const repaired = (outcome: string | null, errorCode = REFUSED): RepairLock => ({
  ...{ claimedAt: NOON, outcome, errorCode },
  repairedBy: outcome === 'sent-again' || outcome === 'template-sent' ? messageSid(1) : null,
});

/** A message was sent a minute ago to one whose window closed a day ago. */
async function refused(
  { lock, ...changes }: Partial<SendRecord> & { readonly lock?: RepairLock } = {},
  window: Partial<ContactRecord> | null = { facts: wrote(2 * DAY) },
) {
  const staged = stage();
  staged.templates.push(template(1), question);
  if (window) await staged.store(stored(phone, window));
  await staged.ports.sendRecords.save(record(changes), NOON);
  if (lock) await staged.ports.repairLocks.claim(messageSid(1), lock);
  const repair = async () => staged.ports.repairLocks.read(messageSid(1));
  const facts = async (pair = phone) => (await staged.ports.windows.read(pair))?.facts;
  return { ...staged, repair, facts };
}

/** What came of it, or why Twilio has to come again. */
const deliver = (ports: SendPorts, one: DeliveryReport) =>
  recordDelivery(ports, one, at).catch((failed: Failure) => failed.code);

describe('a delivery status that needs no repair', () => {
  test.each<readonly [string, Partial<DeliveryReport>]>([
    ['that of a message that arrived', { status: 'delivered', errorCode: null }],
    ['that of a message with an unknown sender', { sentAs: null }],
    ['a template problem, which says nothing about the window', { errorCode: 63013 }],
    ['that of a recipient who cannot be reached', { errorCode: 63024 }],
    ['one with an unknown error code', { errorCode: 99999 }],
  ])('sends and stores nothing: it is %s', async (_says, changes) => {
    const { ports, went, repair, everything } = await refused();
    const before = await everything();
    expect(await recordDelivery(ports, report(changes), withPrompt)).toBe('none');
    expect([went(), await repair(), await everything()]).toEqual([[], undefined, before]);
  });

  test('sends nothing for a message in the log that this software did not send', async () => {
    const { ports, weWrote, went, everything } = await refused({ template: another });
    weWrote(phone, 'Hello', MINUTE, { messageSid: messageSid(1) });
    const outcome = await recordDelivery(ports, report({ sentAs: null }), withPrompt);
    expect([outcome, went(), (await everything()).held]).toEqual(['none', [], []]);
  });

  test('sends nothing for a message that version 0.1 repaired', async () => {
    const { ports, went } = await refused({ template: another, wasRepaired: true });
    expect([await recordDelivery(ports, report(), withPrompt), went()]).toEqual(['none', []]);
  });

  test('records only a template problem for a template, and leaves the window as it was', async () => {
    const { ports, went, repair, everything } = await refused({ freeForm: null });
    const before = await everything();
    expect([
      await recordDelivery(ports, report(), withPrompt),
      went(),
      await repair(),
      await everything(),
    ]).toEqual(['template-problem', [], repaired('template-problem'), before]);
  });

  test('sends nothing to a user who opted out', async () => {
    const { ports, went, repair, facts } = await refused(
      { template: another },
      {
        facts: wrote(2 * DAY),
        restrictions: restrictions({ optedOutAt: NOON }),
      },
    );
    expect([
      await recordDelivery(ports, report(), withPrompt),
      went(),
      await repair(),
      await facts(),
    ]).toEqual(['not-repaired', [], repaired('not-repaired'), wrote(2 * DAY)]);
  });
});

describe('a text that WhatsApp refused right after a fresh message', () => {
  type Row = readonly [string, WindowFacts, Partial<SendRecord>, boolean];
  test.each<Row>([
    ['1 ms less than an hour after the message it is sent again', wrote(HOUR - 1), {}, true],
    ['an hour after the message it is held', wrote(HOUR), {}, false],
    [
      'a message hours ago, but newer than the refused text, sends it again',
      wrote(2 * HOUR),
      { at: NOON - 2 * HOUR - 1 },
      true,
    ],
    [
      'a message hours ago, as old as the refused text, holds it',
      wrote(2 * HOUR),
      { at: NOON - 2 * HOUR },
      false,
    ],
    ['the second attempt is held', wrote(MINUTE), { attempt: 2 }, false],
    ['a window that WhatsApp had closed before holds it', closedByWhatsApp(MINUTE), {}, false],
    ['a window that has closed since holds it', wrote(DAY), { at: NOON - 2 * DAY }, false],
    ['a window in its margin holds it', wrote(DAY - 5 * MINUTE), { at: NOON - 2 * DAY }, false],
  ])(
    'is sent once more only while the window is certainly open, and is held otherwise: %s',
    async (_says, before, changes, again) => {
      const { ports, sent, went, repair, facts } = await refused(changes, { facts: before });
      const outcome = await recordDelivery(ports, report(), at);
      expect([outcome, went(), await repair()]).toEqual(
        again
          ? ['sent-again', [[phone.user, 'Hello']], repaired('sent-again')]
          : ['held', [], repaired('held')],
      );
      if (!again) return;
      const [dispatch] = sent;
      expect([await facts(), dispatch?.sentAs, dispatch?.repairs]).toEqual([
        before,
        { as: 'text', attempt: 2, acceptedAt: changes.at ?? NOON - MINUTE },
        [messageSid(1)],
      ]);
    },
  );

  test('is sent once more together with the template for the next repair', async () => {
    const { ports, sent } = await refused(
      { template: another, at: NOON - 21 * HOUR },
      { facts: wrote(20 * HOUR) },
    );
    await recordDelivery(ports, report(), at);
    const [dispatch] = sent;
    expect([
      dispatch?.sendAt,
      dispatch?.sentAs.as === 'record' && (await ports.sendRecords.read(dispatch.sentAs.id)),
    ]).toEqual([
      null,
      record({
        ...{ id: expect.any(String), at: NOON, acceptedAt: NOON - 21 * HOUR },
        ...{ attempt: 2, template: another },
      }),
    ]);
  });
});

describe('a text refused in a window that is really closed', () => {
  test('is replaced by the template that the caller gave', async () => {
    const { ports, sent, repair, everything } = await refused({ template: another, at: NOON - HOUR });
    expect(await recordDelivery(ports, report(), withPrompt)).toBe('template-sent');
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
          ...{ releases: null, repairs: [messageSid(1)], statusCallbacks: [] },
        },
      ],
      repair: repaired('template-sent'),
      windows: [stored(phone, { facts: closedByWhatsApp(2 * DAY) })],
      held: [],
    });
  });

  test('is not repaired, and recorded so, where the template may not be sent', async () => {
    const { ports, went, repair } = await refused({ template: { ...another, ref: 'unknown' } });
    expect([await recordDelivery(ports, report(), withPrompt), went(), await repair()]).toEqual([
      'not-repaired',
      [],
      repaired('not-repaired'),
    ]);
  });

  test('is held until the user answers the reply prompt, where no template was given', async () => {
    const { ports, went, repair, everything } = await refused();
    expect(await recordDelivery(ports, report(), withPrompt)).toBe('held');
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
          restrictions: restrictions({ holding: true, promptedAt: NOON, promptSid: messageSid(1) }),
        }),
      ],
      held: [
        {
          ...held(phone, 'Hello', { heldAt: NOON, expiresAt: NOON + 7 * DAY }),
          ...{ key: `repair.${messageSid(1)}`, repairs: messageSid(1), acceptedAt: NOON - MINUTE },
          ...{ id: '0', sendingSince: null, notThese: [], joint: null },
          ...{ group: expect.any(String), token: expect.any(String) },
        },
      ],
    });
  });

  test.each<readonly [string, object, string | null]>([
    ['none is set', {}, null],
    ['the template that is set does not exist', {}, 'unknown'],
    ['the template catalogue is unavailable', { all: failing('STATE_UNAVAILABLE') }, 'question'],
  ])('is held without a reply prompt, where %s', async (_says, catalogue, fallbackTemplate) => {
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

  test('is held without a second reply prompt while one is unanswered', async () => {
    const prompted = { promptedAt: NOON - HOUR, promptSid: messageSid(77) };
    const before = restrictions({ holding: true, ...prompted });
    const { ports, went, everything } = await refused({}, { facts: wrote(2 * DAY), restrictions: before });
    await ports.held.append(held(phone, 'earlier'));
    await recordDelivery(ports, report(), withPrompt);
    const { windows, held: waiting } = await everything();
    expect([went(), waiting.length, windows.map((window) => window.restrictions)]).toEqual([[], 2, [before]]);
  });

  test.each<readonly [FailureCode, number | null]>([
    ['TWILIO_REJECTED', null],
    ['RATE_LIMITED', null],
    ['OUTCOME_UNKNOWN', NOON],
  ])(
    'is held, and the reply prompt that failed (%s) is sent again only where it certainly did not leave',
    async (code, promptedAt) => {
      const { ports, everything } = await refused();
      const messenger = moody(ports.messenger, [code]);
      const outcome = await recordDelivery({ ...ports, messenger }, report(), withPrompt);
      expect([outcome, (await everything()).windows.map((window) => window.restrictions)]).toEqual([
        'held',
        [restrictions({ holding: true, promptedAt })],
      ]);
    },
  );

  test('is held also where the queue is full: it was accepted once', async () => {
    const { ports, repair } = await refused();
    for (let count = 0; count < 100; count += 1) await ports.held.append(held(phone, String(count)));
    expect([
      await recordDelivery(ports, report(), withPrompt),
      await repair(),
      (await ports.held.list(phone)).length,
    ]).toEqual(['held', repaired('held'), 101]);
  });

  test.each<readonly [string, Partial<ContactRecord> | null, number, WindowFacts | undefined]>([
    ['of a newer text closes it', { facts: wrote(HOUR + 1) }, HOUR, closedByWhatsApp(HOUR + 1)],
    ['of a text as old as the last message closes it', { facts: wrote(HOUR) }, HOUR, closedByWhatsApp(HOUR)],
    [
      'of a text older than the last message does not close it',
      { facts: wrote(2 * DAY - 1) },
      2 * DAY,
      wrote(2 * DAY - 1),
    ],
    [
      'of a text to a user who never wrote closes it',
      null,
      HOUR,
      { lastInboundAt: null, closedByWhatsApp: true, source: 'whatsapp' },
    ],
  ])(
    'closes the window only where the user has not written since: the refusal %s',
    async (_says, window, ago, after) => {
      const { ports, facts } = await refused({ at: NOON - ago, template: another }, window);
      expect([await recordDelivery(ports, report(), at), await facts()]).toEqual(['template-sent', after]);
    },
  );

  test('is repaired in the same way where it expired before delivery, without closing the window', async () => {
    const { ports, repair, facts } = await refused({ template: another });
    expect([
      await recordDelivery(ports, report({ errorCode: EXPIRED }), at),
      await repair(),
      await facts(),
    ]).toEqual(['template-sent', repaired('template-sent', EXPIRED), wrote(2 * DAY)]);
  });

  test('is held in the number’s queue, and closes the window of both names of the person', async () => {
    const { ports, store, everything, link } = await refused({ pair: bsuid, at: NOON - HOUR }, null);
    await link();
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
      ],
      [{ pair: phone, to: bsuid.user, externalUserId: bsuid.user }],
    ]);
  });

  test('does not close the window where they wrote under the other name just now', async () => {
    const { ports, store, went, link } = await refused({ pair: bsuid }, null);
    await link();
    await store(stored(phone, { facts: wrote(MINUTE) }), stored(bsuid, { facts: wrote(3 * DAY) }));
    expect([await recordDelivery(ports, report({ pair: bsuid }), at), went()]).toEqual([
      'sent-again',
      [[bsuid.user, 'Hello']],
    ]);
  });

  test('does not close the window where the newest message came under the name that the text was sent to', async () => {
    const { ports, store, went, link } = await refused({ pair: bsuid }, null);
    await link();
    await store(stored(phone, { facts: wrote(3 * DAY) }), stored(bsuid, { facts: wrote(MINUTE) }));
    expect([await recordDelivery(ports, report({ pair: bsuid }), at), went()]).toEqual([
      'sent-again',
      [[bsuid.user, 'Hello']],
    ]);
  });

  test('is judged by the stored record, because WhatsApp contradicts what the container remembers', async () => {
    const { ports } = await refused({ template: another });
    const note = noting(ports.windows);
    await recordDelivery({ ...ports, windows: note.windows }, report(), at);
    expect(note.asked).toEqual([`read ${phone.user} fresh`, `change ${phone.user}`]);
  });

  test('does not change the record of somebody else who has the number now', async () => {
    const { ports, store, link } = await refused({ pair: bsuid, template: another }, null);
    await link();
    const theirs = stored(phone, { facts: wrote(2 * DAY), externalUserId: stranger.user });
    await store(theirs);
    await recordDelivery(ports, report({ pair: bsuid }), at);
    expect(await ports.windows.read(phone)).toEqual(theirs);
  });
});

describe('a message that WhatsApp refused', () => {
  test('is repaired once, whatever callbacks come after one another', async () => {
    const { ports, went } = await refused({ template: another });
    const outcomes = [
      await recordDelivery(ports, report(), at),
      await recordDelivery(ports, report({ status: 'failed' }), at),
      await recordDelivery(ports, report({ errorCode: EXPIRED }), at),
    ];
    expect([outcomes, went().length]).toEqual([['template-sent', 'none', 'none'], 1]);
  });

  test('is repaired once by callbacks at the same time, and the others are to come again', async () => {
    const { ports, went } = await refused({ template: another });
    const outcomes = await Promise.all([1, 2, 3].map(() => deliver(ports, report())));
    expect([outcomes.sort(), went().length]).toEqual([
      ['STATE_UNAVAILABLE', 'STATE_UNAVAILABLE', 'template-sent'],
      1,
    ]);
  });

  type Row = readonly [string, RepairLock, number | null, string, number];
  const claim = (ago: number, outcome: string | null = null) => ({
    ...{ claimedAt: NOON - ago, outcome, errorCode: REFUSED, repairedBy: null },
  });
  test.each<Row>([
    ['a claim of 15 s ago makes Twilio come again', claim(15 * SECOND), null, 'STATE_UNAVAILABLE', 0],
    [
      'a claim that is 1 ms older is taken over, and the template is sent',
      claim(15 * SECOND + 1),
      null,
      'template-sent',
      1,
    ],
    ['a repair that is done stays done', claim(HOUR, 'held'), null, 'none', 0],
    [
      'a container died after it sent the text again, and nothing more leaves',
      claim(MINUTE),
      MINUTE,
      'sent-again',
      0,
    ],
    [
      'the text left 2 s before the claim by the log’s clock, and nothing more leaves',
      claim(MINUTE),
      MINUTE + 2 * SECOND,
      'sent-again',
      0,
    ],
    [
      'the text left earlier than that, and the template is sent',
      claim(MINUTE),
      MINUTE + 2 * SECOND + 1,
      'template-sent',
      1,
    ],
  ])(
    'is repaired under a lock that outlives a container that died: %s',
    async (_says, before, leftAgo, outcome, sends) => {
      const { ports, weWrote, went, repair } = await refused({ template: another, lock: before });
      if (leftAgo !== null) weWrote(phone, 'Template 1 for Ada.', leftAgo);
      const outcomes = await recordDelivery(ports, report(), at).catch(({ code }: Failure) => code);
      expect([outcomes, went().length, await repair()]).toEqual([
        outcome,
        sends,
        outcome === 'sent-again'
          ? { ...repaired(outcome), repairedBy: messageSid(1000) }
          : sends > 0
            ? repaired(outcome)
            : before,
      ]);
    },
  );

  test('is held without a second question where a container died after it had asked', async () => {
    const asked = restrictions({ holding: true, promptedAt: NOON - MINUTE });
    const { ports, weWrote, went } = await refused({}, { facts: wrote(2 * DAY), restrictions: asked });
    await ports.held.append(held(phone, 'one'));
    weWrote(phone, 'A question?', MINUTE);
    expect([await recordDelivery(ports, report(), withPrompt), went()]).toEqual(['held', []]);
  });

  test('is sent again after a container died before it sent anything: the refused message itself is no repair', async () => {
    const { ports, weWrote, went } = await refused(
      { freeForm: { kind: 'free-form', body: 'Hello', mediaUrls: [] } },
      { facts: wrote(MINUTE) },
    );
    await ports.repairLocks.claim(messageSid(1), claim(15 * SECOND + 1));
    weWrote(phone, 'Hello', 15 * SECOND + 2, { messageSid: messageSid(1) });
    expect([await recordDelivery(ports, report(), at), went()]).toEqual([
      'sent-again',
      [[phone.user, 'Hello']],
    ]);
  });

  test.each<readonly [FailureCode, readonly string[], RepairLock['outcome'] | undefined]>([
    ['TWILIO_REJECTED', ['not-repaired', 'none'], 'not-repaired'],
    ['OUTCOME_UNKNOWN', ['not-repaired', 'STATE_UNAVAILABLE'], null],
    ['STATE_UNAVAILABLE', ['STATE_UNAVAILABLE', 'template-sent'], 'template-sent'],
    ['RATE_LIMITED', ['STATE_UNAVAILABLE', 'template-sent'], 'template-sent'],
  ])(
    'is repaired again after a failure (%s) only where nothing certainly left',
    async (code, expected, outcome) => {
      const { ports, went, repair } = await refused({ template: another });
      const failingOnce = { ...ports, messenger: moody(ports.messenger, [code]) };
      const deliver = () => recordDelivery(failingOnce, report(), at).catch((failed: Failure) => failed.code);
      expect([await deliver(), await deliver(), (await repair())?.outcome]).toEqual([...expected, outcome]);
      expect(went().length).toBe(expected.includes('template-sent') ? 1 : 0);
    },
  );

  test('is recorded as repaired by the repair’s own callback where Twilio’s answer was lost', async () => {
    const { ports, went, repair } = await refused({ template: another });
    const lost = { ...ports, messenger: moody(ports.messenger, ['OUTCOME_UNKNOWN']) };
    await recordDelivery(lost, report(), at);
    const ofRepair = {
      messageSid: messageSid(9),
      sentAs: { as: 'template' },
      repairs: [messageSid(1)],
    } as const;
    await recordDelivery(ports, report({ ...ofRepair, status: 'delivered', errorCode: null }), at);
    expect(await repair()).toEqual({ ...repaired('sent-again'), repairedBy: messageSid(9) });
    expect([await recordDelivery(ports, report(), at), went()]).toEqual(['none', []]);
  });

  test.each<readonly [string, RepairLock | null]>([
    ['nobody had claimed it', null],
    ['the claim was taken over', claim(MINUTE)],
  ])('keeps its claim for a later callback where our own code throws: %s', async (_says, before) => {
    const { ports, repair } = await refused({ template: another, ...(before && { lock: before }) });
    const mistake = new TypeError('a mistake');
    await expect(
      recordDelivery({ ...ports, messenger: moody(ports.messenger, [mistake]) }, report(), at),
    ).rejects.toBe(mistake);
    expect(await repair()).toEqual(repaired(null));
  });

  test('is not repaired where it cannot be claimed, and the callback may come again', async () => {
    const { ports, went } = await refused({ template: another });
    const repairLocks = { ...ports.repairLocks, claim: failing('STATE_UNAVAILABLE') };
    await expect(recordDelivery({ ...ports, repairLocks }, report(), at)).rejects.toEqual(
      failure('STATE_UNAVAILABLE'),
    );
    expect(went()).toEqual([]);
  });

  test('is repaired also where only the outcome cannot be recorded', async () => {
    const { ports } = await refused({ template: another });
    const repairLocks: RepairLocks = { ...ports.repairLocks, settle: failing('STATE_UNAVAILABLE') };
    expect(await recordDelivery({ ...ports, repairLocks }, report(), at)).toBe('template-sent');
  });
});

describe('a refused message whose record is missing', () => {
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
    ['on the second look, after 600 ms', 1, 600],
    ['on the fourth look, after three times 600 ms', 3, 1800],
  ])('is repaired once the record appears: %s', async (_says, reads, ms) => {
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

  test.each<readonly [string, Partial<DeliveryReport>, string]>([
    ['the log does not have it either, because its text is unknown', {}, 'not repaired: text unknown'],
    [
      'the log does not have it either and no pair is named, because it is no message of ours',
      { pair: null },
      'none',
    ],
  ])('is not repaired where %s', async (_says, changes, expected) => {
    const { ports, went } = await refused();
    const delivering = recordDelivery(ports, report({ ...unknown, ...changes }), withPrompt);
    expect([await outcome(delivering, 2400), went()]).toEqual([expected, []]);
  });

  test('is held where the log says that it was a text', async () => {
    const { ports, weWrote, everything } = await refused();
    weWrote(phone, 'Hello', HOUR, { messageSid: messageSid(1) });
    const delivering = recordDelivery(ports, report(unknown), at);
    expect([
      await outcome(delivering, 2400),
      (await everything()).held.map(({ message }) => message),
    ]).toEqual(['held', [text('Hello')]]);
  });

  test('is recognized as a template by its text', async () => {
    const { ports, weWrote, everything } = await refused();
    weWrote(phone, 'Template 1 for Ada.', HOUR, { messageSid: messageSid(1) });
    const delivering = recordDelivery(ports, report(unknown), at);
    expect([await outcome(delivering, 2400), (await everything()).held]).toEqual(['template-problem', []]);
  });

  test('counts as a text, where the template catalogue is unavailable', async () => {
    const { ports, weWrote } = await refused();
    weWrote(phone, 'Template 1 for Ada.', HOUR, { messageSid: messageSid(1) });
    const templates = { ...ports.templates, all: failing('STATE_UNAVAILABLE') };
    const delivering = recordDelivery({ ...ports, templates }, report(unknown), at);
    expect(await outcome(delivering, 2400)).toBe('held');
  });

  test('is repaired only once', async () => {
    const { ports, weWrote } = await refused();
    weWrote(phone, 'Hello', HOUR, { messageSid: messageSid(1) });
    const delivering = Promise.all([1, 2].map(() => deliver(ports, report(unknown))));
    await jest.advanceTimersByTimeAsync(2400);
    expect((await delivering).sort()).toEqual(['STATE_UNAVAILABLE', 'held']);
  });
});

describe('a refused text of which nothing was stored', () => {
  const plain = (attempt = 1): Partial<DeliveryReport> => ({
    sentAs: { as: 'text', attempt, acceptedAt: NOON - 2 * HOUR },
  });

  test('is read from the log and held once, whatever callbacks come at the same time', async () => {
    const { ports, weWrote, everything } = await refused();
    weWrote(phone, 'Hello again', HOUR, { messageSid: messageSid(1) });
    const outcomes = await Promise.all([1, 2].map(() => deliver(ports, report(plain()))));
    const { windows, held: waiting } = await everything();
    expect([
      outcomes.sort(),
      waiting.map(({ message }) => message),
      windows.map(({ facts }) => facts),
    ]).toEqual([['STATE_UNAVAILABLE', 'held'], [text('Hello again')], [closedByWhatsApp(2 * DAY)]]);
  });

  test.each([
    ['is sent once more the first time', 1, 'sent-again', [[phone.user, 'Hello']]],
    ['is held the second time', 2, 'held', []],
  ])('right after a fresh message %s', async (_says, attempt, outcome, sent) => {
    const { ports, weWrote, went } = await refused({}, { facts: wrote(MINUTE) });
    weWrote(phone, 'Hello', SECOND, { messageSid: messageSid(1) });
    expect([await recordDelivery(ports, report(plain(attempt)), at), went()]).toEqual([outcome, sent]);
  });

  test.each<readonly [string, string | null, Partial<ContactRecord>, WindowFacts]>([
    ['has no body', '', { facts: wrote(2 * DAY) }, closedByWhatsApp(2 * DAY)],
    ['does not have it', null, { facts: wrote(2 * DAY) }, closedByWhatsApp(2 * DAY)],
    ['has no body and the user wrote just now', '', { facts: wrote(MINUTE) }, wrote(MINUTE)],
  ])(
    'is reported as unknown, and neither held nor sent, where the log %s',
    async (_says, body, before, after) => {
      const { ports, weWrote, went, everything, facts } = await refused({}, before);
      if (body !== null) weWrote(phone, body, HOUR, { messageSid: messageSid(1) });
      expect(await recordDelivery(ports, report(plain()), withPrompt)).toBe('not repaired: text unknown');
      expect([went(), (await everything()).held, await facts()]).toEqual([[], [], after]);
    },
  );

  test('has the pair from the log where the callback does not name it', async () => {
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
    await expect(recordDelivery({ ...ports, messageLog }, report(plain()), at)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
    expect(await recordDelivery(ports, report(plain()), at)).toBe('not repaired: text unknown');
  });

  test('is held as of when it was first accepted, so texts that were refused in another order keep their order', async () => {
    const { ports, weWrote, everything } = await refused();
    for (const number of [3, 1, 2]) {
      weWrote(phone, `Text ${number}`, MINUTE, { messageSid: messageSid(number) });
      const acceptedAt = NOON - HOUR + number;
      const sentAs = { as: 'text', attempt: 1, acceptedAt } as const;
      await recordDelivery(ports, report({ messageSid: messageSid(number), sentAs }), at);
    }
    expect((await everything()).held.length).toBe(3);
    expect((await heldFor(ports, phone)).map(({ message }) => message.body)).toEqual([
      'Text 1',
      'Text 2',
      'Text 3',
    ]);
  });
});

test('a refused template of which nothing was stored is reported as a template problem', async () => {
  const { ports, went, everything } = await refused();
  const before = await everything();
  const outcome = await recordDelivery(ports, report({ sentAs: { as: 'template' } }), withPrompt);
  expect([outcome, went(), await everything()]).toEqual(['template-problem', [], before]);
});

test('a message without a record and without a body in the log is not held', async () => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
  const { ports, weWrote, everything } = await refused();
  weWrote(phone, '', HOUR, { messageSid: messageSid(1) });
  const before = await everything();
  const delivering = recordDelivery(ports, report({ sentAs: { as: 'record', id: 'lost' } }), withPrompt);
  await jest.advanceTimersByTimeAsync(2400);
  jest.useRealTimers();
  expect([await delivering, (await everything()).held]).toEqual(['not repaired: text unknown', before.held]);
});

describe('the delivery status of a message that left with others behind it', () => {
  type Row = readonly [string, Partial<DeliveryReport>, Partial<ContactRecord>, boolean];
  const holding = { facts: wrote(HOUR), restrictions: restrictions({ holding: true }) };
  test.each<Row>([
    ['it was sent', { status: 'sent' }, holding, true],
    ['it was delivered', { status: 'delivered' }, holding, true],
    ['it was read', { status: 'read' }, holding, true],
    ['it is only queued, so they wait', { status: 'queued' }, holding, false],
    ['it failed, so they wait', { status: 'failed', errorCode: 63024 }, holding, false],
    ['nothing was behind it', { status: 'sent', continuesRelease: false }, holding, false],
    ['nothing is held any more', { status: 'sent' }, { facts: wrote(HOUR) }, false],
    [
      'it was sent as a plain text',
      { status: 'sent', sentAs: { as: 'text', attempt: 1, acceptedAt: null } },
      holding,
      true,
    ],
    ['the recipient is unknown', { status: 'sent', pair: null }, holding, false],
    ['what kind of message it was is unknown', { status: 'sent', sentAs: null }, holding, false],
  ])('releases the others once it left, and not otherwise: %s', async (_says, changes, window, follows) => {
    const { ports, went } = await refused({}, window);
    await ports.held.append(held(phone, 'behind'));
    const sent = report({ errorCode: null, continuesRelease: true, ...changes });
    expect([await recordDelivery(ports, sent, at), went()]).toEqual([
      'none',
      follows ? [[phone.user, 'behind']] : [],
    ]);
  });

  test('releases nothing where nothing is stored of the person', async () => {
    const { ports, went } = await refused({}, null);
    await ports.held.append(held(phone, 'behind'));
    const sent = report({ errorCode: null, status: 'sent', continuesRelease: true });
    expect([await recordDelivery(ports, sent, at), went()]).toEqual(['none', []]);
  });
});

describe('the delivery status of a message in a pause after which the next one leaves', () => {
  const PAUSED = NOON + 6000;
  const sent = { errorCode: null, status: 'sent', continuesRelease: true, isOneByOne: true };
  const inPause = async (
    changes: Partial<DeliveryReport>,
    waitedUntil: number,
    own: Partial<Restrictions> = {},
  ) => {
    const restricted = restrictions({ holding: true, pausedUntil: PAUSED, ...own });
    const { ports, went } = await refused({}, { facts: wrote(HOUR), restrictions: restricted });
    for (const body of ['one', 'two']) await ports.held.append(held(phone, body));
    const waits = { ...ports, waitUntil: async () => waitedUntil };
    const answer = await deliver(waits, report({ ...sent, ...changes }));
    const left = went().map(([, body]) => body);
    return [answer, left, (await ports.windows.read(phone))?.restrictions.pausedUntil];
  };

  test.each<readonly [string, Partial<DeliveryReport>, number, readonly unknown[]]>([
    ['sends one when the pause is over', {}, PAUSED, ['none', ['one'], PAUSED + PAUSE_MS]],
    [
      'asks Twilio to come again where it could not wait for the end',
      {},
      PAUSED - 1,
      ['STATE_UNAVAILABLE', [], PAUSED],
    ],
    [
      'leaves the waiting to the callback that says sent',
      { status: 'delivered' },
      PAUSED,
      ['none', [], PAUSED],
    ],
    [
      'goes on where that message failed',
      { status: 'failed', errorCode: 63024 },
      PAUSED,
      ['none', ['one'], PAUSED + PAUSE_MS],
    ],
    ['does not wait where others see to it', { isOneByOne: false }, PAUSED, ['none', [], PAUSED]],
  ])('%s', async (_says, changes, waitedUntil, expected) => {
    expect(await inPause(changes, waitedUntil)).toEqual(expected);
  });

  test('sends one at once where the pause is over already', async () => {
    const over = { pausedUntil: NOON };
    expect(await inPause({ status: 'delivered' }, 0, over)).toEqual(['none', ['one'], NOON + PAUSE_MS]);
  });

  test('sends nothing where the pause ends a moment from now', async () => {
    const nearly = { pausedUntil: NOON + 1 };
    expect(await inPause({ status: 'delivered' }, 0, nearly)).toEqual(['none', [], NOON + 1]);
  });
});

describe('the delivery status of a message with others behind it, while another container releases them', () => {
  test.each<readonly [string, Partial<Restrictions>]>([
    ['the other container’s lease is valid', { releasingUntil: NOON + 1 }],
    ['the first of the others may have left', {}],
  ])('is to be delivered again by Twilio: %s', async (_says, changes) => {
    const facts = wrote(HOUR);
    const { ports, went } = await refused(
      {},
      { facts, restrictions: restrictions({ holding: true, ...changes }) },
    );
    await ports.held.append(held(phone, 'behind'));
    const [behind] = await ports.held.list(phone);
    if (behind) await ports.held.mark(behind, NOON, []);
    const sent = report({ errorCode: null, status: 'sent', continuesRelease: true });
    expect([await deliver(ports, sent), went()]).toEqual(['STATE_UNAVAILABLE', []]);
  });
});

test.each<readonly [string, Pair, Pair]>([
  ['under the number', phone, phone],
  ['for the BSUID in the queue of the number', phone, bsuid],
  ['under the BSUID', bsuid, bsuid],
])(
  'a status callback removes its held message from the queue, wherever that was held: %s',
  async (_says, canonical, to) => {
    const { ports, link } = await refused({}, null);
    await link();
    const { id, token } = await ports.held.append(held(canonical, 'one', { to: to.user }));
    const sent = { errorCode: null, status: 'sent', pair: to, sentAs: null };
    await recordDelivery(
      ports,
      report({ ...sent, releases: { id, token: `${token}0`, isJoint: false } }),
      at,
    );
    expect(await ports.held.list(canonical)).toHaveLength(1);
    await recordDelivery(ports, report({ ...sent, releases: { id, token, isJoint: false } }), at);
    expect(await ports.held.list(canonical)).toEqual([]);
  },
);

describe('a refused message of several held texts', () => {
  const part = (body: string, own: Partial<JoinedPart> = {}): JoinedPart => ({
    message: text(body),
    ...{ template: null, statusCallback: null, acceptedAt: NOON - HOUR, expiresAt: NOON + HOUR },
    ...own,
  });
  const parts = [
    part('one', { template: another, acceptedAt: NOON - 3 * HOUR }),
    part('two', { statusCallback: 'https://example.com/2', expiresAt: NOON + DAY }),
    part('three', { acceptedAt: NOON - MINUTE }),
  ];
  const joint = { freeForm: text('one\n\ntwo\n\nthree'), parts, template: null };
  const bodies = (messages: readonly HeldMessage[]) => messages.map(({ message }) => message.body);

  test('is held again as its parts, in order, each with its own data', async () => {
    const { ports, went, repair } = await refused(joint);
    await ports.held.append(held(phone, 'newer', { acceptedAt: NOON - SECOND }));
    expect(await recordDelivery(ports, report(), withPrompt)).toBe('held');
    const again = (one: JoinedPart, index: number) => ({
      ...{ ...held(phone, ''), ...one, heldAt: NOON, repairs: messageSid(1) },
      ...{ key: `repair.${messageSid(1)}.${index}`, id: String(index + 1) },
      ...{ group: expect.any(String), token: expect.any(String) },
      ...{ sendingSince: null, notThese: [], joint: null },
    });
    const queue = await heldFor(ports, phone);
    expect([went(), await repair(), queue]).toEqual([
      [[phone.user, question.contentSid]],
      repaired('held'),
      [...parts.map(again), expect.objectContaining({ message: text('newer') })],
    ]);
    expect(new Set(queue.map(({ group }) => group)).size).toBe(4);
  });

  test('is held again without the parts that have expired since', async () => {
    const { ports } = await refused({ ...joint, parts: [part('old', { expiresAt: NOON }), ...parts] });
    await recordDelivery(ports, report(), withPrompt);
    expect(bodies(await heldFor(ports, phone))).toEqual(['one', 'two', 'three']);
  });

  test('is not repaired where all its parts have expired', async () => {
    const { ports, went } = await refused({ ...joint, parts: [part('old', { expiresAt: NOON })] });
    expect([await recordDelivery(ports, report(), withPrompt), went()]).toEqual(['not-repaired', []]);
  });

  test('is sent once more as one message where WhatsApp was mistaken, and held in parts where that is refused too', async () => {
    const { ports, sent } = await refused(joint, { facts: wrote(MINUTE) });
    expect(await recordDelivery(ports, report(), at)).toBe('sent-again');
    const [again] = sent;
    const id = again?.sentAs.as === 'record' ? again.sentAs.id : '';
    expect([again, await ports.sendRecords.read(id)]).toEqual([
      expect.objectContaining({ message: joint.freeForm, repairs: [messageSid(1)], statusCallbacks: [] }),
      expect.objectContaining({ attempt: 2, parts }),
    ]);
    const second = { messageSid: messageSid(2), sentAs: { as: 'record', id } } as const;
    expect(await recordDelivery(ports, report({ ...second, repairs: [messageSid(1)] }), at)).toBe('held');
    expect(bodies(await heldFor(ports, phone))).toEqual(['one', 'two', 'three']);
  });

  describe('whose repair ended when a container died after it had held some parts', () => {
    /** Of three, so many were held; then the lock was left behind. */
    async function cutShort(count: number) {
      const staged = await refused(joint);
      let appended = 0;
      const dying = {
        ...staged.ports.held,
        async append(one: NewHeldMessage) {
          if (appended === count) throw new TypeError('it died');
          appended += 1;
          return staged.ports.held.append(one);
        },
        remove: failing('STATE_UNAVAILABLE'),
      };
      const earlier = { ...withPrompt, now: NOON - MINUTE };
      await recordDelivery({ ...staged.ports, held: dying }, report(), earlier).catch(() => undefined);
      return staged;
    }

    test.each([0, 1, 2])('has its other parts held by the next callback: %d were held', async (count) => {
      const { ports, repair } = await cutShort(count);
      expect(bodies(await heldFor(ports, phone))).toHaveLength(count);
      await recordDelivery(ports, report(), withPrompt);
      expect([bodies(await heldFor(ports, phone)), (await repair())?.outcome]).toEqual([
        ['one', 'two', 'three'],
        'held',
      ]);
    });

    test('has only those parts held that did not leave by the user’s answer meanwhile', async () => {
      const { ports, weWrote, repair } = await cutShort(2);
      const [one, two] = await ports.held.list(phone);
      for (const left of [one, two]) if (left) await ports.held.remove(phone, left.id, true);
      weWrote(phone, 'before\n\none\n\ntwo', SECOND, { messageSid: messageSid(50) });
      const released = { id: one?.id ?? '', token: 'a'.repeat(24), isJoint: true };
      const ofIt = { messageSid: messageSid(50), repairs: [messageSid(1)], releases: released };
      await recordDelivery(ports, report({ ...ofIt, errorCode: null, status: 'sent' }), at);
      await recordDelivery(ports, report(), withPrompt);
      expect([bodies(await heldFor(ports, phone)), await repair()]).toEqual([
        ['three'],
        { ...repaired('held'), repairedBy: messageSid(50) },
      ]);
    });

    test('has no part sent a second time where the log has no text of what left by the answer', async () => {
      const { ports, weWrote } = await cutShort(2);
      for (const left of await ports.held.list(phone)) await ports.held.remove(phone, left.id, true);
      weWrote(phone, '', SECOND, { messageSid: messageSid(50) });
      const ofIt = { messageSid: messageSid(50), repairs: [messageSid(1)], status: 'sent', errorCode: null };
      const releases = { id: '0', token: 'a'.repeat(24), isJoint: true };
      await recordDelivery(ports, report({ ...ofIt, releases }), at);
      await recordDelivery(ports, report(), withPrompt);
      expect(bodies(await heldFor(ports, phone))).toEqual([]);
    });
  });
});
