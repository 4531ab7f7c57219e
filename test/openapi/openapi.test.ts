/**
 * openapi.yaml against reality, both ways. Every answer that this file gets over HTTP is valid against it, strictly; and
 * every function, status and error code in it was met by one of those answers.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { signature } from '../../emulator/whatsapp/signature';
import { ROOT } from '../../scripts/offline/twilio-run';
import { HOUR_MS, NOON, newUser, SENDER, Service } from '../functions/service';
import {
  type DocumentedAnswer,
  documentedAnswers,
  openApi,
  operations,
  parameterNames,
  problemsOf,
  validatorOf,
} from './answers';

const READER = 'reader-token-that-is-no-secret';
const service = new Service({ inProcess: true, settings: { API_TOKENS: `reports:${READER}:read` } });
const unsetToken = new Service({ inProcess: true, settings: { API_TOKEN: '' } });
const misconfigured = new Service({ inProcess: true, settings: { SYNC_SERVICE_SID: 'IS1' } });
const stands = [service, unsetToken, misconfigured];
beforeAll(() => Promise.all(stands.map((offline) => offline.start())));
afterAll(() => Promise.all(stands.map((offline) => offline.stop())));
beforeEach(async () => {
  await service.clearFaults();
  await service.freeze(NOON);
});

const met = new Set<string>();
const nameOf = ({ path, method, status, code }: DocumentedAnswer) =>
  `${method} ${path} ${status} ${code ?? 'no error'}`;

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly from?: Service;
  /** Without the token, or the signature. */
  readonly isStranger?: boolean;
  /** Default: API_TOKEN. */
  readonly token?: string;
}

const isProtected = (path: string) =>
  Object.values(openApi.paths[path.replace(/\?.*/s, '')] ?? {}).some(({ security }) =>
    security.some((scheme) => 'twilioSignature' in scheme),
  );

/** Asks, holds the answer to the document, and notes what kind of answer it was. */
async function ask({ path, method, parameters = {}, from = service, isStranger = false, token }: Asked) {
  const texts = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const query = method === 'GET' ? `?${new URLSearchParams(texts)}` : '';
  const address = `${path}${query === '?' ? '' : query}`;
  const signed = signature(
    from.offline.emulator.authToken,
    from.url + address,
    method === 'GET' ? {} : texts,
  );
  const proof = isProtected(path)
    ? { 'x-twilio-signature': signed }
    : { authorization: `Bearer ${token ?? from.token}` };
  const response = await from.fetch(address, {
    method,
    headers: isStranger ? {} : proof,
    ...(method === 'POST' && { body: new URLSearchParams(texts) }),
  });
  const isXml = response.headers.get('content-type')?.startsWith('text/xml') ?? false;
  const body: unknown = isXml ? await response.text() : await response.json();
  const problems = problemsOf(path, method, response.status, body);
  if (problems.length > 0)
    throw new Error(`${method} ${path} ${response.status}: ${problems.join('; ')}\n${JSON.stringify(body)}`);
  const code =
    typeof body === 'object' ? ((body as { error: { code: string } | null }).error?.code ?? null) : null;
  const bare = path.replace(/\?.*/s, '');
  const operation = openApi.paths[bare]?.[method.toLowerCase()];
  // A 405 is answered to the methods that are not documented, and documented with one that is.
  const as = operation ? method : (Object.keys(openApi.paths[bare] ?? {})[0] ?? '').toUpperCase();
  met.add(nameOf({ path: bare, method: as, status: response.status, code }));
  return { status: response.status, body: body as Readonly<Record<string, unknown>> };
}

const TEMPLATE = { template: 'lesson_code', contentVariables: { 1: 'hacker', 2: '1337' } };
const TWILIO_TEMPLATE = {
  ContentSid: 'HX00000000000000000000000000000001',
  ContentVariables: '{"1":"hacker","2":"1337"}',
};
const MESSAGES = { service: 'api', method: 'POST', path: '/Messages' };
let numbers = 0;
const next = () => {
  numbers += 1;
  return String(numbers).padStart(32, '0');
};
const inbound = (from: string) => ({
  MessageSid: `SM${next()}`,
  From: from,
  To: SENDER,
  Body: 'hi',
  SmsStatus: 'received',
});

const conversationMessage = (Author: string) => ({
  ...{ EventType: 'onMessageAdded', ConversationSid: `CH${next()}`, MessageSid: `IM${next()}` },
  ...{ ParticipantSid: `MB${next()}`, Author, Body: 'Hello', DateCreated: new Date(NOON).toISOString() },
});

