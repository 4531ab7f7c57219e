/**
 * A burst of keyed sends under Sync's limits: fewer than 20 objects created a second, 20 writes a second of one object
 * (https://www.twilio.com/docs/sync/limits).
 */

import { Stage } from '../../../verify/interruptions/stage';
import { SENDER } from '../../../verify/simulate/stage';

const SENDS = 900;
const PER_SECOND = 150;
const USERS = 30;

test('900 keyed sends at 150 a second are all sent once each, and Sync refuses none of their requests', async () => {
  const seen = await Stage.play(
    {},
    async (stage) => {
      const users = Array.from(
        { length: USERS },
        (_, index) => `whatsapp:+49151${String(index).padStart(8, '0')}`,
      );
      for (const from of users) await writes(stage, from);
      await stage.pause(60_000);
      const before = stage.account.requests.since(0).length;
      const calls = Array.from({ length: SENDS }, async (_, index) => {
        await stage.pause((index * 1000) / PER_SECOND);
        const to = users[index % USERS] ?? '';
        const { answer } = await stage.call('/send-message', {
          to,
          body: `No. ${index}.`,
          idempotencyKey: `k${index}`,
        });
        return answer?.status;
      });
      const answers = await Promise.all(calls);
      const requests = stage.account.requests.since(0).slice(before);
      const created = requests.filter(
        ({ service, method, path, status }) =>
          service === 'sync' &&
          method === 'POST' &&
          status === 201 &&
          /\/(?:Documents|Lists|Maps)$/.test(path),
      );
      return {
        answers: [...new Set(answers)],
        refused: requests.filter(({ status }) => status === 429).length,
        sent: new Set(stage.outbound().map(({ body }) => body)).size,
        messages: stage.outbound().length,
        createdBesideMaps: created.filter(({ path }) => !path.endsWith('/Maps')).length,
        mapsAreFew: created.length <= 64,
        busiestIsBelowItsLimit: Math.max(...writesByObject(requests)) < 20 * (SENDS / PER_SECOND),
      };
    },
    true,
  );
  expect(seen).toEqual({
    ...{ answers: [200], refused: 0, sent: SENDS, messages: SENDS },
    ...{ createdBesideMaps: 0, mapsAreFew: true, busiestIsBelowItsLimit: true },
  });
});

async function writes(stage: Stage, from: string): Promise<void> {
  const { messageSid } = await stage.account.inbound.receive({
    ...{ from, to: SENDER, body: 'hi', type: 'text', profileName: 'Ada', waId: null, externalUserId: null },
    ...{ media: [], extra: {}, opensWindow: true, deliver: false },
  });
  await stage.account.inbound.replay(messageSid);
}

/** How often each object of Sync was written to; items count for their Map. */
function writesByObject(
  requests: readonly { readonly method: string; readonly path: string }[],
): readonly number[] {
  const counts = new Map<string, number>();
  for (const { method, path } of requests) {
    const [, object] = /\/((?:Documents|Lists|Maps)\/[^/]+)/.exec(path) ?? [];
    if (object !== undefined && method !== 'GET') counts.set(object, (counts.get(object) ?? 0) + 1);
  }
  return [...counts.values()];
}
