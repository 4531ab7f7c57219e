/**
 * The preload in a process of its own, with the plain SDK that knows nothing of it: requests arrive, connections are
 * kept, other hosts are left alone, and `Date` follows the emulator's clock from one call to the next.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useEmulator } from './emulator-client';

const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
const clockFile = join(directory, 'clock');
const { emulator, control } = useEmulator({ clockFile });

afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a script under the preload; what it prints as JSON, line by line. */
function run(script: string, env: Record<string, string> = {}): Promise<unknown[]> {
  const setUp = `
    const account = '${emulator.accountSid}', token = '${emulator.authToken}';
    const control = (path, body) => fetch('${emulator.url}/_emulator/' + path, { method: 'POST', body: JSON.stringify(body) });
    const print = (value) => console.log(JSON.stringify(value));`;
  const child = spawn(
    process.execPath,
    [
      '-r',
      './emulator/preload.cjs',
      '-e',
      `${setUp}(async () => {${script}})().catch((error) => { console.error(error); process.exit(1); });`,
    ],
    { env: { ...process.env, EMULATOR_URL: emulator.url, EMULATOR_CLOCK_FILE: clockFile, ...env } },
  );
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) =>
      code === 0
        ? resolve(
            output
              .trim()
              .split('\n')
              .filter(Boolean)
              .map((line): unknown => JSON.parse(line)),
          )
        : reject(new Error(errors)),
    );
  });
}

test('the plain SDK reaches every API of the emulator, with forms, JSON and pages', async () => {
  const printed = await run(`
    const client = require('twilio')(account, token);
    const documents = client.sync.v1.services('default').documents;
    for (const uniqueName of ['a', 'b', 'c']) await documents.create({ uniqueName, data: { uniqueName } });
    print((await documents.list({ pageSize: 1 })).map((document) => document.data.uniqueName).sort());
    print(await documents('nobody').fetch().catch((error) => [error.status, error.code, error.moreInfo]));
    const sent = await client.messages.create({ to: 'whatsapp:+15551234567', from: 'whatsapp:+14155238886', body: 'Hi' });
    print(sent.status);
    print((await client.messages.list({ pageSize: 1 })).length);
    const created = await client.content.v1.contents.create({ friendly_name: 'x', language: 'en', types: { 'twilio/text': { body: 'x' } } });
    print((await client.content.v1.contents(created.sid).approvalFetch().fetch()).whatsapp.status);
  `);
  expect(printed).toEqual([
    ['a', 'b', 'c'],
    [404, 54300, 'https://www.twilio.com/docs/errors/54300'],
    'queued',
    1,
    'unsubmitted',
  ]);
});

const CALLS = [
  ['get with a URL', `https.get('https://sync.twilio.com/v1/Services/default', { auth }, show)`],
  [
    'get with options',
    `https.get({ hostname: 'sync.twilio.com', path: '/v1/Services/default', auth }, show)`,
  ],
  [
    'request with a URL object',
    `https.request(new URL('https://sync.twilio.com/v1/Services/default'), { auth }, show).end()`,
  ],
  [
    'request with an https agent that keeps alive',
    `https.request({ host: 'sync.twilio.com', port: 443, path: '/v1/Services/default', auth, agent: new https.Agent({ keepAlive: true }) }, show).end()`,
  ],
  [
    'a default import of an ES module',
    `(await import('node:https')).get({ hostname: 'sync.twilio.com', path: '/v1/Services/default', auth }, show)`,
  ],
] as const;

describe('a call of https', () => {
  let statuses: readonly unknown[];
  beforeAll(async () => {
    statuses = await run(`
      const https = require('node:https');
      const auth = account + ':' + token;
      const calls = [${CALLS.map(([, call]) => `async (show) => ${call}`).join(', ')}];
      for (const call of calls) {
        const status = await new Promise((resolve, reject) => {
          call((response) => response.resume().once('end', () => resolve(response.statusCode))).catch(reject);
        });
        print(status);
      }
    `);
  });

  test.each(CALLS.map(([what], index) => [what, index] as const))(
    'by %s reaches the emulator',
    (_what, index) => {
      expect(statuses[index]).toBe(200);
    },
  );
});

test('ten calls to the emulator in a row share one connection', async () => {
  const printed = await run(`
    let connections = 0;
    const net = require('node:net');
    const connect = net.Socket.prototype.connect;
    const client = require('twilio')(account, token);
    net.Socket.prototype.connect = function (...args) { connections++; return connect.apply(this, args); };
    for (let call = 0; call < 10; call++) await client.sync.v1.services('default').fetch();
    print(connections);
  `);
  expect(printed).toEqual([1]);
});

