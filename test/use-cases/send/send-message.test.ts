/** Sending: what leaves, what is held, what is refused and what is stored of it, for each state of the person. */
import { NO_FACTS, type WindowFacts, windowAt } from '../../../src/domain/customer-service-window';
import { explain } from '../../../src/domain/decision-explanation';
import type { FreeFormMessage, OutboundMessage } from '../../../src/domain/outbound-message';
import type { Decision } from '../../../src/domain/send-decision';
import type { ContentSid } from '../../../src/domain/twilio-sid';
import type { FailureCode } from '../../../src/use-cases/failure';
import type { ContactRecord, ContactStore } from '../../../src/use-cases/ports/contact-store';
import type { Messenger, SentMessage } from '../../../src/use-cases/ports/messenger';
import {
  type ReadyTemplate,
  replyPrompt,
  type TemplateRequest,
} from '../../../src/use-cases/send/choose-template';
import { sendMessage } from '../../../src/use-cases/send/send-message';
import type { SendRequest, SendResult } from '../../../src/use-cases/send/send-request';
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
  phone,
  question,
  restrictions,
  stage,
  stored,
  template,
  text,
  wrote,
} from '../stage';

type Changes = Partial<Omit<SendRequest, 'content'>> & {
  readonly freeForm?: FreeFormMessage | null;
  readonly template?: TemplateRequest | null;
};
/** A text, unless the test names another content. */
const request = ({
  freeForm: message = text('Hello'),
  template = null,
  ...changes
}: Changes = {}): SendRequest => ({
  ...{
    pair: phone,
    language: null,
    whenClosed: 'template',
    sendAt: null,
    statusCallback: null,
    validSeconds: null,
    key: null,
    dryRun: false,
  },
  content:
    message === null
      ? { kind: 'template', template: template ?? greeting }
      : { kind: 'free-form', message, template },
  ...changes,
});
const greeting = { ref: 'template_1', language: null, variables: { 1: 'Ada' } };
const onlyTemplate = { freeForm: null, template: greeting };
const ready: ReadyTemplate = {
  message: { kind: 'template', contentSid: contentSid(1), contentVariables: { 1: 'Ada' } },
  name: 'template_1',
  category: 'UTILITY',
  text: 'Template 1 for Ada.',
};
const readyQuestion: ReadyTemplate = {
  message: { kind: 'template', contentSid: contentSid(9), contentVariables: {} },
  name: 'question',
  category: 'UTILITY',
  text: question.text,
};
const withPrompt = { ...at, fallbackTemplate: 'question' };
const OPEN = wrote(HOUR);
const CLOSED = wrote(2 * DAY);
const windowOf = (facts: WindowFacts, now = NOON) => windowAt(facts, now, at.marginSeconds);
type Expected = Partial<SendResult> & { readonly message?: SentMessage | null };
const result = ({ message = null, ...changes }: Expected & Pick<SendResult, 'outcome'>): SendResult => ({
  ...{ decision: null, window: windowOf(CLOSED), held: null, preview: null, failure: null },
  messages: message === null ? [] : [message],
  ...changes,
});
const freeForm: Decision = { action: 'free-form', reason: 'WINDOW_OPEN' };
const refusing: Decision = { action: 'refuse', reason: 'WINDOW_CLOSED' };
const requested: Decision = { action: 'template', reason: 'TEMPLATE_REQUESTED', holdBody: false };
const matching: Decision = { action: 'template', reason: 'BODY_MATCHES_TEMPLATE', holdBody: false };
const toHold = (isPrompting: boolean): Decision => ({
  action: 'hold',
  reason: 'WINDOW_CLOSED',
  withPrompt: isPrompting,
});
const queued = (sid: ContentSid | null) => ({ sid: messageSid(1), status: 'queued', contentSid: sid });
const until = { id: '0', expiresAt: NOON + 7 * DAY };

/** A person, and an account with one template and one that asks for an answer. */
async function to(window: Partial<ContactRecord> | null) {
  const staged = stage();
  staged.templates.push(template(1), question);
  if (window) await staged.store(stored(phone, window));
  return staged;
}
/** Held by these calls; what is not compared is what `hold-message` is tested for. */
const waits = (message: SendResult['held']) => message && { id: message.id, expiresAt: message.expiresAt };
const comparable = (sent: SendResult) => ({ ...sent, held: waits(sent.held) });

describe('to a user whose window is open', () => {
  test('a text leaves as it is', async () => {
    const { ports, sent, everything } = await to({ facts: wrote(DAY - HOUR) });
    const before = await everything();
    const window = windowOf(wrote(DAY - HOUR));
    expect(await sendMessage(ports, request({ template: greeting }), at)).toEqual(
      result({ outcome: 'sent', decision: freeForm, window, message: queued(null) }),
    );
    const sentAs = sent[0]?.sentAs;
    const recordId = sentAs?.as === 'record' ? sentAs.id : '';
    expect([sent, await ports.sendRecords.read(recordId), await everything()]).toEqual([
      [
        {
          pair: phone,
          message: text('Hello'),
          sendAt: null,
          validSeconds: 3600,
          sentAs: { as: 'record', id: recordId },
          continuesRelease: false,
          releases: null,
          repairs: [],
          statusCallbacks: [],
        },
      ],
      {
        id: recordId,
        pair: phone,
        at: NOON,
        acceptedAt: NOON,
        freeForm: text('Hello'),
        template: greeting,
        attempt: 1,
        parts: null,
        wasRepaired: false,
      },
      before,
    ]);
  });

  test('a template leaves as a template, even if it is not approved', async () => {
    const { ports, templates, sent } = await to({ facts: OPEN });
    templates.splice(0, 1, template(1, { status: 'pending' }));
    expect(await sendMessage(ports, request(onlyTemplate), at)).toEqual(
      result({
        outcome: 'sent',
        decision: requested,
        window: windowOf(OPEN),
        message: queued(contentSid(1)),
        preview: ready,
      }),
    );
    expect(sent.map(({ message, validSeconds }) => [message, validSeconds])).toEqual([[ready.message, null]]);
  });

  test('a text leaves without a search for a matching template', async () => {
    const { ports } = await to({ facts: OPEN });
    const templates = { all: failing('STATE_UNAVAILABLE'), bySid: failing('STATE_UNAVAILABLE') };
    const sent = await sendMessage({ ...ports, templates }, request({ freeForm: text(ready.text) }), at);
    expect(sent).toEqual(
      result({ outcome: 'sent', decision: freeForm, window: windowOf(OPEN), message: queued(null) }),
    );
  });
});

