/** Runs a command as the program of this process, with what the process has around it, and ends the process with it. */
import type { Io, Main } from './io';

/** A second Ctrl-C, or one that a command does not end for, ends the process the hard way. */
const PARENT_LOOK_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function runProgram(main: Main): void {
  const stop = new AbortController();
  for (const signal of SIGNALS) process.once(signal, () => stop.abort(signal));
  // The shell of the npm that started it does not hand every signal on.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop.abort();
  }, PARENT_LOOK_MS).unref();
  void main(process.argv.slice(2), processIo(stop.signal)).then((code) => {
    process.exitCode = code;
    // What was under way when it was stopped, or a pipe that is still open, would keep the process alive.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
  });
}

function processIo(stopped: AbortSignal): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    // Whatever Node was told for this process, such as a certificate, holds for its children as well.
    twilio: { nodeArgs: process.execArgv, nodeEnv: {} },
    stopped,
  };
}
