/**
 * /conversations/message-added: what a user writes into a conversation counts like any inbound message, at the time at
 * which it was written, however late or often Conversations tells it; what anybody else writes counts for nothing.
 */
import {
  DAY_MS,
  fields,
  HOUR_MS,
  iso,
  NOON,
  newUser,
  SENDER,
  type SendAnswer,
  Service,
  type TwilioRequest,
  useService,
} from './service';

const service = useService();
const QUESTION = 'We have an answer for you. Reply to this message to read it.';
const PATH = '/conversations/message-added';

interface WindowAnswer {
  readonly window: { readonly state: string; readonly lastInboundAt: string | null } | null;
  readonly recorded: boolean;
  readonly error: SendAnswer['error'];
}

interface Written {
  readonly conversationSid: string;
  readonly participantSid: string;
  readonly messageSid: string;
  readonly webhooks: readonly { readonly status: number | null; readonly body: string }[];
}

const windowJson = (state: string, last: number, secondsLeft: number, source = 'sync') => ({
  ...{ state, lastInboundAt: iso(last), closesAt: iso(last + DAY_MS), secondsLeft, source },
});
const ok = (window: object | null, recorded: boolean) => ({
  status: 200,
  json: { window, recorded, error: null },
});
const NOTHING = ok(null, false);

/** A user writes into their conversation, and Conversations tells it. */
const write = (from: string, more: object = {}) =>
  service.control<Written>('conversation', { from, ...more });
const replay = (messageSid: string) => service.control<Written>('replay', { messageSid });
const answers = ({ webhooks }: Pick<Written, 'webhooks'>) =>
  webhooks.map(({ status, body }) => ({ status, json: JSON.parse(body) as WindowAnswer }));
const windowOf = async (to: string, from = SENDER) =>
  (await service.post<WindowAnswer>('/window', { to, from })).json.window;
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);
const participantReads = (requests: readonly TwilioRequest[]) =>
  requests.filter((request) => request.service === 'conversations').map(({ route }) => route);

/** The webhook as Conversations posts it, with changes. An empty value leaves the parameter out. */
function webhook(of: Written, author: string, changes: Readonly<Record<string, string>> = {}) {
  const parameters = {
    EventType: 'onMessageAdded',
    AccountSid: service.offline.emulator.accountSid,
    ConversationSid: of.conversationSid,
    ParticipantSid: of.participantSid,
    MessageSid: `IM${'1'.repeat(32)}`,
    Index: '7',
    DateCreated: iso(NOON),
    Body: 'Hello',
    Author: author,
    Source: 'WHATSAPP',
    ...changes,
  };
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''));
}
const tell = (parameters: Readonly<Record<string, string>>) => service.studio<WindowAnswer>(PATH, parameters);