describe('behind messages that are held for a user whose window is open', () => {
  const holding = { facts: OPEN, restrictions: restrictions({ holding: true }) };

  test('a text takes its place, and all messages leave in order', async () => {
    const { ports, went, everything } = await to(holding);
    await ports.held.append(held(phone, 'earlier'));
    expect(await sendMessage(ports, request(), at)).toEqual(
      result({
        ...{ outcome: 'sent', decision: freeForm, window: windowOf(OPEN) },
        message: { sid: messageSid(2), status: 'queued', contentSid: null },
      }),
    );
    expect([went(), (await everything()).held]).toEqual([
      [
        [phone.user, 'earlier'],
        [phone.user, 'Hello'],
      ],
      [],
    ]);
  });

  test('a text for a certain time is scheduled', async () => {
    const { ports } = await to(holding);
    const sendAt = NOON + HOUR;
    expect(await sendMessage(ports, request({ sendAt }), at)).toEqual(
      result({
        ...{ outcome: 'scheduled', decision: freeForm, window: windowOf(OPEN, sendAt) },
        message: { sid: messageSid(1), status: 'scheduled', contentSid: null },
      }),
    );
  });

  test('a text waits with them where this invocation has no time for it, and no reply prompt counts as sent', async () => {
    const { ports, went } = await to(holding);
    await ports.held.append(held(phone, 'earlier'));
    const sent = await sendMessage({ ...ports, hasTime: () => went().length < 1 }, request(), withPrompt);
    expect([comparable(sent), (await ports.windows.read(phone))?.restrictions]).toEqual([
      result({
        ...{ outcome: 'held', decision: freeForm, window: windowOf(OPEN) },
        held: { ...until, id: '1' },
      }),
      restrictions({ holding: true }),
    ]);
  });

  test('a text takes its place in the queue of a person with two names', async () => {
    const { ports, store, went, link } = await to({ ...holding, externalUserId: bsuid.user });
    await link();
    await store(stored(bsuid, { facts: OPEN, restrictions: restrictions({ holding: true }) }));
    await ports.held.append(held(bsuid, 'earlier', { heldAt: 1 }));
    const sent = await sendMessage(ports, request({ pair: bsuid }), at);
    expect([sent.outcome, sent.messages[0]?.sid, went()]).toEqual([
      'sent',
      messageSid(2),
      [
        [bsuid.user, 'earlier'],
        [bsuid.user, 'Hello'],
      ],
    ]);
  });

  test('a text leaves no reply prompt, because the window is open', async () => {
    const { ports, went } = await to(holding);
    await sendMessage(ports, request(), withPrompt);
    expect(went()).toEqual([[phone.user, 'Hello']]);
  });
});