let full: Promise<string> | undefined;
/** Somebody for whom as much is held as can be. */
function fullUser(): Promise<string> {
  const fill = async (to: string) => {
    for (let count = 0; count < 100; count += 1) await service.send({ to, body: 'Held', whenClosed: 'hold' });
    return to;
  };
  full ??= fill(newUser());
  return full;
}

async function openUser(): Promise<string> {
  const to = newUser();
  await ask({ path: '/incoming-message', method: 'POST', parameters: inbound(to) });
  return to;
}

/** What a function is asked so that it works, and so that it finds something malformed. */
const EACH: Readonly<Record<string, { good: () => Record<string, unknown>; bad: Record<string, unknown> }>> =
  {
    '/send-message': { good: () => ({ to: newUser(), ...TEMPLATE }), bad: { to: 'Ada', at: 'x' } },
    '/studio/send-message': { good: () => ({ to: newUser(), ...TEMPLATE }), bad: { to: 'Ada' } },
    '/window': { good: () => ({ to: newUser() }), bad: { to: 'Ada' } },
    '/studio/window': { good: () => ({ to: newUser() }), bad: { to: 'Ada' } },
    '/contact': { good: () => ({ to: newUser() }), bad: { to: 'Ada', at: 'soon' } },
    '/studio/contact': { good: () => ({ to: newUser() }), bad: { CallSid: 'CA1' } },
    '/conversations/message-added': {
      good: () => conversationMessage('ada'),
      bad: { EventType: 'onMessageAdded', ConversationSid: 'x' },
    },
    '/windows': { good: () => ({}), bad: { limit: '0' } },
    '/templates': { good: () => ({}), bad: {} },
    '/held-messages': { good: () => ({ to: newUser() }), bad: { to: 'Ada' } },
    '/forget': { good: () => ({ to: newUser() }), bad: { to: 'Ada' } },
    '/thread': { good: () => ({ to: newUser() }), bad: { to: 'Ada', cursor: 'x' } },
    '/recent-messages': { good: () => ({}), bad: { limit: '0' } },
    '/messages': {
      good: () => ({ To: newUser(), From: SENDER, ...TWILIO_TEMPLATE }),
      bad: { To: 'Ada' },
    },
    '/incoming-message': { good: () => inbound(newUser()), bad: { From: 'Ada' } },
    '/message-status': {
      good: () => ({ MessageSid: `SM${next()}`, MessageStatus: 'delivered' }),
      bad: { MessageSid: 'x' },
    },
  };

function goodOf(method: string, path: string): Record<string, unknown> {
  const good = EACH[path]?.good() ?? {};
  return method === 'POST' && path === '/held-messages' ? { ...good, cancel: '0' } : good;
}

const table = operations().map(({ path, method }) => [method, path] as const);

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1, and has every function of src/functions and no other', () => {
    const files = readdirSync(join(ROOT, 'src/functions'), { recursive: true, encoding: 'utf8' });
    const functions = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [`/${file.replace(/(?:\.protected)?\.ts$/, '')}`, file.includes('.protected.')]);
    const documented = Object.keys(openApi.paths).map((path) => [path, isProtected(path)]);
    expect([openApi.openapi, documented.sort()]).toEqual(['3.1.0', functions.sort()]);
  });

  test('has only valid examples', () => {
    const wrong = operations().flatMap(({ path, method, operation }) => {
      const contents = [
        ...Object.entries(operation.requestBody?.content ?? {}).map(([, media]) => media),
        ...Object.values(operation.responses).flatMap(({ content }) => Object.values(content)),
      ];
      return contents.flatMap(({ schema, examples = {} }) =>
        Object.entries(examples).flatMap(([name, { value }]) => {
          const validate = validatorOf(schema);
          return validate(value) ? [] : [`${method} ${path}, ${name}: ${JSON.stringify(validate.errors)}`];
        }),
      );
    });
    expect(wrong).toEqual([]);
  });

  test('names every key that an answer’s object may have, except those an error has from Twilio', () => {
    const schemas = Object.entries(openApi.components.schemas)
      .filter(([name]) => !name.endsWith('Parameters'))
      .flatMap(([name, schema]) => openSchemasIn(schema, name));
    const responses = operations().flatMap(({ path, operation }) => openSchemasIn(operation.responses, path));
    expect([...schemas, ...responses]).toEqual([]);
  });

  test.each([
    ['an unknown address', '/nowhere', 'GET', 200, {}],
    ['an unknown status', '/window', 'POST', 418, {}],
    ['an extra key', '/message-status', 'POST', 200, { error: null, more: 1 }],
    ['a missing key', '/contact', 'POST', 200, { window: null, recorded: false }],
    [
      'another code',
      '/windows',
      'GET',
      401,
      { windows: [], nextCursor: null, error: { code: 'FORBIDDEN', message: 'x', problems: [] } },
    ],
    ['JSON where XML belongs', '/incoming-message', 'POST', 200, {}],
    [
      'an open window without an end',
      '/contact',
      'POST',
      200,
      {
        recorded: true,
        error: null,
        window: { state: 'open', lastInboundAt: null, closesAt: null, secondsLeft: 5, source: 'sync' },
      },
    ],
  ])('does not allow %s', (_says, path, method, status, body) => {
    expect(problemsOf(path, method, status, body)).not.toEqual([]);
  });
});

