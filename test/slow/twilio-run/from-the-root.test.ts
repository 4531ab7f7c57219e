/** `twilio-run` as a person starts it: by npx in the root of the repository, with no flag but a port; and as `npm start` does, which is heard by this machine alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, stopChild } from '../../../scripts/offline/processes';
import { ROOT, startTwilioRun } from '../../../scripts/offline/twilio-run';

const folder = mkdtempSync(join(tmpdir(), 'whatsapp-window-'));
const envFile = join(folder, 'env');
const started: ChildProcess[] = [];
writeFileSync(envFile, readFileSync(join(ROOT, '.env.offline')));

afterAll(async () => {
  await Promise.all(started.map(stopChild));
  rmSync(folder, { recursive: true });
});

/** What each path answers, asked until somebody does. */
async function statuses(url: string, paths: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const path of paths) {
    for (;;) {
      const answer = await fetch(url + path).catch(() => undefined);
      if (!answer) continue;
      found[path] = answer.status;
      break;
    }
  }
  return found;
}

test('twilio-run without a folder serves every function and the dashboard from the repository’s root', async () => {
  const port = await freePort();
  const server = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/twilio-run/bin/twilio-run.js'), '--port', String(port), '--env', envFile],
    { cwd: ROOT, env: { ...process.env, NO_UPDATE_NOTIFIER: '1' }, stdio: 'ignore' },
  );
  started.push(server);

  expect(
    await statuses(`http://localhost:${port}`, [
      '/',
      '/index.html',
      '/window',
      '/windows',
      '/incoming-message',
      '/studio/window',
      '/no-such-function',
    ]),
  ).toEqual({
    '/': 200,
    '/index.html': 200,
    // No token, and no signature.
    '/window': 401,
    '/windows': 401,
    '/incoming-message': 403,
    '/studio/window': 403,
    '/no-such-function': 404,
  });
});

test('twilio-run started as npm start does can be reached from this machine only', async () => {
  const port = await freePort();
  const { child } = await startTwilioRun({ port, envFile, onLine: () => undefined });
  started.push(child);
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  const answered = await Promise.all(
    ['127.0.0.1', ...outside].map((address) =>
      fetch(`http://${address}:${port}/index.html`).then(
        ({ status }) => status,
        () => 'refused',
      ),
    ),
  );
  expect(answered).toEqual([200, ...outside.map(() => 'refused')]);
});