/** A call of Conversations' API, as an agent's desk makes it. */
async function conversations(path: string, form: Readonly<Record<string, string>>) {
  const { url, accountSid, authToken } = service.offline.emulator;
  const response = await fetch(`${url}/v1/Conversations${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
    body: new URLSearchParams(form),
  });
  return (await response.json()) as { sid: string };
}
const answersOf = async (author: string) => {
  await service.control('idle');
  const { webhooks } = await service.control<{
    webhooks: readonly { kind: string; params: Record<string, string>; status: number; body: string }[];
  }>('webhooks');
  return answers({
    webhooks: webhooks.filter(({ kind, params }) => kind === 'conversation' && params.Author === author),
  });
};

beforeEach(async () => {
  await service.clearFaults();
  await service.freeze(NOON);
});

describe('a user’s message in a conversation', () => {
  test('opens the window of a user who never wrote, and a text leaves in it', async () => {
    const to = newUser();
    expect(answers(await write(to))).toEqual([ok(windowJson('open', NOON, 86_400), true)]);
    const { json } = await service.send({ to, body: 'You asked?' });
    expect([json.outcome, json.decision?.reason, await texts(to)]).toEqual([
      'sent',
      'WINDOW_OPEN',
      ['You asked?'],
    ]);
  });

  test('opens the window with the sender it was sent to only', async () => {
    const [to, other] = [newUser(), 'whatsapp:+14155550178'];
    await write(to, { to: other });
    expect([(await windowOf(to, other))?.state, (await windowOf(to))?.state]).toEqual(['open', 'never']);
  });

  test('opens the window where it is a picture without a text', async () => {
    expect(answers(await write(newUser(), { type: 'image' }))).toEqual([
      ok(windowJson('open', NOON, 86_400), true),
    ]);
  });

  test('opens the window where it came under a BSUID', async () => {
    const to = 'whatsapp:DE.88001';
    expect(answers(await write(to))).toEqual([ok(windowJson('open', NOON, 86_400), true)]);
    expect(await windowOf(to)).toMatchObject({ state: 'open' });
  });

  test('is recognized where the participant has the other spelling of the number', async () => {
    const written = await write('whatsapp:+5491155550001');
    await service.advance(1000);
    const told = webhook(written, 'whatsapp:+541155550001', { DateCreated: iso(NOON + 1000) });
    expect(await tell(told)).toEqual(ok(windowJson('open', NOON + 1000, 86_400), true));
  });

  test('releases three held messages in order, each once, however often the webhook is delivered', async () => {
    const to = newUser();
    for (const body of ['One', 'Two', 'Three']) await service.send({ to, body, whenClosed: 'hold' });
    const { messageSid } = await write(to);
    await Promise.all([replay(messageSid), replay(messageSid)]);
    expect(await texts(to)).toEqual([QUESTION, 'One', 'Two', 'Three']);
  });

  test('opens a window again that WhatsApp closed before', async () => {
    const to = newUser();
    await service.inbound(to, { opensWindow: false });
    await service.advance(2 * HOUR_MS);
    await service.send({ to, body: 'Refused' });
    await service.outbound(to);
    await service.advance(61_000);
    const closed = (await windowOf(to))?.state;
    const now = NOON + 2 * HOUR_MS + 61_000;
    expect([closed, answers(await write(to))]).toEqual([
      'closed',
      [ok(windowJson('open', now, 86_400), true)],
    ]);
  });
});

describe('the time of a message in a conversation', () => {
  test.each([
    ['1 ms ahead of our clock counts as now', 1, 0],
    ['now', 0, 0],
    ['1 ms ago', -1, -1],
    ['1 ms less than 24 h ago', -DAY_MS + 1, -DAY_MS + 1],
  ])('is the message’s own and not the webhook’s: %s', async (_says, offset, expected) => {
    const to = newUser();
    const written = await write(to, { deliver: false, opensWindow: false });
    await service.advance(2 * DAY_MS);
    const now = NOON + 2 * DAY_MS;
    const { json } = await tell(webhook(written, to, { DateCreated: iso(now + offset) }));
    expect([json.recorded, json.window?.lastInboundAt]).toEqual([true, iso(now + expected)]);
  });

  test('opens no window where the webhook comes a day late', async () => {
    const to = newUser();
    const { messageSid } = await write(to, { deliver: false });
    await service.advance(DAY_MS);
    expect(answers(await replay(messageSid))).toEqual([ok(windowJson('closed', NOON, 0), expect.anything())]);
    expect((await service.send({ to, body: 'Too late' })).json.error?.code).toBe('WINDOW_NOT_OPEN');
  });

  test('moves no window back where the webhook is delivered again after a newer message', async () => {
    const to = newUser();
    const { messageSid } = await write(to);
    await service.advance(HOUR_MS);
    await write(to);
    await service.advance(HOUR_MS);
    expect(answers(await replay(messageSid))).toEqual([
      ok(windowJson('open', NOON + HOUR_MS, 82_800), false),
    ]);
  });
});

describe('the participant of a conversation', () => {
  const ONCE = ['GET conversations Conversations/{sid}/Participants/{sid}'];

  test('is read once and remembered, also by other containers', async () => {
    const to = newUser();
    const first = await service.requestsOf(() => write(to));
    const second = await service.requestsOf(() => write(to));
    expect([first, second].map(({ requests }) => participantReads(requests))).toEqual([ONCE, []]);
  });

  test('is found in another service than the default one', async () => {
    const to = newUser();
    const written = await write(to, { deliver: false });
    await service.fault({
      match: { service: 'conversations', path: '^/v1/Conversations/' },
      ...{ do: 'status', status: 404, times: 0 },
    });
    const { webhooks } = await service.control<{
      webhooks: readonly { params: Record<string, string> }[];
    }>('webhooks');
    const ChatServiceSid = webhooks.find(({ params }) => params.ChatServiceSid)?.params.ChatServiceSid ?? '';
    expect(await tell(webhook(written, to, { ChatServiceSid }))).toEqual(
      ok(windowJson('open', NOON, 86_400), true),
    );
  });

  test('answers 502 where they do not exist, so that Twilio’s Debugger shows that nothing was recorded', async () => {
    const to = newUser();
    const written = await write(to, { deliver: false });
    const { status, json } = await tell(webhook(written, to, { ParticipantSid: `MB${'0'.repeat(32)}` }));
    expect([status, json.error?.code, json.recorded]).toEqual([502, 'TWILIO_REJECTED', false]);
  });

  test('leaves no phone number in Sync', async () => {
    const to = newUser();
    await write(to);
    const { maps } = await service.control<{ maps: readonly { items: readonly { key: string }[] }[] }>(
      'sync',
    );
    const items = maps.flatMap((map) => map.items).filter(({ key }) => key.startsWith('participant.'));
    expect([items.length > 0, JSON.stringify(items).includes(to.slice(-9))]).toEqual([true, false]);
  });
});

describe('an event that is no inbound WhatsApp message', () => {
  test('is answered with 200 without any request where an agent answers', async () => {
    const to = newUser();
    const { conversationSid } = await write(to);
    await conversations(`/${conversationSid}/Participants`, { Identity: `agent of ${to}` });
    await service.advance(HOUR_MS);
    const before = await service.sync();
    const { requests } = await service.requestsOf(() =>
      conversations(`/${conversationSid}/Messages`, { Author: `agent of ${to}`, Body: 'How can I help?' }),
    );
    expect([
      await answersOf(`agent of ${to}`),
      requests.map(({ route }) => route),
      await service.sync(),
    ]).toEqual([[NOTHING], ['POST conversations Conversations/{sid}/Messages'], before]);
    expect(await windowOf(to)).toMatchObject({ lastInboundAt: iso(NOON) });
  });

  test('records nothing where a program adds a message in the name of the user', async () => {
    const to = newUser();
    const { conversationSid } = await write(to, { deliver: false, opensWindow: false });
    await service.advance(2 * DAY_MS);
    await conversations(`/${conversationSid}/Messages`, { Author: to, Body: 'From the archive' });
    expect([await answersOf(to), (await windowOf(to))?.state]).toEqual([[NOTHING], 'closed']);
  });

  test('records nothing where it is an SMS', async () => {
    const before = await service.sync();
    const { answer, requests } = await service.requestsOf(() =>
      write('+4915550000077', { channel: 'sms', to: '+14155550100' }),
    );
    expect([answers(answer), requests, await service.sync()]).toEqual([[NOTHING], [], before]);
  });

  const other = `whatsapp:+4915${'9'.repeat(9)}`;
  test.each([
    ['an author who is not the participant', { Author: other }],
    ['an author without a participant', { ParticipantSid: '' }],
    ['an identity that only looks like an address', { Author: 'whatsapp:Ada' }],
    ['no author', { Author: '' }],
    ['the chat SDK as its source', { Source: 'SDK' }],
    ['another event type', { EventType: 'onMessageUpdated' }],
    ['no message', { EventType: 'onConversationAdded', DateCreated: '', ConversationSid: '' }],
  ])(
    'is answered with 200 and not recorded: it has %s',
    async (_says, changes: Readonly<Record<string, string>>) => {
      const to = newUser();
      const written = await write(to, { deliver: false });
      const before = await service.sync();
      expect([await tell(webhook(written, to, changes)), await service.sync()]).toEqual([NOTHING, before]);
    },
  );

  test('records nothing where a participant of the chat SDK has a name like a user’s', async () => {
    const to = newUser();
    const { sid: conversationSid } = await conversations('', {});
    const { sid: participantSid } = await conversations(`/${conversationSid}/Participants`, { Identity: to });
    const told = webhook({ conversationSid, participantSid, messageSid: '', webhooks: [] }, to);
    const before = await service.sync();
    expect([await tell(told), await service.sync()]).toEqual([NOTHING, before]);
  });
});

describe('consent in a conversation', () => {
  test('ends with STOP: nothing more is sent, held messages stay held, and scheduled ones are cancelled', async () => {
    const to = newUser();
    await service.inbound(to);
    const sendAt = iso(NOON + 2 * HOUR_MS);
    await service.send({ to, body: 'Later', sendAt });
    const stopped = answers(await write(to, { body: 'STOP' }));
    const { status, json } = await service.send({ to, body: 'Hello' });
    const sent = (await service.outbound(to)).map(({ text, status: state }) => [text, state]);
    expect([stopped.map((answer) => answer.status), status, json.error?.code, sent]).toEqual([
      [200],
      409,
      'OPTED_OUT',
      [['Later', 'canceled']],
    ]);
  });

  test('returns with START, and messages held before the STOP leave', async () => {
    const to = newUser();
    await service.send({ to, body: 'Waiting', whenClosed: 'hold' });
    await write(to, { body: 'stop' });
    const before = await texts(to);
    await service.advance(HOUR_MS);
    await write(to, { body: 'start' });
    expect([before, await texts(to)]).toEqual([[QUESTION], [QUESTION, 'Waiting']]);
  });

  test('is unchanged by a message without a keyword, although the window opens', async () => {
    const to = newUser();
    await write(to, { body: 'STOP' });
    await service.advance(HOUR_MS);
    expect(answers(await write(to, { body: 'Why?' }))).toEqual([
      ok(windowJson('open', NOON + HOUR_MS, 86_400), true),
    ]);
    expect((await service.send({ to, body: 'Hello' })).json.error?.code).toBe('OPTED_OUT');
  });

  test('ends under the BSUID with a STOP under the number, and returns under both with START', async () => {
    const [phone, bsuid] = [newUser(), 'whatsapp:DE.88002'];
    const reasons = async () =>
      Promise.all(
        [phone, bsuid].map(
          async (to) => (await service.send({ to, body: 'Hi', dryRun: true })).json.decision?.reason,
        ),
      );
    await service.inbound(phone, { externalUserId: 'DE.88002' });
    // A record of its own, which by itself says that the window is open.
    await service.inbound(bsuid);
    await write(phone, { body: 'STOP' });
    const stopped = await reasons();
    await service.advance(HOUR_MS);
    await write(phone, { body: 'START' });
    expect([stopped, await reasons()]).toEqual([
      ['OPTED_OUT', 'OPTED_OUT'],
      ['WINDOW_OPEN', 'WINDOW_OPEN'],
    ]);
  });

  test('is unchanged by a START that is delivered again after a newer STOP', async () => {
    const to = newUser();
    await write(to, { body: 'STOP' });
    await service.advance(HOUR_MS);
    const { messageSid } = await write(to, { body: 'START' });
    await service.advance(HOUR_MS);
    await write(to, { body: 'STOP' });
    await service.advance(HOUR_MS);
    await replay(messageSid);
    expect((await service.send({ to, body: 'Hello' })).json.error?.code).toBe('OPTED_OUT');
  });

  test('is unchanged by a STOP that is delivered again after a newer START', async () => {
    const to = newUser();
    const { messageSid } = await write(to, { body: 'STOP' });
    await service.advance(HOUR_MS);
    await write(to, { body: 'START' });
    await service.advance(HOUR_MS);
    await replay(messageSid);
    expect((await service.send({ to, body: 'Hello' })).json.outcome).toBe('sent');
  });

  test('returns with a START after a STOP that only the message log has', async () => {
    const to = newUser();
    await service.inbound(to, { body: 'STOP', deliver: false });
    await service.advance(HOUR_MS);
    await write(to, { body: 'START' });
    expect((await service.send({ to, body: 'Hello' })).json.outcome).toBe('sent');
  });
});

describe('a message in a conversation that could not be stored', () => {
  test.each([
    ['Sync', 'sync', 503],
    ['Conversations', 'conversations', 503],
  ])(
    'is answered with an error, and counts at its own time when delivered again: %s is unavailable',
    async (_says, away, status) => {
      const to = newUser();
      await service.fault({ match: { service: away }, do: 'status', status: 503, times: 0 });
      const { messageSid, webhooks } = await write(to);
      await service.clearFaults();
      const between = (await windowOf(to))?.state;
      await service.advance(HOUR_MS);
      const again = answers(await replay(messageSid));
      expect([answers({ webhooks }), between, again.map(({ json }) => json.window?.lastInboundAt)]).toEqual([
        [
          {
            status,
            json: {
              ...{ window: null, recorded: false },
              error: { code: 'STATE_UNAVAILABLE', message: expect.stringMatching(/\S/), problems: [] },
            },
          },
        ],
        // The message log has the message as well.
        'open',
        [iso(NOON)],
      ]);
    },
  );

  test.each([0, 1, 2, 3])(
    'counts as a STOP when delivered again after Sync refused all writes but the first %i',
    async (skip) => {
      const to = newUser();
      await service.inbound(to);
      await service.advance(1000);
      await service.fault({
        ...{ match: { service: 'sync', method: 'POST' }, skip, times: 0 },
        ...{ do: 'status', status: 503 },
      });
      const { messageSid } = await write(to, { body: 'STOP' });
      await service.clearFaults();
      await replay(messageSid);
      expect((await service.send({ to, body: 'Hello' })).json.error?.code).toBe('OPTED_OUT');
    },
  );
});

describe('a malformed event of a conversation', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['no event type', { EventType: '' }, ['EventType']],
    ['an unknown event type', { EventType: '<b>' }, ['EventType']],
    [
      'another kind of SID for the conversation',
      { ConversationSid: `SM${'1'.repeat(32)}` },
      ['ConversationSid'],
    ],
    ['a path in the SID', { ConversationSid: `CH${'1'.repeat(30)}/?` }, ['ConversationSid']],
    ['a malformed participant SID', { ParticipantSid: 'MB1' }, ['ParticipantSid']],
    ['no time', { DateCreated: '' }, ['DateCreated']],
    ['a time without a zone', { DateCreated: '2031-05-05T12:00:00' }, ['DateCreated']],
    ['an impossible day', { DateCreated: '2031-13-05T12:00:00Z' }, ['DateCreated']],
    [
      'everything wrong at once',
      { EventType: 'x', ConversationSid: 'x', ParticipantSid: 'x', DateCreated: 'soon' },
      ['ConversationSid', 'DateCreated', 'EventType', 'ParticipantSid'],
    ],
  ])(
    'is answered with 400 and the parameter’s name, and stores nothing: it has %s',
    async (_says, changes, names) => {
      const to = newUser();
      const written = await write(to, { deliver: false });
      const before = await service.sync();
      const { status, json } = await tell(webhook(written, to, changes));
      expect([status, json.error?.code, fields(json.error), await service.sync()]).toEqual([
        400,
        'INVALID_REQUEST',
        names,
        before,
      ]);
    },
  );
});

test('another container reads the window and the participant of a conversation from Sync', async () => {
  const other = new Service({ inProcess: false });
  await other.start();
  try {
    const to = newUser();
    await other.control('conversation', { from: to });
    const { answer, requests } = await other.requestsOf(() =>
      other.control<Written>('conversation', { from: to }),
    );
    expect([
      answers(answer).map(({ json }) => json.window?.state),
      participantReads(requests),
      (await other.post<WindowAnswer>('/window', { to })).json.window?.state,
    ]).toEqual([['open'], [], 'open']);
  } finally {
    await other.stop();
  }
});

test('the log line of a conversation’s message names neither the author nor the text', async () => {
  const to = newUser();
  await write(to, { body: 'A secret of mine' });
  const lines = service.logLines().filter((line) => line.function === PATH);
  expect([lines.length > 0, JSON.stringify(lines).match(/secret|\+\d{6}/)]).toEqual([true, null]);
});
