/** RELEASE_HELD=together: what was held for one person leaves as one message, which is repaired, reported and shown as such. */
import { HOUR_MS, newUser, type SendAnswer, useService } from './service';

const service = useService({ settings: { RELEASE_HELD: 'together' } });
const QUESTION = 'We have an answer for you. Reply to this message to read it.';

const hold = (to: string, body: string, more: object = {}) =>
  service.send<SendAnswer & { held: { id: string } | null }>({ to, body, whenClosed: 'hold', ...more });
const sent = async (to: string) =>
  (await service.outbound(to)).map(({ text, delivered }) => [text, delivered]);
const texts = async (to: string) => (await service.outbound(to)).map(({ text }) => text);
const listed = async (to: string) =>
  (
    await service.get<{ held: readonly { body: string; expiresAt: string }[] }>(
      `/held-messages?to=${encodeURIComponent(to)}`,
    )
  ).json.held;

beforeEach(() => service.clearFaults());

test('with RELEASE_HELD=together an answer releases all held texts as one message, and nothing is held any more', async () => {
  const to = newUser();
  for (const body of ['One', 'Two', 'Three']) await hold(to, body);
  await service.inbound(to, { body: 'yes' });
  expect([await texts(to), await listed(to)]).toEqual([[QUESTION, 'One\n\nTwo\n\nThree'], []]);
  const [line] = service
    .logLines()
    .filter(({ function: path, released }) => path === '/incoming-message' && released !== 0);
  expect(line).toMatchObject({ status: 200, released: 1 });
  await service.inbound(to, { body: 'thanks' });
  expect(await texts(to)).toHaveLength(2);
});

test('with RELEASE_HELD=together an attachment leaves as one message with its text, and the texts around it are joined', async () => {
  const to = newUser();
  for (const body of ['One', 'Two']) await hold(to, body);
  await hold(to, 'A picture', { mediaUrl: 'https://example.com/a.jpg' });
  for (const body of ['Three', 'Four']) await hold(to, body);
  await service.inbound(to, { body: 'yes' });
  const messages = (await service.outbound(to)).map(({ text, media }) => [text, media]);
  expect(messages.slice(1)).toEqual([
    ['One\n\nTwo', []],
    ['A picture', ['https://example.com/a.jpg']],
    ['Three\n\nFour', []],
  ]);
});

test('with RELEASE_HELD=together texts whose status callbacks do not fit into one address leave by themselves', async () => {
  const to = newUser();
  for (const body of ['One', 'Two'])
    await hold(to, body, { statusCallback: `http://127.0.0.1:9/${body}/${'ä'.repeat(400)}` });
  await service.inbound(to, { body: 'yes' });
  expect(await texts(to)).toEqual([QUESTION, 'One', 'Two']);
});

test('with RELEASE_HELD=together a text sent behind others is answered with the message that all of them left in', async () => {
  const to = newUser();
  for (const body of ['One', 'Two']) await hold(to, body);
  // Nothing leaves when they answer, however often Twilio comes again.
  await service.fault({ match: { method: 'POST', path: 'Messages' }, do: 'status', status: 429, times: 0 });
  await service.inbound(to, { body: 'yes' });
  await service.clearFaults();
  const { json } = await service.send({ to, body: 'Three' });
  const [, joint] = await service.outbound(to);
  expect([json.outcome, json.messages.map(({ sid }) => sid), json.held, joint?.text]).toEqual([
    'sent',
    [joint?.sid],
    null,
    'One\n\nTwo\n\nThree',
  ]);
});

test('with RELEASE_HELD=together a repeated key sends a joint message once, and is answered with it again', async () => {
  const to = newUser();
  await hold(to, 'One');
  await hold(to, 'Two', { idempotencyKey: 'a-key' });
  await service.inbound(to, { body: 'yes' });
  await hold(to, 'Two', { idempotencyKey: 'a-key' });
  expect(await texts(to)).toEqual([QUESTION, 'One\n\nTwo']);
});

describe('a message of several texts that WhatsApp refused', () => {
  test('is held again text by text, and leaves as one message again when the user answers', async () => {
    const to = newUser();
    for (const body of ['One', 'Two']) await hold(to, body);
    const before = await listed(to);
    await service.advance(HOUR_MS);
    await service.inbound(to, { body: 'yes', opensWindow: false });
    // The first try and the one more, because their message was so fresh.
    const lost = ['One\n\nTwo', false];
    expect(await sent(to)).toEqual([[QUESTION, true], lost, lost, [QUESTION, true]]);
    expect((await listed(to)).map(({ body, expiresAt }) => ({ body, expiresAt }))).toEqual(
      before.map(({ body, expiresAt }) => ({ body, expiresAt })),
    );
    await service.inbound(to, { body: 'yes' });
    expect((await sent(to)).slice(4)).toEqual([['One\n\nTwo', true]]);
    expect(await listed(to)).toEqual([]);
  });
});

test('/thread lists one delivered message with both texts', async () => {
  const to = newUser();
  for (const body of ['One', 'Two']) await hold(to, body);
  await service.inbound(to, { body: 'yes' });
  await service.control('idle');
  const [, joint] = await service.outbound(to);
  const { json } = await service.get<{
    messages: readonly { sid: string; body: string; mediaCount: number; status: string }[];
  }>(`/thread?to=${encodeURIComponent(to)}`);
  const shown = json.messages.filter(({ body }) => /One|Two/.test(body));
  expect(shown).toMatchObject([{ sid: joint?.sid, body: 'One\n\nTwo', mediaCount: 0, status: 'read' }]);
});
