/**
 * Texts that WhatsApp or Twilio could not deliver for the moment, such as 63018 for too many at once: they take their place
 * in the person's queue again, and leave one by one, each after a pause.
 */
import { DAY_MS, newUser, useService } from './service';

const service = useService();
/** Somewhat more than the pause. */
const PAUSE_MS = 7000;

interface Seen {
  readonly text: string;
  readonly errorCode: number | null;
}

/** As it is now: whoever waits until nothing is under way waits for the end of a pause as well. */
async function sent(to: string): Promise<readonly Seen[]> {
  const { messages } = await service.control<{ messages: readonly (Seen & { direction: string })[] }>(
    `messages?to=${encodeURIComponent(to)}`,
  );
  return messages.flatMap(({ direction, text, errorCode }) =>
    direction === 'inbound' ? [] : [{ text, errorCode }],
  );
}
const texts = async (to: string) => (await sent(to)).map(({ text }) => text);
const fail = (to: string, times: number, code = 63018) =>
  service.control('faults', { target: 'delivery', match: { to }, do: 'status', code, times });
const heldFor = async (to: string) =>
  (
    await service.get<{ held: { body: string }[] }>(`/held-messages?to=${encodeURIComponent(to)}`)
  ).json.held.map(({ body }) => body);
/** A callback comes a moment after its message. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 500 && !(await isTrue()); look += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
/** Since then whoever sends finds it. */
const isPaused = (to: string) =>
  until(async () =>
    (await service.documents()).some(({ data }) => data.user === to && data.pausedUntil !== undefined),
  );
/** Lets pauses end until it is so. Whoever waits in a callback looks at the clock ten times a second. */
async function afterPausesUntil(
  to: string,
  isSo: (seen: readonly Seen[]) => boolean,
): Promise<readonly Seen[]> {
  for (let pause = 0; pause < 60 && !isSo(await sent(to)); pause += 1) {
    await service.advance(PAUSE_MS);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  await service.control('idle');
  return sent(to);
}
const afterPauses = (to: string, messages: number) => afterPausesUntil(to, (seen) => seen.length >= messages);
const untilAllArrived = (to: string, bodies: readonly string[]) =>
  afterPausesUntil(to, (seen) =>
    bodies.every((body) => seen.some(({ text, errorCode }) => text === body && errorCode === null)),
  );
const failed = (text: string, errorCode = 63018) => ({ text, errorCode });
const arrived = (text: string) => ({ text, errorCode: null });

beforeEach(() => service.clearFaults());

test.each([63018, 63010])(
  'a text that fails for the moment (%d) is sent again after a pause, once, and nothing stays held',
  async (code) => {
    const to = newUser();
    await service.inbound(to, { body: 'hi' });
    await fail(to, 1, code);
    await service.send({ to, body: 'Hello' });
    expect(await afterPauses(to, 2)).toEqual([failed('Hello', code), arrived('Hello')]);
    expect(await heldFor(to)).toEqual([]);
    const { messages } = (
      await service.get<{ messages: readonly { body: string; sid: string; repairOf: string | null }[] }>(
        `/thread?to=${encodeURIComponent(to)}`,
      )
    ).json;
    const [again, first] = messages;
    expect([again?.repairOf, first?.repairOf]).toEqual([first?.sid, null]);
    await service.send({ to, body: 'Next' });
    expect(await texts(to)).toEqual(['Hello', 'Hello', 'Next']);
  },
);

test('texts that are sent in the pause wait behind the one that failed, and all leave in the order in which they were sent', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await fail(to, 1);
  await service.send({ to, body: 'One' });
  await isPaused(to);
  const answers = [await service.send({ to, body: 'Two' }), await service.send({ to, body: 'Three' })];
  expect(answers.map(({ json }) => json.outcome)).toEqual(['held', 'held']);
  expect(await heldFor(to)).toEqual(['One', 'Two', 'Three']);
  expect(await afterPauses(to, 4)).toEqual([failed('One'), arrived('One'), arrived('Two'), arrived('Three')]);
  expect(await heldFor(to)).toEqual([]);
});

test('a text that always fails for the moment is given up after the fifth try, and holds up nothing behind it', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await fail(to, 5, 63010);
  const logged = service.logLines().length;
  await service.send({ to, body: 'Unlucky' });
  await isPaused(to);
  await service.send({ to, body: 'Behind' });
  const seen = await afterPauses(to, 6);
  expect(seen).toEqual([...Array(5).fill(failed('Unlucky', 63010)), arrived('Behind')]);
  expect(await heldFor(to)).toEqual([]);
  const repairs = service
    .logLines()
    .slice(logged)
    .flatMap(({ errorCode, repair }) => (errorCode === 63010 && repair !== 'none' ? [repair] : []));
  expect(repairs).toEqual([...Array(4).fill(expect.stringMatching(/^queued-/)), 'not-repaired']);
});

