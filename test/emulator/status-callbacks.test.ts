/** Status callbacks: their parameters, their signature as the real SDK checks it, and where they go. */
import { validateRequest } from 'twilio';
import { useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const callbacks = useWebhookReceiver();
const user = 'whatsapp:+15551234567';
const common = (sid: string) => ({
  MessageSid: sid,
  SmsSid: sid,
  AccountSid: emulator.accountSid,
  From: emulator.sender,
  To: user,
  ApiVersion: '2010-04-01',
  ChannelInstallSid: 'XE00000000000000000000000000000001',
  ChannelPrefix: 'whatsapp',
  ChannelToAddress: '+1555123XXXX',
  StructuredMessage: 'false',
});

test('the emulator reports a delivered message with Twilio’s parameters', async () => {
  await control.post('inbound', { from: user, deliver: false });
  const { sid } = await client.messages.create({
    to: user,
    messagingServiceSid: emulator.messagingServiceSid,
    body: 'Hello',
    statusCallback: `${callbacks.url}/status`,
  });
  await control.idle();
  const statuses = ['queued', 'sent', 'delivered', 'read'];
  expect(callbacks.received.map(({ params }) => params)).toEqual(
    statuses.map((status) => ({
      ...common(sid),
      MessagingServiceSid: emulator.messagingServiceSid,
      MessageStatus: status,
      SmsStatus: status,
      ...(status === 'read' ? { EventType: 'READ' } : {}),
    })),
  );
});

describe('the status callback of a person with a user id', () => {
  const userIds = async (to: string) => {
    const statusCallback = `${callbacks.url}/status`;
    await client.messages.create({ to, from: emulator.sender, body: 'Hello', statusCallback });
    await control.idle();
    return callbacks.received.map(({ params }) => [params.ExternalUserId, params.ExternalUserIdentifier]);
  };

  beforeEach(() =>
    control.post('inbound', {
      from: user,
      externalUserId: 'US.134',
      parentExternalUserId: 'US.ENT.77',
      deliver: false,
    }),
  );

  test.each([user, 'whatsapp:US.134', 'whatsapp:US.ENT.77'])(
    'names that id where the message went to %s',
    async (to) => {
      expect(await userIds(to)).toEqual(Array(4).fill(['US.134', undefined]));
    },
  );

  test('does not name the parent’s id alone', async () => {
    const to = 'whatsapp:+15559990001';
    await control.post('inbound', { from: to, parentExternalUserId: 'US.ENT.78', deliver: false });
    expect(await userIds(to)).toEqual(Array(4).fill([undefined, undefined]));
  });

  test('names it under its other parameter name where control sets that', async () => {
    await control.post('config', { userIdParameter: 'ExternalUserIdentifier' });
    expect(await userIds(user)).toEqual(Array(4).fill([undefined, 'US.134']));
  });

  test('is signed with the id, and the callback for another person has none', async () => {
    await userIds(user);
    const [first] = callbacks.received;
    const signature = String(first?.headers['x-twilio-signature']);
    expect(
      validateRequest(emulator.authToken, signature, `${callbacks.url}/status`, first?.params ?? {}),
    ).toBe(true);
    callbacks.received.length = 0;
    expect(await userIds('whatsapp:+15559990000')).toEqual(Array(3).fill([undefined, undefined]));
  });
});

test('the emulator reports a failure with its code and an empty message', async () => {
  const { sid } = await client.messages.create({
    to: user,
    from: emulator.sender,
    body: 'Hello',
    statusCallback: `${callbacks.url}/status`,
  });
  await control.idle();
  expect(callbacks.received.slice(1).map(({ params }) => params)).toEqual(
    ['undelivered', 'failed'].map((status) => ({
      ...common(sid),
      MessageStatus: status,
      SmsStatus: status,
      ErrorCode: '63016',
      ErrorMessage: '',
    })),
  );
});

test.each([
  [500, [11200]],
  [404, [11200]],
  [204, undefined],
])('the record of a status callback that is answered with %d has these alerts: %j', async (status, codes) => {
  callbacks.answer = (_webhook, response) => {
    response.writeHead(status);
    response.end();
  };
  await client.messages.create({
    to: user,
    from: emulator.sender,
    body: 'b',
    statusCallback: `${callbacks.url}/s`,
  });
  await control.idle();
  const { webhooks } = await control.get<{ webhooks: { alerts?: { code: number }[] }[] }>('webhooks');
  expect(webhooks[0]?.alerts?.map(({ code }) => code)).toEqual(codes);
});

test('the real SDK accepts the signature of a status callback with its query, and no other', async () => {
  const url = `${callbacks.url}/status?id=a%20b`;
  await client.messages.create({ to: user, from: emulator.sender, body: 'Hello', statusCallback: url });
  await control.idle();
  expect(callbacks.received.length).toBe(3);
  for (const { params, headers } of callbacks.received) {
    const signature = String(headers['x-twilio-signature']);
    expect(validateRequest(emulator.authToken, signature, url, params)).toBe(true);
    expect(validateRequest('another token', signature, url, params)).toBe(false);
    expect(validateRequest(emulator.authToken, signature, url, { ...params, MessageStatus: 'read' })).toBe(
      false,
    );
  }
});

test('the emulator uses the sender’s own status callback where a message names none', async () => {
  await control.post('config', { statusCallback: `${callbacks.url}/default` });
  await client.messages.create({ to: user, from: emulator.sender, body: 'Hello' });
  await client.messages.create({
    to: user,
    from: emulator.sender,
    body: 'Hello',
    statusCallback: `${callbacks.url}/own`,
  });
  await control.idle();
  const paths = callbacks.received.map(({ path }) => path).sort();
  expect(paths).toEqual(['/default', '/default', '/default', '/own', '/own', '/own']);
});

test('the emulator sends no status callback before the caller knows the SID', async () => {
  const known: string[] = [];
  const unknown: string[] = [];
  callbacks.answer = ({ params }, response) => {
    if (!known.includes(params.MessageSid ?? '')) unknown.push(params.MessageSid ?? '');
    response.end();
  };
  for (let count = 0; count < 20; count++) {
    const statusCallback = `${callbacks.url}/status`;
    known.push(
      (await client.messages.create({ to: user, from: emulator.sender, body: 'b', statusCallback })).sid,
    );
    await control.idle();
  }
  expect({ known: known.length, unknown }).toEqual({ known: 20, unknown: [] });
});
