/** Studio's flows through the real SDK: definitions, revisions, and what the list leaves out. */
import { refusal, useEmulator } from './emulator-client';

const { client, control } = useEmulator();
const { flows } = client.studio.v2;
const definition = (n: number) => ({ description: String(n), states: [], initial_state: 'Trigger' });

beforeEach(() => control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true }));

test('the emulator answers a flow with every field that Twilio’s has', async () => {
  const { sid } = await flows.create({
    friendlyName: 'a flow',
    status: 'published',
    definition: definition(1),
  });
  const at = new Date('2026-03-01T12:00:00Z');
  const url = `https://studio.twilio.com/v2/Flows/${sid}`;
  expect((await flows(sid).fetch()).toJSON()).toEqual({
    ...{ sid, accountSid: 'AC00000000000000000000000000000001', authorSid: null },
    ...{ friendlyName: 'a flow', definition: definition(1), status: 'published', revision: 1 },
    ...{ commitMessage: null, valid: true, errors: [], warnings: [], dateCreated: at, dateUpdated: at },
    webhookUrl: `https://webhooks.twilio.com/v1/Accounts/AC00000000000000000000000000000001/Flows/${sid}`,
    url,
    links: {
      test_users: `${url}/TestUsers`,
      revisions: `${url}/Revisions`,
      executions: `${url}/Executions`,
    },
  });
});

test('a list of flows has no definitions, and is read page by page', async () => {
  for (const n of [1, 2, 3])
    await flows.create({ friendlyName: `flow ${n}`, status: 'draft', definition: definition(n) });
  const listed = await flows.list({ pageSize: 2 });
  expect(listed.map(({ friendlyName, definition: told }) => [friendlyName, told])).toEqual(
    [1, 2, 3].map((n) => [`flow ${n}`, null]),
  );
});

test('a draft is a further revision, and the published one can still be read', async () => {
  const { sid } = await flows.create({
    friendlyName: 'a flow',
    status: 'published',
    definition: definition(1),
  });
  await flows(sid).update({ status: 'draft', definition: definition(2) });
  const newest = await flows(sid).fetch();
  const published = await flows(sid).revisions('LatestPublished').fetch();
  expect([newest.revision, newest.definition, published.revision, published.definition]).toEqual([
    ...[2, definition(2)],
    ...[1, definition(1)],
  ]);
  await flows(sid).remove();
  expect(await refusal(flows(sid).fetch())).toEqual({ status: 404, code: 20404 });
});

test.each([
  ['a definition that is a list', { friendlyName: 'a', status: 'draft', definition: [] }],
  ['an unknown status', { friendlyName: 'a', status: 'live', definition: definition(1) }],
])('a flow is refused with %s', async (_what, fields) => {
  expect(await refusal(flows.create(fields as Parameters<typeof flows.create>[0]))).toEqual({
    status: 400,
    code: 20001,
  });
});
