/**
 * How many sends with an idempotency key of their own, to people whose window is open, go through in a second before Sync
 * refuses one of their requests: fewer than 20 objects created a second, 20 writes a second of one object
 * (https://www.twilio.com/docs/sync/limits). The emulator's clock paces them, however long the machine takes.
 */

import { newUser, OfflineService, type Side } from './offline-service';
import type { Row } from './row';

const SENDS = 900;
const TICK_MS = 100;
const USERS = 30;
const AT_ONCE = 25;
/** What the contract asks for. */
const WANTED = 150;
const RATES = [10, 20, 40, WANTED, 300] as const;
const NOTE =
  'The highest of the rates 10, 20, 40, 150 and 300 at which 900 keyed sends met no 429. The baseline has a Sync Document for each key, as Twilio’s samples keep state; ours are items of 64 Maps.';

interface Burst {
  readonly refusedByTwilio: number;
  readonly notSent: number;
}

export async function measureKeyedSends(): Promise<readonly Row[]> {
  const [ours, baseline] = [await perSecond('ours'), await perSecond('baseline')];
  const [oursWanted, baselineWanted] = [await burst('ours', WANTED), await burst('baseline', WANTED)];
  const count = (what: string, of: (burst: Burst) => number): Row => ({
    ...{ what: `${SENDS} keyed sends at ${WANTED} a second: ${what}`, unit: '', isBinding: true },
    figures: { ours: of(oursWanted), baseline: of(baselineWanted) },
  });
  return [
    {
      ...{ what: 'keyed sends a second before Sync refuses', unit: '', isBinding: true, isMoreBetter: true },
      ...{ figures: { ours, baseline }, note: NOTE },
    },
    count('429s from Twilio', ({ refusedByTwilio }) => refusedByTwilio),
    count('not sent once', ({ notSent }) => notSent),
  ];
}

async function perSecond(side: Side): Promise<number> {
  let highest = 0;
  for (const rate of RATES) {
    const { refusedByTwilio } = await burst(side, rate);
    if (refusedByTwilio > 0) break;
    highest = rate;
  }
  return highest;
}

async function burst(side: Side, rate: number): Promise<Burst> {
  const offline = await OfflineService.start({
    ...{ rateLimits: true, creationLimit: true, limitsByClock: true, followsClock: true },
  });
  try {
    await offline.control('clock', { freeze: true });
    const functions = await offline.process();
    const users = Array.from({ length: USERS }, newUser);
    for (const user of users) await functions.run([offline.inbound(side, user, await offline.writes(user))]);
    await offline.control('clock', { advanceMs: 60_000 });
    await offline.control('requests', undefined, 'DELETE');
    const calls = Array.from({ length: SENDS }, (_, index) =>
      offline.send(side, users[index % USERS] ?? '', { body: `No. ${index}.`, idempotencyKey: `k${index}` }),
    );
    const perTick = Math.max(1, Math.round((rate * TICK_MS) / 1000));
    for (let first = 0; first < SENDS; first += perTick) {
      await functions.run(calls.slice(first, first + perTick), AT_ONCE);
      await offline.control('clock', { advanceMs: (perTick / rate) * 1000 });
    }
    return { refusedByTwilio: await refusals(offline), notSent: await notSentOnce(offline) };
  } finally {
    await offline.stop();
  }
}

async function refusals(offline: OfflineService): Promise<number> {
  const { requests } = await offline.control<{ requests: readonly { readonly status: number }[] }>(
    'requests',
  );
  return requests.filter(({ status }) => status === 429).length;
}

async function notSentOnce(offline: OfflineService): Promise<number> {
  const { messages } = await offline.control<{
    messages: readonly { readonly direction: string; readonly text: string }[];
  }>('messages');
  const texts = messages.filter(({ direction }) => direction !== 'inbound').map(({ text }) => text);
  const once = new Set(texts.filter((text, index) => texts.indexOf(text) === index));
  return SENDS - once.size + (texts.length - once.size);
}