describe('to a user whose window is not open', () => {
  type Row = readonly [string, Changes, SendResult, readonly (readonly string[])[]];
  const refusal = (decision: Decision) =>
    expect.objectContaining({ code: 'WINDOW_NOT_OPEN', message: explain(decision, windowOf(CLOSED)) });
  const closed: Decision = { action: 'template', reason: 'WINDOW_CLOSED', holdBody: false };
  test.each<Row>([
    [
      'a text is refused',
      {},
      result({ outcome: 'refused', decision: refusing, failure: refusal(refusing) }),
      [],
    ],
    [
      'a text with a template is refused where the caller wants that',
      { template: greeting, whenClosed: 'refuse' },
      result({ outcome: 'refused', decision: refusing, failure: refusal(refusing) }),
      [],
    ],
    [
      'a text that matches a template is refused with its own template where the caller wants that',
      { freeForm: text(ready.text), template: greeting, whenClosed: 'refuse' },
      result({ outcome: 'refused', decision: refusing, failure: refusal(refusing) }),
      [],
    ],
    [
      'a text with a template leaves as that template',
      { template: greeting },
      result({ outcome: 'sent', decision: closed, message: queued(contentSid(1)), preview: ready }),
      [[phone.user, contentSid(1)]],
    ],
    [
      'a template leaves',
      onlyTemplate,
      result({ outcome: 'sent', decision: requested, message: queued(contentSid(1)), preview: ready }),
      [[phone.user, contentSid(1)]],
    ],
    [
      'a text that matches a template leaves as that template',
      { freeForm: text(ready.text) },
      result({ outcome: 'sent', decision: matching, message: queued(contentSid(1)), preview: ready }),
      [[phone.user, contentSid(1)]],
    ],
    [
      'a text that matches a template leaves as it where the caller wants a refusal',
      { freeForm: text(ready.text), whenClosed: 'refuse' },
      result({ outcome: 'sent', decision: matching, message: queued(contentSid(1)), preview: ready }),
      [[phone.user, contentSid(1)]],
    ],
    [
      'a text that matches a template leaves as it where the caller wants it held',
      { freeForm: text(ready.text), whenClosed: 'hold' },
      result({ outcome: 'sent', decision: matching, message: queued(contentSid(1)), preview: ready }),
      [[phone.user, contentSid(1)]],
    ],
    [
      'a text that matches a template in another language is refused',
      { freeForm: text(ready.text), language: 'de' },
      result({ outcome: 'refused', decision: refusing, failure: refusal(refusing) }),
      [],
    ],
    [
      'a text with a picture matches no template and is refused',
      { freeForm: { ...text(ready.text), mediaUrls: ['https://example.com/a'] } },
      result({ outcome: 'refused', decision: refusing, failure: refusal(refusing) }),
      [],
    ],
    [
      'a text with a template of the caller’s leaves as that, even if it matches another',
      { freeForm: text(ready.text), template: { ...greeting, ref: 'question', variables: {} } },
      result({ outcome: 'sent', decision: closed, message: queued(contentSid(9)), preview: readyQuestion }),
      [[phone.user, contentSid(9)]],
    ],
  ])('a message leaves as a template or is refused: %s', async (_says, changes, expected, leaves) => {
    const { ports, went, everything } = await to({ facts: CLOSED });
    const before = await everything();
    expect([await sendMessage(ports, request(changes), at), went(), await everything()]).toEqual([
      expected,
      leaves,
      before,
    ]);
  });

  test.each<readonly [string, WindowFacts | null, Decision['reason']]>([
    ['never wrote', null, 'NO_INBOUND'],
    ['wrote so long ago that the margin has begun', wrote(DAY - 5 * MINUTE), 'WINDOW_CLOSING'],
    ['has a window that WhatsApp closed', closedByWhatsApp(HOUR), 'CLOSED_BY_WHATSAPP'],
  ])('a text is refused with the reason that the user %s', async (_says, facts, reason) => {
    const { ports } = await to(facts && { facts });
    const decision = { action: 'refuse', reason } as Decision;
    const window = windowOf(facts ?? NO_FACTS);
    expect(await sendMessage(ports, request(), at)).toEqual(
      result({
        ...{ outcome: 'refused', decision, window },
        failure: expect.objectContaining({ code: 'WINDOW_NOT_OPEN', message: explain(decision, window) }),
      }),
    );
  });

  test.each<readonly [string, Changes]>([
    ['a text', {}],
    ['a text to be held', { whenClosed: 'hold' }],
    ['a text that matches a template', { freeForm: text(ready.text) }],
    ['a template', onlyTemplate],
  ])('nothing is sent to a user who opted out: not %s', async (_says, changes) => {
    const { ports, went, everything } = await to({
      facts: OPEN,
      restrictions: restrictions({ optedOutAt: NOON - DAY }),
    });
    const before = await everything();
    const decision: Decision = { action: 'refuse', reason: 'OPTED_OUT' };
    const window = windowOf(OPEN);
    expect([await sendMessage(ports, request(changes), withPrompt), went(), await everything()]).toEqual([
      result({
        ...{ outcome: 'refused', decision, window },
        failure: expect.objectContaining({ code: 'OPTED_OUT', message: explain(decision, window) }),
      }),
      [],
      before,
    ]);
  });

  test('an unapproved template does not leave', async () => {
    const { ports, templates, went } = await to({ facts: CLOSED });
    templates.splice(0, 1, template(1, { status: 'pending' }));
    expect([await sendMessage(ports, request(onlyTemplate), at), went()]).toEqual([
      result({
        outcome: 'failed',
        decision: requested,
        failure: expect.objectContaining({ code: 'TEMPLATE_PROBLEM' }),
      }),
      [],
    ]);
  });

  test('a text is neither sent nor refused while the catalogue cannot tell whether it matches a template', async () => {
    const { ports, went } = await to({ facts: CLOSED });
    const templates = { ...ports.templates, all: failing('STATE_UNAVAILABLE') };
    expect([await sendMessage({ ...ports, templates }, request(), at), went()]).toEqual([
      result({ outcome: 'failed', decision: refusing, failure: failure('STATE_UNAVAILABLE') }),
      [],
    ]);
  });
});

