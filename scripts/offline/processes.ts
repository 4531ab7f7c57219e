/** Child processes and ports of the offline service: started together, ended together. It must leave nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** @throws Error that names the port and the variable that moves it */
export async function demandFreePort(port: number, variable: string): Promise<void> {
  for (const host of ['127.0.0.1', '::']) {
    await new Promise<void>((resolve, reject) => {
      const probe = createServer();
      probe.once('error', (error: NodeJS.ErrnoException) => {
        // A machine without IPv6 has no such port to take.
        if (error.code !== 'EADDRINUSE') resolve();
        else
          reject(new Error(`Port ${port} is taken. Stop what uses it, or set ${variable} to another port.`));
      });
      probe.listen(port, host, () => probe.close(() => resolve()));
    });
  }
}

/**
 * A port for a server that has to be told one before it listens. Drawn at random from below the range that systems hand
 * out by themselves: a port that was handed out and given back goes to the next one who asks, as another test does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const isFree = await demandFreePort(port, 'PORT').then(
      () => true,
      () => false,
    );
    if (isFree) return port;
  }
}

/** A port from the environment. @throws Error that names the variable */
export function portFromEnv(
  variable: string,
  fallback: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const text = env[variable];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`${variable} must be a port number from 1 to 65535.`);
}

/**
 * A child that dies with this process, whichever way this process ends. Where that is a kill, the channel to the child
 * breaks: Node.js processes notice it by `end-with-parent.cjs`.
 */
export function startChild(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly onLine: (line: string) => void;
  },
): ChildProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine(line);
    });
  }
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

/** Ends a child and waits for its end; one that does not listen is killed. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(timer);
}
