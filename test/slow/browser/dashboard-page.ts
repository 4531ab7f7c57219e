/**
 * A page with the dashboard, watched: whatever it writes to the console as an error, throws, or asks of another site is
 * kept, so that a test can demand that there was none.
 */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Frame,
  type Page,
} from 'playwright-core';
import { CHROMIUM_ADDRESS } from './chromium-server';
import { type OfflineService, TOKEN } from './offline-service';

export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, exceptions and refusals by the content security policy. */
  readonly errors: string[];
  /** Every address that was asked for. */
  readonly requests: string[];
}

/** What a test needs of a browser: windows that know nothing of each other. */
export type Chromium = Pick<Browser, 'newContext'>;

/** A slow machine may take so long for what a fast one shows at once. */
const PATIENCE_MS = 60_000;

/** The one Chromium of the run, for a test file. What the file leaves open is closed after it. */
export function useChromium(): Chromium {
  let connected: Browser | undefined;
  beforeAll(async () => {
    connected = await chromium.connect(process.env[CHROMIUM_ADDRESS] ?? '');
  });
  afterAll(() => connected?.close());
  return {
    async newContext(options) {
      if (!connected) throw new Error('Chromium is not connected.');
      const context = await connected.newContext(options);
      context.setDefaultTimeout(PATIENCE_MS);
      return context;
    },
  };
}

/** Chromium itself reports each answer of 400 and above; those that a test provokes by design are no mistakes. */
const ANSWER_REPORT = /^Failed to load resource: the server responded with a status of (\d{3})/;
/** Refused, template problem, wrong token: answers that this page shows. */
const EXPECTED_ANSWERS = ['409', '422', '401'];

export async function openPage(
  browser: Chromium,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const answered = ANSWER_REPORT.exec(message.text())?.[1];
    if (answered !== undefined && EXPECTED_ANSWERS.includes(answered)) return;
    errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, context, errors, requests };
}

/** The dashboard with the right token typed in. */
export async function openDashboard(
  browser: Chromium,
  offline: OfflineService,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const watched = await openPage(browser, `${offline.url}/index.html`, options);
  await typeToken(watched.page, TOKEN);
  return watched;
}

export async function typeToken(page: Page | Frame, token: string): Promise<void> {
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Open the dashboard' }).click();
}

/** The row of a person, or of a person in a state. */
export function row(page: Page | Frame, name: string | RegExp) {
  return page.getByRole('option', { name });
}

/**
 * Waits until what is read is what is expected; what it is instead fails the test at last. A page shows what it knows a
 * moment after it knows it, so whatever has changed is read with this. Asked from here: `page.waitForFunction` compiles
 * its condition anew inside the page each time it looks, which the page's content security policy refuses from the second
 * look on.
 */
export async function becomes<T>(read: () => Promise<T>, expected: NoInfer<T>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      expect(await read()).toEqual(expected);
      return;
    } catch (error) {
      if (Date.now() >= end) throw error;
    }
  }
}

/** Waits until the page has drawn what it knows, and done what it does after drawing: for what is measured on it. */
export async function drawn(page: Page): Promise<void> {
  const frame = 'new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))';
  for (let frames = 0; frames < 3; frames += 1) await page.evaluate(frame);
}

/** Addresses of other machines; those of this one are the service, the emulator and their ports. */
export function foreign(requests: readonly string[]): readonly string[] {
  return requests.filter((url) => {
    const { protocol, hostname } = new URL(url);
    return protocol !== 'data:' && hostname !== 'localhost';
  });
}
