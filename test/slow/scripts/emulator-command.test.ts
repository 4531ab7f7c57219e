/** The emulator as a command: its one line, its settings, a taken port, and that a signal ends it. */
import { type ChildProcess, spawn } from 'node:child_process';
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

function start(env: Record<string, string>): {
  child: ChildProcess;
  line: Promise<string>;
  ended: Promise<Ended>;
} {
  const child = spawn(process.execPath, ['--import', 'tsx', 'emulator/main.ts'], {
    env: { ...process.env, ...env },
  });
  started.push(child);
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const line = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.includes('\n')) resolve(output.split('\n')[0] ?? '');
    });
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, output, errors }));
  });
  return { child, line, ended };
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'it says when it is ready, takes its settings, and %s ends it',
  async (signal) => {
    const { child, line, ended } = start({
      EMULATOR_PORT: '0',
      ACCOUNT_SID: `AC${'7'.repeat(32)}`,
      AUTH_TOKEN: 'a token',
      SYNC_SERVICE_SID: `IS${'7'.repeat(32)}`,
      FUNCTIONS_URL: 'http://localhost:1234',
    });
    const ready = await line;
    expect(ready).toMatch(/^emulator ready http:\/\/localhost:\d+$/);
    const url = ready.replace('emulator ready ', '');
    const authorization = `Basic ${Buffer.from(`AC${'7'.repeat(32)}:a token`).toString('base64')}`;
    const answer = await fetch(`${url}/v1/Services/IS${'7'.repeat(32)}`, { headers: { authorization } });
    const config = (await (await fetch(`${url}/_emulator/config`)).json()) as { functionsUrl: string };
    expect([answer.status, config.functionsUrl]).toEqual([200, 'http://localhost:1234']);
    child.kill(signal);
    expect(await ended).toEqual({ code: 0, output: `${ready}\n`, errors: '' });
  },
);

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
    errors: 'EMULATOR_PORT must be a port number, not "here".\n',
  });
});
