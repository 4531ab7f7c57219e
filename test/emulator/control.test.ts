/** Control itself: the clock, the count of requests, reset, idleness, and what it refuses. */
import { refusal, useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const functions = useWebhookReceiver();
const service = () => client.sync.v1.services(emulator.syncServiceSid);

interface ClockAnswer {
  now: string;
  offsetMs: number;
  frozen: boolean;
}

describe('the emulated clock', () => {
  test.each([
    ['it was set and frozen', [{ set: '2030-01-01T00:00:00Z', freeze: true }], '2030-01-01T00:00:00.000Z'],
    [
      'it was moved forward while frozen',
      [{ set: '2030-01-01T00:00:00Z', freeze: true }, { advanceSeconds: 1.5 }],
      '2030-01-01T00:00:01.500Z',
    ],
    [
      'it was moved by a millisecond',
      [{ set: '2030-01-01T00:00:00Z', freeze: true }, { advanceMs: 1 }],
      '2030-01-01T00:00:00.001Z',
    ],
    [
      'it was moved back',
      [{ set: '2030-01-01T00:00:00Z', freeze: true }, { advanceSeconds: -60 }],
      '2029-12-31T23:59:00.000Z',
    ],
  ])('tells the time it was set to: %s', async (_what, moves, now) => {
    for (const move of moves) await control.post('clock', move);
    expect(await control.get<ClockAnswer>('clock')).toEqual(expect.objectContaining({ now, frozen: true }));
  });

  test('runs on from where it stood after it was frozen', async () => {
    await control.post('clock', { set: '2030-01-01T00:00:00Z', freeze: true });
    await control.post('clock', { freeze: false });
    const { now, frozen } = await control.get<ClockAnswer>('clock');
    expect([now.slice(0, 10), frozen]).toEqual(['2030-01-01', false]);
  });

  test.each([
    ['an empty request', {}],
    ['an impossible date', { set: 'tomorrow' }],
    ['a misspelt field', { advanceSecond: 1 }],
    ['a text instead of a number', { advanceSeconds: '1' }],
  ])('refuses %s', async (_what, body) => {
    expect((await control.call('POST', 'clock', body)).status).toBe(400);
  });
});

test('the emulator counts requests to its APIs by service and route, without those to control', async () => {
  await service().documents.create({ uniqueName: 'd' });
  await service().documents('d').update({ data: {} });
  await service().documents('d').update({ data: {} });
  await refusal(service().documents('nobody').fetch());
  await client.messages.list();
  const { requests, counts } = await control.get<{ requests: Record<string, unknown>[]; counts: unknown }>(
    'requests',
  );
  expect(counts).toEqual({
    total: 5,
    byService: { sync: 4, api: 1 },
    byRoute: {
      'POST sync Documents': 1,
      'POST sync Documents/{name}': 2,
      'GET sync Documents/{name}': 1,
      'GET api Messages': 1,
    },
  });
  expect(requests.map(({ method, status }) => [method, status])).toEqual([
    ['POST', 201],
    ['POST', 200],
    ['POST', 200],
    ['GET', 404],
    ['GET', 200],
  ]);
  const since = await control.get<{ requests: unknown[] }>(`requests?since=${requests[3]?.id}`);
  expect(since.requests).toEqual([requests[4]]);
  await control.call('DELETE', 'requests');
  expect(await control.get('requests')).toEqual({
    requests: [],
    counts: { total: 0, byService: {}, byRoute: {} },
  });
});

test('a reset restores the seed, real time and the settings, and keeps the address of the functions', async () => {
  await control.post('config', {
    functionsUrl: functions.url,
    latencyMs: 1,
    rateLimits: false,
    fallbackUrl: functions.url,
  });
  await control.post('clock', { set: '2030-01-01T00:00:00Z', freeze: true });
  await control.post('faults', { target: 'api', match: { service: 'content' }, do: 'status', times: 0 });
  await control.post('templates/lesson_code', { status: 'rejected' });
  await control.post('inbound', { from: 'whatsapp:+15551234567' });
  await service().documents.create({ uniqueName: 'd' });
  await control.post('reset');
  expect(await control.get('config')).toEqual({
    functionsUrl: functions.url,
    incomingUrl: null,
    fallbackUrl: null,
    statusCallback: null,
    senders: [emulator.sender],
    rateLimits: true,
    creationLimit: true,
    discardBodies: false,
    logLagSeconds: 0,
    dateSentByDay: true,
    pairLimit: true,
    callToActionNeedsApproval: true,
    unapprovedTextKeepsLimits: true,
    optOutRefusal: 'callback',
    advancedOptOut: false,
    userIdParameter: 'ExternalUserId',
    latencyMs: 0,
  });
  const { offsetMs, frozen } = await control.get<ClockAnswer>('clock');
  expect({ offsetMs, frozen }).toEqual({ offsetMs: 0, frozen: false });
  expect(await control.get('requests')).toEqual({
    requests: [],
    counts: { total: 0, byService: {}, byRoute: {} },
  });
  expect(await control.get('faults')).toEqual({ active: [], spent: [] });
  expect(await control.get('windows')).toEqual({ windows: [] });
  expect(await control.get('sync')).toEqual({ documents: [], lists: [], maps: [] });
  expect(await client.messages.list()).toEqual([]);
  const { whatsapp } = await client.content.v1
    .contents('HX00000000000000000000000000000001')
    .approvalFetch()
    .fetch();
  expect(whatsapp).toEqual(expect.objectContaining({ status: 'approved' }));
});

test('a reset may set the address of the functions', async () => {
  await control.post('reset', { functionsUrl: 'http://localhost:1234/' });
  expect(await control.get('config')).toEqual(
    expect.objectContaining({ functionsUrl: 'http://localhost:1234' }),
  );
});

test('a reset ends everything that was under way before it', async () => {
  const statusCallback = `${functions.url}/status`;
  await control.post('faults', { target: 'delivery', do: 'queue', seconds: 60 });
  await client.messages.create({
    to: 'whatsapp:+15551234567',
    from: emulator.sender,
    body: 'b',
    statusCallback,
  });
  await control.idle();
  await control.post('reset');
  functions.received.length = 0;
  await control.post('clock', { advanceSeconds: 120 });
  await control.idle();
  expect(functions.received).toEqual([]);
});

test('the emulator’s control lists what Sync holds', async () => {
  await control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true });
  const document = await service().documents.create({ uniqueName: 'd', data: { n: 1 }, ttl: 60 });
  const list = await service().syncLists.create({ uniqueName: 'l' });
  await service()
    .syncLists('l')
    .syncListItems.create({ data: { n: 2 } });
  const map = await service().syncMaps.create({ uniqueName: 'm' });
  await service()
    .syncMaps('m')
    .syncMapItems.create({ key: 'k', data: { n: 3 } });
  const item = { expiresAt: null, revision: '0' };
  expect(await control.get('sync')).toEqual({
    documents: [
      {
        sid: document.sid,
        uniqueName: 'd',
        data: { n: 1 },
        revision: '0',
        expiresAt: '2026-03-01T12:01:00.000Z',
      },
    ],
    lists: [
      {
        sid: list.sid,
        uniqueName: 'l',
        revision: '1',
        expiresAt: null,
        items: [{ index: 0, data: { n: 2 }, ...item }],
      },
    ],
    maps: [
      {
        sid: map.sid,
        uniqueName: 'm',
        revision: '1',
        expiresAt: null,
        items: [{ key: 'k', data: { n: 3 }, ...item }],
      },
    ],
  });
});