test('a request to any other host is not redirected to the emulator', async () => {
  const printed = await run(`
    const https = require('node:https');
    const ask = (host) => new Promise((resolve) => {
      https.get({ hostname: host, port: 9, path: '/', lookup: (name, options, found) => options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4) }, resolve).on('error', (error) => resolve(error.code));
    });
    print([await ask('example.com'), await ask('twilio.com.example.com')]);
  `);
  expect(printed).toEqual([['ECONNREFUSED', 'ECONNREFUSED']]);
  const { requests } = await control.get<{ requests: unknown[] }>('requests');
  expect(requests).toEqual([]);
});

test('Date follows the emulated clock at the next call: moved, frozen, moved while frozen, unfrozen', async () => {
  const printed = await run(`
    const at = () => [new Date().toISOString(), new Date(Date.now()).toISOString(), Date().slice(11, 15)];
    await control('clock', { set: '2030-06-01T00:00:00Z', freeze: true });
    print(at());
    await control('clock', { advanceMs: 1 });
    print(at());
    await control('clock', { advanceSeconds: 86400 });
    print(at());
    await control('clock', { set: '1969-12-31T23:59:59.999Z' });
    print(at()[0]);
    await control('clock', { set: '2031-06-01T00:00:00Z', freeze: false });
    print(at()[0].slice(0, 10));
  `);
  expect(printed).toEqual([
    ['2030-06-01T00:00:00.000Z', '2030-06-01T00:00:00.000Z', '2030'],
    ['2030-06-01T00:00:00.001Z', '2030-06-01T00:00:00.001Z', '2030'],
    ['2030-06-02T00:00:00.001Z', '2030-06-02T00:00:00.001Z', '2030'],
    '1969-12-31T23:59:59.999Z',
    '2031-06-01',
  ]);
});

test('Date is unchanged in everything but the current time', async () => {
  await control.post('clock', { set: '2030-06-01T00:00:00Z', freeze: true });
  const printed = await run(`
    class Own extends Date { year() { return this.getUTCFullYear(); } }
    const fileTime = require('node:fs').statSync('.').mtime;
    print([
      new Date(0).toISOString(), new Date(2020, 0, 2).getDate(), new Date('2020-01-02').getTime(),
      Date.UTC(2020, 0, 1), Date.parse('2020-01-01T00:00:00Z'), typeof Date(), Date.name, Date.length,
    ]);
    print([
      new Date() instanceof Date, new Own() instanceof Date, new Own() instanceof Own, new Own().year(),
      fileTime instanceof Date, new Date().constructor === Date, structuredClone(new Date()) instanceof Date,
      new Date(new Date(5)).getTime(), Object.prototype.toString.call(new Date()),
    ]);
  `);
  expect(printed).toEqual([
    ['1970-01-01T00:00:00.000Z', 2, 1577923200000, 1577836800000, 1577836800000, 'string', 'Date', 7],
    [true, true, true, 2030, true, true, true, 5, '[object Date]'],
  ]);
});

test('timers run in real time under the emulated clock', async () => {
  await control.post('clock', { set: '2030-06-01T00:00:00Z', freeze: true });
  expect(
    await run(`
    const before = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    print(Date.now() - before);
  `),
  ).toEqual([0]);
});

test('time is real where there is no clock file', async () => {
  await control.post('clock', { set: '2030-06-01T00:00:00Z', freeze: true });
  expect(
    await run(`print([Date.name, new Date().getUTCFullYear() < 2030]);`, { EMULATOR_CLOCK_FILE: '' }),
  ).toEqual([['Date', true]]);
});

test('time is real until the clock file exists', async () => {
  const later = join(directory, 'later');
  expect(
    await run(
      `
    const before = new Date().getUTCFullYear() < 2030;
    require('node:fs').copyFileSync(${JSON.stringify(clockFile)}, ${JSON.stringify(later)});
    await control('clock', { set: '2040-06-01T00:00:00Z', freeze: true });
    require('node:fs').copyFileSync(${JSON.stringify(clockFile)}, ${JSON.stringify(later)});
    print([before, new Date().toISOString()]);
  `,
      { EMULATOR_CLOCK_FILE: later },
    ),
  ).toEqual([[true, '2040-06-01T00:00:00.000Z']]);
});