describe.each(table)('the endpoint %s %s', (method, path) => {
  const good = () => goodOf(method, path);

  test('answers valid and invalid requests as the document says', async () => {
    const found = await ask({ path, method, parameters: good() });
    const malformed = await ask({ path, method, parameters: EACH[path]?.bad ?? {} });
    const isCancel = method === 'POST' && path === '/held-messages';
    expect([found.status, malformed.status]).toEqual([
      isCancel ? 404 : path === '/messages' ? 201 : 200,
      path === '/templates' ? 200 : 400,
    ]);
  });

  test('refuses a wrong token, a wrong method and a wrong setting as the document says', async () => {
    const stranger = await ask({ path, method, parameters: good(), isStranger: true });
    const setting = await ask({ path, method, parameters: good(), from: misconfigured });
    const other = method === 'GET' ? 'POST' : 'GET';
    const isTaken = openApi.paths[path]?.[other.toLowerCase()] !== undefined;
    const wrong = isTaken ? undefined : await ask({ path, method: other });
    expect([stranger.status, setting.status, wrong?.status]).toEqual([
      isProtected(path) ? 403 : 401,
      500,
      isTaken ? undefined : 405,
    ]);
  });

  test('lets a token that may only read change nothing', async () => {
    const mayRead = method === 'GET' || path === '/window' || isProtected(path);
    const { status } = await ask({ path, method, parameters: good(), token: READER });
    const isCancel = method === 'POST' && path === '/held-messages';
    expect(status).toBe(mayRead && !isCancel ? 200 : 403);
  });
});

/** What is asked so that it needs Twilio: what does not depend on a window would be sent, and templates are remembered. */
const NEEDS_TWILIO: Readonly<Record<string, () => Record<string, unknown>>> = {
  '/send-message': () => ({ to: newUser(), body: 'Hello' }),
  '/studio/send-message': () => ({ to: newUser(), body: 'Hello' }),
  '/messages': () => ({ To: newUser(), From: SENDER, Body: 'Hello' }),
  '/conversations/message-added': () => conversationMessage(newUser()),
  '/message-status': () => ({ MessageSid: `SM${next()}`, MessageStatus: 'failed', ErrorCode: '63016' }),
};

describe.each([
  ['unavailable', { status: 503 }, [503]],
  ['refusing requests', { status: 400, code: 20001 }, [502]],
  ['refusing the credentials', { status: 401, code: 20003 }, [500]],
])('while Twilio is %s', (_says, fault, expected) => {
  const statuses = new Map<string, Promise<number>>();
  // All at once: each tries again for a while before it answers.
  beforeAll(async () => {
    // What is known of templates is remembered for less than that.
    await service.freeze(NOON);
    await service.advance(HOUR_MS);
    await service.fault({ match: {}, do: 'status', times: 0, ...fault });
    for (const [method, path] of table) {
      const parameters = NEEDS_TWILIO[path]?.() ?? goodOf(method, path);
      const address = path === '/message-status' ? `${path}?send=${'0'.repeat(24)}` : path;
      const asked = ask({ path: address, method, parameters });
      statuses.set(
        `${method} ${path}`,
        asked.then(({ status }) => status),
      );
    }
    await Promise.allSettled(statuses.values());
  });

  test.each(table)('%s %s answers as the document says', async (method, path) => {
    // /messages hands a refusal of Twilio's on as it is.
    expect(path === '/messages' ? [...expected, 400] : expected).toContain(
      await statuses.get(`${method} ${path}`),
    );
  });
});

