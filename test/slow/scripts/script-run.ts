/** Runs one of the command-line scripts as a process of its own, with the preload that sends it to an emulator. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/offline/twilio-run';

export { settingsFile, settingsOf } from '../../scripts/run-main';

export interface ScriptRun {
  readonly code: number | null;
  /** Standard output and standard error, as a person reads them. */
  readonly text: string;
  readonly stdout: string;
  /** What `--json` printed; undefined where standard output is no JSON. */
  readonly json: unknown;
}

export interface ScriptOptions {
  readonly emulatorUrl: string;
  readonly clockFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the process once this resolves: the hard way, or by `signal`. */
  readonly killWhen?: Promise<unknown>;
  readonly signal?: NodeJS.Signals;
}

/** @param script a command such as `doctor`, or a file such as `verify/parity/parity.ts` */
export function runScript(
  script: string,
  args: readonly string[],
  options: ScriptOptions,
): Promise<ScriptRun> {
  const child = spawn(
    process.execPath,
    [
      '-r',
      join(ROOT, 'emulator/preload.cjs'),
      '--import',
      'tsx',
      join(ROOT, script.endsWith('.ts') ? script : `scripts/${script}.ts`),
      ...args,
    ],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        NO_COLOR: '1',
        EMULATOR_URL: options.emulatorUrl,
        ...(options.clockFile && { EMULATOR_CLOCK_FILE: options.clockFile }),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  void options.killWhen?.then(() => child.kill(options.signal ?? 'SIGKILL'));
  let text = '';
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, text, stdout, json: parsed(stdout) }));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
