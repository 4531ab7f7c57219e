/** One Chromium for all test files of a run: Jest calls this before the first. Each file opens contexts of its own in it. */
import type { BrowserServer } from 'playwright-core';
import { launchChromiumServer } from '../../../scripts/offline/chromium';

/** Where the files find the address of the browser. */
export const CHROMIUM_ADDRESS = 'BROWSER_TESTS_CHROMIUM';

/** Jest loads the end of a run in the process of its beginning, but anew: only what is global is still there. */
const kept: typeof globalThis & { chromiumOfTheRun?: BrowserServer } = globalThis;

export default async function startChromium(): Promise<void> {
  kept.chromiumOfTheRun = await launchChromiumServer();
  process.env[CHROMIUM_ADDRESS] = kept.chromiumOfTheRun.wsEndpoint();
}

export async function closeChromium(): Promise<void> {
  await kept.chromiumOfTheRun?.close();
}
