/**
 * docs/guide/production.md, followed from its first command to its last in a clone of this project: the emulator plays the
 * account, and what a person does in between, in the Console or on the phone, is done here.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from '../../../emulator/emulator';
import { freePort, stopChild } from '../../../scripts/offline/processes';
import { ROOT, startTwilioRun, type TwilioRun } from '../../../scripts/offline/twilio-run';
import { Control, clientOf } from '../../emulator/emulator-client';

const GUIDE = readFileSync(join(ROOT, 'docs/guide/production.md'), 'utf8');
const DOMAIN = 'whatsapp-window-1234-dev.twil.io';
const SENDER = 'whatsapp:+15550001111';
const USER = 'whatsapp:+15551234567';

/** The commands between two steps that a person takes, in the order of the guide. */
const blocks = [...GUIDE.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');

const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-guide-'));
const clone = join(folder, 'clone');
const clockFile = join(folder, 'clock');
let functionsUrl = '';
let functions: TwilioRun | undefined;
let emulator: ReturnType<typeof createEmulator>;
let control: Control;

beforeAll(async () => {
  for (const name of [
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
  ]) {
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  const port = await freePort();
  functionsUrl = `http://localhost:${port}`;
  emulator = createEmulator({ port: 0, functionsUrl, clockFile });
  await emulator.start();
  control = new Control(emulator);
  const { contents } = clientOf(emulator).content.v1;
  for (const template of await contents.list()) {
    if (/^(?:lesson_|please_answer)/.test(template.friendlyName)) await contents(template.sid).remove();
  }
});
afterAll(async () => {
  if (functions) await stopChild(functions.child);
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A block as a person pastes it, but for the questions, which nobody is here to answer. */
function shell(block: string): Promise<{ readonly code: number; readonly text: string }> {
  const answered = block.replace(/^npm run (?:setup|deploy)(?!.*--dry-run).*$/gm, (line) =>
    line.includes(' -- ') ? `${line} --yes` : `${line} -- --yes`,
  );
  const script = answered.replaceAll(`curl -s https://${DOMAIN}`, `curl -s ${functionsUrl}`);
  const preloads = ['emulator/preload.cjs', 'test/slow/scripts/deployed-domain.cjs'];
  return new Promise((resolve) => {
    execFile(
      'sh',
      ['-ec', script],
      {
        cwd: clone,
        env: {
          ...process.env,
          NO_COLOR: '1',
          NODE_OPTIONS: preloads.map((preload) => `-r ${join(ROOT, preload)}`).join(' '),
          EMULATOR_URL: emulator.url,
          EMULATOR_CLOCK_FILE: clockFile,
          DEPLOYED_DOMAIN: DOMAIN,
          FUNCTIONS_URL: functionsUrl,
        },
      },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr }),
    );
  });
}

const settings = () => readFileSync(join(clone, '.env'), 'utf8');
const set = (name: string, value: string) =>
  writeFileSync(join(clone, '.env'), settings().replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`));

/** Twilio starts what was deployed; here, what was built runs with the settings that were deployed. */
async function startFunctions() {
  const file = join(folder, 'deployed.env');
  writeFileSync(file, settings());
  functions = await startTwilioRun({
    port: Number(new URL(functionsUrl).port),
    envFile: file,
    offline: { emulatorUrl: emulator.url, clockFile },
    inProcess: true,
    onLine: () => undefined,
  });
}

interface Step {
  /** The first words of the block's first command, so that the steps and the guide cannot drift apart. */
  readonly begins: string;
  /** What its output has to show. */
  readonly shows: RegExp;
  /** What a person does before it. */
  readonly before?: () => unknown;
  /** What a person, Twilio or WhatsApp does after it. */
  readonly after?: () => unknown;
}

const steps: readonly Step[] = [
  {
    begins: 'cp .env.example .env',
    shows: /^$/,
    after: () => {
      set('ACCOUNT_SID', emulator.accountSid);
      set('AUTH_TOKEN', emulator.authToken);
    },
  },
  { begins: 'npm run setup', shows: /next: npm run deploy, then npm run setup again/ },
  {
    begins: 'npm run deploy -- --dry-run',
    shows: new RegExp(`live at ${DOMAIN.replaceAll('.', '\\.')}`),
    after: startFunctions,
  },
  {
    begins: `npm run setup -- --domain ${DOMAIN}`,
    shows: new RegExp(`POST, paste[\\s\\S]*https://${DOMAIN}/incoming-message#rc=3&rp=ct,rt,4xx,5xx`),
  },
  {
    begins: 'npm run doctor',
    shows: /– not checked\s+webhook[\s\S]* 0 broken/,
    after: () => control.post('inbound', { from: USER, body: 'Hello' }),
  },
  { begins: 'TOKEN=', shows: /"freeFormAllowed":true[\s\S]*"outcome":"sent"/ },
  {
    begins: 'npm run setup -- --submit',
    before: () => {
      set('WHATSAPP_SENDER', SENDER);
      return control.post('senders', { sender: SENDER });
    },
    shows: /done: the webhook is changed[\s\S]*please_answer received[\s\S]* 0 broken/,
    after: () => control.post('templates/please_answer', { status: 'approved' }),
  },
  {
    begins: 'npm run setup',
    shows:
      /\+ FALLBACK_TEMPLATE=please_answer[\s\S]*✓ ok\s+webhook\s+The webhook of the sender leads here[\s\S]* 0 broken/,
  },
];

test('the guide has these commands and no others', () => {
  expect(blocks.map((block, index) => block.slice(0, steps[index]?.begins.length ?? 0))).toEqual(
    steps.map(({ begins }) => begins),
  );
});

test('followed from its first command to its last, every one ends well and shows what the guide says', async () => {
  for (const [index, { begins, shows, before, after }] of steps.entries()) {
    await before?.();
    const { code, text } = await shell(blocks[index] ?? '');
    // At once: what a person does next is of no use after a step that failed, and its own failure would be told instead.
    expect({ begins, code, text }).toEqual({ begins, code: 0, text: expect.stringMatching(shows) });
    await after?.();
  }
  await control.idle();
  const { messages } = await control.get<{
    messages: { text: string; delivered: boolean; direction: string }[];
  }>('messages');
  expect(messages.filter(({ direction }) => direction === 'outbound-api')).toEqual([
    expect.objectContaining({ text: 'Welcome', delivered: true }),
  ]);
}, 600_000);
