/**
 * A clone of this project in which a guide is followed, command by command: the emulator plays the account, and what was
 * deployed is what was built in the clone. It must not know what a guide says.
 */
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from '../../../emulator/emulator';
import { freePort, stopChild } from '../../../scripts/offline/processes';
import { ROOT, startTwilioRun, type TwilioRun } from '../../../scripts/offline/twilio-run';
import { Control, clientOf } from '../../emulator/emulator-client';

/** The domain that the emulator gives to what is deployed first. */
export const DOMAIN = 'whatsapp-window-1234-dev.twil.io';

/** What a build and the commands read. */
const FILES = [
  'src',
  'scripts',
  'emulator',
  'build.mjs',
  'openapi.yaml',
  'package.json',
  'tsconfig.json',
  '.env.example',
  '.env.offline',
  '.twilioserverlessrc',
];

/** As a clone has it, without `.env` and with what is installed here. */
export function cloneTo(folder: string): void {
  for (const name of FILES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

export class GuideClone {
  readonly control: Control;
  private functions: TwilioRun | undefined;

  private constructor(
    private readonly folder: string,
    private readonly functionsUrl: string,
    readonly emulator: ReturnType<typeof createEmulator>,
  ) {
    this.control = new Control(emulator);
  }

  /** The account has neither this project's Sync service's content nor its templates. */
  static async start(): Promise<GuideClone> {
    const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-guide-'));
    cloneTo(join(folder, 'clone'));
    const functionsUrl = `http://localhost:${await freePort()}`;
    const emulator = createEmulator({ port: 0, functionsUrl, clockFile: join(folder, 'clock') });
    await emulator.start();
    const { contents } = clientOf(emulator).content.v1;
    for (const template of await contents.list()) {
      if (/^(?:lesson_|please_answer)/.test(template.friendlyName)) await contents(template.sid).remove();
    }
    return new GuideClone(folder, functionsUrl, emulator);
  }

  /** What a person copies from the Console into `.env`. */
  enterAccount(): void {
    this.set('ACCOUNT_SID', this.emulator.accountSid);
    this.set('AUTH_TOKEN', this.emulator.authToken);
  }

  async stop(): Promise<void> {
    if (this.functions) await stopChild(this.functions.child);
    await this.emulator.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A block as a person pastes it, but for the questions, which nobody is here to answer. */
  shell(block: string): Promise<Pasted> {
    const script = unattended(block).replaceAll(`curl -s https://${DOMAIN}`, `curl -s ${this.functionsUrl}`);
    const preloads = ['emulator/preload.cjs', 'test/slow/scripts/deployed-domain.cjs'];
    const env = {
      ...process.env,
      NO_COLOR: '1',
      NODE_OPTIONS: preloads.map((preload) => `-r ${join(ROOT, preload)}`).join(' '),
      EMULATOR_URL: this.emulator.url,
      EMULATOR_CLOCK_FILE: join(this.folder, 'clock'),
      DEPLOYED_DOMAIN: DOMAIN,
      FUNCTIONS_URL: this.functionsUrl,
    };
    return paste(script, join(this.folder, 'clone'), env);
  }

  /** What the guide starts in a terminal of its own, once it says that it is ready. */
  async startOffline(command: string): Promise<OfflineStart> {
    const ports = { PORT: String(await freePort()), EMULATOR_PORT: String(await freePort()) };
    const cwd = join(this.folder, 'clone');
    const child = spawn('sh', ['-ec', command], { cwd, env: { ...process.env, ...ports }, detached: true });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    let text = '';
    const isReady = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (/^token /m.test(text)) resolve();
        });
      }
      child.once('close', () => reject(new Error(text)));
    });
    await isReady;
    return {
      shell: (block) =>
        paste(unattended(block).replaceAll('localhost:4010', `localhost:${ports.EMULATOR_PORT}`), cwd, {
          ...process.env,
          ...ports,
          NO_COLOR: '1',
        }),
      async stop() {
        // As a terminal does it: Ctrl-C reaches all that the shell started.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
        await ended;
      },
    };
  }

  /** A line of `.env`, as a person fills it in. */
  set(name: string, value: string): void {
    const file = join(this.folder, 'clone/.env');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`));
  }

  /** Twilio starts what was deployed; here, what was built runs with the settings that were deployed. */
  async startFunctions(): Promise<void> {
    const envFile = join(this.folder, 'deployed.env');
    cpSync(join(this.folder, 'clone/.env'), envFile);
    this.functions = await startTwilioRun({
      port: Number(new URL(this.functionsUrl).port),
      envFile,
      offline: { emulatorUrl: this.emulator.url, clockFile: join(this.folder, 'clock') },
      inProcess: true,
      onLine: () => undefined,
    });
  }

  /** What the person was sent. */
  async sent(): Promise<readonly { readonly text: string; readonly delivered: boolean }[]> {
    await this.control.idle();
    const { messages } = await this.control.get<{
      messages: readonly { text: string; delivered: boolean; direction: string }[];
    }>('messages');
    return messages.filter(({ direction }) => direction === 'outbound-api');
  }
}

export interface OfflineStart {
  shell(block: string): Promise<Pasted>;
  stop(): Promise<void>;
}

interface Pasted {
  readonly code: number;
  readonly text: string;
}

/** Nobody is here to answer the questions. */
function unattended(block: string): string {
  return block.replace(/^npm run (?:setup|deploy|teardown)(?!.*--dry-run).*$/gm, (line) =>
    line.includes(' -- ') ? `${line} --yes` : `${line} -- --yes`,
  );
}

function paste(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Pasted> {
  return new Promise((resolve) => {
    execFile('sh', ['-ec', script], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr }),
    );
  });
}

export interface Step {
  /** The first words of the block's first command, so that the steps and the guide cannot drift apart. */
  readonly begins: string;
  /** What its output has to show. */
  readonly shows: RegExp;
  /** What a person does before it. */
  readonly before?: () => unknown;
  /** What a person, Twilio or WhatsApp does after it. */
  readonly after?: () => unknown;
}

/** Plays the blocks of a guide in order; each has to end well and show what its step says. */
export async function follow(
  clone: Pick<GuideClone, 'shell'>,
  blocks: readonly string[],
  steps: readonly Step[],
): Promise<void> {
  for (const [index, { begins, shows, before, after }] of steps.entries()) {
    await before?.();
    const { code, text } = await clone.shell(blocks[index] ?? '');
    // At once: what a person does next is of no use after a step that failed, and its own failure would be told instead.
    expect({ begins, code, text }).toEqual({ begins, code: 0, text: expect.stringMatching(shows) });
    await after?.();
  }
}
