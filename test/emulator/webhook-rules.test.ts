/** The Webhooks configuration API: what it shows, and what a rule does to the webhooks of its addresses. */
import { createHmac } from 'node:crypto';
import { validateRequest } from 'twilio';
import { useEmulator } from './emulator-client';
import { useWebhookReceiver } from './webhook-receiver';

const { emulator, client, control } = useEmulator();
const functions = useWebhookReceiver();
const user = 'whatsapp:+15551234567';
const RULE_ID = /^webhooks_rule_[0-9a-z]{26}$/;
const SETTING_ID = /^webhooks_setting_[0-9a-z]{26}$/;
const KEY_ID = /^webhooks_sharedkey_[0-9a-z]{26}$/;

interface Made {
  rule: { id: string };
  setting: { id: string; signature?: { sharedKeyId: string } };
}

const add = (rule: object) => control.post<Made>('webhook-rules', rule);
const retry = (retryCount: number, ...retryOn: string[]) => ({ retryPolicy: { retryCount, retryOn } });
const basic = `Basic ${Buffer.from(`${emulator.accountSid}:${emulator.authToken}`).toString('base64')}`;

async function api(path: string, method = 'GET'): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${emulator.url}/v1/Webhooks/${path}`, {
    method,
    headers: { authorization: basic, 'x-emulator-host': 'webhooks.twilio.com' },
  });
  return { status: response.status, body: await response.json() };
}

/** How often the webhook is posted, where every attempt fails with this status. */
async function attempts(ending: string, status = 503): Promise<number> {
  functions.answer = (_webhook, response) => {
    response.writeHead(status).end();
  };
  await control.post('config', { incomingUrl: `${functions.url}/in?a=1${ending}` });
  const { webhooks } = await control.post<{ webhooks: unknown[] }>('inbound', { from: user });
  return webhooks.length;
}

describe('a webhook rule', () => {
  test.each([
    ['retries where the address says nothing', retry(2, 'HTTP_5XX'), '', 503, 3],
    ['takes precedence over the overrides of the address', retry(1, 'HTTP_5XX'), '#rc=4&rp=all', 503, 2],
    ['retries only on what it names', retry(3, 'HTTP_5XX', 'READ_TIMEOUT'), '#rc=4&rp=all', 403, 1],
    ['retries a 4xx', retry(2, 'HTTP_4XX'), '', 403, 3],
    ['retries everything', retry(2, 'ALL'), '', 403, 3],
    ['without a retry policy retries nothing', { readTimeoutMs: 5000 }, '#rc=4&rp=all', 503, 1],
  ])('decides the retries: it %s', async (_what, connection, fragment, status, expected) => {
    await add({ matchType: 'DEFAULT', connection });
    expect(await attempts(fragment, status)).toBe(expected);
  });

  test('without a retry policy does not retry where the connection fails', async () => {
    const incomingUrl = 'http://127.0.0.1:9/in';
    await control.post('config', { incomingUrl });
    const inbound = () => control.post<{ webhooks: unknown[] }>('inbound', { from: user });
    const before = await inbound();
    await add({ matchType: 'EXACT_MATCH', value: incomingUrl });
    expect([before.webhooks.length, (await inbound()).webhooks.length]).toEqual([2, 1]);
  });

  test('ends an attempt after its own read timeout', async () => {
    await add({ matchType: 'DEFAULT', connection: { readTimeoutMs: 100 } });
    functions.answer = () => {};
    await control.post('config', { functionsUrl: functions.url });
    const { webhooks } = await control.post<{ webhooks: { error: string }[] }>('inbound', { from: user });
    expect(webhooks.map(({ error }) => error)).toEqual(['read timeout']);
  });

  test('ends all attempts after its own total timeout', async () => {
    const connection = { readTimeoutMs: 15_000, totalTimeoutMs: 200, ...retry(5, 'ALL') };
    await add({ matchType: 'DEFAULT', connection });
    functions.answer = () => {};
    await control.post('config', { functionsUrl: functions.url });
    const { webhooks } = await control.post<{ webhooks: unknown[] }>('inbound', { from: user });
    expect(webhooks.length).toBe(1);
  });

  test.each([
    ['EXACT_MATCH', 'value', '/in', true],
    ['EXACT_MATCH', 'value', '/in?a=1', true],
    ['EXACT_MATCH', 'value', '/in?a=2', false],
    ['EXACT_MATCH', 'value', '/i', false],
    ['PREFIX_MATCH', 'prefix', '/', true],
    ['PREFIX_MATCH', 'prefix', '/in/', false],
  ])('applies by match type: %s of %s %s applies: %s', async (matchType, field, path, fits) => {
    await add({ matchType, [field]: `${functions.url}${path}`, connection: retry(2, 'ALL') });
    expect(await attempts('')).toBe(fits ? 3 : 1);
  });

  test('with an exact match comes before a prefix, and a prefix before the default', async () => {
    await add({ matchType: 'DEFAULT', connection: retry(5, 'ALL') });
    const byDefault = await attempts('');
    await add({ matchType: 'PREFIX_MATCH', prefix: `${functions.url}/`, connection: retry(4, 'ALL') });
    const byPrefix = await attempts('');
    await add({ matchType: 'EXACT_MATCH', value: `${functions.url}/in`, connection: retry(3, 'ALL') });
    const byPath = await attempts('');
    await add({ matchType: 'EXACT_MATCH', value: `${functions.url}/in?a=1`, connection: retry(2, 'ALL') });
    expect([byDefault, byPrefix, byPath, await attempts('')]).toEqual([6, 5, 4, 3]);
  });

  test('with an exact match comes before a longer prefix', async () => {
    await add({ matchType: 'PREFIX_MATCH', prefix: `${functions.url}/in?a=1/`, connection: retry(4, 'ALL') });
    const byPrefix = await attempts('/');
    await add({ matchType: 'EXACT_MATCH', value: `${functions.url}/in`, connection: retry(2, 'ALL') });
    expect([byPrefix, await attempts('/')]).toEqual([5, 3]);
  });

  test('applies until it is cleared', async () => {
    await add({ matchType: 'DEFAULT', connection: retry(5, 'ALL') });
    await control.call('DELETE', 'webhook-rules');
    expect([await attempts(''), (await api('Settings')).body]).toEqual([
      1,
      expect.objectContaining({ settings: [] }),
    ]);
  });
});

describe('a webhook rule with a signing key', () => {
  const secret = 'a key of its own';
  const url = () => `${functions.url}/in?a=1`;

  async function received() {
    await control.post('config', { incomingUrl: url() });
    await control.post('inbound', { from: user, body: 'Grüße' });
    const [webhook] = functions.received;
    const params = webhook?.params ?? {};
    const signed = Object.keys(params)
      .sort()
      .reduce((text, name) => text + name + params[name], url());
    const { 'x-twilio-signature': signature, 'x-twilio-webhooks-signature-settings': settings } =
      webhook?.headers ?? {};
    const validBy = (key: string) => validateRequest(key, String(signature), url(), params);
    return {
      signature,
      settings,
      params,
      validBy,
      hash: createHmac('sha256', secret).update(signed).digest('base64'),
    };
  }

  test('signs with SHA-256, and the token’s check refuses the webhook', async () => {
    const { setting } = await add({ matchType: 'DEFAULT', signature: { type: 'SHARED_KEY', secret } });
    const { signature, settings, hash, validBy } = await received();
    expect([signature, settings, validBy(emulator.authToken)]).toEqual([
      hash,
      `key=${setting.signature?.sharedKeyId},algorithm=HMAC_SHA256`,
      false,
    ]);
  });

  test('signs with SHA-1 where it says so', async () => {
    const signature = { type: 'SHARED_KEY', secret, algorithm: 'HMAC_SHA1' };
    const { setting } = await add({ matchType: 'DEFAULT', signature });
    const { settings, validBy } = await received();
    expect([validBy(secret), validBy(emulator.authToken), settings]).toEqual([
      true,
      false,
      `key=${setting.signature?.sharedKeyId},algorithm=HMAC_SHA1`,
    ]);
  });

  test('signs status callbacks as well', async () => {
    const signature = { type: 'SHARED_KEY', secret, algorithm: 'HMAC_SHA1' };
    await add({ matchType: 'PREFIX_MATCH', prefix: `${functions.url}/`, signature });
    const statusCallback = `${functions.url}/status`;
    await client.messages.create({ to: user, from: emulator.sender, body: 'Hello', statusCallback });
    await control.idle();
    const [first] = functions.received;
    const given = String(first?.headers['x-twilio-signature']);
    expect(
      [secret, emulator.authToken].map((key) =>
        validateRequest(key, given, statusCallback, first?.params ?? {}),
      ),
    ).toEqual([true, false]);
  });

  test('keeps the token’s signature where it says nothing about signatures', async () => {
    await add({ matchType: 'DEFAULT' });
    const { settings, validBy } = await received();
    expect([validBy(emulator.authToken), settings]).toEqual([true, undefined]);
  });

  test('with a second setting gives it its share of the webhooks', async () => {
    await add({ matchType: 'DEFAULT', split: { percentage: 50, signature: { type: 'NONE' } } });
    await control.post('config', { incomingUrl: url() });
    for (let count = 0; count < 4; count += 1) await control.post('inbound', { from: user });
    expect(functions.received.map(({ headers }) => 'x-twilio-signature' in headers)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('may leave the signature out', async () => {
    await add({ matchType: 'DEFAULT', signature: { type: 'NONE' } });
    const { signature, settings } = await received();
    expect([signature, settings]).toEqual([undefined, undefined]);
  });
});

describe('the API of webhook rules', () => {
  test('shows rules with their settings, and never a secret', async () => {
    await control.post('clock', { set: '2026-03-01T12:00:00Z', freeze: true });
    const { rule, setting } = await add({
      matchType: 'PREFIX_MATCH',
      prefix: 'https://example.com/hooks/',
      friendlyName: 'Hooks',
      connection: { connectTimeoutMs: 900, totalTimeoutMs: 9000, ...retry(2, 'HTTP_5XX') },
      signature: { type: 'SHARED_KEY', secret: 'hidden' },
    });
    const times = { createdAt: '2026-03-01T12:00:00.000Z', updatedAt: '2026-03-01T12:00:00.000Z' };
    const shownRule = {
      id: expect.stringMatching(RULE_ID),
      friendlyName: 'Hooks',
      description: '',
      matchType: 'PREFIX_MATCH',
      prefix: 'https://example.com/hooks/',
      settings: [{ settingId: setting.id, percentage: 100 }],
      ...times,
    };
    const shownSetting = {
      id: expect.stringMatching(SETTING_ID),
      type: 'CUSTOMER',
      friendlyName: 'Hooks',
      description: '',
      auth: { source: 'INLINE', value: { scheme: 'NONE' } },
      signature: {
        type: 'SHARED_KEY',
        sharedKeyId: expect.stringMatching(KEY_ID),
        algorithm: 'HMAC_SHA256',
      },
      connection: {
        connectTimeoutMs: 900,
        readTimeoutMs: 15_000,
        totalTimeoutMs: 9000,
        retryPolicy: { retryCount: 2, retryOn: ['HTTP_5XX'] },
      },
      ...times,
    };
    const meta = { pageSize: 50, nextToken: null, previousToken: null };
    expect([
      await api('Rules'),
      await api(`Rules/${rule.id}`),
      await api('Settings'),
      await api(`Settings/${setting.id}`),
    ]).toEqual(
      [
        { rules: [shownRule], meta: { key: 'rules', ...meta } },
        shownRule,
        { settings: [shownSetting], meta: { key: 'settings', ...meta } },
        shownSetting,
      ].map((body) => ({ status: 200, body })),
    );
  });

  test('shows a second setting with its share, and finds the rule by either', async () => {
    const { rule, setting } = await add({ matchType: 'DEFAULT', split: { percentage: 10 } });
    const [, second] = (await control.get<{ settings: { id: string }[] }>('webhook-rules')).settings;
    expect([await api(`Rules/${rule.id}`), await api(`Rules?settingId=${second?.id}`)]).toEqual([
      {
        status: 200,
        body: expect.objectContaining({
          settings: [
            { settingId: setting.id, percentage: 90 },
            { settingId: second?.id, percentage: 10 },
          ],
        }),
      },
      { status: 200, body: expect.objectContaining({ rules: [expect.objectContaining({ id: rule.id })] }) },
    ]);
  });

  test('gives its pages by token', async () => {
    for (const value of ['a', 'b', 'c']) {
      await add({ matchType: 'EXACT_MATCH', value: `https://example.com/${value}` });
    }
    const values = [];
    for (let token: string | null = ''; token !== null; ) {
      const { body } = await api(`Rules?pageSize=2${token === '' ? '' : `&pageToken=${token}`}`);
      const page = body as { rules: { value: string }[]; meta: { nextToken: string | null } };
      values.push(page.rules.map(({ value }) => value.slice(-1)).join(''));
      token = page.meta.nextToken;
    }
    expect(values).toEqual(['ab', 'c']);
  });

  test('finds the rules of a setting, and the settings of a key', async () => {
    const first = await add({ matchType: 'DEFAULT', signature: { type: 'SHARED_KEY', secret: 'x' } });
    await add({ matchType: 'EXACT_MATCH', value: 'https://example.com/a' });
    const ids = (body: unknown) =>
      Object.values(body as Record<string, unknown>)
        .flatMap((part) => (Array.isArray(part) ? (part as { id: string }[]) : []))
        .map(({ id }) => id);
    const keyId = first.setting.signature?.sharedKeyId;
    expect([
      ids((await api(`Rules?settingId=${first.setting.id}`)).body),
      ids((await api(`Settings?sharedKeyId=${keyId}`)).body),
      ids((await api('Settings?type=SYSTEM')).body),
    ]).toEqual([[first.rule.id], [first.setting.id], []]);
  });

  test.each([
    ['GET', 'Rules/webhooks_rule_00000000000000000000000000', 404],
    ['GET', 'Settings/webhooks_setting_00000000000000000000000000', 404],
    ['GET', 'Rules?pageSize=101', 400],
    ['GET', 'Rules?pageToken=nobody', 400],
    ['GET', 'Settings?type=OTHER', 400],
    ['POST', 'Rules', 501],
    ['DELETE', 'Rules/webhooks_rule_00000000000000000000000000', 501],
    ['GET', 'SharedKeys', 501],
  ])('answers %s %s with %d', async (method, path, status) => {
    expect((await api(path, method)).status).toBe(status);
  });
});

