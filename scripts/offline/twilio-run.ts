/** Starts `twilio-run` on what was built, with or without the preload that makes it run offline. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './processes';

export const ROOT = join(__dirname, '../..');
export const END_WITH_PARENT = join(ROOT, 'scripts/offline/end-with-parent.cjs');

export interface TwilioRun {
  readonly url: string;
  readonly child: ChildProcess;
}

/**
 * @param options.offline the emulator to send the SDK's requests to; without it the functions talk to Twilio
 * @param options.inProcess faster, but all requests share one process, as in a warm container; the default forks one per
 *   request, as a fresh container would be
 * @returns once the server answers
 */
export async function startTwilioRun(options: {
  readonly port: number;
  readonly envFile: string;
  readonly offline?: {
    readonly emulatorUrl: string;
    readonly clockFile: string;
    readonly executions?: string;
  };
  readonly inProcess?: boolean;
  /** With `dist` and the configuration in it; default: this project. */
  readonly folder?: string;
  readonly onLine: (line: string) => void;
}): Promise<TwilioRun> {
  const { port, envFile, offline, folder = ROOT } = options;
  const preload = offline ? ['-r', join(ROOT, 'emulator/preload.cjs')] : [];
  const always = [END_WITH_PARENT, join(ROOT, 'scripts/offline/listen-locally.cjs')].flatMap((file) => [
    '-r',
    file,
  ]);
  const child = startChild(
    process.execPath,
    [
      ...preload,
      ...always,
      join(ROOT, 'node_modules/twilio-run/bin/twilio-run.js'),
      'start',
      ...['--env', envFile, '--port', String(port)],
      ...(options.inProcess ? ['--no-fork-process', '--no-live'] : []),
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        // Else twilio-run asks the registry whether there is a newer one of itself.
        NO_UPDATE_NOTIFIER: '1',
        ...(offline && { EMULATOR_URL: offline.emulatorUrl, EMULATOR_CLOCK_FILE: offline.clockFile }),
        ...(offline?.executions && { EMULATOR_EXECUTIONS: offline.executions }),
      },
      onLine: options.onLine,
    },
  );
  const url = `http://localhost:${port}`;
  await untilAnswering(`${url}/index.html`, child);
  return { url, child };
}

/** Makes a folder one in which twilio-run serves `dist`, with what this project has installed. */
export function makeProject(folder: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true }));
  for (const file of ['node_modules', '.twilioserverlessrc'])
    symlinkSync(join(ROOT, file), join(folder, file));
}

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 900; attempt += 1) {
    if (child.exitCode !== null) throw new Error('twilio-run ended before it answered; its output is above.');
    const answer = await fetch(url).catch(() => undefined);
    if (answer) {
      await answer.arrayBuffer();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`twilio-run did not answer at ${url} within 90 s.`);
}
