/**
 * The lesson from end to end: the emulator, the built functions under the real `twilio-run` with a fresh process for each
 * request, and webhooks that Twilio signs. The one test of the fast lane that starts processes.
 */
import { DAY_MS, newUser, useTwilioRun } from './functions/service';

const service = useTwilioRun();

test('a text leaves while the window is open, and a day later only a filled template leaves', async () => {
  const to = newUser();
  const code = { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } };
  const story: unknown[] = [];
  const note = async (parameters: object) => {
    const { status, json } = await service.send({ to, ...parameters });
    story.push([status, json.outcome, json.decision?.reason]);
  };

  const unsigned = await service.fetch('/incoming-message', { method: 'POST', body: new URLSearchParams() });
  await note({ body: 'Too early' });
  const { webhooks } = await service.inbound(to, { body: 'Where is my order?' });
  await note({ body: 'On its way.' });
  await service.advance(DAY_MS);
  await note({ body: 'Anything else?' });
  await note(code);

  expect([unsigned.status, webhooks.map(({ status }) => status), story]).toEqual([
    403,
    [200],
    [
      [409, 'refused', 'NO_INBOUND'],
      [200, 'sent', 'WINDOW_OPEN'],
      [409, 'refused', 'WINDOW_CLOSED'],
      [200, 'sent', 'TEMPLATE_REQUESTED'],
    ],
  ]);
  expect((await service.outbound(to)).map(({ text, delivered }) => [text, delivered])).toEqual([
    ['On its way.', true],
    ['Your hacker code is 1337.', true],
  ]);
});