describe('with whenClosed "hold" and a closed window', () => {
  const hold = { whenClosed: 'hold' } as const;
  const careOf = async ({ ports }: Awaited<ReturnType<typeof to>>) =>
    (await ports.windows.read(phone))?.restrictions;

  test('a text is held without a reply prompt where none is set', async () => {
    const staged = await to({ facts: CLOSED });
    const sent = await sendMessage(staged.ports, request({ ...hold, key: 'k' }), at);
    expect([comparable(sent), staged.went(), await careOf(staged), (await staged.everything()).held]).toEqual(
      [
        result({ outcome: 'held', decision: toHold(false), held: until }),
        [],
        restrictions({ holding: true }),
        [
          {
            ...held(phone, 'Hello', { heldAt: NOON, expiresAt: NOON + 7 * DAY, key: 'k' }),
            ...{ id: '0', acceptedAt: NOON, sendingSince: null, notThese: [], joint: null },
            ...{ group: expect.any(String), token: expect.any(String) },
          },
        ],
      ],
    );
  });

  test('a text is held and a reply prompt is sent', async () => {
    const staged = await to({ facts: CLOSED });
    const sent = await sendMessage(staged.ports, request({ ...hold, sendAt: NOON + HOUR }), withPrompt);
    expect([
      comparable(sent),
      staged.sent.map(({ message, sendAt }) => [message, sendAt]),
      await careOf(staged),
    ]).toEqual([
      result({
        ...{ outcome: 'held', decision: toHold(true), held: until, preview: readyQuestion },
        ...{ message: queued(contentSid(9)), window: windowOf(CLOSED, NOON + HOUR) },
      }),
      // The question goes now, whenever the text was wanted.
      [[readyQuestion.message, null]],
      restrictions({ holding: true, promptedAt: NOON, promptSid: messageSid(1) }),
    ]);
    expect((await staged.everything()).held.map(({ sendAt }) => sendAt)).toEqual([NOON + HOUR]);
  });

  test('a text is held and the template that the caller gave is sent as the reply prompt', async () => {
    const staged = await to({ facts: CLOSED });
    const sent = await sendMessage(staged.ports, request({ ...hold, template: greeting }), withPrompt);
    expect([comparable(sent), staged.went(), await careOf(staged)]).toEqual([
      result({
        ...{ outcome: 'sent', decision: { action: 'template', reason: 'WINDOW_CLOSED', holdBody: true } },
        ...{ held: until, preview: ready, message: queued(contentSid(1)) },
      }),
      [[phone.user, contentSid(1)]],
      restrictions({ holding: true, promptedAt: NOON, promptSid: messageSid(1) }),
    ]);
  });

  describe('no second reply prompt is sent', () => {
    const prompted = { holding: true, promptedAt: NOON - HOUR, promptSid: messageSid(77) };
    const asked = { facts: CLOSED, restrictions: restrictions(prompted) };
    type Row = readonly [string, Changes, number, Decision, readonly string[]];
    const byTemplate: Decision = { action: 'template', reason: 'WINDOW_CLOSED', holdBody: true };
    test.each<Row>([
      ['a held text is still waiting', hold, NOON + 1, toHold(false), []],
      ['the held text expires now, so a new reply prompt is sent', hold, NOON, toHold(true), [contentSid(9)]],
      [
        'a held text is still waiting, and the caller’s template is not sent either',
        { ...hold, template: greeting },
        NOON + 1,
        toHold(false),
        [],
      ],
      [
        'the held text expires now, so the caller’s template is sent',
        { ...hold, template: greeting },
        NOON,
        byTemplate,
        [contentSid(1)],
      ],
    ])('while the first is unanswered: %s', async (_says, changes, expiresAt, decision, questions) => {
      const { ports, went } = await to(asked);
      await ports.held.append(held(phone, 'earlier', { expiresAt }));
      const sent = await sendMessage(ports, request(changes), withPrompt);
      expect([sent.decision, went().map(([, what]) => what), waits(sent.held)]).toEqual([
        decision,
        questions,
        { ...until, id: '1' },
      ]);
    });

    test('while one held text waits, though another has expired', async () => {
      const { ports, went } = await to(asked);
      await ports.held.append(held(phone, 'expired', { expiresAt: NOON }));
      await ports.held.append(held(phone, 'waits'));
      expect([(await sendMessage(ports, request(hold), withPrompt)).decision, went()]).toEqual([
        toHold(false),
        [],
      ]);
    });

    test('by the other of two calls at the same time', async () => {
      const { ports, went } = await to({ facts: CLOSED });
      const calls = [1, 2].map(() => sendMessage(ports, request({ ...hold, template: greeting }), at));
      const sent = await Promise.all(calls);
      expect([sent.map(({ outcome }) => outcome).sort(), went().length]).toEqual([['held', 'sent'], 1]);
    });

    test('a text that leaves as the template it matches does not read the queue', async () => {
      const { ports } = await to(asked);
      const away = { ...ports, held: { ...ports.held, list: failing('STATE_UNAVAILABLE') } };
      expect((await sendMessage(away, request({ template: greeting }), at)).outcome).toBe('sent');
    });
  });

  test.each<readonly [FailureCode, number | null]>([
    ['TWILIO_REJECTED', null],
    ['RATE_LIMITED', null],
    ['OUTCOME_UNKNOWN', NOON],
  ])(
    'a text is held where its reply prompt fails (%s), which the next text sends where it certainly did not leave',
    async (code, promptedAt) => {
      const staged = await to({ facts: CLOSED });
      const messenger = moody(staged.ports.messenger, [code]);
      const sent = await sendMessage({ ...staged.ports, messenger }, request(hold), withPrompt);
      expect([comparable(sent), await careOf(staged)]).toEqual([
        result({ outcome: 'held', decision: toHold(false), held: until, failure: failure(code) }),
        restrictions({ holding: true, promptedAt }),
      ]);
    },
  );

  test('a text is held where the caller’s own template fails, as the caller wants', async () => {
    const { ports } = await to({ facts: CLOSED });
    const messenger = moody(ports.messenger, ['RATE_LIMITED']);
    const sent = await sendMessage({ ...ports, messenger }, request({ ...hold, template: greeting }), at);
    expect(comparable(sent)).toEqual(
      result({ outcome: 'held', decision: toHold(false), held: until, failure: failure('RATE_LIMITED') }),
    );
  });

  test('a text is held where neither the template nor its failure can be stored', async () => {
    const { ports } = await to({ facts: CLOSED });
    let changes = 0;
    const windows = {
      ...ports.windows,
      change: (...asked: Parameters<typeof ports.windows.change>) => {
        changes += 1;
        return changes > 1 ? failing('STATE_UNAVAILABLE')() : ports.windows.change(...asked);
      },
    };
    const away = { ...ports, windows, messenger: moody(ports.messenger, ['RATE_LIMITED']) };
    expect((await sendMessage(away, request(hold), withPrompt)).outcome).toBe('held');
  });

  test('a text is not held where FALLBACK_TEMPLATE cannot be sent, because no reply prompt would ever leave', async () => {
    const { ports, templates, everything } = await to({ facts: CLOSED });
    const before = await everything();
    templates.splice(1, 1, { ...question, status: 'rejected' });
    const reasons = expect.stringMatching(/^The template "question" cannot be sent: its status is rejected/);
    expect([await sendMessage(ports, request(hold), withPrompt), await everything()]).toEqual([
      result({
        ...{ outcome: 'failed', decision: toHold(false) },
        failure: expect.objectContaining({
          code: 'MISCONFIGURED',
          message: expect.stringMatching(
            /^FALLBACK_TEMPLATE cannot be sent, so nothing was held: The template "question"/,
          ),
          problems: [{ field: 'FALLBACK_TEMPLATE', message: reasons }],
        }),
      }),
      before,
    ]);
  });

  test('all problems of FALLBACK_TEMPLATE are reported', async () => {
    const { ports, templates } = await to({ facts: CLOSED });
    templates.splice(1, 1, { ...question, text: '{{1}} {{2}}', placeholders: ['1', '2'] });
    const sent = await sendMessage(ports, request(hold), withPrompt);
    expect(sent.failure?.problems).toEqual([
      {
        field: 'FALLBACK_TEMPLATE',
        message:
          'Placeholder {{1}} has no value: add it to contentVariables. Placeholder {{2}} has no value: add it to contentVariables.',
      },
    ]);
  });

  test.each<readonly [FailureCode, SendResult['outcome'], number]>([
    ['STATE_UNAVAILABLE', 'held', 1],
    ['RATE_LIMITED', 'held', 1],
    ['MISCONFIGURED', 'failed', 0],
  ])(
    'a text is held without the template catalogue, unless a setting is wrong: %s',
    async (code, outcome, count) => {
      const { ports, everything } = await to({ facts: CLOSED });
      const templates = { all: failing(code), bySid: failing(code) };
      const sent = await sendMessage({ ...ports, templates }, request(hold), withPrompt);
      expect([sent.outcome, sent.failure?.code ?? null, (await everything()).held.length]).toEqual([
        outcome,
        outcome === 'held' ? null : code,
        count,
      ]);
    },
  );

  test('a text whose reply prompt fails for any other reason reports that failure', async () => {
    const { ports, everything } = await to({ facts: CLOSED });
    const before = await everything();
    const bySid = { ...withPrompt, fallbackTemplate: contentSid(9) };
    const away = { ...ports, templates: { ...ports.templates, bySid: failing('MISCONFIGURED') } };
    expect([await sendMessage(away, request(hold), bySid), await everything()]).toEqual([
      result({ outcome: 'failed', decision: toHold(false), failure: failure('MISCONFIGURED') }),
      before,
    ]);
    const mistake = new TypeError('a mistake');
    const broken = { ...ports, templates: { ...ports.templates, bySid: () => Promise.reject(mistake) } };
    await expect(sendMessage(broken, request(hold), bySid)).rejects.toBe(mistake);
  });

  test('a text is refused where the queue is full', async () => {
    const { ports, went } = await to({ facts: CLOSED });
    for (let count = 0; count < 100; count += 1) await ports.held.append(held(phone, String(count)));
    const sent = await sendMessage(ports, request(hold), withPrompt);
    expect([sent.outcome, sent.failure?.code, went()]).toEqual(['refused', 'HELD_LIMIT_REACHED', []]);
  });

  test('a text fails where the store is unavailable', async () => {
    const { ports } = await to({ facts: CLOSED });
    const away = { ...ports, held: { ...ports.held, append: failing('STATE_UNAVAILABLE') } };
    expect(await sendMessage(away, request(hold), at)).toEqual(
      result({ outcome: 'failed', decision: toHold(false), failure: failure('STATE_UNAVAILABLE') }),
    );
  });

  test('a text is held for the person, and a later owner of the number does not get it', async () => {
    const { ports, everything } = await to({ facts: CLOSED, externalUserId: bsuid.user });
    await sendMessage(ports, request(hold), at);
    const { windows, held: waiting } = await everything();
    expect([
      waiting.map(({ externalUserId }) => externalUserId),
      windows.map(({ pair }) => pair.user),
    ]).toEqual([[bsuid.user], [phone.user]]);
  });
});