test('the emulator’s idle request names what is still under way when its time is up', async () => {
  functions.answer = () => {};
  await control.post('config', { functionsUrl: functions.url });
  const inbound = control.call('POST', 'inbound', { from: 'whatsapp:+15551234567' });
  const arrived = new Promise<void>((resolve) => {
    functions.answer = () => resolve();
  });
  await arrived;
  expect(await control.call('GET', 'idle?timeoutMs=1')).toEqual({
    status: 503,
    body: { error: `Still under way: inbound webhook to ${functions.url}/incoming-message.` },
  });
  await control.post('reset');
  await inbound;
});

test.each([
  ['an unknown route', 'GET', 'clocks', undefined, 404],
  ['a known route with another method', 'DELETE', 'clock', undefined, 404],
  ['a misspelt field', 'POST', 'config', { functionUrl: 'x' }, 400],
  ['a misspelt query', 'GET', 'messages?user=x', undefined, 400],
  ['an unknown template', 'POST', 'templates/nobody', { status: 'approved' }, 404],
])('the emulator’s control refuses %s', async (_what, method, path, body, status) => {
  expect((await control.call(method, path, body)).status).toBe(status);
});

test.each([
  ['a page of this machine gets an answer', 'http://localhost:3000', 200, 'http://localhost:3000'],
  ['a page from elsewhere gets none', 'https://example.com', 403, null],
])('the emulator answers pages of this machine only: %s', async (_what, origin, status, allowed) => {
  const response = await fetch(`${emulator.url}/_emulator/clock`, { headers: { origin } });
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([status, allowed]);
});
