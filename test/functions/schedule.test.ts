/** sendAt: decided by the window as it will be when the message leaves, at the limits of what Twilio schedules. */
import { DAY_MS, HOUR_MS, iso, NOON, newUser, useService } from './service';

const service = useService();
const MINUTE_MS = 60_000;

async function userWhoWroteAtNoon(): Promise<string> {
  await service.freeze(NOON);
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  return to;
}

test.each([
  ['5 min ahead exactly', 5 * MINUTE_MS, 400],
  ['5 min and 1 ms ahead', 5 * MINUTE_MS + 1, 200],
  ['35 days ahead exactly', 35 * DAY_MS, 200],
  ['35 days and 1 ms ahead', 35 * DAY_MS + 1, 400],
  ['a time in the past', -HOUR_MS, 400],
])('sendAt is accepted from 5 minutes to 35 days ahead: %s', async (_sentence, ahead, status) => {
  await service.freeze(NOON);
  const template = { template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } };
  const answer = await service.send({ to: newUser(), ...template, sendAt: iso(NOON + ahead), dryRun: true });
  expect(answer.status).toBe(status);
  if (status === 400) expect(answer.json.error?.problems).toMatchObject([{ field: 'sendAt' }]);
});

test.each(['2031-05-06', '2031-05-06T12:00:00', 'tomorrow', '2031-02-30T12:00:00Z', '1936521600'])(
  'sendAt "%s" is refused, because it has no zone or is no time',
  async (sendAt) => {
    await service.freeze(NOON);
    const answer = await service.send({ to: newUser(), body: 'x', sendAt });
    expect(answer).toMatchObject({ status: 400, json: { error: { problems: [{ field: 'sendAt' }] } } });
  },
);

const margin = 300_000;
test.each([
  ['as free-form 1 ms before the margin begins', DAY_MS - margin - 1, 'free-form', 'WINDOW_OPEN', 'open'],
  ['as the template when the margin begins', DAY_MS - margin, 'template', 'WINDOW_CLOSING', 'closing'],
  ['as the template when the window ends', DAY_MS, 'template', 'WINDOW_CLOSED', 'closed'],
])(
  'a scheduled text with a template leaves by the window at that time: %s',
  async (_sentence, later, action, reason, state) => {
    const to = await userWhoWroteAtNoon();
    const both = { body: 'Hello', template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } };
    const answer = await service.send({ to, ...both, sendAt: iso(NOON + later) });
    expect(answer).toMatchObject({
      status: 200,
      json: {
        outcome: 'scheduled',
        decision: { action, reason },
        window: { state },
        message: { status: 'scheduled' },
      },
    });
    await service.advance(later + 1000);
    expect(
      (await service.outbound(to)).map(({ text, delivered, messagingServiceSid }) => ({
        text,
        delivered,
        messagingServiceSid,
      })),
    ).toEqual([
      {
        text: action === 'template' ? 'Your a code is b.' : 'Hello',
        delivered: true,
        messagingServiceSid: service.offline.emulator.messagingServiceSid,
      },
    ]);
  },
);

test('sendAt may have another zone than UTC', async () => {
  const to = await userWhoWroteAtNoon();
  await service.send({ to, body: 'Hello', sendAt: '2031-05-05T16:00:00+02:00' });
  expect((await service.outbound(to)).map(({ sendAt }) => sendAt)).toEqual([iso(NOON + 2 * HOUR_MS)]);
});

test('a free-form message near the end of the window is valid only until then', async () => {
  const to = await userWhoWroteAtNoon();
  await service.advance(23 * HOUR_MS);
  await service.send({ to, body: 'Hello' });
  await service.advance(0);
  const { messages } = await service.control<{ messages: { to: string; validityPeriod: number | null }[] }>(
    'messages',
  );
  expect(messages.filter((message) => message.to === to).map(({ validityPeriod }) => validityPeriod)).toEqual(
    [3600],
  );
});

test('a message that waited beyond the window expires, and its text is held for the answer', async () => {
  const to = await userWhoWroteAtNoon();
  await service.advance(23 * HOUR_MS);
  await service.control('faults', {
    target: 'delivery',
    match: { to },
    do: 'queue',
    seconds: 2 * 3600,
    times: 1,
  });
  await service.send({ to, body: 'Hello' });
  await service.advance(3 * HOUR_MS);
  expect((await service.outbound(to)).map(({ text, errorCode }) => ({ text, errorCode }))).toEqual([
    { text: 'Hello', errorCode: 30036 },
    { text: 'We have an answer for you. Reply to this message to read it.', errorCode: null },
  ]);
  await service.inbound(to, { body: 'yes' });
  expect((await service.outbound(to)).map(({ text }) => text)).toHaveLength(3);
});

describe('a scheduled message without a Messaging Service', () => {
  const bare = useService({ settings: { MESSAGING_SERVICE_SID: '' } });
  test('is refused with the name of the missing setting', async () => {
    const at = iso(Date.now() + HOUR_MS);
    expect(
      await bare.send({
        to: newUser(),
        template: 'lesson_code',
        contentVariables: { 1: 'a', 2: 'b' },
        sendAt: at,
      }),
    ).toMatchObject({
      status: 500,
      json: { error: { code: 'MISCONFIGURED', problems: [{ field: 'MESSAGING_SERVICE_SID' }] } },
    });
  });
});