test('of six texts that are released at once three fail for the moment; those follow in their order, each once', async () => {
  const to = newUser();
  const bodies = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'];
  for (const body of bodies) await service.send({ to, body, whenClosed: 'hold' });
  await fail(to, 3);
  await service.inbound(to, { body: 'yes' });
  await isPaused(to);
  const all = await untilAllArrived(to, bodies);
  const bodiesOf = (code: number | null) =>
    all.flatMap(({ text, errorCode }) => (errorCode === code && bodies.includes(text) ? [text] : []));
  expect([bodiesOf(63018), [...bodiesOf(null)].sort()]).toEqual([
    ['One', 'Two', 'Three'],
    [...bodies].sort(),
  ]);
  expect(bodiesOf(null).filter((body) => ['One', 'Two', 'Three'].includes(body))).toEqual([
    'One',
    'Two',
    'Three',
  ]);
  expect(await heldFor(to)).toEqual([]);
});

test('an attachment that failed for the moment is sent again', async () => {
  const to = newUser();
  const mediaUrl = 'https://example.com/invoice.pdf';
  await service.inbound(to, { body: 'hi' });
  await fail(to, 1);
  await service.send({ to, mediaUrl });
  await isPaused(to);
  await afterPauses(to, 2);
  expect((await service.outbound(to)).map(({ media, delivered }) => ({ media, delivered }))).toEqual([
    { media: [mediaUrl], delivered: false },
    { media: [mediaUrl], delivered: true },
  ]);
});

test('a template message that failed for the moment is not sent again', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await fail(to, 1);
  await service.send({ to, template: 'lesson_code', contentVariables: { 1: 'a', 2: 'b' } });
  await service.control('idle');
  await service.advance(PAUSE_MS);
  await service.control('idle');
  expect(await sent(to)).toEqual([failed('Your a code is b.')]);
});

test('whoever says STOP in the pause gets nothing more', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await fail(to, 1);
  await service.send({ to, body: 'Hello' });
  await isPaused(to);
  await service.inbound(to, { body: 'STOP' });
  await service.advance(PAUSE_MS);
  await service.inbound(to, { body: 'and another thing' });
  await service.control('idle');
  expect(await sent(to)).toEqual([failed('Hello')]);
});

test('a text whose pause the window does not outlast waits for the answer', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await fail(to, 1);
  await service.send({ to, body: 'Hello' });
  await isPaused(to);
  await service.advance(DAY_MS);
  await service.control('idle');
  expect(await sent(to)).toEqual([failed('Hello')]);
  await service.inbound(to, { body: 'yes' });
  await service.control('idle');
  expect(await sent(to)).toEqual([failed('Hello'), arrived('Hello')]);
  expect(await heldFor(to)).toEqual([]);
});

test('the callback of a failure that comes twice, in both statuses, is one further try', async () => {
  const to = newUser();
  await service.inbound(to, { body: 'hi' });
  await fail(to, 1);
  await service.send({ to, body: 'Hello' });
  const { messages } = await service.control<{
    messages: readonly { sid: string; statusCallback: string | null }[];
  }>(`messages?to=${encodeURIComponent(to)}`);
  const message = messages.find(({ statusCallback }) => statusCallback);
  const { pathname, search } = new URL(message?.statusCallback ?? '');
  await afterPauses(to, 2);
  const again = await service.signed(pathname + search, {
    ...{ MessageSid: message?.sid ?? '', MessageStatus: 'failed', ErrorCode: '63018', ErrorMessage: '' },
    ...{ From: 'whatsapp:+14155238886', To: to },
  });
  expect(again.status).toBe(200);
  await service.advance(PAUSE_MS);
  await service.control('idle');
  expect(await sent(to)).toEqual([failed('Hello'), arrived('Hello')]);
});

test('where the template that asks for an answer fails for the moment, the next text that is held asks anew', async () => {
  const to = newUser();
  await fail(to, 1);
  await service.send({ to, body: 'One', whenClosed: 'hold' });
  await service.control('idle');
  await service.send({ to, body: 'Two', whenClosed: 'hold' });
  await service.send({ to, body: 'Three', whenClosed: 'hold' });
  await service.control('idle');
  const question = 'We have an answer for you. Reply to this message to read it.';
  expect(await sent(to)).toEqual([failed(question), arrived(question)]);
});
