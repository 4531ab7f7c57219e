/**
 * More is held for one person than WhatsApp takes at once: 45 messages, then one in six seconds, else 63018
 * (https://www.twilio.com/docs/api/errors/63018; the figures are Meta's).
 */

import { Stage } from '../../../verify/interruptions/stage';
import { SENDER } from '../../../verify/simulate/stage';

const USER = 'whatsapp:+4915100000001';
const HELD = 100;

test('100 texts that are held for one person arrive once each and in order, though WhatsApp takes 45 at once and then one in six seconds', async () => {
  const seen = await Stage.play({}, async (stage) => {
    const bodies = Array.from({ length: HELD }, (_, index) => `No. ${index + 1}.`);
    for (const body of bodies) await stage.call('/send-message', { to: USER, body, whenClosed: 'hold' });
    const { messageSid } = await stage.account.inbound.receive({
      ...{
        from: USER,
        to: SENDER,
        body: 'yes',
        type: 'text',
        profileName: 'Ada',
        waId: null,
        externalUserId: null,
      },
      ...{ media: [], extra: {}, opensWindow: true, deliver: false },
    });
    await stage.account.inbound.replay(messageSid);
    await stage.pause(15 * 60_000);
    const texts = stage.outbound().filter(({ body }) => bodies.includes(body));
    const arrived = texts.filter(({ delivered }) => delivered);
    const held = await stage.call('/held-messages', { to: USER }, 'GET');
    return {
      arrived: arrived.map(({ body }) => body),
      held: held.answer?.body,
      refusedAreFew: texts.length - arrived.length <= 10,
    };
  });
  const bodies = Array.from({ length: HELD }, (_, index) => `No. ${index + 1}.`);
  expect(seen).toEqual({
    ...{ arrived: bodies, refusedAreFew: true },
    held: { held: [], nextCursor: null, error: null },
  });
});
