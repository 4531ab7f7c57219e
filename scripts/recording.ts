/**
 * `npm run recording`: makes the moving picture of the README again. The desk with the phone beside it plays the lesson:
 * the person writes, is answered freely, a day passes, and only a template goes out. It leaves nothing running.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { type LongRun, longRunning } from './command/long-running';
import { runProgram } from './command/program';
import { launchChromium } from './offline/chromium';
import { startOfflineService } from './offline/offline-service';
import { animatedWebp, type Frame } from './recording/animated-webp';

const SIZE = { width: 1280, height: 800 };
/** A README is loaded by people on trains. */
const MOST_BYTES = 900_000;
const GLANCE_MS = 1200;
const READ_MS = 2800;

interface Options {
  readonly file: string;
}

type Shoot = (milliseconds: number) => Promise<void>;

export const main = longRunning<Options>(
  {
    name: 'recording',
    summary:
      'Make the moving picture of the README again: the desk with the phone beside it plays the lesson.',
    examples: [
      ['', 'docs/desk-and-phone.webp anew'],
      ['--file try.webp', 'into another file, to look at it first'],
    ],
    own: (line) => line.option('--file <file>', 'where the picture is written', 'docs/desk-and-phone.webp'),
  },
  record,
);

async function record({ options: { file }, io, cleanUp }: LongRun<Options>): Promise<void> {
  const offline = await startOfflineService({ inProcess: true });
  cleanUp(() => offline.stop());
  const browser = await launchChromium();
  cleanUp(() => browser.close());
  const frames: Frame[] = [];
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
  const picture = animatedWebp(frames, SIZE.width, SIZE.height);
  if (picture.length > MOST_BYTES) {
    throw new Error(`${file} would have ${picture.length} bytes; ${MOST_BYTES} are allowed.`);
  }
  writeFileSync(resolve(io.cwd, file), picture);
  io.stdout.write(`${file} ${frames.length} frames, ${Math.round(picture.length / 1000)} kB\n`);
}

async function play(page: Page, shoot: Shoot): Promise<void> {
  const desk = page.frameLocator('iframe');
  const phone = page.getByRole('region', { name: 'Your business' });
  // The page has handed the token to the desk.
  await desk.getByText('Nobody has written yet.').waitFor();
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

if (require.main === module) runProgram(main);
