/**
 * The functions as they lie on the platform: flat, under SID names, far from this repository, with only the production
 * dependencies in reach. Each has to load there, export its handler and answer once. It runs them in a process of their
 * own, so that nothing of this test's modules is in reach by mistake; each call there loads its function anew.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fsHelpers } from '@twilio-labs/serverless-api';

const ROOT = join(__dirname, '..');
const AUTH_TOKEN = 'an-auth-token-of-nobody';
const API_TOKEN = 'an-api-token-of-nobody-at-all';
const DOMAIN_NAME = 'whatsapp-window-1234-dev.twil.io';

let folder: string;
let platform: ChildProcess;
const fileOf = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'deployed-'));
  mkdirSync(join(folder, 'node_modules/@twilio'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(manifest.dependencies)) {
    symlinkSync(realpathSync(join(ROOT, 'node_modules', name)), join(folder, 'node_modules', name));
  }
  const { functions } = await fsHelpers.getListOfFunctionsAndAssets(join(ROOT, 'dist'), {
    functionsFolderNames: ['functions'],
    assetsFolderNames: ['assets'],
  });
  // What a build for an account has besides is the same file as /messages.
  const own = functions.filter(({ path }) => !path.startsWith('/2010-04-01/'));
  for (const [index, { path, filePath }] of own.entries()) {
    const file = `ZF${String(index).padStart(32, '0')}.js`;
    copyFileSync(filePath, join(folder, file));
    fileOf.set(path, file);
  }
  writeFileSync(join(folder, 'platform.js'), PLATFORM);
  // Without NODE_PATH and NODE_OPTIONS: only what lies in the folder may be found.
  platform = fork(join(folder, 'platform.js'), {
    ...{ cwd: folder, env: { PATH: process.env.PATH ?? '' }, execArgv: [] },
  });
});

afterAll(() => {
  platform.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** What the platform does with a function: the global, the context, the event, the callback. */
const PLATFORM = `
class Response {
  headers = {};
  setStatusCode(code) { this.statusCode = code; }
  appendHeader(name, value) { this.headers[name] = value; }
  setBody(body) { this.body = body; }
}
global.Twilio = Object.assign(require('twilio'), { Response });
console.log = () => {};
const getTwilioClient = () => { throw new Error('nobody asked for this'); };
process.on('message', ({ call, file, context, event }) => {
  delete require.cache[require.resolve('./' + file)];
  const { handler, ...rest } = require('./' + file);
  let calls = 0;
  handler({ ...context, getTwilioClient }, event, (error, response) => {
    calls += 1;
    if (calls > 1) throw new Error(file + ' called back twice');
    setImmediate(() => process.send({ call, calls, error, exported: Object.keys(rest), response }));
  });
});
`;

let calls = 0;

interface Result {
  readonly calls: number;
  readonly error: unknown;
  readonly exported: readonly string[];
  readonly response: { readonly statusCode: number; readonly headers: object; readonly body: unknown };
}

const CONTEXT = {
  ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  AUTH_TOKEN,
  API_TOKEN,
  SYNC_SERVICE_SID: `IS${'0'.repeat(32)}`,
  WHATSAPP_SENDER: 'whatsapp:+14155238886',
  DOMAIN_NAME,
};

function run(path: string, event: object, context: object = CONTEXT): Promise<Result> {
  calls += 1;
  const call = calls;
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new Error(`The process ended where ${path} was called; its error is above.`));
    platform.once('exit', onEnd);
    platform.on('message', function onAnswer(answer: Result & { readonly call: number }) {
      if (answer.call !== call) return;
      platform.off('message', onAnswer).off('exit', onEnd);
      const { call: _, ...result } = answer;
      resolve(result);
    });
    platform.send({ call, file: fileOf.get(path), context, event });
  });
}

const post = (headers: object) => ({
  request: { headers: { 'content-type': 'application/json', ...headers } },
});
const signed = (path: string, parameters: Record<string, string>, authToken = AUTH_TOKEN) => {
  const text = Object.keys(parameters)
    .sort()
    .reduce((all, name) => all + name + parameters[name], `https://${DOMAIN_NAME}${path}`);
  const signature = createHmac('sha1', authToken).update(text).digest('base64');
  return { ...post({ 'x-twilio-signature': signature }), ...parameters };
};
const headers = (type: string) => ({
  'Content-Type': type,
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
});

