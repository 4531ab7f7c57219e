/**
 * Who may call: the token of HTTP callers, the signature of Twilio, the method. Every way to get it wrong has a row, and
 * what is refused is refused before anything else is looked at.
 */
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { signature } from '../../emulator/whatsapp/signature';
import { newUser, SENDER, Service, useService } from './service';

const service = useService();
const TOKEN = 'offline-token-that-is-no-secret';
const to = newUser();
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

const error = (code: string) => ({ code, message: expect.stringMatching(/\S/), problems: [] });
const SEND_FAILED = {
  outcome: 'failed',
  decision: null,
  window: null,
  message: null,
  held: null,
  preview: null,
  messages: [],
  cost: null,
};
const HELD_FAILED = { held: [], nextCursor: null, cancelled: false };
const CONTACT_FAILED = { window: null, recorded: false };
const WINDOW_FAILED = {
  ...{ window: null, optedOut: null, freeEntryUntil: null },
  ...{ freeFormAllowed: false, templateRequired: true },
};

describe('the API token', () => {
  const asked = (authorization: string | undefined) =>
    service.fetch(`/window?to=${encodeURIComponent(to)}`, {
      ...(authorization !== undefined && { headers: { authorization } }),
    });

  test.each([
    ['as a bearer token', `Bearer ${TOKEN}`],
    ['with the scheme in lower case', `bearer ${TOKEN}`],
    ['as the password of HTTP Basic', basic(`studio:${TOKEN}`)],
    ['as the password of HTTP Basic with any user name', basic(`whoever:${TOKEN}`)],
    ['as the password of HTTP Basic without a user name', basic(`:${TOKEN}`)],
  ])('is accepted %s', async (_says, authorization) => {
    expect((await asked(authorization)).status).toBe(200);
  });

  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a bearer without a token', 'Bearer'],
    ['a wrong token', `Bearer ${TOKEN.replace('offline', 'enilffo')}`],
    ['the beginning of the token', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token and more', `Bearer ${TOKEN}x`],
    ['the token in capitals', `Bearer ${TOKEN.toUpperCase()}`],
    ['the token without a scheme', TOKEN],
    ['the token under another scheme', `Digest ${TOKEN}`],
    ['the token as the user name', basic(`${TOKEN}:`)],
    ['HTTP Basic without a colon', basic(TOKEN)],
    ['HTTP Basic that is not Base64', 'Basic %%%'],
    ['a wrong password', basic(`studio:${TOKEN}x`)],
    ['the auth token', 'Bearer offlineauthtokenoftheemulator000'],
  ])('is refused with 401 where the header is %s', async (_says, authorization) => {
    const response = await asked(authorization);
    expect([response.status, response.headers.get('www-authenticate'), await response.json()]).toEqual([
      401,
      'Bearer',
      { ...WINDOW_FAILED, error: error('UNAUTHORIZED') },
    ]);
  });

  test.each([
    ['/send-message', 'POST', SEND_FAILED],
    ['/window', 'POST', WINDOW_FAILED],
    ['/window', 'GET', WINDOW_FAILED],
    ['/windows', 'GET', { windows: [], nextCursor: null }],
    ['/templates', 'GET', { templates: [] }],
    ['/thread', 'GET', { messages: [], nextCursor: null }],
    ['/recent-messages', 'GET', { messages: [], nextCursor: null }],
    ['/forget', 'POST', { erased: null, kept: null }],
    ['/contact', 'POST', CONTACT_FAILED],
    ['/held-messages', 'GET', HELD_FAILED],
    ['/held-messages', 'POST', HELD_FAILED],
  ])('is checked by %s for %s before anything else', async (path, method, failed) => {
    const { answer, requests } = await service.requestsOf(async () => {
      const response = await service.fetch(`${path}${method === 'GET' ? '?to=%00&limit=x' : ''}`, {
        method,
        ...(method === 'POST' && { body: '{"to":', headers: { 'content-type': 'text/plain' } }),
      });
      return [response.status, await response.json()];
    });
    expect([answer, requests]).toEqual([[401, { ...failed, error: error('UNAUTHORIZED') }], []]);
  });

  test.each([
    ['it has no header', null, { headers: {} }],
    ['it hides the right header', TOKEN, { headers: {} }],
    ['it is a text', TOKEN, 'x'],
    ['it is null', TOKEN, null],
    ['it has a list of headers', TOKEN, { headers: [] }],
  ])(
    'is read from the header only, and a parameter named `request` gives no access: %s',
    async (_says, token, request) => {
      const { answer, requests } = await service.requestsOf(() =>
        service.post('/send-message', { to, body: 'x', request }, { token }),
      );
      expect(answer).toEqual({ status: 401, json: { ...SEND_FAILED, error: error('UNAUTHORIZED') } });
      expect(requests).toEqual([]);
    },
  );

  describe.each([
    ['unset', '', 401, 'UNAUTHORIZED', /API_TOKEN is not set/, []],
    [
      'shorter than 24 characters',
      'only-23-characters-long',
      500,
      'MISCONFIGURED',
      /API_TOKEN.*24 characters or more/,
      [{ field: 'API_TOKEN', message: expect.stringContaining('API_TOKEN') }],
    ],
  ])('that is %s', (_says, token, status, code, message, problems) => {
    const other = new Service({ inProcess: true, settings: { API_TOKEN: token } });
    beforeAll(() => other.start());
    afterAll(() => other.stop());

    test.each([
      ['no token', null],
      ['the token that is set', token],
      ['another token', TOKEN],
    ])('refuses everyone and names the setting: the request sends %s', async (_what, sent) => {
      expect(await other.post('/send-message', { to, body: 'x' }, { token: sent })).toEqual({
        status,
        json: { ...SEND_FAILED, error: { code, message: expect.stringMatching(message), problems } },
      });
    });

    test('does not refuse Twilio’s own requests', async () => {
      const answer = await other.inbound(to);
      expect(answer.webhooks.map((webhook) => webhook.status)).toEqual([token === '' ? 200 : 500]);
    });
  });
});