describe('a scheduled message', () => {
  /** The window closes in 23 hours. */
  const end = NOON + 23 * HOUR - 5 * MINUTE;

  test.each<readonly [string, number, Partial<SendResult> & Pick<SendResult, 'outcome'>]>([
    ['the window will be open then', end - 1, { outcome: 'scheduled', decision: freeForm }],
    [
      'the window will not be open then',
      end,
      { outcome: 'refused', decision: { action: 'refuse', reason: 'WINDOW_CLOSING' } },
    ],
  ])('is decided for its time: %s', async (_says, sendAt, expected) => {
    const { ports, sent } = await to({ facts: OPEN });
    const isSent = expected.outcome === 'scheduled';
    expect(await sendMessage(ports, request({ sendAt }), at)).toEqual(
      result({
        ...expected,
        window: windowOf(OPEN, sendAt),
        message: isSent ? { sid: messageSid(1), status: 'scheduled', contentSid: null } : null,
        failure: isSent ? null : expect.objectContaining({ code: 'WINDOW_NOT_OPEN' }),
      }),
    );
    expect(sent.map((one) => one.sendAt)).toEqual(isSent ? [sendAt] : []);
  });

  test.each([
    ['now', null, false],
    ['later', NOON + HOUR, true],
  ])(
    'is decided by the stored record, not by the container’s memory: it leaves %s',
    async (_when, sendAt, fresh) => {
      const { ports } = await to({ facts: OPEN });
      const asked: unknown[] = [];
      const windows = {
        ...ports.windows,
        read: (...what: Parameters<typeof ports.windows.read>) => {
          asked.push(what[1]);
          return ports.windows.read(...what);
        },
      };
      await sendMessage({ ...ports, windows }, request({ sendAt }), at);
      // After scheduling it is looked again whether a STOP came meanwhile.
      expect(asked).toEqual(fresh ? [true, true] : [false]);
    },
  );
});