test('the build has a file for every function', () => {
  expect([...fileOf.keys()].sort()).toEqual([
    '/contact',
    '/conversations/message-added',
    '/forget',
    '/held-messages',
    '/incoming-message',
    '/message-status',
    '/messages',
    '/recent-messages',
    '/send-message',
    '/studio/contact',
    '/studio/send-message',
    '/studio/window',
    '/templates',
    '/thread',
    '/window',
    '/windows',
  ]);
});

test.each([
  '/send-message',
  '/window',
  '/windows',
  '/templates',
  '/thread',
  '/held-messages',
  '/contact',
  '/forget',
])('%s loads, exports only a handler, and checks the token once', async (path) => {
  const result = await run(path, post({}));
  expect(result).toEqual({
    calls: 1,
    error: null,
    exported: [],
    response: {
      statusCode: 401,
      headers: { ...headers('application/json'), 'WWW-Authenticate': 'Bearer' },
      body: expect.objectContaining({ error: expect.objectContaining({ code: 'UNAUTHORIZED' }) }),
    },
  });
});

test.each([
  '/incoming-message',
  '/message-status',
  '/studio/send-message',
  '/studio/window',
  '/studio/contact',
  '/conversations/message-added',
])('%s loads, exports only a handler, and checks the signature once', async (path) => {
  const result = await run(path, post({}));
  expect(result).toEqual({
    calls: 1,
    error: null,
    exported: [],
    response: {
      statusCode: 403,
      headers: headers('application/json'),
      body: expect.objectContaining({ error: expect.objectContaining({ code: 'FORBIDDEN' }) }),
    },
  });
});

test('the built function checks the signature of https:// and the domain of the service', async () => {
  const status = { MessageSid: 'SM1', MessageStatus: 'delivered' };
  const results = await Promise.all([
    run('/message-status', signed('/message-status', status)),
    run('/message-status', signed('/message-status', status, `${AUTH_TOKEN}x`)),
    run('/message-status', signed('/incoming-message', status)),
    run('/studio/window', signed('/studio/window', { to: 'x' })),
    run('/studio/window', signed('/window', { to: 'x' })),
  ]);
  expect(results.map(({ response }) => response.statusCode)).toEqual([400, 403, 403, 400, 403]);
});

test('the built function trusts the Host header only on a developer’s machine', async () => {
  const parameters = { MessageSid: 'SM1', MessageStatus: 'delivered' };
  const text = `https://evil.example/message-statusMessageSid${parameters.MessageSid}MessageStatusdelivered`;
  const signature = createHmac('sha1', AUTH_TOKEN).update(text).digest('base64');
  const { response } = await run('/message-status', {
    ...post({ 'x-twilio-signature': signature, host: 'evil.example' }),
    ...parameters,
  });
  expect(response.statusCode).toBe(403);
});

test('the built function makes TwiML with the platform’s own twilio package', async () => {
  const parameters = {
    From: 'whatsapp:+14155238886',
    To: 'whatsapp:+4915550000001',
    MessageSid: `SM${'a'.repeat(32)}`,
    SmsStatus: 'received',
  };
  const { response } = await run('/incoming-message', signed('/incoming-message', parameters));
  expect(response).toEqual({
    statusCode: 200,
    headers: headers('text/xml'),
    body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
  });
});

test('the built function lets the right token pass to the parameters', async () => {
  const { response } = await run('/send-message', {
    ...post({ authorization: `Bearer ${API_TOKEN}` }),
    to: 'Ada',
  });
  expect([response.statusCode, response.body]).toEqual([
    400,
    expect.objectContaining({
      outcome: 'failed',
      error: expect.objectContaining({ code: 'INVALID_REQUEST' }),
    }),
  ]);
});

test('the built function without settings says which setting is missing', async () => {
  const { response } = await run('/incoming-message', post({}), {});
  expect([response.statusCode, response.body]).toEqual([
    500,
    {
      error: {
        code: 'MISCONFIGURED',
        message: expect.stringMatching(/AUTH_TOKEN is missing/),
        problems: expect.arrayContaining([{ field: 'SYNC_SERVICE_SID', message: expect.any(String) }]),
      },
    },
  ]);
});
