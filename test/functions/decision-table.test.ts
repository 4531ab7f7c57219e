/**
 * The table "What is sent", row by row, through HTTP: what is answered and what WhatsApp delivered. The clock stands
 * still, so every answer is compared whole. What is held is tested elsewhere.
 */
import { DAY_MS, HOUR_MS, iso, NOON, newUser, SENDER, type SendAnswer, useService } from './service';

const service = useService();
const TEXT = 'Anything else?';
const CODE_SID = 'HX00000000000000000000000000000001';
const FILLED = 'Your hacker code is 1337.';
const VARIABLES = { 1: 'hacker', 2: '1337' };

const people = { open: newUser(), closing: newUser(), closed: newUser(), never: newUser() };
type State = keyof typeof people;

beforeAll(async () => {
  await service.freeze(NOON - DAY_MS);
  await service.inbound(people.closed);
  await service.advance(60_000);
  await service.inbound(people.closing);
  await service.freeze(NOON - HOUR_MS);
  await service.inbound(people.open);
  await service.freeze(NOON);
});

const since = (lastInboundAt: number) => ({
  lastInboundAt: iso(lastInboundAt),
  closesAt: iso(lastInboundAt + DAY_MS),
});
const WINDOWS: Readonly<Record<State, object>> = {
  open: { state: 'open', ...since(NOON - HOUR_MS), secondsLeft: 23 * 3600, source: 'sync' },
  closing: { state: 'closing', ...since(NOON - DAY_MS + 60_000), secondsLeft: 60, source: 'sync' },
  closed: { state: 'closed', ...since(NOON - DAY_MS), secondsLeft: 0, source: 'sync' },
  never: { state: 'never', lastInboundAt: null, closesAt: null, secondsLeft: 0, source: 'none' },
};
const NOT_OPEN: Readonly<Record<State, string>> = {
  open: 'WINDOW_OPEN',
  closing: 'WINDOW_CLOSING',
  closed: 'WINDOW_CLOSED',
  never: 'NO_INBOUND',
};
const sentence = expect.stringMatching(/^[A-Z].*\.$/);

interface Row {
  readonly asked: 'body' | 'template' | 'both';
  readonly state: State;
  readonly whenClosed: 'template' | 'refuse' | undefined;
  readonly sent: 'free-form' | 'template' | 'nothing';
  readonly says: string;
}

const rows: readonly Row[] = (['open', 'closing', 'closed', 'never'] as const).flatMap((state) =>
  ([undefined, 'template', 'refuse'] as const).flatMap((whenClosed): readonly Row[] => {
    const when = whenClosed === undefined ? 'by default' : `when closed: ${whenClosed}`;
    const isOpen = state === 'open';
    const both = isOpen ? 'free-form' : whenClosed === 'refuse' ? 'nothing' : 'template';
    const body = isOpen ? 'free-form' : 'nothing';
    return [
      { asked: 'body', state, whenClosed, sent: body, says: `a body, window ${state}, ${when}` },
      {
        asked: 'both',
        state,
        whenClosed,
        sent: both,
        says: `a body with a template, window ${state}, ${when}`,
      },
      {
        asked: 'template',
        state,
        whenClosed,
        sent: 'template',
        says: `a template, window ${state}, ${when}`,
      },
    ];
  }),
);

const reasonOf = ({ asked, state }: Row) => (asked === 'template' ? 'TEMPLATE_REQUESTED' : NOT_OPEN[state]);

const refusal = (reason: string, window: object, explanation: string | undefined) => ({
  status: 409,
  json: {
    outcome: 'refused',
    decision: { action: 'refuse', reason, explanation: sentence },
    ...{ window, message: null, messages: [], cost: null, held: null, preview: null },
    error: { code: 'WINDOW_NOT_OPEN', message: explanation, problems: [] },
  },
});

function delivery(action: 'free-form' | 'template', reason: string, window: object) {
  const isTemplate = action === 'template';
  const sid = expect.stringMatching(/^SM[0-9a-f]{32}$/);
  const message = { sid, status: 'queued', contentSid: isTemplate ? CODE_SID : null };
  const preview = { contentSid: CODE_SID, contentVariables: VARIABLES, text: FILLED };
  return {
    status: 200,
    json: {
      outcome: 'sent',
      decision: { action, reason, explanation: sentence },
      ...{ window, message, messages: [message], cost: null, held: null },
      ...{ preview: isTemplate ? preview : null, error: null },
    },
  };
}

const atWhatsApp = (action: 'free-form' | 'template', sid: string | undefined) => ({
  ...{ sid, from: SENDER, delivered: true, usedSampleValues: false },
  ...(action === 'template' ? { text: FILLED, contentSid: CODE_SID } : { text: TEXT, contentSid: null }),
});

describe.each([
  ['its Content SID', CODE_SID],
  ['its friendly name', 'lesson_code'],
])('/send-message with the template by %s', (_how, template) => {
  test.each(rows.map((row) => [row.says, row.sent, row] as const))(
    'for %s sends %s',
    async (_says, _sent, row) => {
      const to = people[row.state];
      const before = (await service.outbound(to)).length;

      const answer = await service.send({
        to,
        ...(row.asked !== 'template' && { body: TEXT }),
        ...(row.asked !== 'body' && { template, contentVariables: VARIABLES }),
        ...(row.whenClosed !== undefined && { whenClosed: row.whenClosed }),
      });

      const [reason, window] = [reasonOf(row), WINDOWS[row.state]];
      expect(answer).toEqual(
        row.sent === 'nothing'
          ? refusal(reason, window, answer.json.decision?.explanation)
          : delivery(row.sent, reason, window),
      );

      const after = await service.outbound(to);
      expect(
        after.slice(before).map(({ sid, from, text, delivered, contentSid, usedSampleValues }) => ({
          ...{ sid, from, text, delivered, contentSid, usedSampleValues },
        })),
      ).toEqual(row.sent === 'nothing' ? [] : [atWhatsApp(row.sent, answer.json.message?.sid)]);
    },
  );
});