describe('the emulator’s control of webhook rules', () => {
  test.each([
    ['no match type', {}],
    ['an exact rule without a value', { matchType: 'EXACT_MATCH' }],
    ['an exact rule that ends with a slash', { matchType: 'EXACT_MATCH', value: 'https://example.com/' }],
    [
      'a prefix that does not end with a slash',
      { matchType: 'PREFIX_MATCH', prefix: 'https://example.com/a' },
    ],
    ['a value with a fragment', { matchType: 'EXACT_MATCH', value: 'https://example.com/a#rc=3' }],
    ['a value for a prefix', { matchType: 'PREFIX_MATCH', value: 'https://example.com/' }],
    ['an unknown cause of retries', { matchType: 'DEFAULT', connection: retry(1, 'HTTP_3XX') }],
    ['too many retries', { matchType: 'DEFAULT', connection: retry(6, 'ALL') }],
    ['a timeout that is too long', { matchType: 'DEFAULT', connection: { readTimeoutMs: 15_001 } }],
    ['a key without a secret', { matchType: 'DEFAULT', signature: { type: 'SHARED_KEY' } }],
    ['a second setting without a share', { matchType: 'DEFAULT', split: {} }],
    ['a second setting that has all', { matchType: 'DEFAULT', split: { percentage: 100 } }],
    ['an unknown field', { matchType: 'DEFAULT', connection: { retryCount: 1 } }],
  ])('refuses a rule with %s', async (_what, rule) => {
    expect((await control.call('POST', 'webhook-rules', rule)).status).toBe(400);
    expect(await control.get('webhook-rules')).toEqual({ rules: [], settings: [] });
  });

  test('refuses a second rule for the same address', async () => {
    const rule = { matchType: 'EXACT_MATCH', value: 'https://example.com/a' };
    await add(rule);
    expect(await control.call('POST', 'webhook-rules', rule)).toEqual({
      status: 409,
      body: { error: '"https://example.com/a" has a rule of the kind EXACT_MATCH already (59103).' },
    });
  });
});
