/**
 * Whatever the software asks of Twilio, and whatever the emulator answers, is as Twilio's OpenAPI documents say. All of
 * it goes through a recording proxy: the functions as they run offline, the scripts as processes, and every route of the
 * emulator through the real SDK.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createEmulator } from '../../../emulator/emulator';
import { Control, clientOf } from '../../emulator/emulator-client';
import { Service } from '../../functions/service';
import { runScript, settingsFile } from '../scripts/script-run';
import { EMULATOR_PLAYS, type Stage } from './emulator-plays';
import { FUNCTION_PLAYS } from './function-plays';
import { KNOWN_FAULTS, PARAMETERS_BESIDE_THE_DOCUMENTS, PARAMETERS_NOT_IMITATED } from './known-faults';
import { type OpenApiPackage, openApiPackage } from './openapi-package';
import { type Exchange, RecordingProxy } from './recording-proxy';
import { commandOf, FOLDER, SCRIPT_PLAYS, USER } from './script-plays';
import { TwilioDocuments } from './twilio-documents';

/** The Webhooks configuration API is newer than the pinned documents; `test/emulator/webhook-rules.test.ts` has its shapes. */
const NOT_YET_DOCUMENTED = 'webhooks';
const routes = createEmulator()
  .routes.filter(({ service }) => service !== NOT_YET_DOCUMENTED)
  .map((route) => ({
    ...route,
    host: `${route.service}.twilio.com`,
    name: `${route.method} ${route.service} ${route.path}`,
  }));
/** The Sandbox's number is in no list of senders. */
const SENDER = 'whatsapp:+15550001111';
/** Setup makes it anew. */
const LESSON_CODE = 'HX00000000000000000000000000000001';
const byPlay = new Map<string, readonly Exchange[]>();
let source: OpenApiPackage;
let documents: TwilioDocuments;

const exchangesOf = (play: string) => byPlay.get(play) ?? [];
const everything = () => [...byPlay.values()].flat();
const complaintsOf = (judge: TwilioDocuments, exchanges: readonly Exchange[]) => [
  ...new Set(exchanges.flatMap((exchange) => judge.complaints(exchange))),
];

beforeAll(async () => {
  source = openApiPackage();
  documents = new TwilioDocuments(source, KNOWN_FAULTS);
  await playFunctions();
  await playScripts();
  await playEmulator();
});

afterAll(() => rmSync(FOLDER, { recursive: true }));

async function playFunctions(): Promise<void> {
  const proxy = new RecordingProxy();
  const service = new Service({ inProcess: true, through: (emulatorUrl) => proxy.open(emulatorUrl) });
  await service.start();
  try {
    for (const { name, act } of FUNCTION_PLAYS) {
      await act(service);
      await service.control('idle');
      await service.clearFaults();
      byPlay.set(name, proxy.take());
    }
  } finally {
    await service.stop();
    await proxy.close();
  }
}

async function playScripts(): Promise<void> {
  const proxy = new RecordingProxy();
  const emulator = createEmulator({ port: 0, statusCallbackDelayMs: 0, sender: SENDER });
  await emulator.start();
  const emulatorUrl = await proxy.open(emulator.url);
  const settings = settingsFile({
    ACCOUNT_SID: emulator.accountSid,
    AUTH_TOKEN: emulator.authToken,
    MESSAGING_SERVICE_SID: emulator.messagingServiceSid,
    WHATSAPP_SENDER: emulator.sender,
    API_TOKEN: 'Zk3v9QeW1xT7bLr0mYp5uHs8dNa2cJf6gRi4oXqE',
  });
  try {
    await clientOf(emulator).content.v1.contents(LESSON_CODE).remove();
    await new Control(emulator).post('inbound', { from: USER, body: 'hi', deliver: false });
    for (const play of SCRIPT_PLAYS) {
      const { script, file = script, args, code = 0 } = play;
      const run = await runScript(file, ['--env', settings.path, ...args], { emulatorUrl });
      if (run.code !== code) throw new Error(`npm run ${script} ended with ${run.code}:\n${run.text}`);
      byPlay.set(commandOf(play), proxy.take());
    }
  } finally {
    settings.remove();
    await emulator.stop();
    await proxy.close();
  }
}

async function playEmulator(): Promise<void> {
  const proxy = new RecordingProxy();
  const emulator = createEmulator({ port: 0, statusCallbackDelayMs: 0, rateLimits: false, sender: SENDER });
  await emulator.start();
  const url = await proxy.open(emulator.url);
  const { accountSid, authToken, sender, syncServiceSid, messagingServiceSid } = emulator;
  const client = clientOf({ accountSid, authToken, url });
  const stage: Stage = {
    client,
    control: new Control(emulator),
    sender,
    syncServiceSid,
    messagingServiceSid,
  };
  try {
    for (const { name, act } of EMULATOR_PLAYS) {
      await act(stage);
      await stage.control.idle();
      byPlay.set(name, proxy.take());
    }
  } finally {
    await emulator.stop();
    await proxy.close();
  }
}

