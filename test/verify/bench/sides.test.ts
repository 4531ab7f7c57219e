/**
 * What the measurements compare is comparable: baseline and floor are working functions that come to the lesson's
 * decisions as ours do, and the requests that the bench counts are those of the budgets.
 */

import {
  type FunctionProcess,
  newUser,
  OfflineService,
  SIDES,
  type Side,
} from '../../../verify/bench/offline-service';
import { countRequests, processesOf } from '../../../verify/bench/requests-and-latency';
import { SCENARIOS } from '../../../verify/bench/scenarios';

const CODE = {
  template: 'HX00000000000000000000000000000001',
  contentVariables: '{"1":"hacker","2":"1337"}',
};

let offline: OfflineService;
let processes: Readonly<Record<Side, FunctionProcess>>;
beforeAll(async () => {
  offline = await OfflineService.start({ followsClock: true });
  processes = await processesOf(offline);
});
afterAll(() => offline.stop());

async function sentTo(user: string): Promise<readonly string[]> {
  const { messages } = await offline.control<{
    messages: readonly { readonly direction: string; readonly text: string }[];
  }>(`messages?to=${encodeURIComponent(user)}`);
  return messages.filter(({ direction }) => direction !== 'inbound').map(({ text }) => text);
}

test.each(SIDES)('the benchmarked side %s goes through the lesson', async (side) => {
  const user = newUser();
  const statusOf = async (invocation: ReturnType<OfflineService['window']>) =>
    (await processes[side].run([invocation])).answers[0];
  const isAllowed = async () => {
    const body = (await statusOf(offline.window(side, user)))?.body as { readonly freeFormAllowed: boolean };
    return body.freeFormAllowed;
  };
  const send = async (message: Readonly<Record<string, string>>) =>
    (await statusOf(offline.send(side, user, message)))?.status;
  const story: unknown[] = [];

  story.push(await isAllowed(), await send({ body: 'Too early' }));
  story.push((await statusOf(offline.inbound(side, user, await offline.writes(user))))?.status);
  story.push(await isAllowed(), await send({ body: 'Welcome', ...CODE }));
  await offline.control('clock', { advanceSeconds: 24 * 3600 });
  story.push(await isAllowed(), await send({ body: 'Too late' }), await send({ body: 'Again', ...CODE }));
  story.push((await statusOf(offline.inbound(side, user, await offline.writes(user))))?.status);
  story.push(await isAllowed(), await send({ body: 'Welcome back' }));

  expect(story).toEqual([false, 409, 200, true, 200, false, 409, 200, 200, true, 200]);
  expect(await sentTo(user)).toEqual(['Welcome', 'Your hacker code is 1337.', 'Welcome back']);
});

/** Ours are the contract's budgets, kept to the request; the others are what is compared with. */
const REQUESTS = {
  'inbound, known user': { ours: [1, 2], baseline: [2, 2], floor: [1, 1] },
  'inbound, new user': { ours: [3, 5], baseline: [2, 2], floor: [2, 2] },
  'send, warm container': { ours: [1, 1], baseline: [2, 2], floor: [1, 1] },
  'send, fresh container': { ours: [2, 2], baseline: [2, 2], floor: [2, 2] },
  'window, fresh container': { ours: [1, 1], baseline: [1, 1], floor: [1, 1] },
};

test('the benchmark counts the requests that the budgets allow, one after another and in all', async () => {
  const counted = [];
  for (const scenario of SCENARIOS) {
    const counts = await countRequests(offline, processes, scenario);
    const pair = (side: Side) => [counts[side].path, counts[side].all];
    counted.push([scenario.what, { ours: pair('ours'), baseline: pair('baseline'), floor: pair('floor') }]);
  }
  expect(Object.fromEntries(counted)).toEqual(REQUESTS);
});
