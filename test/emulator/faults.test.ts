/** Faults, each once: what is answered, what takes effect, and that they are used up. */
import { createEmulator } from '../../emulator/emulator';
import { Control, clientOf, refusal, useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const functions = useWebhookReceiver();
const user = 'whatsapp:+15551234567';
const documents = () => client.sync.v1.services(emulator.syncServiceSid).documents;
const stored = async () => (await documents().list()).map((found) => found.uniqueName);

beforeEach(() => control.post('config', { functionsUrl: functions.url }));

describe('a fault of the API', () => {
  const create = (uniqueName: string) => documents().create({ uniqueName });

  test('answers once with a status and Twilio’s usual code, and the request has no effect', async () => {
    await control.post('faults', { target: 'api', do: 'status', status: 429 });
    expect(await refusal(create('a'))).toEqual({ status: 429, code: 20429 });
    expect(await refusal(create('b'))).toBe('succeeded');
    expect(await stored()).toEqual(['b']);
  });

  test.each([
    ['before the request takes effect', 'drop-before', []],
    ['after the request takes effect', 'drop-after', ['a']],
  ])('cuts a connection %s', async (_what, fault, expected) => {
    await control.post('faults', { target: 'api', match: { method: 'POST' }, do: fault });
    expect(await refusal(create('a'))).toEqual({ status: undefined, code: 'ECONNRESET' });
    expect(await stored()).toEqual(expected);
  });

  test('that cuts the answer to a message does not stop its delivery', async () => {
    await control.post('inbound', { from: user, deliver: false });
    await control.post('faults', { target: 'api', do: 'drop-after' });
    await refusal(client.messages.create({ to: user, from: emulator.sender, body: 'Hello' }));
    await control.idle();
    expect((await client.messages.list({ to: user })).map((message) => message.status)).toEqual(['read']);
  });

  test.each([
    ['where it hangs, the request has no effect', { do: 'hang' }, []],
    ['where it is delayed too long, the request takes effect', { do: 'delay', delayMs: 1000 }, ['a']],
  ])('makes a request time out: %s', async (_what, fault, expected) => {
    const impatient = clientOf(emulator, 500).sync.v1.services(emulator.syncServiceSid).documents;
    await control.post('faults', { target: 'api', match: { method: 'POST' }, ...fault });
    expect(await refusal(impatient.create({ uniqueName: 'a' }))).toEqual({
      status: undefined,
      code: 'ECONNABORTED',
    });
    await control.idle();
    expect(await stored()).toEqual(expected);
  });

  test.each([
    ['the service', { service: 'sync' }, 503],
    ['another service', { service: 'content' }, 'succeeded'],
    ['the method', { method: 'post' }, 503],
    ['another method', { method: 'GET' }, 'succeeded'],
    ['a part of the path', { path: '/Documents' }, 503],
    ['a regular expression', { path: 'Services/IS\\d+/Documents$' }, 503],
    ['another path', { path: '/Lists' }, 'succeeded'],
    ['the service and the path together', { service: 'sync', path: '/Lists' }, 'succeeded'],
  ])('matches requests by %s', async (_what, match, expected) => {
    await control.post('faults', { target: 'api', match, do: 'status', status: 503 });
    const answer = await refusal(create('a'));
    expect(answer === 'succeeded' ? answer : answer.status).toBe(expected);
  });

  test.each([
    ['the first two requests', { times: 2 }, ['fault', 'fault', 'ok', 'ok']],
    ['the third request', { skip: 2 }, ['ok', 'ok', 'fault', 'ok']],
    ['all requests from the second on', { skip: 1, times: 0 }, ['ok', 'fault', 'fault', 'fault']],
  ])('applies to %s', async (_what, counted, expected) => {
    await control.post('faults', { target: 'api', match: { service: 'sync' }, do: 'status', ...counted });
    const answers: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      answers.push((await refusal(create(name))) === 'succeeded' ? 'ok' : 'fault');
    }
    expect(answers).toEqual(expected);
  });

  test('holds a request until the faults are cleared, while others overtake it, and then it takes effect', async () => {
    await control.post('faults', { target: 'api', match: { method: 'POST' }, do: 'hold' });
    const held = create('a');
    for (let spent = 0; spent === 0; )
      spent = (await control.get<{ spent: unknown[] }>('faults')).spent.length;
    await create('b');
    expect(await stored()).toEqual(['b']);
    await control.call('DELETE', 'faults');
    expect(await refusal(held)).toBe('succeeded');
    expect((await stored()).sort()).toEqual(['a', 'b']);
  });

  test('can be listed and cleared', async () => {
    await control.post('faults', { target: 'api', do: 'status', times: 0 });
    await refusal(create('a'));
    const before = await control.get<{ active: unknown[]; spent: unknown[] }>('faults');
    expect(before).toEqual({ active: [expect.objectContaining({ do: 'status', applied: 1 })], spent: [] });
    await control.call('DELETE', 'faults');
    expect(await control.get('faults')).toEqual({ active: [], spent: [] });
    expect(await refusal(create('a'))).toBe('succeeded');
  });
});

