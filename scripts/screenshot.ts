/**
 * Makes pictures of the dashboard's states, in light and dark: the README's into docs/, all others into pictures/. Names of
 * scenarios make only those. It needs `npm run build` before it, and leaves nothing running.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openPage, typeToken } from '../test/slow/browser/dashboard-page';
import { type OfflineService, startOfflineService, TOKEN } from '../test/slow/browser/offline-service';
import { type LongRun, longRunning } from './command/long-running';
import { runProgram } from './command/program';
import { launchChromium } from './offline/chromium';
import { ROOT } from './offline/twilio-run';
import { SCENARIOS, type Scenario, seat } from './screenshot/scenarios';

/** A README is loaded by people on trains. */
const MOST_BYTES = 300_000;

/** The README's, which stand in docs/; all others are for looking at. */
const IN_DOCS: ReadonlyMap<string, string> = new Map([
  ['open-light', 'dashboard-open.png'],
  ['template-dark', 'dashboard-template.png'],
]);
const FOLDER = join(ROOT, 'pictures');

export const main = longRunning(
  {
    name: 'screenshot',
    summary: 'Make pictures of the dashboard’s states, in light and dark.',
    examples: [
      ['', 'all of them'],
      ['open template', 'those two only'],
    ],
    own: (line) => line.argument('[scenarios...]', SCENARIOS.map(({ name }) => name).join(', ')),
  },
  takeAll,
);

async function takeAll({ args, io, cleanUp }: LongRun<object>): Promise<void> {
  const unknown = args.filter((wanted) => !SCENARIOS.some(({ name }) => name === wanted));
  if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}; --help lists them.`);
  const scenarios = SCENARIOS.filter(({ name }) => args.length === 0 || args.includes(name));
  const browser = await launchChromium();
  cleanUp(() => browser.close());
  for (const scenario of scenarios) {
    const offline = await startOfflineService();
    try {
      if (scenario.begins !== 'empty') await seat(offline);
      for (const colorScheme of ['light', 'dark'] as const) {
        io.stdout.write(`${await picture(browser, offline, scenario, colorScheme)}\n`);
      }
    } finally {
      await offline.stop();
    }
  }
}

async function picture(
  browser: Browser,
  offline: OfflineService,
  scenario: Scenario,
  colorScheme: 'light' | 'dark',
): Promise<string> {
  const { page, context } = await openPage(browser, `${offline.url}/index.html`, {
    viewport: { width: 1440, height: 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
    colorScheme,
  });
  if (scenario.begins !== 'signed-out') await typeToken(page, TOKEN);
  await scenario.show(page, offline);
  const name = `${scenario.name}-${colorScheme}`;
  const inDocs = IN_DOCS.get(name);
  const saved = await save(page, inDocs ? join(ROOT, 'docs', inDocs) : join(FOLDER, `${name}.png`));
  await context.close();
  return saved;
}

/** @returns what a person is told of it */
async function save(page: Page, path: string): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes; ${MOST_BYTES} are allowed.`);
  return `${relative(ROOT, path)} ${Math.round(size / 1000)} kB`;
}

if (require.main === module) runProgram(main);
