/**
 * `npm run recording`: makes the moving picture of the README again. The desk with the phone beside it plays the lesson:
 * the person writes, is answered freely, a day passes, and only a template goes out. It leaves nothing running.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { launchChromium } from './offline/chromium';
import { startOfflineService } from './offline/offline-service';
import { ROOT } from './offline/twilio-run';
import { animatedWebp, type Frame } from './recording/animated-webp';

const FILE = 'docs/desk-and-phone.webp';
const SIZE = { width: 1280, height: 800 };
/** A README is loaded by people on trains. */
const MOST_BYTES = 900_000;
const GLANCE_MS = 1200;
const READ_MS = 2800;

type Shoot = (milliseconds: number) => Promise<void>;

async function main(): Promise<void> {
  const offline = await startOfflineService({ inProcess: true });
  const browser = await launchChromium();
  const frames: Frame[] = [];
  try {
    const context = await browser.newContext({
      viewport: SIZE,
      colorScheme: 'light',
      reducedMotion: 'reduce',
      locale: 'en-GB',
    });
    const page = await context.newPage();
    const tools = await context.newCDPSession(page);
    await page.goto(`${offline.emulator.url}/`);
    await play(page, async (milliseconds) => {
      const options = { format: 'webp', quality: 70 } as const;
      const { data } = await tools.send('Page.captureScreenshot', options);
      frames.push({ picture: Buffer.from(data, 'base64'), milliseconds });
    });
  } finally {
    await browser.close();
    await offline.stop();
  }
  const file = animatedWebp(frames, SIZE.width, SIZE.height);
  if (file.length > MOST_BYTES) {
    throw new Error(`${FILE} would have ${file.length} bytes; ${MOST_BYTES} are allowed.`);
  }
  writeFileSync(join(ROOT, FILE), file);
  console.log(`${FILE} ${frames.length} frames, ${Math.round(file.length / 1000)} kB`);
}

async function play(page: Page, shoot: Shoot): Promise<void> {
  const desk = page.frameLocator('iframe');
  const phone = page.getByRole('region', { name: 'Your business' });
  await openDesk(page, desk);
  await shoot(GLANCE_MS);

  await phone.getByLabel('Message as the user').fill('Where is my code?');
  await shoot(GLANCE_MS);
  await phone.getByRole('button', { name: 'Send', exact: true }).click();
  await desk.getByRole('option', { name: /Ada.*Open/ }).click();
  await desk.getByText('Reading the conversation').waitFor({ state: 'hidden' });
  await shoot(READ_MS);

  await desk.getByLabel('Message', { exact: true }).fill('One moment, Ada.');
  await desk.getByText('Will go out as a free-form message').waitFor();
  await shoot(READ_MS);
  await desk.getByRole('button', { name: 'Send message' }).click();
  await phone.getByText('One moment, Ada.').waitFor();
  await phone.getByRole('img', { name: 'read' }).waitFor();
  await shoot(READ_MS);

  await page.getByRole('button', { name: '1 day later' }).click();
  await desk.getByRole('option', { name: /Ada.*Closed/ }).waitFor();
  await shoot(READ_MS);

  await desk.getByRole('radio', { name: /lesson_code/ }).check();
  await desk.getByLabel('{{1}}').fill('hacker');
  await desk.getByLabel('{{2}}').fill('1337');
  await desk.getByText('Will go out as a template message').waitFor();
  await shoot(READ_MS);
  await desk.getByRole('button', { name: 'Send template' }).click();
  await phone.getByText('Your hacker code is 1337.').waitFor();
  await shoot(READ_MS);
}

/** Offline the desk may know the token by itself. */
async function openDesk(page: Page, desk: FrameLocator): Promise<void> {
  const token = desk.getByLabel('API token');
  const empty = desk.getByText('Nobody has written yet.');
  await token.or(empty).first().waitFor();
  if (await token.isVisible()) {
    await token.fill((await page.locator('#token').textContent()) ?? '');
    await desk.getByRole('button', { name: 'Open the dashboard' }).click();
  }
  await empty.waitFor();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