describe('the signature of a request', () => {
  const inbound = {
    MessageSid: `SM${'a'.repeat(32)}`,
    From: to,
    To: SENDER,
    Body: 'Hello & wélcome = 1+1',
    SmsStatus: 'received',
    NumMedia: '0',
  };
  const PROTECTED = {
    '/incoming-message': inbound,
    '/message-status': { MessageSid: `SM${'b'.repeat(32)}`, MessageStatus: 'delivered' },
    '/studio/send-message': { to, body: 'Hello', dryRun: 'true' },
    '/studio/window': { to },
    '/studio/contact': { CallSid: `CA${'c'.repeat(32)}`, Direction: 'inbound', From: to, To: SENDER },
    '/conversations/message-added': {
      EventType: 'onMessageAdded',
      ConversationSid: `CH${'d'.repeat(32)}`,
      MessageSid: `IM${'e'.repeat(32)}`,
      Author: 'an agent',
      DateCreated: '2026-03-01T12:00:00.000Z',
    },
  } as const;
  const FORBIDDEN = { status: 403, code: 'FORBIDDEN' };
  const outcome = async (response: Response) => {
    const { error: found } = (await response.json()) as { error?: { code: string } };
    return { status: response.status, code: found?.code };
  };
  const authToken = 'offlineauthtokenoftheemulator000';

  describe.each(Object.entries(PROTECTED))('to %s', (path, parameters) => {
    const form = (headers: Record<string, string>) =>
      service.fetch(path, { method: 'POST', headers, body: new URLSearchParams(parameters) });

    test('lets Twilio’s request pass', async () => {
      expect((await service.signed(path, parameters)).status).toBe(200);
    });

    test.each([
      ['where it is missing', () => form({})],
      ['where it is empty', () => form({ 'x-twilio-signature': '' })],
      ['where it is wrong', () => form({ 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })],
      ['by another auth token', () => service.signed(path, parameters, { authToken: `${authToken}x` })],
      ['by an empty auth token', () => service.signed(path, parameters, { authToken: '' })],
      ['for another path', () => service.signed(path, parameters, { url: `${service.url}/somewhere` })],
      ['for another host', () => service.signed(path, parameters, { url: `https://example.com${path}` })],
      [
        'for fewer parameters',
        () => form({ 'x-twilio-signature': signature(authToken, service.url + path, {}) }),
      ],
      [
        'for other values',
        () =>
          form({
            'x-twilio-signature': signature(authToken, service.url + path, {
              ...parameters,
              MessageSid: 'x',
              CallSid: 'x',
              to: 'x',
            }),
          }),
      ],
      ['where the API token is sent instead', () => form({ authorization: `Bearer ${TOKEN}` })],
    ])('is refused %s', async (_says, call) => {
      expect(await outcome(await call())).toEqual(FORBIDDEN);
    });
  });

  test.each([
    ['one parameter', '?source=console'],
    ['several parameters', '?source=console&flow=FW1&n=2'],
    ['a parameter whose value is encoded', '?label=a%20b%26c'],
    ['a parameter without a value', '?debug='],
  ])('covers the query: it has %s', async (_says, query) => {
    const path = `/incoming-message${query}`;
    const good = await service.signed(path, inbound);
    const changed = await service.signed(`${path}x`, inbound, { url: service.url + path });
    const unsigned = await service.signed(path, inbound, { url: `${service.url}/incoming-message` });
    expect([good.status, changed.status, unsigned.status]).toEqual([200, 403, 403]);
  });

  test('to Studio’s functions is that of their whole path', async () => {
    const without = await service.signed('/studio/window', { to }, { url: `${service.url}/window` });
    expect(await outcome(without)).toEqual(FORBIDDEN);
  });

  describe('with a JSON body', () => {
    const post = (path: string, signedPath: string, body: string) =>
      service.fetch(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-twilio-signature': createHmac('sha1', authToken)
            .update(service.url + signedPath)
            .digest('base64'),
        },
        body,
      });
    const body = JSON.stringify({
      to,
      template: 'lesson_code',
      contentVariables: { 1: 'a', 2: 'b' },
      dryRun: true,
    });
    const hashed = (path: string) => `${path}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;

    test('is that of the address with the hash of the body in its query', async () => {
      const path = hashed('/studio/send-message');
      const response = await post(path, path, body);
      expect([response.status, await response.json()]).toEqual([
        200,
        expect.objectContaining({ outcome: 'dry-run', error: null }),
      ]);
    });

    test.each([
      ['the hash is missing', '/studio/send-message', '/studio/send-message'],
      ['the hash is wrong', `${hashed('/studio/send-message')}0`, hashed('/studio/send-message')],
      ['the hash is not signed', hashed('/studio/send-message'), '/studio/send-message'],
      ['the path is wrong', hashed('/studio/send-message'), hashed('/send-message')],
    ])('is refused where %s', async (_says, path, signedPath) => {
      expect(await outcome(await post(path, signedPath, body))).toEqual(FORBIDDEN);
    });
  });

  test('through a tunnel is that of the tunnel’s host, which only the Host header names', async () => {
    const post = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const text = new URLSearchParams(inbound).toString();
        const sending = request(`${service.url}/incoming-message`, {
          method: 'POST',
          headers: {
            host,
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(text),
            'x-twilio-signature': signature(
              authToken,
              'https://night-owl.ngrok.app/incoming-message',
              inbound,
            ),
          },
        });
        sending.once('response', (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sending.once('error', reject);
        sending.end(text);
      });
    expect([await post('night-owl.ngrok.app'), await post('other.ngrok.app')]).toEqual([200, 403]);
  });
});

describe('the method of a request', () => {
  test.each([
    ['GET /send-message', '/send-message', 'GET', SEND_FAILED],
    ['GET /contact', '/contact', 'GET', CONTACT_FAILED],
    ['GET /forget', '/forget', 'GET', { erased: null, kept: null }],
    ['POST /windows', '/windows', 'POST', { windows: [], nextCursor: null }],
    ['POST /templates', '/templates', 'POST', { templates: [] }],
    ['POST /thread', '/thread', 'POST', { messages: [], nextCursor: null }],
    ['POST /recent-messages', '/recent-messages', 'POST', { messages: [], nextCursor: null }],
  ])('is checked: %s is refused with 405', async (_says, path, method, failed) => {
    const response = await service.fetch(path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(method === 'POST' && { body: new URLSearchParams({ to }) }),
    });
    expect([response.status, await response.json()]).toEqual([
      405,
      { ...failed, error: error('METHOD_NOT_ALLOWED') },
    ]);
  });

  test.each([
    '/incoming-message',
    '/message-status',
    '/studio/send-message',
    '/studio/contact',
    '/conversations/message-added',
  ])('is checked before the signature: GET %s is refused with 405', async (path) => {
    const headers = {
      'x-twilio-signature': signature('offlineauthtokenoftheemulator000', service.url + path, {}),
    };
    const response = await service.fetch(path, { headers });
    expect(response.status).toBe(405);
  });
});

describe('the headers of every answer', () => {
  test.each([
    [
      'a successful answer',
      () => service.fetch('/window?to=%2B15551234567', { headers: { authorization: `Bearer ${TOKEN}` } }),
    ],
    ['a refused one', () => service.fetch('/send-message', { method: 'POST' })],
    ['a forbidden one', () => service.fetch('/incoming-message', { method: 'POST' })],
    ['a list', () => service.fetch('/windows', { headers: { authorization: `Bearer ${TOKEN}` } })],
    [
      'an answer to a page of another origin',
      () =>
        service.fetch('/windows', {
          headers: { authorization: `Bearer ${TOKEN}`, origin: 'https://evil.example' },
        }),
    ],
  ])('forbid storing it and reading it from another origin: %s', async (_says, call) => {
    const { headers } = await call();
    expect({
      cache: headers.get('cache-control'),
      origin: headers.get('access-control-allow-origin'),
      credentials: headers.get('access-control-allow-credentials'),
      sniffing: headers.get('x-content-type-options'),
    }).toEqual({ cache: 'no-store', origin: null, credentials: null, sniffing: 'nosniff' });
  });
});
