/**
 * What the measurements compare is comparable: baseline and floor are working functions that come to the lesson's
 * decisions as ours do, and the requests that the bench counts are those of the budgets.
 */
import { countRequests, processesOf } from '../../../verify/bench/requests-and-latency';
import { SCENES } from '../../../verify/bench/scenes';
import { type FunctionProcess, newUser, SIDES, type Side, Stand } from '../../../verify/bench/stand';

const CODE = {
  template: 'HX00000000000000000000000000000001',
  contentVariables: '{"1":"hacker","2":"1337"}',
};

let stand: Stand;
let processes: Readonly<Record<Side, FunctionProcess>>;
beforeAll(async () => {
  stand = await Stand.start({ followsClock: true });
  processes = await processesOf(stand);
});
afterAll(() => stand.stop());

async function sentTo(user: string): Promise<readonly string[]> {
  const { messages } = await stand.control<{
    messages: readonly { readonly direction: string; readonly text: string }[];
  }>(`messages?to=${encodeURIComponent(user)}`);
  return messages.filter(({ direction }) => direction !== 'inbound').map(({ text }) => text);
}

test.each(SIDES)('the benchmarked side %s goes through the lesson', async (side) => {
  const user = newUser();
  const statusOf = async (invocation: ReturnType<Stand['window']>) =>
    (await processes[side].run([invocation])).answers[0];
  const isAllowed = async () => {
    const body = (await statusOf(stand.window(side, user)))?.body as { readonly freeFormAllowed: boolean };
    return body.freeFormAllowed;
  };
  const send = async (message: Readonly<Record<string, string>>) =>
    (await statusOf(stand.send(side, user, message)))?.status;
  const story: unknown[] = [];

  story.push(await isAllowed(), await send({ body: 'Too early' }));
  story.push((await statusOf(stand.inbound(side, user, await stand.writes(user))))?.status);
  story.push(await isAllowed(), await send({ body: 'Welcome', ...CODE }));
  await stand.control('clock', { advanceSeconds: 24 * 3600 });
  story.push(await isAllowed(), await send({ body: 'Too late' }), await send({ body: 'Again', ...CODE }));
  story.push((await statusOf(stand.inbound(side, user, await stand.writes(user))))?.status);
  story.push(await isAllowed(), await send({ body: 'Welcome back' }));

  expect(story).toEqual([false, 409, 200, true, 200, false, 409, 200, 200, true, 200]);
  expect(await sentTo(user)).toEqual(['Welcome', 'Your hacker code is 1337.', 'Welcome back']);
});

/** Ours are the contract's budgets, kept to the request; the others are what is compared with. */
const REQUESTS = {
  'inbound, known user': { ours: [1, 2], baseline: [2, 2], floor: [1, 1] },
  'inbound, new user': { ours: [4, 6], baseline: [2, 2], floor: [2, 2] },
  'send, warm container': { ours: [1, 1], baseline: [2, 2], floor: [1, 1] },
  'send, fresh container': { ours: [2, 2], baseline: [2, 2], floor: [2, 2] },
  'window, fresh container': { ours: [1, 1], baseline: [1, 1], floor: [1, 1] },
};

test('the benchmark counts the requests that the budgets allow, one after another and in all', async () => {
  const counted = [];
  for (const scene of SCENES) {
    const counts = await countRequests(stand, processes, scene);
    const pair = (side: Side) => [counts[side].path, counts[side].all];
    counted.push([scene.what, { ours: pair('ours'), baseline: pair('baseline'), floor: pair('floor') }]);
  }
  expect(Object.fromEntries(counted)).toEqual(REQUESTS);
});
