/**
 * The commands as a person uses them: they start, say so, do what the lines they print promise, and leave nothing
 * behind. Each runs as the process that npm would start, after the build.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../scripts/offline/processes';

const ROOT = join(__dirname, '../../..');

interface Command {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** In the environment of every process that it starts. */
  readonly mark: string;
  readonly ended: Promise<number | null>;
  line(pattern: RegExp): Promise<string>;
}

function command(
  script: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Command {
  const mark = randomUUID();
  const child = spawn(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env, COMMAND_UNDER_TEST: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((text) => pattern.test(text));
        if (found === undefined) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      void ended.then(() => reject(new Error(`It ended without ${pattern}:\n${lines.join('\n')}`)));
      look();
    });
  return { child, lines, mark, ended, line };
}

/** The processes that a command started and that are still there; on Linux, where the system tells. */
function leftBehind(mark: string): readonly string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
      } catch {
        return false;
      }
    });
}

/** What is still there after it had time to go: a process whose end was asked for ends a moment later. */
async function leftAtLast(mark: string): Promise<readonly string[]> {
  for (const end = Date.now() + 20_000; leftBehind(mark).length > 0 && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 50));
  return leftBehind(mark);
}

/** Looks again and again; the test's own time limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

function listen(port = 0): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const portOf = (server: Server) => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};
const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

async function freePorts(): Promise<{ PORT: string; EMULATOR_PORT: string }> {
  return { PORT: String(await freePort()), EMULATOR_PORT: String(await freePort()) };
}

describe('npm start', () => {
  test('prints three lines and no poll, what they name works, and Ctrl-C leaves nothing behind', async () => {
    const ports = await freePorts();
    const start = command('start', ports);
    try {
      expect(await start.line(/^ready /)).toBe(`ready http://localhost:${ports.PORT}/index.html`);
      const phone = /http:\S+$/.exec(await start.line(/^the same with a phone/))?.[0] ?? '';
      const token = (await start.line(/^token for both: /)).replace('token for both: ', '');
      const functions = `http://localhost:${ports.PORT}`;
      const headers = { authorization: `Bearer ${token}` };
      await fetch(`${functions}/windows`, { headers });
      expect(start.lines).toHaveLength(3);
      const inbound = JSON.stringify({ from: 'whatsapp:+15551234567', body: 'Hello' });
      const message = new URLSearchParams({ to: 'whatsapp:+15551234567', body: 'Welcome' });
      const answers = [
        await (await fetch(`${phone}_emulator/inbound`, { method: 'POST', body: inbound })).json(),
        await (await fetch(`${functions}/send-message`, { method: 'POST', headers, body: message })).json(),
      ];
      expect(answers).toEqual([
        expect.objectContaining({ webhooks: [expect.objectContaining({ status: 200 })] }),
        expect.objectContaining({ outcome: 'sent', error: null }),
      ]);
      const page = await fetch(`http://localhost:${ports.PORT}/index.html`);
      expect([page.status, page.headers.get('content-type')]).toEqual([
        200,
        expect.stringMatching(/^text\/html/),
      ]);
    } finally {
      start.child.kill('SIGINT');
    }
    expect([await start.ended, await leftAtLast(start.mark)]).toEqual([0, []]);
    for (const port of Object.values(ports)) await close(await listen(Number(port)));
  });

  test('with --state it goes on where it was ended, and a kill loses little', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-state-'));
    const file = join(folder, 'offline.state');
    const person = '+15551234567';
    const post = (emulator: string, path: string, body: object) =>
      fetch(`${emulator}/_emulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const started = async () => {
      const ports = await freePorts();
      const start = command('start', ports, ['--state', file]);
      await start.line(/^ready /);
      const functions = `http://localhost:${ports.PORT}`;
      const token = (await start.line(/^token for both: /)).replace('token for both: ', '');
      const known = async () => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(`${functions}/window?to=${encodeURIComponent(person)}`, { headers });
        const { window }: { window: { state: string; source: string } } = JSON.parse(await answer.text());
        return [window.state, window.source];
      };
      return { start, functions, emulator: `http://localhost:${ports.EMULATOR_PORT}`, known };
    };
    try {
      const first = await started();
      await post(first.emulator, 'inbound', { from: person, body: 'Hello' });
      await post(first.emulator, 'clock', { advanceSeconds: 23 * 3600 });
      const before = await first.known();
      first.start.child.kill('SIGTERM');
      const end = await first.start.ended;
      const second = await started();
      const after = [await second.known()];
      await post(second.emulator, 'clock', { advanceSeconds: 3600 });
      after.push(await second.known());
      await post(second.emulator, 'inbound', { from: person, body: 'Again, before the kill' });
      await until(async () => readFileSync(file, 'utf8').includes('Again, before the kill'));
      second.start.child.kill('SIGKILL');
      await second.start.ended;
      // What it had started ends as well.
      await until(async () => !(await fetch(second.functions).catch(() => null)));
      expect([before, end, second.start.lines[0], after, readdirSync(folder)]).toEqual([
        ['open', 'sync'],
        0,
        `goes on with the state in ${file}`,
        [
          ['open', 'sync'],
          ['closed', 'sync'],
        ],
        ['offline.state'],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('Ctrl-C in the middle of a request leaves nothing behind either', async () => {
    const ports = await freePorts();
    const start = command('start', ports);
    const emulator = `http://localhost:${ports.EMULATOR_PORT}`;
    try {
      await start.line(/^ready /);
      const hang = { target: 'api', match: { service: 'sync' }, do: 'hang', times: 0 };
      await fetch(`${emulator}/_emulator/faults`, { method: 'POST', body: JSON.stringify(hang) });
      const inbound = { method: 'POST', body: JSON.stringify({ from: '+15551234567', body: 'Hello' }) };
      fetch(`${emulator}/_emulator/inbound`, inbound).catch(() => undefined);
      await until(async () => {
        const log = await fetch(`${emulator}/_emulator/requests`);
        return (await log.text()).includes('"service":"sync"');
      });
      // The process of a request has the functions' environment: the emulator's address is what tells it from others.
      expect(leftBehind(emulator).length).toBeGreaterThan(0);
    } finally {
      start.child.kill('SIGINT');
    }
    expect(await start.ended).toBe(0);
    await until(async () => leftBehind(emulator).length === 0);
  });

  test.each([
    ['PORT', 'EMULATOR_PORT'],
    ['EMULATOR_PORT', 'PORT'],
  ])('a taken %s is an error that says so', async (taken, other) => {
    const server = await listen();
    const start = command('start', { [taken]: String(portOf(server)), [other]: (await freePorts()).PORT });
    const code = await start.ended;
    await close(server);
    expect([code, start.lines, await leftAtLast(start.mark)]).toEqual([
      1,
      [`Port ${portOfText(start.lines[0])} is taken. Stop what uses it, or set ${taken} to another port.`],
      [],
    ]);
  });

  test.each(['PORT', 'EMULATOR_PORT'])('a %s that is none is an error that names it', async (name) => {
    const start = command('start', { ...(await freePorts()), [name]: '70000' });
    expect([await start.ended, start.lines]).toEqual([1, [`${name} must be a port number from 1 to 65535.`]]);
  });
});

const portOfText = (line: string | undefined) => /\d+/.exec(line ?? '')?.[0];

test('npm run demo tells the lesson, and every step comes out right', async () => {
  const demo = command('demo');
  const code = await demo.ended;
  const steps = demo.lines.filter((line) => /^\d+\. /.test(line)).length;
  expect([code, demo.lines.filter((line) => line.includes('WRONG')), demo.lines.at(-1)]).toEqual([
    0,
    [],
    `All ${steps} steps came out right.`,
  ]);
  expect(steps).toBeGreaterThanOrEqual(6);
  expect(await leftAtLast(demo.mark)).toEqual([]);
});

// With a file of one's own, the command would go to Twilio: that is for its owner to try.
(existsSync(join(ROOT, '.env')) ? test.skip : test)(
  'npm run start:live without .env says so in the words of the other commands',
  async () => {
    const live = command('start-live', await freePorts());
    expect([await live.ended, live.lines.join('\n')]).toEqual([
      1,
      '✗ .env does not exist.\nCopy .env.example to .env and fill in ACCOUNT_SID and AUTH_TOKEN from the first page of the Twilio Console. To try it without an account: npm start, and --offline.',
    ]);
  },
);