describe('a body that matches a template word for word', () => {
  test.each([
    ['it leaves as itself while the window is open', 'open', undefined, 'free-form'],
    ['it leaves as the template in the margin', 'closing', undefined, 'template'],
    ['it leaves as the template in a closed window', 'closed', undefined, 'template'],
    ['it leaves as the template where the user never wrote', 'never', 'template', 'template'],
    ['it leaves as the template even where the caller wants a refusal', 'closed', 'refuse', 'template'],
  ] as const)(
    'leaves as itself only while the window is open: %s',
    async (_says, state, whenClosed, action) => {
      const to = people[state];
      const { status, json } = await service.send({ to, body: FILLED, ...(whenClosed && { whenClosed }) });
      const isTemplate = action === 'template';
      const message = { sid: expect.any(String), status: 'queued', contentSid: isTemplate ? CODE_SID : null };
      expect({ status, ...json }).toEqual({
        status: 200,
        outcome: 'sent',
        decision: {
          action,
          reason: isTemplate ? 'BODY_MATCHES_TEMPLATE' : 'WINDOW_OPEN',
          explanation: sentence,
        },
        window: WINDOWS[state],
        message,
        messages: [message],
        cost: null,
        held: null,
        preview: isTemplate ? { contentSid: CODE_SID, contentVariables: VARIABLES, text: FILLED } : null,
        error: null,
      });
      const [last] = (await service.outbound(to)).slice(-1);
      expect(last).toMatchObject({ text: FILLED, delivered: true, usedSampleValues: false });
    },
  );
});

describe('a message with attachments', () => {
  const url = (name: string) => `https://example.com/${name}.jpg`;
  test.each([
    ['one attachment without a text', undefined, url('a'), [['', [url('a')]]]],
    ['one attachment with a text', TEXT, url('a'), [[TEXT, [url('a')]]]],
    [
      'three attachments with a text',
      TEXT,
      ['a', 'b', 'c'].map(url),
      [
        [TEXT, [url('a')]],
        ['', [url('b')]],
        ['', [url('c')]],
      ],
    ],
    [
      'a voice message with a text, which would not arrive with it',
      TEXT,
      'https://example.com/a.ogg',
      [
        [TEXT, []],
        ['', ['https://example.com/a.ogg']],
      ],
    ],
  ])(
    'leaves as one free-form message for each, in order, with the text in the first or before it: %s',
    async (_says, body, mediaUrl, expected) => {
      const before = (await service.outbound(people.open)).length;
      const { json } = await service.send({ to: people.open, body, mediaUrl });
      expect([json.outcome, json.decision?.action]).toEqual(['sent', 'free-form']);
      const sent = (await service.outbound(people.open)).slice(before);
      expect(sent.map(({ text, media, delivered }) => [text, media, delivered])).toEqual(
        expected.map((part) => [...part, true]),
      );
      expect(json.messages).toEqual(sent.map(({ sid }) => ({ sid, status: 'queued', contentSid: null })));
      expect(json.message).toEqual(json.messages[0]);
    },
  );

  test('is refused outside the window', async () => {
    const { status, json } = await service.send({ to: people.closed, mediaUrl: 'https://example.com/a.jpg' });
    expect([status, json.outcome, json.error?.code]).toEqual([409, 'refused', 'WINDOW_NOT_OPEN']);
  });
});

describe('the window that /send-message goes by', () => {
  test('is neither opened nor extended by a message of ours', async () => {
    for (const state of ['open', 'closing', 'closed', 'never'] as const) {
      const answer = await service.post<{ window: unknown }>('/window', { to: people[state] });
      expect(answer.json.window).toEqual(WINDOWS[state]);
    }
  });

  test('is another one for another sender of ours', async () => {
    const { json } = await service.send<SendAnswer>({
      to: people.open,
      from: 'whatsapp:+14155550100',
      body: TEXT,
    });
    expect([json.outcome, json.decision?.reason, json.window]).toEqual([
      'refused',
      'NO_INBOUND',
      WINDOWS.never,
    ]);
  });

  test('is found by an address without the prefix', async () => {
    const { json } = await service.send({ to: people.open.slice('whatsapp:'.length), body: TEXT });
    expect([json.outcome, json.window]).toEqual(['sent', WINDOWS.open]);
  });

  test('opens again with the next inbound message', async () => {
    const to = newUser();
    await service.freeze(NOON);
    await service.inbound(to);
    await service.advance(DAY_MS);
    const closed = await service.send({ to, body: TEXT });
    await service.inbound(to);
    const open = await service.send({ to, body: TEXT });
    expect([closed.json.outcome, open.json.outcome, open.json.window]).toEqual([
      'refused',
      'sent',
      { state: 'open', ...since(NOON + DAY_MS), secondsLeft: 86_400, source: 'sync' },
    ]);
  });
});
