/** Advanced Opt-Out: the account's own words, what the webhook says of them, and what is refused afterwards. */
import { useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

/** In the pool of the account's Messaging Service, as the Sandbox's number cannot be. */
const sender = 'whatsapp:+15550001111';
const { emulator, client, control } = useEmulator({ sender });
const functions = useWebhookReceiver();
const user = 'whatsapp:+15551234567';
const userId = 'US.13491208655302741918';

async function optOutType(body: string, rest: object = {}): Promise<string | undefined> {
  await control.post('inbound', { from: user, body, ...rest });
  return functions.received[functions.received.length - 1]?.params.OptOutType;
}

async function outcome(to = user, from = sender): Promise<[string, number | null]> {
  const { sid } = await client.messages.create({ to, from, body: 'Hello' });
  await control.idle();
  const { status, errorCode } = await client.messages(sid).fetch();
  return [status, errorCode];
}

const REFUSED = ['undelivered', 21610];
const DELIVERED = ['read', null];

beforeEach(() => control.post('config', { functionsUrl: functions.url, advancedOptOut: true }));

test.each([
  ['STOP', 'STOP'],
  ['  stop ', 'STOP'],
  ['Unsubscribe', 'STOP'],
  ['start', 'START'],
  ['yes', 'START'],
  ['help', 'HELP'],
  ['info', 'HELP'],
  ['stop it', undefined],
  ['Hello', undefined],
])('the emulator reports the inbound text "%s" with OptOutType %s', async (body, type) => {
  expect(await optOutType(body)).toBe(type);
});

test('the emulator reports no OptOutType unless Advanced Opt-Out is switched on', async () => {
  await control.post('config', { advancedOptOut: false });
  expect([await optOutType('STOP'), await outcome()]).toEqual([undefined, DELIVERED]);
});

test('the emulator reports no OptOutType for a sender in no pool', async () => {
  const alone = 'whatsapp:+15550002222';
  await control.post('senders', { sender: alone });
  expect([await optOutType('STOP', { to: alone }), await outcome(user, alone)]).toEqual([
    undefined,
    DELIVERED,
  ]);
});

test('a message to a user who said STOP is refused with 21610 until they say START', async () => {
  await optOutType('STOP');
  const stopped = await outcome();
  await optOutType('HELP');
  const helped = await outcome();
  await optOutType('START');
  expect([stopped, helped, await outcome()]).toEqual([REFUSED, REFUSED, DELIVERED]);
});

test('a message to a user who said STOP is refused also where the STOP’s webhook was lost', async () => {
  await control.post('inbound', { from: user, body: 'STOP', deliver: false });
  expect([functions.received, await outcome()]).toEqual([[], REFUSED]);
});

test('a reply to the STOP itself is not delivered', async () => {
  functions.answer = (_webhook, response) => {
    response.writeHead(200, { 'Content-Type': 'text/xml' });
    response.end('<Response><Message>You are out.</Message></Response>');
  };
  await optOutType('STOP');
  await control.idle();
  const [reply] = await client.messages.list({ to: user });
  expect([reply?.status, reply?.errorCode]).toEqual(REFUSED);
});

test('a message to a user who said STOP is refused from every sender of the service and to each name of the user', async () => {
  const second = 'whatsapp:+15550002222';
  const { sid } = await control.post<{ sid: string }>('senders', { sender: second });
  await client.messaging.v1.services(emulator.messagingServiceSid).channelSenders.create({ sid });
  await optOutType('STOP', { externalUserId: userId });
  await control.post('inbound', { from: user, to: second, body: 'Hi', deliver: false });
  expect([await outcome(user, second), await outcome(`whatsapp:${userId}`)]).toEqual([REFUSED, REFUSED]);
});

describe('the account’s own opt-out keywords', () => {
  test('may be of any language, and replace those of their kind', async () => {
    await control.post('opt-out-words', { STOP: ['BAJA', 'arrêt', 'СТОП'] });
    const types = [];
    for (const body of ['baja', 'ARRE\u0302T', 'стоп', 'STOP', 'START']) types.push(await optOutType(body));
    expect(types).toEqual(['STOP', 'STOP', 'STOP', undefined, 'START']);
  });

  test('can be read, and are Twilio’s defaults again after a reset', async () => {
    await control.post('opt-out-words', { HELP: ['AYUDA'] });
    const before = await control.get('opt-out-words');
    await control.post('reset');
    expect([before, await control.get('opt-out-words')]).toEqual([
      { words: expect.objectContaining({ HELP: ['AYUDA'], START: ['START', 'YES', 'UNSTOP'] }) },
      { words: expect.objectContaining({ HELP: ['HELP', 'INFO'] }) },
    ]);
  });

  test.each([
    ['a word of two kinds', { STOP: ['BASTA'], HELP: ['basta'] }],
    ['a word of another kind’s defaults', { HELP: ['stop'] }],
    ['an empty word', { STOP: [' '] }],
    ['a number', { STOP: [1] }],
    ['an unknown kind', { PAUSE: ['WAIT'] }],
  ])('are refused where they contain %s', async (_what, words) => {
    const before = await control.get('opt-out-words');
    expect((await control.call('POST', 'opt-out-words', words)).status).toBe(400);
    expect(await control.get('opt-out-words')).toEqual(before);
  });
});
