/**
 * Starts the machine's own Chromium for tests, screenshots and measurements: `CHROMIUM_PATH`, or one found in the usual
 * places. It downloads nothing, and the browser asks no server for anything by itself.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserServer, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @throws Error that says how to give one */
export function chromiumPath(): string {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (isExecutable(given)) return given;
    throw new Error(`CHROMIUM_PATH names "${given}", which is no program.`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...ELSEWHERE];
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new Error(
    'No Chromium was found: install one (Debian: apt-get install chromium), or set CHROMIUM_PATH to its program.',
  );
}

const options = () => ({
  executablePath: chromiumPath(),
  args: [
    // Root has no user namespaces to build the sandbox from; only pages of this project are opened.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

export function launchChromium(): Promise<Browser> {
  return chromium.launch(options());
}

/** One that several processes connect to. */
export function launchChromiumServer(): Promise<BrowserServer> {
  return chromium.launchServer(options());
}