describe.each(['/send-message', '/studio/send-message'])('the endpoint POST %s', (path) => {
  const send = (parameters: Readonly<Record<string, unknown>>) => ask({ path, method: 'POST', parameters });

  test('answers with every outcome as the document says', async () => {
    const [open, stranger, stopped] = [await openUser(), newUser(), await openUser()];
    await ask({
      path: '/incoming-message',
      method: 'POST',
      parameters: { ...inbound(stopped), Body: 'STOP' },
    });
    const requests = [
      { to: open, body: 'Hello' },
      { to: open, body: 'Hello', mediaUrl: 'https://example.com/a.jpg' },
      { to: open, body: 'Hello', sendAt: new Date(NOON + HOUR_MS).toISOString() },
      { to: stranger, body: 'Hello', dryRun: true, ...TEMPLATE },
      { to: stranger, body: 'Your hacker code is 1337.' },
      { to: stranger, body: 'Hello', whenClosed: 'hold' },
      { to: stranger, body: 'Hello', whenClosed: 'hold', ...TEMPLATE },
      { to: newUser(), body: 'Hello', whenClosed: 'hold', ...TEMPLATE },
      { to: stranger, body: 'Hello' },
      { to: stopped, body: 'Hello' },
    ];
    const outcomes = [];
    for (const request of requests) outcomes.push((await send(request)).body.outcome);
    expect(outcomes).toEqual([
      ...['sent', 'sent', 'scheduled', 'dry-run', 'sent', 'held', 'held', 'sent', 'refused', 'refused'],
    ]);
  });

  test('answers with every state of a window as the document says', async () => {
    const to = await openUser();
    const states = [];
    for (const step of [0, 24 * HOUR_MS - 60_000, 60_000]) {
      await service.advance(step);
      states.push((await send({ to, body: 'Hello', dryRun: true })).body.window);
    }
    expect(states.map((window) => (window as { state: string }).state)).toEqual([
      'open',
      'closing',
      'closed',
    ]);
  });

  test('refuses a key of another request, and a template with problems, as the document says', async () => {
    const to = await openUser();
    const idempotencyKey = `key${path.length}`;
    await send({ to, body: 'One', idempotencyKey });
    const statuses = [
      (await send({ to, body: 'Two', idempotencyKey })).status,
      (await send({ to, template: 'nobody' })).status,
      (await send({ to, template: 'lesson_code', contentVariables: { 1: '' } })).status,
    ];
    expect(statuses).toEqual([409, 422, 422]);
  });

  test('refuses a message for a full queue as the document says', async () => {
    const { body } = await send({ to: await fullUser(), body: 'Held', whenClosed: 'hold' });
    expect((body.error as { code: string }).code).toBe('HELD_LIMIT_REACHED');
  });

  test.each([
    ['a refusal', { status: 400, code: 21211 }, 502, 'TWILIO_REJECTED'],
    ['a refusal without a code', { status: 400 }, 502, 'TWILIO_REJECTED'],
    ['an unknown outcome', { status: 500, code: 20500 }, 502, 'OUTCOME_UNKNOWN'],
    ['a rate limit', { status: 429, code: 20429 }, 429, 'RATE_LIMITED'],
    ['wrong credentials', { status: 401, code: 20003 }, 500, 'MISCONFIGURED'],
  ])('answers as the document says where Twilio answers with %s', async (_says, fault, status, code) => {
    const to = await openUser();
    await service.fault({ match: MESSAGES, do: 'status', times: 0, ...fault });
    const answer = await send({ to, body: 'Hello' });
    expect([answer.status, (answer.body.error as { code: string }).code]).toEqual([status, code]);
  });

  test('an idempotency key whose item somebody else wrote is reported as an internal error without its content', async () => {
    const to = await openUser();
    const idempotencyKey = `broken${path.length}`;
    await service.fault({ match: MESSAGES, do: 'drop-after' });
    await send({ to, body: 'Hello', idempotencyKey });
    await overwriteKey(idempotencyKey);
    const { status, body } = await send({ to, body: 'Hello', idempotencyKey });
    expect([status, (body.error as { code: string }).code]).toEqual([500, 'INTERNAL_ERROR']);
    // The log tells where, and nothing of what was said.
    expect(service.logLines().at(-1)).toMatchObject({
      error: 'INTERNAL_ERROR',
      unexpected: 'TypeError',
      at: expect.arrayContaining([expect.stringMatching(/^statusOf \S+:\d+:\d+$/)]),
    });
  });
});

/** What no call of this software would have stored: a result without anything in it. */
async function overwriteKey(key: string): Promise<void> {
  const { emulator } = service.offline;
  const name = `key.${createHash('sha256').update(key).digest('hex').slice(0, 48)}`;
  const { maps } = await service.control<{ maps: { sid: string; items: { key: string }[] }[] }>('sync');
  const map = maps.find(({ items }) => items.some((item) => item.key === name));
  const url = `${emulator.url}/v1/Services/${emulator.syncServiceSid}/Maps/${map?.sid}/Items/${name}`;
  const headers = { authorization: `Basic ${btoa(`${emulator.accountSid}:${emulator.authToken}`)}` };
  const { data } = (await (await fetch(url, { headers })).json()) as { data: object };
  const broken = { ...data, value: { state: 'done', result: {} } };
  await fetch(url, { method: 'POST', headers, body: new URLSearchParams({ Data: JSON.stringify(broken) }) });
}

