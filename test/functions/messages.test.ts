/** /messages: a program that was written for Twilio's own Messages API keeps its code, and hears of a closed window at once. */
import twilio from 'twilio';
import { HOUR_MS, newUser, SENDER, useService } from './service';

const service = useService();
const CODE_SID = 'HX00000000000000000000000000000001';
const VARIABLES = JSON.stringify({ 1: 'hacker', 2: '1337' });
const FILLED = 'Your hacker code is 1337.';

/** The stock SDK, with the one line changed. */
function sdk() {
  const client = twilio(service.offline.emulator.accountSid, service.token);
  client.api.baseUrl = service.url;
  return client;
}

async function openUser(): Promise<string> {
  const to = newUser();
  await service.inbound(to);
  return to;
}

interface Sent {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

async function post(
  fields: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
  { token = service.token, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Sent> {
  const response = await service.fetch('/messages', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`anybody:${token}`)}`, ...headers },
    body: new URLSearchParams(fields as Record<string, string>),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const error = (status: number, code: number, message: RegExp) => ({
  status,
  json: {
    ...{ code, status, message: expect.stringMatching(message) },
    more_info: `https://www.twilio.com/docs/errors/${code}`,
  },
});

describe('Twilio’s SDK with one changed line', () => {
  test('sends a text in an open window, and gets a Message as Twilio makes it', async () => {
    const to = await openUser();
    const message = await sdk().messages.create({ from: SENDER, to, body: 'Hello' });
    expect({ ...message.toJSON(), dateCreated: null, dateUpdated: null }).toEqual({
      ...{ body: 'Hello', direction: 'outbound-api', from: SENDER, to, status: 'queued' },
      ...{ sid: expect.stringMatching(/^SM[0-9a-f]{32}$/), accountSid: service.offline.emulator.accountSid },
      ...{ numSegments: '1', numMedia: '0', price: null, priceUnit: null, apiVersion: '2010-04-01' },
      ...{ errorCode: null, errorMessage: null, messagingServiceSid: null },
      ...{ dateCreated: null, dateUpdated: null, dateSent: null },
      uri: `/2010-04-01/Accounts/${service.offline.emulator.accountSid}/Messages/${message.sid}.json`,
      subresourceUris: {
        media: `/2010-04-01/Accounts/${service.offline.emulator.accountSid}/Messages/${message.sid}/Media.json`,
      },
    });
    expect(message.dateCreated).toBeInstanceOf(Date);
    expect((await service.outbound(to)).map(({ sid, text }) => [sid, text])).toEqual([
      [message.sid, 'Hello'],
    ]);
  });

  test('gets a refusal at once with Twilio’s code where the window is closed', async () => {
    const to = newUser();
    await expect(sdk().messages.create({ from: SENDER, to, body: 'Hello' })).rejects.toMatchObject({
      ...{ status: 400, code: 63016, moreInfo: 'https://www.twilio.com/docs/errors/63016' },
      message: expect.stringMatching(/^No message from this user/),
    });
    expect(await service.outbound(to)).toEqual([]);
  });

  test('sends the template where the text may not leave', async () => {
    const [open, closed] = [await openUser(), newUser()];
    const both = { from: SENDER, body: 'Hello', contentSid: CODE_SID, contentVariables: VARIABLES };
    const sent = await Promise.all([open, closed].map((to) => sdk().messages.create({ ...both, to })));
    expect(sent.map(({ body }) => body)).toEqual(['Hello', FILLED]);
    expect((await service.outbound(closed)).map(({ contentSid, text }) => [contentSid, text])).toEqual([
      [CODE_SID, FILLED],
    ]);
  });

  test('schedules a message by the Messaging Service', async () => {
    const to = await openUser();
    const { nowMs } = await service.control<{ nowMs: number }>('clock');
    const sendAt = new Date(nowMs + HOUR_MS);
    const messagingServiceSid = service.offline.emulator.messagingServiceSid;
    const message = await sdk().messages.create({
      ...{ to, body: 'Later', messagingServiceSid, scheduleType: 'fixed', sendAt },
    });
    expect([message.status, message.messagingServiceSid, message.numSegments]).toEqual([
      'scheduled',
      messagingServiceSid,
      '0',
    ]);
    expect((await service.outbound(to)).map(({ status }) => status)).toEqual(['scheduled']);
  });

  test('gets Twilio’s errors for an opt-out and for a wrong token', async () => {
    const to = await openUser();
    await service.inbound(to, { body: 'STOP' });
    const message = { from: SENDER, to, body: 'Hello' };
    await expect(sdk().messages.create(message)).rejects.toMatchObject({ status: 400, code: 21610 });
    const wrong = twilio(service.offline.emulator.accountSid, 'a-wrong-token-of-24-characters');
    wrong.api.baseUrl = service.url;
    await expect(wrong.messages.create(message)).rejects.toMatchObject({ status: 401, code: 20003 });
  });
});

