/**
 * `npm run start:live` in a clone with a `.env` of its own: what the functions read of it. None of them gets as far as a
 * request to Twilio.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../scripts/offline/processes';
import { cloneTo } from './guide-clone';

jest.setTimeout(120_000);
const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-live-'));
const clone = join(folder, 'clone');
const scratch = mkdtempSync(join(folder, 'tmp-'));
beforeAll(() => cloneTo(clone));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Live {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it said; complete once it has ended. */
  readonly text: () => string;
  readonly isReady: Promise<boolean>;
  readonly ended: Promise<number | null>;
}

async function startLive(envFile: string): Promise<Live> {
  writeFileSync(join(clone, '.env'), envFile);
  const PORT = String(await freePort());
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/start-live.ts'], {
    cwd: clone,
    env: { ...process.env, PORT, TMPDIR: scratch },
  });
  let text = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const isReady = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('ready http')) resolve(true);
      });
    }
    void ended.then(() => resolve(false));
  });
  return { child, url: `http://localhost:${PORT}`, text: () => text, isReady, ended };
}

const SETTINGS = [
  '\uFEFFACCOUNT_SID=AC00000000000000000000000000000001\r',
  'AUTH_TOKEN="offlineauthtoken#oftheemulator"\r',
  'SYNC_SERVICE_SID=IS00000000000000000000000000000001\r',
  'WHATSAPP_SENDER=whatsapp:+14155238886\r',
];

test('start:live reads an empty setting with a comment behind it as the commands do, and leaves no copy of the settings', async () => {
  const live = await startLive([...SETTINGS, 'API_TOKEN= # made by setup\r', ''].join('\n'));
  try {
    expect([await live.isReady, live.text()]).toEqual([
      true,
      expect.stringContaining('.env: API_TOKEN is empty, and what follows it is a comment'),
    ]);
    const left = readdirSync(scratch).filter((name) => name.startsWith('whatsapp-window-'));
    const answer = await fetch(`${live.url}/windows`);
    expect([answer.status, await answer.text(), left]).toEqual([
      401,
      expect.stringContaining('API_TOKEN is not set'),
      [],
    ]);
  } finally {
    live.child.kill('SIGTERM');
  }
  expect(await live.ended).toBe(0);
});

test('start:live refuses a line break in a value as deploy does, by name', async () => {
  const live = await startLive([...SETTINGS, 'FALLBACK_TEMPLATE="please\\nanswer"', ''].join('\n'));
  expect([await live.ended, live.text()]).toEqual([
    1,
    '✗ The value of FALLBACK_TEMPLATE has a line break, which twilio-run cannot read.\nWrite it on one line. In double quotes \\n is a line break: take single quotes or none.\n',
  ]);
});
