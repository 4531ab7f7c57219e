/**
 * Where Twilio is less kind than a stand-in would be: texts that its log does not keep, refusals, and clients of other
 * kinds. Each row is what a caller sees.
 */
import { request } from 'node:http';
import twilio from 'twilio';
import { EmulatorRequestClient } from '../../scripts/offline/emulator-request-client';
import { refusal, useEmulator } from './emulator-client';

const { emulator, client, control } = useEmulator();
const user = 'whatsapp:+4915112345678';
const { sender, messagingServiceSid } = emulator;
const approved = {
  to: user,
  contentSid: 'HX00000000000000000000000000000001',
  contentVariables: JSON.stringify({ '1': 'hacker', '2': '1337' }),
};

beforeEach(() => control.post('clock', { set: '2026-03-01T12:00:00.400Z', freeze: true }));

interface RawAnswer {
  status: number | undefined;
  body: unknown;
}

/** Below `fetch`, which sets `Host` itself and cannot ask for an upgrade. */
function raw(method: string, path: string, headers: Record<string, string>, body = ''): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${emulator.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('a text beside an attachment', () => {
  const phone = async () =>
    (await control.get<{ messages: object[] }>(`phone?user=${encodeURIComponent(user)}`)).messages;
  const send = (body: string, ending: string) =>
    client.messages.create({
      ...{ from: sender, to: user, body },
      mediaUrl: [`https://example.com/file.${ending}?v=1`],
    });
  beforeEach(async () => {
    await control.post('reset', {});
    await control.post('clock', { set: '2026-03-01T12:00:00.400Z', freeze: true });
    await control.post('inbound', { from: user, body: 'Hello' });
  });

  test.each([
    ['jpg', 'image/jpeg', 'Look'],
    ['mp4', 'video/mp4', 'Look'],
    ['ogg', 'audio/ogg', ''],
    ['webp', 'image/webp', ''],
    ['vcf', 'text/vcard', ''],
    ['pdf', 'application/pdf', ''],
  ])('is in the log and not on the phone where the kind has no caption: %s', async (ending, type, shown) => {
    const { sid } = await send('Look', ending);
    await control.idle();
    const [media] = await client.messages(sid).media.list();
    expect([(await client.messages(sid).fetch()).body, media?.contentType, (await phone()).at(-1)]).toEqual([
      'Look',
      type,
      expect.objectContaining({ text: shown, media: [`https://example.com/file.${ending}?v=1`] }),
    ]);
  });

  test.each([
    [1024, 'read', null],
    [1025, 'undelivered', 63021],
  ])('is refused where it is too long for a caption: %s characters', async (length, status, errorCode) => {
    const { sid } = await send('x'.repeat(length), 'jpg');
    await control.idle();
    expect(await client.messages(sid).fetch()).toMatchObject({ status, errorCode });
  });
});

describe('the emulator’s message log', () => {
  test('has no text of a template sent by a messaging service, although the user reads it', async () => {
    const created = await client.messages.create({ ...approved, messagingServiceSid });
    await control.idle();
    const fetched = await client.messages(created.sid).fetch();
    const [listed] = await client.messages.list();
    const { messages } = await control.get<{ messages: { text: string }[] }>(
      `phone?user=${encodeURIComponent(user)}`,
    );
    expect([created.body, fetched.body, listed?.body, messages.map(({ text }) => text)]).toEqual([
      '',
      '',
      '',
      ['Your hacker code is 1337.'],
    ]);
  });

  test('has the filled text of a template sent by a sender', async () => {
    expect((await client.messages.create({ ...approved, from: sender })).body).toBe(
      'Your hacker code is 1337.',
    );
  });

  test('has no text where the account discards bodies', async () => {
    await control.post('config', { discardBodies: true });
    await control.post('inbound', { from: user, body: 'Hi', deliver: false });
    await client.messages.create({ to: user, from: sender, body: 'Hello' });
    expect((await client.messages.list()).map(({ body }) => body)).toEqual(['', '']);
  });

  test('lists a message only after a delay, and finds it by its SID at once', async () => {
    await control.post('config', { logLagSeconds: 5 });
    const { sid } = await client.messages.create({ to: user, from: sender, body: 'Hello' });
    const before = (await client.messages.list()).length;
    const { body } = await client.messages(sid).fetch();
    await control.post('clock', { advanceSeconds: 5 });
    expect([before, body, (await client.messages.list()).length]).toEqual([0, 'Hello', 1]);
  });

  test('dates an inbound message at or after the moment it was written', async () => {
    await control.post('inbound', { from: user, deliver: false });
    const [message] = await client.messages.list();
    expect(message?.dateSent).toEqual(new Date('2026-03-01T12:00:01Z'));
  });

  test('gives messages with media in both directions a SID of their own kind', async () => {
    const { messageSid } = await control.post<{ messageSid: string }>('inbound', {
      from: user,
      type: 'image',
      deliver: false,
    });
    const { sid } = await client.messages.create({
      to: user,
      from: sender,
      mediaUrl: ['https://example.com/a.png'],
    });
    expect([messageSid.slice(0, 2), sid.slice(0, 2)]).toEqual(['MM', 'MM']);
  });

  test('drops every attachment but the first, without an error', async () => {
    const reader = 'whatsapp:+15550000077';
    await control.post('inbound', { from: reader, deliver: false });
    const mediaUrl = ['a', 'b', 'c'].map((name) => `https://example.com/${name}.png`);
    const sent = await client.messages.create({ to: reader, from: sender, body: 'Look', mediaUrl });
    await control.get('idle');
    const { messages } = await control.get<{ messages: { text: string; media: string[] }[] }>(
      `phone?user=${encodeURIComponent(reader)}`,
    );
    const { numMedia, errorCode, status } = await client.messages(sent.sid).fetch();
    expect([numMedia, errorCode, status, messages.at(-1)]).toEqual([
      ...['3', null, 'read'],
      expect.objectContaining({ text: 'Look', media: [mediaUrl[0]] }),
    ]);
  });

  test('lists a scheduled message with its status and no segment, and as canceled after cancellation', async () => {
    const { sid } = await client.messages.create({
      to: user,
      messagingServiceSid,
      body: 'Later',
      sendAt: new Date('2026-03-01T13:00:00Z'),
      scheduleType: 'fixed',
    });
    const [before] = await client.messages.list();
    await client.messages(sid).update({ status: 'canceled' });
    const [after] = await client.messages.list();
    expect([before?.status, before?.numSegments, after?.status]).toEqual(['scheduled', '0', 'canceled']);
  });
});

describe('a template inside the window', () => {
  const outcome = async (template: object, values: Record<string, string>) => {
    const { sid } = await control.post<{ sid: string }>('templates', {
      friendlyName: 'under_test',
      body: 'Your code {{1}} is here.',
      ...template,
    });
    return sentAs(sid, values);
  };
  const sentAs = async (sid: string, values: Record<string, string>) => {
    await control.post('inbound', { from: user, deliver: false });
    const sent = await client.messages.create({
      to: user,
      from: sender,
      contentSid: sid,
      contentVariables: JSON.stringify(values),
    });
    await control.idle();
    const { status, errorCode } = await client.messages(sent.sid).fetch();
    return [status, errorCode];
  };

  test.each([
    ['an unapproved carousel', { type: 'twilio/carousel', status: 'pending' }, ['failed', 63016]],
    ['an unapproved card', { type: 'twilio/card', status: 'pending' }, ['failed', 63016]],
    ['an unapproved flow of WhatsApp', { type: 'whatsapp/flows', status: 'unsubmitted' }, ['failed', 63016]],
    ['an unapproved call to action', { type: 'twilio/call-to-action', status: 'pending' }, ['failed', 63016]],
    ['an approved carousel', { type: 'twilio/carousel', status: 'approved' }, ['read', null]],
    ['an unapproved text', { type: 'twilio/text', status: 'pending' }, ['read', null]],
    ['a paused text', { status: 'paused' }, ['undelivered', 63041]],
    ['a disabled text', { status: 'disabled' }, ['undelivered', 63042]],
  ])('is delivered or refused as by WhatsApp: %s', async (_what, template, expected) => {
    expect(await outcome(template, { '1': 'a' })).toEqual(expected);
  });

  test.each([
    [3, ['read', null]],
    [4, ['failed', 63016]],
  ])('is delivered or refused by the buttons of an unapproved quick reply: %d', async (buttons, expected) => {
    const actions = Array.from({ length: buttons }, (_, index) => ({ title: `${index}`, id: `${index}` }));
    const fields = {
      ...{ friendly_name: 'buttons', language: 'en', variables: { 1: 'a' } },
      types: { 'twilio/quick-reply': { body: 'Which one, {{1}}?', actions } },
    };
    const { sid } = await client.content.v1.contents.create(
      fields as unknown as Parameters<typeof client.content.v1.contents.create>[0],
    );
    expect(await sentAs(sid, { '1': 'a' })).toEqual(expected);
  });

  test.each([
    [15, ['read', null]],
    [16, ['undelivered', 63013]],
  ])(
    'is delivered or refused by the length of its one-time code: %d characters',
    async (length, expected) => {
      expect(await outcome({ category: 'AUTHENTICATION' }, { '1': 'x'.repeat(length) })).toEqual(expected);
    },
  );

  test.each([
    [true, ['undelivered', 63013]],
    [false, ['read', null]],
  ])(
    'is delivered or refused with a line break in an unapproved text, limits kept: %s',
    async (unapprovedTextKeepsLimits, expected) => {
      await control.post('config', { unapprovedTextKeepsLimits });
      expect(await outcome({ status: 'pending' }, { '1': 'a\nb' })).toEqual(expected);
    },
  );

  test('is delivered as an unapproved call to action where control allows that', async () => {
    await control.post('config', { callToActionNeedsApproval: false });
    expect(await outcome({ type: 'twilio/call-to-action', status: 'pending' }, { '1': 'a' })).toEqual([
      'read',
      null,
    ]);
  });
});

describe('a user whom Twilio has opted out', () => {
  const send = () => client.messages.create({ to: user, from: sender, body: 'Hello' });

  beforeEach(async () => {
    await control.post('inbound', { from: user, deliver: false });
    await control.post('opt-outs', { user });
  });

  test('gets no message, and the callback says 21610', async () => {
    const { sid } = await send();
    await control.idle();
    const { status, errorCode } = await client.messages(sid).fetch();
    expect([status, errorCode]).toEqual(['undelivered', 21610]);
  });

  test('gets no message, and the answer says 21610 where control sets that', async () => {
    await control.post('config', { optOutRefusal: 'answer' });
    expect(await refusal(send())).toEqual({ status: 400, code: 21610 });
  });

  test('gets messages again once opted in', async () => {
    await control.post('opt-outs', { user, optedOut: false });
    const { sid } = await send();
    await control.idle();
    expect((await client.messages(sid).fetch()).status).toBe('read');
  });
});

test('many messages to one person at once are refused with 63018, to others are not, and control lifts that', async () => {
  const other = 'whatsapp:+4915112345679';
  for (const from of [user, other]) await control.post('inbound', { from, deliver: false });
  const codes = async (to: string, count: number) => {
    const sids = [];
    for (let n = 0; n < count; n += 1)
      sids.push((await client.messages.create({ to, from: sender, body: String(n) })).sid);
    await control.idle();
    return Promise.all(sids.map(async (sid) => (await client.messages(sid).fetch()).errorCode));
  };
  const first = await codes(user, 46);
  const [another] = await codes(other, 1);
  await control.post('clock', { advanceSeconds: 6 });
  expect([first, another, await codes(user, 2)]).toEqual([
    [...Array.from({ length: 45 }, () => null), 63018],
    null,
    [null, 63018],
  ]);
  await control.post('config', { pairLimit: false });
  expect(await codes(user, 2)).toEqual([null, null]);
  await control.post('config', { pairLimit: true });
});

describe('the submission of a template', () => {
  const create = (body: string) => {
    const types = { 'twilio/text': { body } };
    const fields = { friendly_name: 'x', language: 'en', types };
    return client.content.v1.contents.create(
      fields as unknown as Parameters<typeof client.content.v1.contents.create>[0],
    );
  };
  const submit = (sid: string) =>
    client.content.v1.contents(sid).approvalCreate.create({ name: 'parcel', category: 'UTILITY' });
  const status = async (sid: string) =>
    (await client.content.v1.contents(sid).approvalFetch().fetch()).whatsapp.status;

  test.each([
    ['{{1}} is here.', 'rejected'],
    ['Here is {{1}}', 'rejected'],
    ['Here is {{1}}!', 'rejected'],
    ['Here is {{1}} for you.', 'received'],
  ])('with the text %s is %s', async (body, expected) => {
    const { sid } = await create(body);
    await submit(sid);
    expect(await status(sid)).toBe(expected);
  });

  test('blocks a rejected name for 30 days, and the same content for good', async () => {
    const first = await create('Here is {{1}}');
    await submit(first.sid);
    const second = await create('Here is {{1}} for you.');
    await submit(second.sid);
    await control.post('clock', { advanceSeconds: 30 * 24 * 60 * 60 });
    const third = await create('Here is {{1}} for you.');
    await submit(third.sid);
    expect([await status(second.sid), await status(third.sid), await refusal(submit(first.sid))]).toEqual([
      'rejected',
      'received',
      { status: 400, code: 92009 },
    ]);
  });
});

describe('a client of the emulator', () => {
  const basic = `Basic ${Buffer.from(`${emulator.accountSid}:${emulator.authToken}`).toString('base64')}`;

  test('may use an API key instead of the token, with the key’s secret only', async () => {
    const by = (secret: string) =>
      twilio('SK00000000000000000000000000000001', secret, {
        accountSid: emulator.accountSid,
        httpClient: new EmulatorRequestClient(() => emulator.url, 10_000),
      }).messages.list();
    expect([
      await refusal(by('offlineapikeysecretoftheemulator')),
      await refusal(by(emulator.authToken)),
    ]).toEqual(['succeeded', { status: 401, code: 20003 }]);
  });

  test('may read a message with multipart/form-data', async () => {
    const form = new FormData();
    for (const [name, value] of [
      ['To', user],
      ['From', sender],
      ['Body', 'Grüße'],
    ] as const)
      form.append(name, value);
    const response = await fetch(`${emulator.url}/2010-04-01/Accounts/${emulator.accountSid}/Messages.json`, {
      method: 'POST',
      headers: { authorization: basic },
      body: form,
    });
    expect([response.status, await response.json()]).toEqual([
      201,
      expect.objectContaining({ body: 'Grüße' }),
    ]);
  });

  test('is refused by name as a websocket', async () => {
    const answer = await raw('GET', '/v4/wsconnect', {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'x-emulator-host': 'tsock.us1.twilio.com',
    });
    expect(answer).toEqual({
      status: 501,
      body: {
        code: 20501,
        emulator_code: 'EMULATOR_NOT_IMITATED',
        message:
          'The websocket of tsock.us1.twilio.com, which twilio-sync and other live clients open, is not imitated by this emulator. Use the REST API.',
        more_info: 'https://www.twilio.com/docs/errors/',
        status: 501,
      },
    });
  });

  test.each([
    ['api.twilio.com', 200],
    ['localhost:4010', 200],
    ['evil.example', 403],
    ['twilio.com.evil.example', 403],
    ['localhost.evil.example', 403],
  ])('is checked by its Host header: %s is answered with %d', async (host, status) => {
    expect((await raw('GET', '/_emulator/clock', { host })).status).toBe(status);
  });
});

describe('a build in the emulator', () => {
  const build = async (by: object) => {
    const { sid } = await client.serverless.v1.services.create({ uniqueName: 'u', friendlyName: 'U' });
    return client.serverless.v1.services(sid).builds.create(by);
  };
  const handler = (version: string) => ({
    dependencies: JSON.stringify([{ name: '@twilio/runtime-handler', version }]),
  });

  test('runs on node22 where it names no runtime', async () => {
    expect((await build({})).runtime).toBe('node22');
  });

  test.each([
    ['node18', { runtime: 'node18' }, { status: 400, code: 82007 }],
    ['the handler 2.0.3', handler('2.0.3'), { status: 400, code: 20001 }],
    ['the handler 2.1.0', handler('2.1.0'), { status: 400, code: 20001 }],
    ['a range of handlers', handler('^2.0.1'), { status: 400, code: 20001 }],
    ['the handler 2.0.1', handler('2.0.1'), 'succeeded'],
    ['the handler 2.1.2', handler('2.1.2'), 'succeeded'],
  ])('is accepted only with a runtime and handler that Twilio supports: %s', async (_what, by, expected) => {
    expect(await refusal(build(by))).toEqual(expected);
  });
});

test('a fault of the emulator may answer 429 with any code of Twilio’s, such as the daily limit’s', async () => {
  await control.post('faults', {
    target: 'api',
    match: { service: 'api' },
    do: 'status',
    status: 429,
    code: 63038,
  });
  expect(await refusal(client.messages.create({ to: user, from: sender, body: 'Hello' }))).toEqual({
    status: 429,
    code: 63038,
  });
});