test.each([...FUNCTION_PLAYS, ...EMULATOR_PLAYS].map(({ name }) => name))(
  'every request and answer is as Twilio documents it: %s',
  (name) => {
    const exchanges = exchangesOf(name);
    expect(exchanges.length).toBeGreaterThan(0);
    expect(complaintsOf(documents, exchanges)).toEqual([]);
  },
);

test.each(SCRIPT_PLAYS.map((play) => ({ ...play, command: commandOf(play) })))(
  'every request and answer of $command is as Twilio documents it',
  ({ command, excused = [] }) => {
    const exchanges = exchangesOf(command);
    expect(exchanges.length).toBeGreaterThan(0);
    const complaints = complaintsOf(documents, exchanges);
    const isExcused = (complaint: string) => excused.some((excuse) => excuse.test(complaint));
    expect(complaints.filter((complaint) => !isExcused(complaint))).toEqual([]);
    expect(excused.filter((excuse) => !complaints.some((complaint) => excuse.test(complaint)))).toEqual([]);
  },
);

test('every command that makes requests to Twilio was checked against Twilio’s documents', () => {
  const root = join(__dirname, '../../..');
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const asking = Object.keys(scripts).filter((name) => {
    const [file] = /\S+\.ts/.exec(scripts[name] ?? '') ?? [];
    // Who reads the credentials by a name of their own only hands them on.
    return (
      file !== undefined &&
      /\breadEnv\b[^']*from '[^']*\/account\/account'/.test(readFileSync(join(root, file), 'utf8'))
    );
  });
  const played = ['broadcast', ...SCRIPT_PLAYS.map(({ script }) => script)];
  expect(asking.sort()).toEqual([...new Set(played)].sort());
});

test.each(routes)('the emulator’s route $name was played and answered', ({ method, host, path }) => {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
  const played = everything().filter(
    (exchange) =>
      exchange.method === method &&
      exchange.host === host &&
      pattern.test(exchange.path) &&
      exchange.answer.status < 300,
  );
  expect(played.length).toBeGreaterThan(0);
});

test.each(routes)('the emulator’s route $name accepts the parameters that Twilio documents', (route) => {
  const documented = documents.parametersOf(route);
  const missing = PARAMETERS_NOT_IMITATED[route.name]?.names ?? [];
  // A JSON body is read field by field in its handler, and was played above.
  const known = route.body === 'json' ? documented : [...(route.query ?? []), ...(route.body ?? [])];
  const beside = PARAMETERS_BESIDE_THE_DOCUMENTS[route.name]?.names ?? [];
  expect([...known, ...missing].sort()).toEqual([...documented, ...beside].sort());
});

test('the functions use exactly these operations of Twilio', () => {
  const used = FUNCTION_PLAYS.flatMap(({ name }) => exchangesOf(name)).map((exchange) =>
    documents.operationOf(exchange),
  );
  expect([...new Set(used)].sort()).toEqual([
    'api_v2010 CreateMessage',
    'api_v2010 FetchMessage',
    'api_v2010 ListMessage',
    'content_v1 FetchApprovalFetch',
    'content_v1 FetchContent',
    'content_v1 ListContentAndApprovals',
    'conversations_v1 FetchConversationParticipant',
    'sync_v1 CreateDocument',
    'sync_v1 CreateSyncList',
    'sync_v1 CreateSyncListItem',
    'sync_v1 CreateSyncMap',
    'sync_v1 CreateSyncMapItem',
    'sync_v1 DeleteDocument',
    'sync_v1 DeleteSyncList',
    'sync_v1 DeleteSyncListItem',
    'sync_v1 DeleteSyncMapItem',
    'sync_v1 FetchDocument',
    'sync_v1 FetchSyncListItem',
    'sync_v1 FetchSyncMapItem',
    'sync_v1 ListDocument',
    'sync_v1 ListSyncList',
    'sync_v1 ListSyncListItem',
    'sync_v1 ListSyncMapItem',
    'sync_v1 UpdateDocument',
    'sync_v1 UpdateSyncListItem',
    'sync_v1 UpdateSyncMapItem',
  ]);
});

test.each(KNOWN_FAULTS)(
  'the known fault of Twilio’s documents is still there: $name',
  ({ name, complaint }) => {
    const others = KNOWN_FAULTS.filter((fault) => fault.name !== name);
    const judge = new TwilioDocuments(source, others);
    const told = everything().flatMap((exchange) => {
      try {
        return judge.complaints(exchange);
      } catch (error) {
        // Ajv refuses some documents as a whole.
        return [error instanceof Error ? error.message : String(error)];
      }
    });
    expect(told.some((sentence) => complaint.test(sentence))).toBe(true);
  },
);

describe('the check against Twilio’s documents', () => {
  const first = (method: string, path: RegExp, status: number): Exchange => {
    const found = everything().find(
      (exchange) =>
        exchange.method === method && path.test(exchange.path) && exchange.answer.status === status,
    );
    if (!found) throw new Error(`Nothing was played that is ${method} ${path} -> ${status}.`);
    return found;
  };
  const document = () => first('GET', /\/Documents\/one$/, 200);
  const message = () => first('POST', /\/Messages\.json$/, 201);
  const answered = (exchange: Exchange, change: object, body?: (body: object) => object): Exchange => ({
    ...exchange,
    answer: {
      ...exchange.answer,
      ...change,
      ...(body && { body: JSON.stringify(body(JSON.parse(exchange.answer.body) as object)) }),
    },
  });

  test.each<[string, () => Exchange, string]>([
    [
      'an empty answer, valid as published',
      () => answered(document(), {}, () => ({})),
      "required property 'sid'",
    ],
    [
      'an extra key',
      () => answered(document(), {}, (body) => ({ ...body, colour: 1 })),
      'NOT have additional',
    ],
    [
      'a SID of another kind',
      () => answered(document(), {}, (body) => ({ ...body, sid: `MP${'0'.repeat(32)}` })),
      'answer/sid must match pattern',
    ],
    [
      'a malformed date',
      () => answered(document(), {}, (body) => ({ ...body, date_created: 'today' })),
      'answer/date_created must match format',
    ],
    [
      'a malformed link',
      () => answered(document(), {}, (body) => ({ ...body, links: { permissions: 'here' } })),
      'answer/links/permissions must match format',
    ],
    [
      'a missing ETag',
      () => answered(document(), { headers: { 'content-type': 'application/json' } }),
      'header ETag is missing',
    ],
    ['another success status', () => answered(document(), { status: 202 }), 'status is not documented'],
    [
      'an answer that is not JSON',
      () => answered(document(), { headers: { 'content-type': 'text/html', etag: '0' } }),
      'answer of type "text/html"',
    ],
    [
      'a body where there must be none',
      () => answered(first('DELETE', /\/Documents\/one$/, 204), { body: '{}' }),
      'must have no body',
    ],
    [
      'a refusal without a code',
      () => answered(first('GET', /\/Documents\/two$/, 404), {}, () => ({ status: 404 })),
      "required property 'code'",
    ],
    ['an unknown path', () => ({ ...document(), path: '/v1/Service' }), 'no document names this path'],
    [
      'an unknown query parameter',
      () => ({ ...document(), query: 'PageSize=5' }),
      'query parameter PageSize is unknown',
    ],
    [
      'a page that is too large',
      () => ({ ...first('GET', /\/Documents$/, 200), query: 'PageSize=101' }),
      'PageSize must be <= 100',
    ],
    [
      'a condition where none is allowed',
      () => ({ ...document(), headers: { 'if-match': '0' } }),
      'header parameter If-Match is unknown',
    ],
    [
      'a malformed account SID',
      () => ({ ...message(), path: '/2010-04-01/Accounts/me/Messages.json' }),
      'path parameter AccountSid must match pattern',
    ],
    [
      'an unknown form parameter',
      () => ({ ...message(), body: `${message().body}&Colour=red` }),
      '"additionalProperty":"Colour"',
    ],
    [
      'a form parameter given twice',
      () => ({ ...message(), body: 'To=%2B15551234567&To=%2B15551234568' }),
      'body/To must be string',
    ],
    [
      'a text instead of a number',
      () => ({ ...message(), body: 'To=%2B15551234567&ValidityPeriod=soon' }),
      'body/ValidityPeriod must be integer',
    ],
    ['a missing parameter', () => ({ ...message(), body: 'Body=Hello' }), "required property 'To'"],
    ['a missing body', () => ({ ...message(), body: '' }), "body's To is required"],
    [
      'a form instead of JSON',
      () => ({
        ...first('POST', /\/v1\/Content$/, 201),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      'is not documented',
    ],
    [
      'an unknown field of JSON',
      () => ({
        ...first('POST', /\/v1\/Content$/, 201),
        body: '{"friendlyName":"x","language":"en","types":{}}',
      }),
      '"additionalProperty":"friendlyName"',
    ],
  ])('finds %s', (_sentence, exchange, complaint) => {
    expect(documents.complaints(exchange()).join('\n')).toContain(complaint);
  });
});