test.each([
  ['inherits the redirection and the clock', ''],
  [
    'inherits them also from a parent that replaced its environment, as twilio-run does',
    'process.env = { ONLY: "this" };',
  ],
])('a forked child reaches the emulator as well: it %s', async (_what, first) => {
  await control.post('clock', { set: '2030-06-01T00:00:00Z', freeze: true });
  const child = join(directory, 'child.js');
  writeFileSync(
    child,
    `require('node:https').get('https://sync.twilio.com/v1/Services/default', (response) => {
      process.send([new Date().toISOString(), response.statusCode, process.argv.slice(2)]);
      response.resume();
    });`,
  );
  const printed = await run(`
    ${first}
    const forked = require('node:child_process').fork(${JSON.stringify(child)}, ['argument']);
    print(await new Promise((resolve) => forked.on('message', resolve)));
  `);
  // 401: the emulator's answer to a request without credentials.
  expect(printed).toEqual([['2030-06-01T00:00:00.000Z', 401, ['argument']]]);
});

test('Node’s own fetch reaches the emulator with a text, a URL and a Request', async () => {
  const printed = await run(`
    const headers = { authorization: 'Basic ' + Buffer.from(account + ':' + token).toString('base64') };
    const url = 'https://api.twilio.com/2010-04-01/Accounts/' + account + '/Messages.json';
    const body = new URLSearchParams({ To: 'whatsapp:+15551234567', From: 'whatsapp:+14155238886', Body: 'Hi' });
    print((await fetch(url, { method: 'POST', headers, body })).status);
    print((await fetch(new Request(url, { method: 'POST', headers, body }))).status);
    print((await (await fetch(new URL(url), { headers })).json()).messages.length);
  `);
  expect(printed).toEqual([201, 201, 2]);
});

test.each([
  [
    'https.get of a host in capitals',
    "require('node:https').get('https://SYNC.Twilio.com/v1/Services', answer)",
  ],
  [
    'https.request by its parts',
    "require('node:https').request({ host: 'SYNC.twilio.com:443', path: '/v1/Services' }, answer).end()",
  ],
  ['http.get', "require('node:http').get('http://sync.twilio.com/v1/Services', answer)"],
  [
    'http.request',
    "require('node:http').request(new URL('http://sync.twilio.com/v1/Services'), answer).end()",
  ],
  [
    'fetch without TLS',
    "fetch('http://sync.twilio.com/v1/Services').then((found) => answer({ statusCode: found.status, resume() {} }))",
  ],
])(
  'a request to Twilio reaches the emulator and leaves the machine by no other way: %s',
  async (_what, call) => {
    const [status] = await run(`
    print(await new Promise((resolve) => {
      const answer = (response) => { response.resume(); resolve(response.statusCode); };
      ${call};
    }));
    require('node:http').globalAgent.destroy();
  `);
    // The emulator's answer to a request without credentials.
    expect(status).toBe(401);
  },
);

test('Node’s own WebSocket is refused by the emulator, and other hosts are left alone', async () => {
  const printed = await run(`
    if (!globalThis.WebSocket) { print('none'); print('none'); return; }
    for (const address of ['wss://tsock.us1.twilio.com/v4/wsconnect', 'ws://127.0.0.1:9/']) {
      const socket = new WebSocket(address);
      print(await new Promise((resolve) => { socket.onerror = () => resolve(socket.url); socket.onopen = () => resolve('open'); }));
    }
  `);
  const expected = [`${emulator.url.replace('http', 'ws')}/v4/wsconnect`, 'ws://127.0.0.1:9/'];
  expect([expected, ['none', 'none']]).toContainEqual(printed);
});

test('a server runs as many requests at a time as allowed and answers 429 to the rest, without counting files', async () => {
  const [printed] = await run(
    `
    const waiting = [];
    const server = require('node:http').createServer((request, response) => {
      if (request.url === '/hold') waiting.push(response);
      else response.end();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ask = (path) => fetch('http://127.0.0.1:' + server.address().port + path);
    const held = [ask('/hold'), ask('/hold')];
    while (waiting.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    const refused = await ask('/window');
    const file = await ask('/index.html');
    for (const response of waiting) response.end();
    await Promise.all(held.map(async (each) => (await each).text()));
    const later = await ask('/window');
    print([refused.status, await refused.json(), file.status, later.status]);
    server.closeAllConnections();
    server.close();
  `,
    { EMULATOR_EXECUTIONS: '2' },
  );
  const refusal = {
    code: 20429,
    message: 'Too Many Requests',
    more_info: 'https://www.twilio.com/docs/errors/20429',
    status: 429,
  };
  expect(printed).toEqual([429, refusal, 200, 200]);
});
