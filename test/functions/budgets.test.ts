/**
 * The budgets: how many requests to Twilio a function makes, and how many of them one after the other. Each API call is
 * made to take a while, so that what waits for another shows in the times of the emulator's log.
 */
import { criticalPath } from '../../emulator/control/critical-path';
import { MAP_NAMES } from '../../src/twilio/sync/spread-items';
import { clientOf } from '../emulator/emulator-client';
import { newUser, SENDER, type Service, type TwilioRequest, useService } from './service';

/** Long against the pauses of a busy machine: requests at once must be seen to overlap. */
const LATENCY_MS = 150;
const TEMPLATE = { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } };

const routes = (requests: readonly TwilioRequest[]) => requests.map(({ route }) => route);
const cost = (requests: readonly TwilioRequest[]) => ({ all: requests.length, path: criticalPath(requests) });
/** Within a budget, and the figures where not. */
const within = (requests: readonly TwilioRequest[], budget: { all: number; path: number }) => {
  const { all, path } = cost(requests);
  return all <= budget.all && path <= budget.path ? 'within' : { all, path, routes: routes(requests) };
};

describe('the number of requests in a row', () => {
  const request = (startedMs: number, ms: number) => ({ startedMs, ms }) as TwilioRequest;
  test.each([
    ['none for no request', [], 0],
    ['one for one request', [request(0, 60)], 1],
    ['one for two at once', [request(0, 60), request(1, 60)], 1],
    ['two for two in a row', [request(0, 60), request(61, 60)], 2],
    ['two for one, then two at once', [request(0, 60), request(61, 60), request(62, 60)], 2],
    ['two for two pairs in a row', [request(0, 60), request(1, 60), request(62, 60), request(63, 60)], 2],
    ['three for three in a row', [request(0, 60), request(61, 60), request(122, 60)], 3],
  ])('is counted over requests that overlap: %s', (_says, requests, expected) => {
    expect(criticalPath(requests)).toBe(expected);
  });
});

describe('a fresh container', () => {
  const service = useService({ inProcess: false });
  const known = newUser();
  beforeAll(async () => {
    await service.inbound(known);
    await service.control('config', { latencyMs: LATENCY_MS });
  });

  test.each([
    ['by number', {}],
    ['by number and BSUID', { externalUserId: 'DE.1234' }],
  ])(
    'makes 1 request in a row and 3 in all for an /incoming-message of a user known %s',
    async (_says, names) => {
      const user = newUser();
      await service.inbound(user, names);
      const { requests } = await service.requestsOf(() => service.inbound(user, names));
      expect(within(requests, { path: 1, all: 3 })).toBe('within');
    },
  );

  test('makes 2 requests in all for a free-form /send-message into an open window', async () => {
    const { answer, requests } = await service.requestsOf(() => service.send({ to: known, body: 'Hello' }));
    expect([answer.json.outcome, within(sending(requests), { path: 2, all: 2 })]).toEqual(['sent', 'within']);
  });

  test('makes 1 request for /window', async () => {
    const { requests } = await service.requestsOf(() => service.post('/window', { to: known }));
    expect(cost(requests)).toEqual({ path: 1, all: 1 });
  });

  test('makes 1 request for /windows', async () => {
    const { requests } = await service.requestsOf(() => service.get('/windows'));
    expect(cost(requests)).toEqual({ path: 1, all: 1 });
  });

  test('makes 4 requests in a row and 5 in all for /conversations/message-added of a known participant', async () => {
    const write = () => service.control('conversation', { from: known });
    await write();
    await service.advance(1000);
    const { requests } = await service.requestsOf(write);
    expect(within(requests, { path: 4, all: 5 })).toBe('within');
  });

  test('makes at most 1 request for a status that changes nothing', async () => {
    const { requests } = await service.requestsOf(() =>
      service.signed('/message-status', { MessageSid: `SM${'a'.repeat(32)}`, MessageStatus: 'delivered' }),
    );
    expect(within(requests, { path: 1, all: 1 })).toBe('within');
  });

  test('makes no request for a caller without access', async () => {
    const { requests } = await service.requestsOf(() => service.post('/send-message', {}, { token: 'x' }));
    expect(requests).toEqual([]);
  });

  test('answers every function within 8 s while every request hangs', async () => {
    await service.fault({ do: 'hang', times: 0 });
    const before = service.logLines().length;
    const answers = await Promise.all([
      service.signed('/incoming-message', webhookOf(known)).then(({ status }) => status),
      service.send({ to: known, body: 'Hello' }).then(({ status }) => status),
      service.send({ to: known, ...TEMPLATE }).then(({ status }) => status),
      service.send({ to: known, body: 'Hello', ...TEMPLATE }).then(({ status }) => status),
      service.post('/window', { to: known }).then(({ status }) => status),
      service.get('/windows').then(({ status }) => status),
      service.get('/templates').then(({ status }) => status),
    ]);
    await service.clearFaults();
    // By the functions' own measure: on a busy machine, starting seven processes at once takes a time of its own.
    const took = service
      .logLines()
      .slice(before)
      .map(({ milliseconds }) => Number(milliseconds));
    expect([answers, took.length, Math.max(...took) < 7500]).toEqual([Array(7).fill(503), 7, true]);
  });
});