describe('a fault of webhooks', () => {
  const say = (body: string) => control.post('inbound', { from: user, body });
  const heard = () => functions.received.map(({ params }) => params.Body);

  test.each([
    ['dropped', { do: 'drop' }, ['two']],
    ['duplicated, one after the other', { do: 'duplicate' }, ['one', 'one', 'two']],
    ['duplicated at once', { do: 'duplicate', concurrently: true }, ['one', 'one', 'two']],
    ['overtaken by the next', { do: 'reorder' }, ['two', 'one']],
    ['delayed', { do: 'delay', delayMs: 10 }, ['one', 'two']],
  ])('changes their delivery: the first is %s', async (_what, fault, expected) => {
    await control.post('faults', { target: 'webhook', match: { kind: 'inbound' }, ...fault });
    await say('one');
    await say('two');
    await control.idle();
    expect(heard()).toEqual(expected);
  });

  test('delivers them late by the emulated clock', async () => {
    await control.post('clock', { freeze: true });
    await control.post('faults', { target: 'webhook', do: 'late', seconds: 3600 });
    await say('one');
    await control.post('clock', { advanceSeconds: 3599 });
    await control.idle();
    const before = heard();
    await control.post('clock', { advanceSeconds: 1 });
    await control.idle();
    expect([before, heard()]).toEqual([[], ['one']]);
  });

  test('can apply to one of several status callbacks', async () => {
    await control.post('inbound', { from: user, deliver: false });
    await control.post('faults', { target: 'webhook', match: { messageStatus: 'delivered' }, do: 'drop' });
    const statusCallback = `${functions.url}/status`;
    await client.messages.create({ to: user, from: emulator.sender, body: 'b', statusCallback });
    await control.idle();
    expect(functions.received.map(({ params }) => params.MessageStatus)).toEqual(['queued', 'sent', 'read']);
  });

  test('that holds one back for the next lets it go when the faults are cleared', async () => {
    await control.post('faults', { target: 'webhook', do: 'reorder' });
    await say('one');
    const before = heard();
    await control.call('DELETE', 'faults');
    await control.idle();
    expect([before, heard()]).toEqual([[], ['one']]);
  });
});

describe('a fault of deliveries', () => {
  const send = async () => {
    const message = await client.messages.create({ to: user, from: emulator.sender, body: 'Hello' });
    await control.idle();
    const { status, errorCode } = await client.messages(message.sid).fetch();
    return [status, errorCode];
  };

  beforeEach(async () => {
    await control.post('clock', { freeze: true });
    await control.post('inbound', { from: user, deliver: false });
  });

  test.each([
    ['it has a false 63016 in an open window', { do: 'false-63016' }, ['failed', 63016]],
    ['it has any other error', { do: 'status', code: 63024 }, ['undelivered', 63024]],
    ['it is sent and never reported again', { do: 'drop' }, ['sent', null]],
    ['it stays in the queue', { do: 'queue', seconds: 60 }, ['queued', null]],
    ['it is delivered and not yet reported', { do: 'late', seconds: 60 }, ['queued', null]],
  ])('applies to one message and not to the next: %s', async (_what, fault, expected) => {
    await control.post('faults', { target: 'delivery', match: { to: user, kind: 'free-form' }, ...fault });
    expect(await send()).toEqual(expected);
    expect(await send()).toEqual(['read', null]);
  });

  test('decides a delivery now and reports it later', async () => {
    await control.post('faults', { target: 'delivery', do: 'late', seconds: 7 * 86_400 });
    await send();
    const phone = await control.get<{ messages: { text: string; from: string }[] }>(
      `phone?user=${encodeURIComponent(user)}`,
    );
    expect(phone.messages.map(({ text, from }) => [from, text])).toEqual([
      ['user', 'Hello'],
      ['business', 'Hello'],
    ]);
    await control.post('clock', { advanceSeconds: 7 * 86_400 });
    await control.idle();
    const [message] = await client.messages.list({ to: user });
    expect(message?.status).toBe('read');
  });
});

test.each([
  ['no target', { do: 'status' }],
  ['a fault of another target', { target: 'api', do: 'false-63016' }],
  ['a misspelt field', { target: 'api', do: 'status', time: 2 }],
  ['a misspelt condition', { target: 'api', do: 'status', match: { paths: '/' } }],
])('the emulator’s control refuses a fault with %s', async (_what, body) => {
  expect((await control.call('POST', 'faults', body)).status).toBe(400);
});

test('a delay that a stopped emulator leaves behind keeps no process alive', async () => {
  const other = createEmulator({ port: 0 });
  await other.start();
  await new Control(other).post('faults', { target: 'api', do: 'delay', delayMs: 60_000 });
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await refusal(clientOf(other, 100).messages.list());
  await other.stop();
  expect(timers()).toBe(before);
});