test('/messages answers with the first of several attachments’ messages, and names the others', async () => {
  const to = await openUser();
  const { status, json } = await post([
    ...[['To', to] as const, ['From', SENDER] as const, ['Body', 'Look'] as const],
    ...['a', 'b'].map((name) => ['MediaUrl', `https://example.com/${name}.jpg`] as const),
  ]);
  const sids = (await service.outbound(to)).map(({ sid }) => sid);
  expect([status, json.sid, json.num_media, json.further_sids]).toEqual([201, sids[0], '1', sids.slice(1)]);
  expect(sids).toHaveLength(2);
});

test('/messages says that a message is held, because no Message exists for it', async () => {
  const to = newUser();
  const { status, json } = await post({ To: to, From: SENDER, Body: 'News', WhenClosed: 'hold' });
  const [prompt] = await service.outbound(to);
  expect([status, json.sid, json.held]).toEqual([
    201,
    prompt?.sid,
    { id: '0', expires_at: expect.any(String) },
  ]);
  const again = await post({ To: to, From: SENDER, Body: 'More news', WhenClosed: 'hold' });
  expect([again.status, again.json.sid, again.json.status]).toEqual([201, null, 'accepted']);
});

test.each([
  ['a parameter', { IdempotencyKey: 'order-1' }, {}],
  ['a header', {}, { 'idempotency-key': 'order-2' }],
])('/messages sends once and repeats its answer for a key given as %s', async (_says, fields, headers) => {
  const to = await openUser();
  const message = { To: to, From: SENDER, Body: 'Hello', ...fields } as Record<string, string>;
  const [first, second] = [await post(message, { headers }), await post(message, { headers })];
  expect([second.status, second.json.sid]).toEqual([201, first.json.sid]);
  expect(await service.outbound(to)).toHaveLength(1);
});

test('/messages delivers no message after its ValidityPeriod', async () => {
  const to = await openUser();
  await post({ To: to, From: SENDER, Body: 'Now or never', ValidityPeriod: '60' });
  const { messages } = await service.control<{ messages: { to: string; validityPeriod: number | null }[] }>(
    'messages',
  );
  expect(
    messages.filter((message) => message.to === to).map(({ validityPeriod }) => validityPeriod),
  ).toContain(60);
});

