/**
 * The catalogue as time passes: what a container remembers, when it looks again, and what it does where Twilio's Content
 * API cannot be reached. The clock stands still and is moved by hand.
 */
import { DAY_MS, fields, NOON, newUser, Service, type TwilioRequest, useService } from './service';

const service = useService();
const MINUTES_MS = 60_000;
const to = newUser();
const CONTENT = { service: 'content' };

beforeAll(() => service.freeze(NOON));
afterEach(() => service.clearFaults());

let names = 0;
/** A template that no container has seen. */
async function create(status = 'approved'): Promise<{ name: string; sid: string }> {
  names += 1;
  const name = `catalogue_${names}`;
  const { sid } = await service.control<{ sid: string }>('templates', {
    ...{ friendlyName: name, body: `Number ${names} for {{1}}.`, variables: { 1: 'sample' }, status },
  });
  return { name, sid };
}

const send = async (template: string) => {
  const { status, json } = await service.send({ to, template, contentVariables: { 1: 'Ada' } });
  return status === 200 ? json.outcome : [status, json.error?.code, fields(json.error)];
};
const REFUSED = [422, 'TEMPLATE_PROBLEM', ['template']];
const AWAY = [503, 'STATE_UNAVAILABLE', []];
const content = (requests: readonly TwilioRequest[]) =>
  requests.filter(({ service: api }) => api === 'content').map(({ route }) => route);

describe('a new template', () => {
  test('is found by its name at once', async () => {
    await service.get('/templates');
    const { name } = await create();
    await service.advance(2000);
    expect(await send(name)).toBe('sent');
  });

  test('is found by its SID without reading all templates again', async () => {
    await service.get('/templates');
    const { sid } = await create();
    await service.advance(2000);
    const { answer, requests } = await service.requestsOf(() => send(sid));
    expect([answer, content(requests).filter((route) => route.includes('ContentAndApprovals'))]).toEqual([
      'sent',
      [],
    ]);
    const again = await service.requestsOf(() => send(sid));
    expect([again.answer, content(again.requests)]).toEqual(['sent', []]);
  });
});

describe.each([
  ['by name', 'name'],
  ['by Content SID', 'sid'],
] as const)('the approval of a template that is looked up %s', (_says, by) => {
  test('is read afresh before a refusal, so a new approval counts at once', async () => {
    const template = await create('pending');
    await service.advance(6 * MINUTES_MS);
    const before = await send(template[by]);
    await service.control(`templates/${template.sid}`, { status: 'approved' });
    await service.advance(2000);
    expect([before, await send(template[by])]).toEqual([REFUSED, 'sent']);
  });

  test('is noticed within 5 minutes where it is withdrawn', async () => {
    const template = await create();
    await service.advance(6 * MINUTES_MS);
    const before = await send(template[by]);
    await service.control(`templates/${template.sid}`, { status: 'paused' });
    await service.advance(5 * MINUTES_MS);
    expect([before, await send(template[by])]).toEqual(['sent', REFUSED]);
  });

  test('is read again after 5 minutes and not before', async () => {
    const template = await create();
    await service.advance(6 * MINUTES_MS);
    await send(template[by]);
    const counts = [];
    for (const step of [5 * MINUTES_MS - 1, 1]) {
      await service.advance(step);
      const { requests } = await service.requestsOf(() => send(template[by]));
      counts.push(content(requests).length > 0);
    }
    expect(counts).toEqual([false, true]);
  });
});