describe('a dry run', () => {
  type Row = readonly [string, Partial<ContactRecord> | null, Changes, Partial<SendResult>];
  test.each<Row>([
    ['a text in an open window', { facts: OPEN }, {}, { decision: freeForm, window: windowOf(OPEN) }],
    ['a text in a closed window', { facts: CLOSED }, {}, { decision: refusing }],
    [
      'a text to be held',
      { facts: CLOSED },
      { whenClosed: 'hold' },
      { decision: toHold(true), preview: readyQuestion },
    ],
    ['a template', { facts: CLOSED }, onlyTemplate, { decision: requested, preview: ready }],
    [
      'a text to a stranger, of whom nothing is remembered either',
      null,
      {},
      { decision: { action: 'refuse', reason: 'NO_INBOUND' }, window: windowOf(NO_FACTS) },
    ],
  ])('decides without sending or storing: %s', async (_says, window, changes, expected) => {
    const { ports, went, everything } = await to(window);
    const before = await everything();
    const sent = await sendMessage(ports, request({ ...changes, dryRun: true }), withPrompt);
    expect([sent, went(), await everything()]).toEqual([
      result({ outcome: 'dry-run', ...expected }),
      [],
      before,
    ]);
  });

  test('fails for a template that cannot be sent, as sending would', async () => {
    const { ports } = await to({ facts: CLOSED });
    const sent = await sendMessage(
      ports,
      request({ freeForm: null, template: { ...greeting, variables: {} }, dryRun: true }),
      at,
    );
    expect([sent.outcome, sent.failure?.problems.map(({ field }) => field)]).toEqual([
      'failed',
      ['contentVariables.1'],
    ]);
  });
});

