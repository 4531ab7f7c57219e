/** The emulator as a command: its three lines, its settings, its state, a taken port, and that a signal ends it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from '../../../emulator/emulator';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Ended {
  code: number | null;
  output: string;
  errors: string;
}

function start(
  env: Record<string, string>,
  args: readonly string[] = [],
): {
  child: ChildProcess;
  lines: Promise<readonly string[]>;
  ended: Promise<Ended>;
} {
  const child = spawn(process.execPath, ['--import', 'tsx', 'emulator/main.ts', ...args], {
    env: { ...process.env, ...env },
  });
  started.push(child);
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const lines = new Promise<readonly string[]>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.split('\n').length > 3) resolve(output.split('\n'));
    });
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, output, errors }));
  });
  return { child, lines, ended };
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'it says when it is ready, takes its settings, and %s ends it',
  async (signal) => {
    const { child, lines, ended } = start({
      EMULATOR_PORT: '0',
      ACCOUNT_SID: `AC${'7'.repeat(32)}`,
      AUTH_TOKEN: 'a token',
      SYNC_SERVICE_SID: `IS${'7'.repeat(32)}`,
      FUNCTIONS_URL: 'http://localhost:1234',
    });
    const printed = await lines;
    const url = (printed[0] ?? '').replace('emulator ready ', '');
    expect(printed).toEqual([
      expect.stringMatching(/^emulator ready http:\/\/localhost:\d+$/),
      `account AC${'7'.repeat(32)}, token a token`,
      `your program: EMULATOR_URL=${url} node -r ./emulator/preload.cjs your-program.js`,
      '',
    ]);
    const authorization = `Basic ${Buffer.from(`AC${'7'.repeat(32)}:a token`).toString('base64')}`;
    const answer = await fetch(`${url}/v1/Services/IS${'7'.repeat(32)}`, { headers: { authorization } });
    const config = (await (await fetch(`${url}/_emulator/config`)).json()) as { functionsUrl: string };
    const page = await (await fetch(url)).text();
    expect([answer.status, config.functionsUrl, page.includes('<h2 id="what-differs">')]).toEqual([
      200,
      'http://localhost:1234',
      true,
    ]);
    child.kill(signal);
    expect(await ended).toEqual({ code: 0, output: printed.join('\n'), errors: '' });
  },
);

test('with --state the command goes on where it was ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-state-'));
  const file = join(folder, 'account.state');
  const began = async () => {
    const { child, lines, ended } = start({ EMULATOR_PORT: '0' }, ['--state', file]);
    const url = ((await lines)[0] ?? '').replace('emulator ready ', '');
    return { child, ended, url };
  };
  const first = await began();
  const inbound = { from: 'whatsapp:+15551234567', body: 'Hello', deliver: false };
  await fetch(`${first.url}/_emulator/inbound`, { method: 'POST', body: JSON.stringify(inbound) });
  first.child.kill('SIGINT');
  const end = await first.ended;
  const second = await began();
  const { windows } = JSON.parse(await (await fetch(`${second.url}/_emulator/windows`)).text());
  second.child.kill('SIGINT');
  expect([end.code, end.errors, windows.length, (await second.ended).code]).toEqual([0, '', 1, 0]);
  expect(readFileSync(file, 'utf8')).toContain('"Hello"');
  rmSync(folder, { recursive: true });
});

test('--help shows an example and starts nothing', async () => {
  const { ended } = start({ EMULATOR_PORT: '0' }, ['--help']);
  expect(await ended).toEqual({
    code: 0,
    output: expect.stringMatching(
      /Example:\n {2}EMULATOR_PORT=4020 npm run emulator -- --state account\.state\n$/,
    ),
    errors: '',
  });
});

test('a taken port is an error that names the port and the setting', async () => {
  const other = createEmulator({ port: 0 });
  await other.start();
  const { ended } = start({ EMULATOR_PORT: String(other.port) });
  expect(await ended).toEqual({
    code: 1,
    output: '',
    errors: `Port ${other.port} is taken. Stop what uses it, or set EMULATOR_PORT to another port.\n`,
  });
  await other.stop();
});

test('a port that is none is an error that names the setting', async () => {
  const { ended } = start({ EMULATOR_PORT: 'here' });
  expect(await ended).toEqual({
    code: 1,
    output: '',
    errors: 'EMULATOR_PORT must be a port number from 1 to 65535, or 0 for any.\n',
  });
});

test('an option that is none is an error that says where they are listed', async () => {
  const { ended } = start({ EMULATOR_PORT: '0' }, ['--nonsense']);
  expect(await ended).toEqual({
    code: 2,
    output: '',
    errors: "Unknown option '--nonsense'\nnpm run emulator -- --help lists what there is.\n",
  });
});
