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
      { asked: 'both', state, whenClosed, sent: both, says: `body and template, window ${state}, ${when}` },
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

describe.each([
  ['its Content SID', CODE_SID],
  ['its friendly name', 'lesson_code'],
])('with the template by %s', (_how, template) => {
  test.each(rows.map((row) => [row.says, row.sent, row] as const))(
    '%s: sent is %s',
    async (_says, _sent, row) => {
      const to = people[row.state];
      const before = (await service.outbound(to)).length;

      const answer = await service.send({
        to,
        ...(row.asked !== 'template' && { body: TEXT }),
        ...(row.asked !== 'body' && { template, contentVariables: VARIABLES }),
        ...(row.whenClosed !== undefined && { whenClosed: row.whenClosed }),
      });

      const isTemplate = row.sent === 'template';
      const action = row.sent === 'nothing' ? 'refuse' : row.sent;
      const reason = row.asked === 'template' ? 'TEMPLATE_REQUESTED' : NOT_OPEN[row.state];
      const message = {
        sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
        status: 'queued',
        contentSid: isTemplate ? CODE_SID : null,
      };
      expect(answer).toEqual({
        status: row.sent === 'nothing' ? 409 : 200,
        json: {
          outcome: row.sent === 'nothing' ? 'refused' : 'sent',
          decision: { action, reason, explanation: sentence },
          window: WINDOWS[row.state],
          message: row.sent === 'nothing' ? null : message,
          messages: row.sent === 'nothing' ? [] : [message],
          cost: null,
          held: null,
          preview: isTemplate ? { contentSid: CODE_SID, contentVariables: VARIABLES, text: FILLED } : null,
          error:
            row.sent === 'nothing'
              ? { code: 'WINDOW_NOT_OPEN', message: answer.json.decision?.explanation, problems: [] }
              : null,
        },
      });

      const after = await service.outbound(to);
      expect(
        after.slice(before).map(({ sid, from, text, delivered, contentSid, usedSampleValues }) => ({
          ...{ sid, from, text, delivered, contentSid, usedSampleValues },
        })),
      ).toEqual(
        row.sent === 'nothing'
          ? []
          : [
              {
                sid: answer.json.message?.sid,
                from: SENDER,
                text: isTemplate ? FILLED : TEXT,
                delivered: true,
                contentSid: isTemplate ? CODE_SID : null,
                usedSampleValues: false,
              },
            ],
      );
    },
  );
});

describe('a body that is word for word a template', () => {
  test.each([
    ['goes out as itself while the window is open', 'open', undefined, 'free-form'],
    ['goes out as the template in the margin', 'closing', undefined, 'template'],
    ['goes out as the template when closed', 'closed', undefined, 'template'],
    ['goes out as the template where nobody wrote', 'never', 'template', 'template'],
    ['goes out as the template even if refusing was asked for', 'closed', 'refuse', 'template'],
  ] as const)('%s', async (_says, state, whenClosed, action) => {
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
  });
});

describe('attachments', () => {
  const url = (name: string) => `https://example.com/${name}.jpg`;
  test.each([
    ['one without a text', undefined, url('a'), [['', [url('a')]]]],
    ['one with a text', TEXT, url('a'), [[TEXT, [url('a')]]]],
    [
      'three with a text',
      TEXT,
      ['a', 'b', 'c'].map(url),
      [
        [TEXT, [url('a')]],
        ['', [url('b')]],
        ['', [url('c')]],
      ],
    ],
  ])(
    '%s: each is a free-form message of its own, in order, the text with the first',
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

describe('what the window depends on', () => {
  test('no message of ours opens or extends it', async () => {
    for (const state of ['open', 'closing', 'closed', 'never'] as const) {
      const answer = await service.post<{ window: unknown }>('/window', { to: people[state] });
      expect(answer.json.window).toEqual(WINDOWS[state]);
    }
  });

  test('another sender of ours has a window of its own', async () => {
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

  test('the address may be written without the prefix', async () => {
    const { json } = await service.send({ to: people.open.slice('whatsapp:'.length), body: TEXT });
    expect([json.outcome, json.window]).toEqual(['sent', WINDOWS.open]);
  });

  test('the next inbound message opens it again', async () => {
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