describe('to a user whose record cannot be read', () => {
  const unknown = (action: 'template' | 'refuse'): Decision =>
    action === 'template'
      ? { action, reason: 'STATE_UNAVAILABLE', holdBody: false }
      : { action, reason: 'STATE_UNAVAILABLE' };
  const refusal = expect.objectContaining({
    code: 'STATE_UNAVAILABLE',
    message: explain(unknown('refuse'), null),
  });
  const sentAsTemplate = {
    outcome: 'sent',
    decision: unknown('template'),
    message: queued(contentSid(1)),
    preview: ready,
  } as const;
  type Row = readonly [string, Changes, Partial<SendResult> & Pick<SendResult, 'outcome'>];
  test.each<Row>([
    ['a text does not leave', {}, { outcome: 'failed', decision: unknown('refuse'), failure: refusal }],
    [
      'a text is neither held nor matched with a template',
      { whenClosed: 'hold', freeForm: text(ready.text) },
      { outcome: 'failed', decision: unknown('refuse'), failure: refusal },
    ],
    ['a template leaves', onlyTemplate, sentAsTemplate],
    [
      'a text with a template leaves as that template',
      { template: greeting, whenClosed: 'hold' },
      sentAsTemplate,
    ],
  ])('only a template leaves: %s', async (_says, changes, expected) => {
    const { ports, everything } = await to({ facts: OPEN });
    const before = await everything();
    for (const code of ['STATE_UNAVAILABLE', 'RATE_LIMITED'] as const) {
      const windows = { ...ports.windows, read: failing(code) };
      const messageLog = { ...ports.messageLog, newestInbound: failing(code) };
      const sent = await sendMessage(
        { ...ports, windows, messageLog, messenger: stage().ports.messenger },
        request(changes),
        withPrompt,
      );
      expect(sent).toEqual(result({ window: null, ...expected }));
    }
    expect(await everything()).toEqual(before);
  });

  test('an unapproved template does not leave, because the window may be closed', async () => {
    const { ports, templates } = await to({ facts: OPEN });
    templates.splice(0, 1, template(1, { status: 'pending' }));
    const windows = { ...ports.windows, read: failing('STATE_UNAVAILABLE') };
    const messageLog = { ...ports.messageLog, newestInbound: failing('STATE_UNAVAILABLE') };
    const away = { ...ports, windows, messageLog };
    expect((await sendMessage(away, request(onlyTemplate), at)).failure?.code).toBe('TEMPLATE_PROBLEM');
  });

  test('a message fails with the setting’s error where a setting is wrong', async () => {
    const { ports } = await to({ facts: OPEN });
    const windows = { ...ports.windows, read: failing('MISCONFIGURED') };
    await expect(sendMessage({ ...ports, windows }, request(onlyTemplate), at)).rejects.toEqual(
      failure('MISCONFIGURED'),
    );
  });

  test('a message is decided without the record after 4.5 s, so that time is left for sending', async () => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
    try {
      const { ports, went } = await to({ facts: OPEN });
      const never = () => new Promise<never>(() => undefined);
      const windows = { ...ports.windows, read: never };
      const messageLog = { ...ports.messageLog, newestInbound: never };
      const sending = sendMessage({ ...ports, windows, messageLog }, request(onlyTemplate), at);
      await jest.advanceTimersByTimeAsync(2500 + 1999);
      const before = went().length;
      await jest.advanceTimersByTimeAsync(1);
      expect([before, await sending]).toEqual([0, result({ window: null, ...sentAsTemplate })]);
      // And nothing keeps the process awake where it was found in time.
      await sendMessage(ports, request(), at);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a look at the record that is given up after 2.5 s stores nothing afterwards, which a STOP may have overtaken', async () => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
    try {
      const { ports } = stage();
      const remembered: unknown[] = [];
      const slowly = async () => {
        await new Promise((resolve) => setTimeout(resolve, 2501));
        return undefined;
      };
      const remember = async (one: unknown) => void remembered.push(one);
      const windows = { ...ports.windows, read: slowly, remember };
      const sending = sendMessage({ ...ports, windows }, request(), at);
      await jest.advanceTimersByTimeAsync(5000);
      expect([(await sending).decision?.reason, remembered]).toEqual(['NO_INBOUND', []]);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a message that Twilio does not accept', () => {
  test.each<FailureCode>(['TWILIO_REJECTED', 'RATE_LIMITED', 'STATE_UNAVAILABLE', 'OUTCOME_UNKNOWN'])(
    'is reported with the decision and the failure: %s',
    async (code) => {
      const { ports } = await to({ facts: OPEN });
      const messenger = moody(ports.messenger, [code]);
      expect(await sendMessage({ ...ports, messenger }, request(), at)).toEqual(
        result({ outcome: 'failed', decision: freeForm, window: windowOf(OPEN), failure: failure(code) }),
      );
    },
  );

  test.each([
    ['in a text', OPEN, {}],
    ['in a reply prompt', CLOSED, { whenClosed: 'hold' as const }],
  ])('throws where the fault is ours: %s', async (_says, facts, changes) => {
    const { ports } = await to({ facts });
    const mistake = new TypeError('a mistake');
    const messenger = moody(ports.messenger, [mistake]);
    await expect(sendMessage({ ...ports, messenger }, request(changes), withPrompt)).rejects.toBe(mistake);
  });
});

describe('the reply prompt', () => {
  test('is not sent where none is set', async () => {
    const { ports } = await to(null);
    expect(await replyPrompt(ports.templates, request(), null)).toBeNull();
  });

  test('is sent in the caller’s language', async () => {
    const { ports, templates } = await to(null);
    templates.push({ ...question, contentSid: contentSid(8), language: 'de', text: 'Antworten Sie.' });
    const found = await Promise.all(
      ['en', 'de'].map((language) => replyPrompt(ports.templates, request({ language }), 'question')),
    );
    expect(found.map((one) => one?.message.contentSid)).toEqual([contentSid(9), contentSid(8)]);
  });

  test('is sent only where it may be sent now', async () => {
    const { ports, templates } = await to(null);
    templates.splice(1, 1, { ...question, status: 'pending' });
    await expect(replyPrompt(ports.templates, request(), 'question')).rejects.toMatchObject({
      code: 'TEMPLATE_PROBLEM',
    });
  });
});

describe('a message with several attachments', () => {
  const urls = (...names: string[]) => names.map((name) => `https://example.com/${name}`);
  const pictures = { freeForm: { ...text('Look'), mediaUrls: urls('a', 'b', 'c') } };
  const what = (message: OutboundMessage) =>
    message.kind === 'free-form' ? [message.body, message.mediaUrls] : [];
  const [a, b, c] = [
    ['Look', urls('a')],
    ['', urls('b')],
    ['', urls('c')],
  ];

  test('leaves as one message for each, in order, and only the first has the template for its refusal', async () => {
    const { ports, sent } = await to({ facts: OPEN });
    const answer = await sendMessage(ports, request({ ...pictures, template: greeting }), at);
    expect(answer).toEqual(
      result({
        ...{ outcome: 'sent', decision: freeForm, window: windowOf(OPEN) },
        messages: [1, 2, 3].map((number) => ({ ...queued(null), sid: messageSid(number) })),
      }),
    );
    expect(sent.map(({ message }) => what(message))).toEqual([a, b, c]);
    const records = await Promise.all(
      sent.map(({ sentAs }) => ports.sendRecords.read(sentAs.as === 'record' ? sentAs.id : '')),
    );
    expect(records.map((record) => record?.template)).toEqual([greeting, null, null]);
  });

  test.each<readonly [FailureCode, string, SendResult['failure'], readonly unknown[]]>([
    ['RATE_LIMITED', 'one that has to wait is held with those behind it', null, [b, c]],
    [
      'OUTCOME_UNKNOWN',
      'one that may have left is not sent again, and those behind it are held',
      failure('OUTCOME_UNKNOWN'),
      [c],
    ],
    [
      'TWILIO_REJECTED',
      'one that Twilio refuses is told, and none behind it leaves',
      failure('TWILIO_REJECTED'),
      [],
    ],
  ])('reports a failure in the middle (%s): %s', async (code, _says, expected, waiting) => {
    const { ports, sent, everything } = await to({ facts: OPEN });
    const messenger = moody(ports.messenger, [null, code]);
    const answer = await sendMessage({ ...ports, messenger }, request(pictures), at);
    expect([answer.outcome, answer.messages.map(({ sid }) => sid), answer.failure?.code ?? null]).toEqual([
      'sent',
      [messageSid(1)],
      expected?.code ?? null,
    ]);
    expect(sent.map(({ message }) => what(message))).toEqual([a]);
    expect((await everything()).held.map(({ message }) => what(message))).toEqual(waiting);
  });

  test('ends with a STOP: at most the one that is on its way leaves after it', async () => {
    const { ports, store, sent, everything } = await to({ facts: OPEN });
    const messenger: Messenger = {
      ...ports.messenger,
      async send(dispatch) {
        const answer = await ports.messenger.send(dispatch);
        await store(stored(phone, { facts: OPEN, restrictions: restrictions({ optedOutAt: NOON }) }));
        return answer;
      },
    };
    const answer = await sendMessage({ ...ports, messenger }, request(pictures), at);
    expect([answer.outcome, answer.messages.length, answer.failure?.code, answer.failure?.message]).toEqual([
      'sent',
      sent.length,
      'OPTED_OUT',
      `${sent.length} of 3 messages went out. The user asked not to be written to (STOP).`,
    ]);
    expect([sent.length <= 2, (await everything()).held]).toEqual([true, []]);
  });

  test('goes on where it cannot be read whether a STOP came', async () => {
    const { ports, sent } = await to({ facts: OPEN });
    let isRead = false;
    const windows: ContactStore = {
      ...ports.windows,
      async read(...parameters) {
        if (isRead) throw failure('STATE_UNAVAILABLE');
        isRead = true;
        return ports.windows.read(...parameters);
      },
    };
    const answer = await sendMessage({ ...ports, windows }, request(pictures), at);
    expect([answer.outcome, answer.failure, sent.map(({ message }) => what(message))]).toEqual([
      'sent',
      null,
      [a, b, c],
    ]);
  });

  test('is held as one message for each, and released in order', async () => {
    const { ports, store, sent, everything } = await to({ facts: CLOSED });
    await sendMessage(ports, request({ ...pictures, whenClosed: 'hold' }), at);
    expect((await everything()).held.map(({ message }) => what(message))).toEqual([a, b, c]);
    await store(stored(phone, { facts: OPEN, restrictions: restrictions({ holding: true }) }));
    await sendMessage(ports, request(), at);
    expect(sent.map(({ message }) => what(message))).toEqual([a, b, c, ['Hello', []]]);
  });
});

describe('a message of the user that arrives while a text is being held', () => {
  /** Stores it as the hold writes its restriction. */
  const meanwhile = async (changes: Partial<ContactRecord>) => {
    const staged = await to({ facts: CLOSED });
    let isDone = false;
    const windows: ContactStore = {
      ...staged.ports.windows,
      async change(pair, change) {
        if (!isDone) {
          isDone = true;
          await staged.store(stored(phone, changes));
        }
        return staged.ports.windows.change(pair, change);
      },
    };
    return { ...staged, ports: { ...staged.ports, windows } };
  };

  test('opens the window: the text leaves at once without a reply prompt', async () => {
    const { ports, went, everything } = await meanwhile({ facts: wrote(0) });
    const sent = await sendMessage(ports, request({ whenClosed: 'hold' }), withPrompt);
    expect(sent).toEqual(
      result({
        ...{ outcome: 'sent', decision: freeForm, window: windowOf(wrote(0)) },
        message: queued(null),
      }),
    );
    expect([went(), (await everything()).held]).toEqual([[[phone.user, 'Hello']], []]);
  });

  test('is a STOP: nothing leaves, and nothing is held', async () => {
    const { ports, went, everything } = await meanwhile({
      facts: wrote(0),
      restrictions: restrictions({ optedOutAt: NOON }),
    });
    const sent = await sendMessage(ports, request({ whenClosed: 'hold' }), withPrompt);
    expect([sent.outcome, sent.decision?.reason, sent.failure?.code]).toEqual([
      'refused',
      'OPTED_OUT',
      'OPTED_OUT',
    ]);
    expect([went(), (await everything()).held]).toEqual([[], []]);
  });
});

describe('a reply prompt that may or may not have left', () => {
  const unknownPrompt = (ago: number) => ({
    facts: CLOSED,
    restrictions: restrictions({ holding: true, promptedAt: NOON - ago }),
  });
  test.each<readonly [string, number, boolean, boolean]>([
    ['it is not sent again while another call may be sending it', 24_999, false, false],
    ['it is sent again once the log shows that nothing left', 25_000, false, true],
    ['it is not sent again where the log has it', 25_000, true, false],
  ])('is sent again only where it certainly did not leave: %s', async (_says, ago, isLogged, isAsked) => {
    const { ports, went, weWrote } = await to(unknownPrompt(ago));
    await ports.held.append(held(phone, 'earlier'));
    if (isLogged) weWrote(phone, question.text, ago - 1000);
    const sent = await sendMessage(ports, request({ whenClosed: 'hold' }), withPrompt);
    expect([sent.decision, went()]).toEqual([toHold(isAsked), isAsked ? [[phone.user, contentSid(9)]] : []]);
  });
});
