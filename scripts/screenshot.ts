/**
 * Makes the pictures of the README again: the dashboard in light and dark, with people whose windows are open, about to
 * close and closed. It needs `npm run build` before it, and leaves nothing running.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openDashboard, row } from '../test/slow/browser/dashboard-page';
import { type Stand, startStand } from '../test/slow/browser/stand';
import { launchChromium } from './offline/chromium';
import { ROOT } from './offline/twilio-run';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** A README is loaded by people on trains. */
const MOST_BYTES = 300_000;

/** Who wrote, and how long before the picture. */
const PEOPLE: readonly (readonly [name: string, number: string, secondsAgo: number])[] = [
  ['Linus Berg', '+46701234567', 40 * HOUR],
  ['Mary Jackson', '+12025550143', 27 * HOUR],
  ['Alan Turing', '+447700900123', 24 * HOUR - 4 * MINUTE - 32],
  ['Emmy Noether', '+4915112345678', 21 * HOUR + 46 * MINUTE],
  ['Katherine Johnson', '+13035550188', 17 * HOUR + 8 * MINUTE],
  ['Grace Hopper', '+33612345678', 9 * HOUR + 21 * MINUTE],
  ['Edsger Dijkstra', '+31612345678', 3 * HOUR + 50 * MINUTE],
  ['Ada Lovelace', '+491701234567', 26 * MINUTE],
];

async function seat(stand: Stand): Promise<void> {
  await stand.control('clock', { set: '2026-03-03T18:15:00Z', freeze: true });
  let before = PEOPLE[0]?.[2] ?? 0;
  for (const [profileName, number, secondsAgo] of PEOPLE) {
    await stand.advance(before - secondsAgo);
    before = secondsAgo;
    await stand.inbound(number, { profileName });
  }
  await stand.advance(before);
}

async function main(): Promise<void> {
  const stand = await startStand();
  const browser = await launchChromium();
  try {
    await seat(stand);
    const options = {
      viewport: { width: 1280, height: 832 },
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
    } as const;

    const light = await openDashboard(browser, stand, { ...options, colorScheme: 'light' });
    await row(light.page, /Emmy Noether/).click();
    await light.page
      .getByLabel('Message', { exact: true })
      .fill('Your parcel left Hamburg this morning and arrives tomorrow before noon.');
    await light.page.getByText('Will go out as a free-form message').waitFor();
    await save(light.page, 'dashboard-open.png');

    const dark = await openDashboard(browser, stand, { ...options, colorScheme: 'dark' });
    await row(dark.page, /Mary Jackson/).click();
    await dark.page.getByRole('radio', { name: /lesson_code/ }).check();
    await dark.page.getByLabel('{{1}}').fill('hacker');
    await dark.page.getByLabel('{{2}}').fill('1337');
    await dark.page.getByText('Will go out as a template message').waitFor();
    await save(dark.page, 'dashboard-template.png');
  } finally {
    await browser.close();
    await stand.stop();
  }
}

type Page = Awaited<ReturnType<typeof openDashboard>>['page'];

async function save(page: Page, name: string): Promise<void> {
  const path = join(ROOT, 'docs', name);
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes; ${MOST_BYTES} are allowed.`);
  console.log(`docs/${name} ${Math.round(size / 1000)} kB`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