test('lists with items, a cancelled message, and calls are answered as the document says', async () => {
  const [to, caller] = [newUser(), newUser()];
  await ask({ path: '/send-message', method: 'POST', parameters: { to, body: 'Held', whenClosed: 'hold' } });
  const call = { CallSid: `CA${next()}`, Direction: 'inbound', From: caller, To: SENDER };
  const answers = [
    await ask({ path: '/held-messages', method: 'GET', parameters: { to } }),
    await ask({ path: '/held-messages', method: 'GET' }),
    await ask({ path: '/held-messages', method: 'POST', parameters: { to, cancel: '0' } }),
    await ask({ path: '/windows', method: 'GET', parameters: { limit: 1 } }),
    await ask({ path: '/windows', method: 'GET', parameters: { since: new Date(NOON).toISOString() } }),
    await ask({ path: '/windows', method: 'GET', parameters: { to, from: SENDER } }),
    await ask({ path: '/windows', method: 'GET', parameters: { closingWithin: 86400, limit: 100 } }),
    await ask({ path: '/studio/contact', method: 'POST', parameters: call }),
    await ask({
      path: '/studio/contact',
      method: 'POST',
      parameters: { ...call, Direction: 'outbound-api' },
    }),
    await ask({ path: '/window', method: 'GET', parameters: { to: caller } }),
    await ask({ path: '/thread', method: 'GET', parameters: { to, limit: 1 } }),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
});

test('the cancellation of a held message that may be on its way is refused as the document says', async () => {
  const to = newUser();
  await ask({ path: '/send-message', method: 'POST', parameters: { to, body: 'Held', whenClosed: 'hold' } });
  await service.fault({ match: MESSAGES, do: 'drop-before' });
  await ask({ path: '/incoming-message', method: 'POST', parameters: inbound(to) });
  const cancel = await ask({ path: '/held-messages', method: 'POST', parameters: { to, cancel: '0' } });
  expect([cancel.status, (cancel.body.error as { code: string }).code]).toEqual([409, 'BEING_SENT']);
});

test('an unset token is refused as the document says', async () => {
  expect((await ask({ path: '/window', method: 'POST', from: unsetToken })).status).toBe(401);
});

describe('the parameters in the document', () => {
  test.each(
    operations()
      .filter(({ path }) => !['/incoming-message', '/message-status'].includes(path))
      .map(({ path, method, operation }) => [method, path, parameterNames(operation)] as const),
  )('are known to %s %s by the same names', async (method, path, names) => {
    const ours = names.filter((name) => /^[a-z]/.test(name));
    const parameters = Object.fromEntries(ours.map((name) => [`${name[0]}_${name.slice(1)}`, 'x']));
    const { body } = await ask({ path, method, parameters });
    const problems = (
      (body.error as { problems?: readonly { message: string }[] } | null)?.problems ?? []
    ).map(({ message }) => message);
    const hints = ours.map((name) => `This parameter is spelt ${name}.`);
    expect(hints.filter((hint) => !problems.includes(hint))).toEqual([]);
  });
});

test('every status and outcome in the document was answered once', () => {
  const documented = documentedAnswers();
  const missing = documented.filter((answer) => !met.has(nameOf(answer)));
  // A mistake in this software may show in any function; it was made to in those that send.
  const others = missing.filter(({ code }) => code !== 'INTERNAL_ERROR').map(nameOf);
  expect([others, met.has('POST /send-message 500 INTERNAL_ERROR')]).toEqual([[], true]);
  expect([...met].filter((name) => !documented.map(nameOf).includes(name))).toEqual([]);
});

/** @returns the places of the objects that may have other keys than are named, or leave a key out */
function openSchemasIn(node: unknown, way: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.entries(node).flatMap(([name, value]) => openSchemasIn(value, `${way}/${name}`));
  return isOpenSchema(node) ? [way, ...inside] : inside;
}

function isOpenSchema(node: {
  properties?: object;
  required?: unknown;
  additionalProperties?: unknown;
}): boolean {
  const { properties, required, additionalProperties } = node;
  if (!Array.isArray(required) || !properties) return false;
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const isAsPromised = optional.length === 0 || optional.join() === 'twilioCode,class';
  return additionalProperties !== false || !isAsPromised;
}