test('a template that was deleted is unknown once the catalogue is read again', async () => {
  const { name, sid } = await create();
  await service.advance(6 * MINUTES_MS);
  const before = [await send(name), await send(sid)];
  const { emulator } = service.offline;
  await fetch(`${emulator.url}/v1/Content/${sid}`, {
    method: 'DELETE',
    headers: { authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}` },
  });
  await service.advance(6 * MINUTES_MS);
  expect([before, await send(name), await send(sid)]).toEqual([['sent', 'sent'], REFUSED, REFUSED]);
});

describe.each([
  ['answers 503,', { do: 'status', status: 503 }],
  ['cuts every connection,', { do: 'drop-before' }],
])('while the Content API %s', (_says, fault) => {
  test('a template that was seen before leaves by its SID, however long ago, and no other does', async () => {
    const seen = await create();
    const listed = await create();
    await service.advance(6 * MINUTES_MS);
    // By name all of them are read, by SID only that one.
    await send(listed.name);
    await service.advance(6 * MINUTES_MS);
    await send(seen.sid);
    const unseen = await create();
    await service.advance(6 * MINUTES_MS);
    const before = (await service.outbound(to)).length;
    await service.fault({ match: CONTENT, times: 0, ...fault });
    const answers = await Promise.all([seen.sid, listed.sid, unseen.sid, listed.name].map(send));
    expect(answers).toEqual(['sent', 'sent', AWAY, AWAY]);
    const added = (await service.outbound(to)).slice(before);
    expect(added.map(({ contentSid, usedSampleValues }) => [contentSid, usedSampleValues]).sort()).toEqual(
      [
        [seen.sid, false],
        [listed.sid, false],
      ].sort(),
    );
  });
});

describe('while the Content API is unavailable', () => {
  const fault = { do: 'status', status: 503 };

  test('a template that was seen before is still checked', async () => {
    await service.fault({ match: CONTENT, times: 0, ...fault });
    const { status, json } = await service.send({ to, template: 'HX00000000000000000000000000000001' });
    expect([status, fields(json.error)]).toEqual([422, ['contentVariables.1', 'contentVariables.2']]);
  });

  test('/templates reports it, and a text that may match a template is not sent', async () => {
    await service.advance(6 * MINUTES_MS);
    await service.fault({ match: CONTENT, times: 0, ...fault });
    const before = await service.outbound(to);
    const [list, text] = await Promise.all([
      service.get('/templates'),
      service.send({ to, body: 'Your hacker code is 1337.' }),
    ]);
    expect([list.status, list.json.templates, (list.json.error as { code: string }).code]).toEqual([
      503,
      [],
      'STATE_UNAVAILABLE',
    ]);
    expect([text.status, text.json.error?.code, await service.outbound(to)]).toEqual([
      503,
      'STATE_UNAVAILABLE',
      before,
    ]);
  });

  test('a text leaves as free-form in an open window', async () => {
    const user = newUser();
    await service.inbound(user);
    await service.fault({ match: CONTENT, times: 0, ...fault });
    const { json } = await service.send({ to: user, body: 'Hello', template: 'lesson_code' });
    expect([json.outcome, json.decision?.action]).toEqual(['sent', 'free-form']);
  });
});

test('a fresh container without the catalogue sends no template', async () => {
  const fresh = new Service({ inProcess: true });
  await fresh.start();
  try {
    await fresh.fault({ match: CONTENT, do: 'status', status: 503, times: 0 });
    const values = { contentVariables: { 1: 'a', 2: 'b' } };
    const answers = await Promise.all([
      fresh.send({ to, template: 'HX00000000000000000000000000000001', ...values }),
      fresh.send({ to, template: 'lesson_code', ...values }),
    ]);
    expect([
      answers.map(({ status, json }) => [status, json.outcome, json.message]),
      await fresh.outbound(to),
    ]).toEqual([
      [
        [503, 'failed', null],
        [503, 'failed', null],
      ],
      [],
    ]);
  } finally {
    await fresh.stop();
  }
});

describe('a catalogue of thousands of templates', () => {
  const COUNT = 3000;
  beforeAll(async () => {
    await service.control('templates/bulk', { count: COUNT });
    await service.advance(6 * MINUTES_MS);
  });

  test('is read page by page to the end', async () => {
    const { answer, requests } = await service.requestsOf(() =>
      service.get<{ templates: { name: string; contentSid: string }[] }>('/templates'),
    );
    const bulk = answer.json.templates.filter(({ name }) => name.startsWith('bulk_'));
    expect([bulk.length, new Set(bulk.map(({ contentSid }) => contentSid)).size]).toEqual([COUNT, COUNT]);
    expect(content(requests).length).toBeLessThanOrEqual(10);
  });

  test('has its last template found by name and by text, without a request in a warm container', async () => {
    const { json } = await service.get<{ templates: { name: string; text: string }[] }>('/templates');
    const last = json.templates.filter(({ name }) => name.startsWith('bulk_')).at(-1);
    const text = (last?.text ?? '').replace('{{1}}', 'Ada');
    await send(last?.name ?? '');
    const { answer, requests } = await service.requestsOf(async () => [
      await send(last?.name ?? ''),
      (await service.send({ to, body: text })).json.decision?.reason,
    ]);
    expect([answer, content(requests)]).toEqual([['sent', 'BODY_MATCHES_TEMPLATE'], []]);
  });
});

test('a template is refused a day after its approval was withdrawn, and nothing left with sample values', async () => {
  await service.advance(DAY_MS);
  expect(await send('welcome')).toEqual(REFUSED);
  const messages = await service.outbound();
  expect(messages.filter(({ usedSampleValues }) => usedSampleValues)).toEqual([]);
});