describe('/messages refuses what is wrong with Twilio’s own code and sends nothing', () => {
  const to = newUser();
  const good = { To: to, From: SENDER, Body: 'Hello' };
  test.each<readonly [string, Readonly<Record<string, string>>, number, RegExp]>([
    ['no recipient', { From: SENDER, Body: 'Hello' }, 21604, /'To' address is required/],
    [
      'a recipient on another channel',
      { ...good, To: '+15551234567' },
      21211,
      /sends WhatsApp messages only: use a client for Twilio itself/,
    ],
    ['a recipient who is no address', { ...good, To: 'whatsapp:Ada' }, 21211, /no WhatsApp address/],
    ['the sender as the recipient', { ...good, To: SENDER }, 21266, /the sender itself/],
    ['no sender', { To: to, Body: 'Hello' }, 21603, /'From' address/],
    ['a sender of another channel', { ...good, From: '+15551234567' }, 21212, /no WhatsApp sender/],
    [
      'another Messaging Service',
      { To: to, Body: 'Hello', MessagingServiceSid: `MG${'9'.repeat(32)}` },
      21705,
      /is not the MESSAGING_SERVICE_SID/,
    ],
    ['no text and no media', { To: to, From: SENDER }, 21619, /nothing to send/],
    ['a text of 1,601 characters', { ...good, Body: 'x'.repeat(1601) }, 21617, /1601 characters/],
    ['media without encryption', { ...good, MediaUrl: 'http://example.com/a.jpg' }, 21620, /https/],
    ['a malformed Content SID', { To: to, From: SENDER, ContentSid: 'greeting' }, 21655, /HX and 32/],
    [
      'malformed variables',
      { To: to, From: SENDER, ContentSid: CODE_SID, ContentVariables: '{' },
      21656,
      /must be an object/,
    ],
    [
      'variables without a template',
      { ...good, ContentVariables: '{"1":"a"}' },
      21656,
      /give ContentSid as well/,
    ],
    ['a status callback that is no address', { ...good, StatusCallback: 'example.com' }, 21609, /https/],
    [
      'a time without a schedule type',
      { ...good, SendAt: '2031-05-05T12:00:00Z' },
      35126,
      /ScheduleType must be fixed/,
    ],
    [
      'a time that has passed',
      { ...good, ScheduleType: 'fixed', SendAt: '2020-05-05T12:00:00Z' },
      35114,
      /more than 5 minutes/,
    ],
    [
      'a day that no calendar has',
      { ...good, ScheduleType: 'fixed', SendAt: '2032-02-31T12:00:00Z' },
      35114,
      /ISO 8601 with a zone/,
    ],
    ['a text that could not be decoded', { ...good, Body: 'Gar\ufffdon' }, 20001, /Body contains .* decoded/],
    ['a text with a control character', { ...good, Body: 'Hello\u0007' }, 20001, /Body contains control/],
    [
      'media of 2,001 characters',
      { ...good, MediaUrl: `https://e.example/${'x'.repeat(1983)}` },
      21620,
      /2000/,
    ],
    ['a key of other characters', { ...good, IdempotencyKey: 'a key' }, 20001, /1 to 128/],
    ['a malformed validity', { ...good, ValidityPeriod: 'soon' }, 20001, /1 to 36000/],
    [
      'an unknown parameter',
      { ...good, Boddy: 'Hello' },
      20001,
      /Boddy is a parameter that this service does not know/,
    ],
    [
      'a template that the account does not have',
      { To: to, From: SENDER, ContentSid: `HX${'9'.repeat(32)}` },
      21655,
      /no template/,
    ],
    [
      'a template without its variables',
      { To: to, From: SENDER, ContentSid: CODE_SID },
      21656,
      /has no value/,
    ],
  ])('where the request has %s', async (_says, fields, code, message) => {
    expect(await post(fields)).toEqual(error(400, code, message));
    expect(await service.outbound(to)).toEqual([]);
  });

  test.each([
    ['text', `&Body=Gar%E7on`, /^Body contains a character that could not be decoded/],
    [
      'variable',
      `&ContentSid=${CODE_SID}&ContentVariables=%7B%221%22:%22Gar%E7on%22,%222%22:%22b%22%7D`,
      /could not be decoded/,
    ],
    ['media address', '&MediaUrl=https://e.example/Gar%E7on.jpg', /MediaUrl/],
    ['status callback', '&Body=Hello&StatusCallback=https://e.example/Gar%E7on', /StatusCallback/],
  ])('where a form is not in UTF-8 and would change a %s', async (_says, part, message) => {
    const response = await service.fetch('/messages', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `To=${encodeURIComponent(to)}&From=${encodeURIComponent(SENDER)}${part}`,
    });
    const { message: said } = (await response.json()) as { message: string };
    expect([response.status, said]).toEqual([400, expect.stringMatching(message)]);
    expect(await service.outbound(to)).toEqual([]);
  });

  test('where all problems are named at once under the code of the first', async () => {
    const { status, json } = await post({ To: 'Ada', Body: 'x'.repeat(1601), Nonsense: '1' });
    expect([status, json.code]).toEqual([400, 20001]);
    for (const name of ['Nonsense', 'To', 'From', 'Body']) expect(json.message).toContain(name);
  });

  test('where a template is paused, with a code of its own', async () => {
    await service.control(`templates/${CODE_SID}`, { status: 'paused' });
    // An approval is remembered for five minutes.
    await service.advance(5 * 60_000);
    const answer = await post({
      To: newUser(),
      From: SENDER,
      ContentSid: CODE_SID,
      ContentVariables: VARIABLES,
    });
    expect(answer).toEqual(error(400, 63041, /paused/));
    await service.control(`templates/${CODE_SID}`, { status: 'approved' });
  });

  test('where the token is wrong, missing or may only read', async () => {
    expect(await post(good, { token: 'a-wrong-token-of-24-characters' })).toEqual(
      error(401, 20003, /API token/),
    );
    const response = await service.fetch('/messages', { method: 'POST', body: new URLSearchParams(good) });
    expect([response.status, await response.json()]).toEqual([401, error(401, 20003, /API token/).json]);
  });

  test('where the request has ten thousand parameters', async () => {
    const many = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`P${index}`, 'x']));
    const { status, json } = await post({ ...good, ...many });
    expect([status, json.code]).toEqual([400, 20001]);
  });

  test('where the key belongs to another request', async () => {
    const user = await openUser();
    await post({ To: user, From: SENDER, Body: 'One', IdempotencyKey: 'same' });
    expect(await post({ To: user, From: SENDER, Body: 'Two', IdempotencyKey: 'same' })).toEqual(
      error(409, 20409, /different request/),
    );
  });
});
