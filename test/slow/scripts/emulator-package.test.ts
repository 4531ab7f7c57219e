/**
 * The emulator as a package, as somebody has it who wants only that: made, packed, and installed without a network into an
 * empty folder, where the published SDK is sent to it by its preload.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/offline/twilio-run';

const folder = mkdtempSync(join(tmpdir(), 'emulator-package-'));
const made = join(folder, 'made');
const home = join(folder, 'home');
const env = { ...process.env, npm_config_offline: 'true', npm_config_cache: join(folder, 'cache') };
const run = async (cwd: string, command: string) =>
  (await promisify(execFile)('bash', ['-c', command], { cwd, env })).stdout.trim();

let server: ChildProcess;
let ended: Promise<number | null>;
let printed: readonly string[];

beforeAll(async () => {
  await run(ROOT, `npm run --silent emulator:package -- --out ${made}`);
  const file = await run(made, `npm pack --silent --pack-destination ${folder}`);
  mkdirSync(home);
  await run(home, `npm install --silent --no-audit --no-fund ${join(folder, file)}`);
  // As `npm install twilio` would put it there.
  symlinkSync(join(ROOT, 'node_modules/twilio'), join(home, 'node_modules/twilio'));
  server = spawn('npx', ['whatsapp-window-emulator'], {
    cwd: home,
    env: { ...env, EMULATOR_PORT: '0' },
    // A group of its own, so that a signal reaches it as a Ctrl-C does.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ended = new Promise((resolve) => server.once('close', resolve));
  let output = '';
  printed = await new Promise<readonly string[]>((resolve) => {
    server.stdout?.on('data', (chunk: Buffer) => {
      output += chunk;
      const lines = output.split('\n');
      if (lines.length > 3) resolve(lines.slice(0, 3));
    });
  });
});
afterAll(() => {
  if (server.exitCode === null && server.signalCode === null && server.pid)
    process.kill(-server.pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

const urlOf = () => (printed[0] ?? '').replace('emulator ready ', '');

const PROGRAM = `
  const twilio = require('twilio');
  const client = twilio('AC00000000000000000000000000000001', 'offlineauthtokenoftheemulator000');
  const send = (to) => client.messages.create({ from: 'whatsapp:+14155238886', to, body: 'Hello' });
  const statusOf = async ({ sid }) => {
    for (;;) {
      const { status, errorCode } = await client.messages(sid).fetch();
      if (['read', 'failed'].includes(status)) return [status, errorCode];
    }
  };
  (async () => {
    const messages = [await send('whatsapp:+15551234567'), await send('whatsapp:+15557654321')];
    console.log(JSON.stringify(await Promise.all(messages.map(statusOf))));
  })();
`;

test('the package installs nothing beside itself, and prints how a program is sent to it', () => {
  const installed = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect([installed.sort(), printed]).toEqual([
    ['twilio', 'whatsapp-window-emulator'],
    [
      expect.stringMatching(/^emulator ready http:\/\/localhost:\d+$/),
      'account AC00000000000000000000000000000001, token offlineauthtokenoftheemulator000',
      `your program: EMULATOR_URL=${urlOf()} node -r ./node_modules/whatsapp-window-emulator/preload.cjs your-program.js`,
    ],
  ]);
});

test('a program with the published SDK reads that a closed window is error 63016', async () => {
  writeFileSync(join(home, 'your-program.js'), PROGRAM);
  const inbound = { from: 'whatsapp:+15551234567', deliver: false };
  await fetch(`${urlOf()}/_emulator/inbound`, { method: 'POST', body: JSON.stringify(inbound) });
  const commands = [
    (printed[2] ?? '').replace('your program: ', ''),
    `EMULATOR_URL=${urlOf()} node -r whatsapp-window-emulator/preload your-program.js`,
  ];
  for (const command of commands) {
    expect(JSON.parse(await run(home, command))).toEqual([
      ['read', null],
      ['failed', 63016],
    ]);
  }
});

test('the package shows its page and the phone, and names what is inside it', async () => {
  const page = await (await fetch(urlOf())).text();
  const script = await fetch(`${urlOf()}/_emulator/phone/phone.js`);
  const files = join(home, 'node_modules/whatsapp-window-emulator');
  expect([
    page.includes('<h2 id="what-differs">'),
    [script.status, (await script.text()).length > 1000],
    readFileSync(join(files, 'README.md'), 'utf8').match(/\]\(\.\.?\//),
    readFileSync(join(files, 'THIRD-PARTY.txt'), 'utf8').includes('saxes'),
  ]).toEqual([true, [200, true], null, true]);
});

test('Ctrl-C ends the command of the package and leaves nothing', async () => {
  process.kill(-(server.pid ?? 0), 'SIGINT');
  await ended;
  await expect(fetch(urlOf())).rejects.toThrow();
});