/** A Map is made when its first item is: an account that has been in use has all of them. */
async function makeAllMaps({ offline: { emulator } }: Service): Promise<void> {
  const maps = clientOf(emulator).sync.v1.services(emulator.syncServiceSid).syncMaps;
  await Promise.all(MAP_NAMES.map((uniqueName) => maps.create({ uniqueName }).catch(() => undefined)));
}

describe('a warm container', () => {
  const service = useService();
  const known = newUser();
  const closed = newUser();
  beforeAll(async () => {
    await service.inbound(closed);
    await service.advance(25 * 3600_000);
    await service.inbound(known);
    // Whatever a container learns once, it has learnt.
    await service.send({ to: known, body: 'Hello' });
    await service.send({ to: closed, ...TEMPLATE });
    await service.outbound();
    await makeAllMaps(service);
    await service.control('config', { latencyMs: LATENCY_MS });
  });

  test('makes 1 request in a row and 3 in all for an /incoming-message of a known user', async () => {
    const { requests } = await service.requestsOf(() => service.inbound(known));
    expect(within(requests, { path: 1, all: 3 })).toBe('within');
  });

  test.each([
    [3, 'by number', {}, 5],
    [4, 'by number and BSUID', { externalUserId: 'DE.4711' }, 17],
  ])(
    'makes at most %d requests in a row for the first message of a new person, known %s',
    async (path, _says, names, all) => {
      const { requests } = await service.requestsOf(() => service.inbound(newUser(), names));
      expect(within(requests, { path, all })).toBe('within');
    },
  );

  test('makes 1 request for a free-form /send-message into a window known for less than 10 seconds', async () => {
    const { answer, requests } = await service.requestsOf(() => service.send({ to: known, body: 'Hello' }));
    expect([answer.json.outcome, within(sending(requests), { path: 1, all: 1 })]).toEqual(['sent', 'within']);
  });

  test.each([
    ['by Content SID', { template: 'HX00000000000000000000000000000001' }],
    ['by name', { template: 'lesson_code' }],
    ['in a language', { template: 'lesson_code', language: 'en' }],
  ])('makes no request to the Content API for a template %s', async (_says, template) => {
    const { answer, requests } = await service.requestsOf(() =>
      service.send({ to: closed, contentVariables: TEMPLATE.contentVariables, ...template }),
    );
    expect([answer.json.outcome, sending(requests).filter(({ service: api }) => api === 'content')]).toEqual([
      'sent',
      [],
    ]);
    expect(within(sending(requests), { path: 2, all: 3 })).toBe('within');
  });

  test('makes no request to the Content API for a text that matches a template', async () => {
    const { answer, requests } = await service.requestsOf(() =>
      service.send({ to: closed, body: 'Your hacker code is 1337.' }),
    );
    expect([answer.json.outcome, sending(requests).filter(({ service: api }) => api === 'content')]).toEqual([
      'sent',
      [],
    ]);
  });

  test('sends and stores nothing in a dry run', async () => {
    const before = [await service.sync(), await service.outbound()];
    const { answer, requests } = await service.requestsOf(() =>
      service.send({ to: newUser(), body: 'Your hacker code is 1337.', dryRun: true }),
    );
    expect([answer.json.outcome, routes(requests).filter((route) => !route.startsWith('GET '))]).toEqual([
      'dry-run',
      [],
    ]);
    expect([await service.sync(), await service.outbound()]).toEqual(before);
  });

  test('reads a window that is not open every time', async () => {
    const ask = () => service.send({ to: closed, body: 'Hello' });
    const [first, second] = [await service.requestsOf(ask), await service.requestsOf(ask)];
    const reads = [first, second].map(
      ({ requests }) => routes(requests).filter((route) => route === 'GET sync Documents/{name}').length >= 1,
    );
    expect(reads).toEqual([true, true]);
  });
});

/** Without what the status callbacks of the message caused after it. */
function sending(requests: readonly TwilioRequest[]): readonly TwilioRequest[] {
  const created = requests.find(({ route }) => route === 'POST api Messages');
  const end = created ? created.startedMs + created.ms : Number.POSITIVE_INFINITY;
  return requests.filter(({ startedMs }) => startedMs <= end);
}

function webhookOf(user: string): Record<string, string> {
  return { MessageSid: `SM${'b'.repeat(32)}`, From: user, To: SENDER, Body: 'Hello', SmsStatus: 'received' };
}
