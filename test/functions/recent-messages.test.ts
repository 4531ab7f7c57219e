/** GET /recent-messages: what was said with everybody, newest first, at one request to Twilio a page. */
import { HOUR_MS, iso, NOON, newUser, SENDER, useService } from './service';

const service = useService();

interface Page {
  readonly messages: readonly { readonly user: string; readonly body: string | null }[];
  readonly nextCursor: string | null;
}
const read = async (query = '') => (await service.get<Page>(`/recent-messages${query}`)).json;

beforeEach(async () => {
  await service.control('reset', {});
  await service.freeze(NOON);
});

test('/recent-messages lists both directions with their pair, and otherwise as /thread does', async () => {
  const user = newUser();
  await service.inbound(user, { body: 'Where is my order?' });
  await service.advance(1000);
  await service.send({ to: user, body: 'On its way.' });
  await service.control('idle');
  const { json } = await service.get('/recent-messages');
  const message = (direction: string, at: number, body: string, status: string) => ({
    ...{ sender: SENDER, user, sid: expect.stringMatching(/^SM/), direction, at: iso(at), body },
    ...{ mediaCount: 0, status, error: null },
  });
  expect(json).toEqual({
    messages: [
      message('outbound', NOON + 1000, 'On its way.', 'read'),
      message('inbound', NOON, 'Where is my order?', 'received'),
    ],
    nextCursor: null,
    error: null,
  });
});

test('/recent-messages makes one request a page, for any number of people, and its pages join', async () => {
  const users = Array.from({ length: 7 }, newUser);
  for (const user of users) {
    await service.inbound(user, { body: `I am ${user}` });
    await service.advance(1000);
  }
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { answer, requests } = await service.requestsOf(() => read(`?limit=3${query}`));
    expect(requests).toHaveLength(1);
    seen.push(...answer.messages.map(({ user }) => user));
    cursor = answer.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual([...users].reverse());
});

test('/recent-messages lists messages two days later, because it has no time limit', async () => {
  const user = newUser();
  await service.inbound(user);
  await service.freeze(NOON + 48 * HOUR_MS);
  expect((await read()).messages.map((message) => message.user)).toEqual([user]);
});

test.each([
  ['limit=0', 'limit'],
  ['limit=501', 'limit'],
])('/recent-messages refuses ?%s with a problem that names %s', async (query, field) => {
  const { status, json } = await service.get<{ error: { problems: readonly { field: string }[] } }>(
    `/recent-messages?${query}`,
  );
  expect([status, json.error.problems.map((problem) => problem.field)]).toEqual([400, [field]]);
});

test('/recent-messages refuses a cursor that Twilio does not accept, and names it', async () => {
  const { status, json } = await service.get<{ error: { problems: readonly { field: string }[] } }>(
    '/recent-messages?cursor=nonsense',
  );
  expect([status, json.error.problems.map((problem) => problem.field)]).toEqual([400, ['cursor']]);
});
