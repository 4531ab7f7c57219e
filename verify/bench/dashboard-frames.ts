/**
 * How smoothly 1,000 windows tick in Chromium: the dashboard against a naive page with a timer for each row that writes
 * HTML. It measures frames and the main thread's work, and judges nothing.
 */
import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/offline/chromium';
import { type Row, rowOf } from './row';

const ROWS = 1000;
const MEASURED_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const ASSETS = join(__dirname, '../../dist/assets');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

const NAIVE = 'The baseline is a page with a timer for each row, which writes its HTML anew every second.';

/** Milliseconds, over the measured time. */
interface FrameFigures {
  /** Work of the main thread: scripts, styles, layout, per second of wall time. */
  readonly busyMsPerSecond: number;
  readonly longestFrameMs: number;
}

/** Needs `npm run build` before it. */
export async function measureDashboardFrames(): Promise<readonly Row[]> {
  const server = await serve();
  const browser = await launchChromium();
  try {
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    const dashboard = await measure(browser, async (page) => {
      await page.goto(`${url}/index.html`);
      await page.getByLabel('API token').fill('a-token-that-nobody-checks');
      await page.getByRole('button', { name: 'Open the dashboard' }).click();
      await page.getByRole('option').first().click();
      await page.locator('[data-count=all]').getByText('1,000').waitFor();
    });
    const naive = await measure(browser, async (page) => {
      await page.goto(`${url}/naive`);
      await page
        .locator('tr')
        .nth(ROWS - 1)
        .waitFor();
    });
    const idle = await measure(browser, async (page) => {
      await page.goto(`${url}/favicon.svg`);
    });
    // An empty page: what measuring itself costs.
    const own = ({ busyMsPerSecond }: FrameFigures) => busyMsPerSecond - idle.busyMsPerSecond;
    const row = (what: string, unit: string, of: (figures: FrameFigures) => number): Row =>
      rowOf(
        `dashboard, ${ROWS} rows: ${what}`,
        unit,
        { ours: [of(dashboard)], baseline: [of(naive)] },
        NAIVE,
      );
    return [
      row('work of the main thread in a second', 'ms', own),
      row('longest frame', 'ms', ({ longestFrameMs }) => longestFrameMs),
    ];
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

async function measure(browser: Browser, open: (page: Page) => Promise<void>): Promise<FrameFigures> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  await open(page);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  const before = await busySeconds(session);
  const frames = (await page.evaluate(`new Promise((resolve) => {
    const gaps = [];
    let last = performance.now();
    const end = last + ${MEASURED_MS};
    const frame = (now) => {
      gaps.push(now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else resolve(gaps.slice(1));
    };
    requestAnimationFrame(frame);
  })`)) as readonly number[];
  const busy = (await busySeconds(session)) - before;
  await context.close();
  return {
    busyMsPerSecond: (busy * 1000 * 1000) / MEASURED_MS,
    longestFrameMs: Math.max(...frames),
  };
}

/** Tasks of the main thread, from Chromium's own books. */
async function busySeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

/** The page as built, a service with 1,000 pairs, and the naive page. */
async function serve(): Promise<Server> {
  const began = Date.now();
  const answers: Readonly<Record<string, (query: URLSearchParams) => object>> = {
    '/windows': (query) => windowsPage(began, Number(query.get('cursor') ?? 0)),
    '/window': () => ({ window: windowOf(began, 0) }),
    '/thread': () => ({ messages: [], nextCursor: null }),
    '/recent-messages': () => ({ messages: [], nextCursor: null }),
    '/templates': () => ({ templates: [] }),
    '/held-messages': () => ({ held: [], nextCursor: null }),
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const json = (body: object) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ ...body, error: null }));
    };
    const answer = answers[pathname]?.(searchParams);
    if (answer) json(answer);
    else if (pathname === '/naive') {
      response.setHeader('Content-Type', 'text/html');
      response.end(naivePage(began));
    } else {
      response.setHeader('Content-Type', TYPES[extname(pathname)] ?? 'text/plain');
      createReadStream(join(ASSETS, pathname))
        .on('error', () => response.end())
        .pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return server;
}

function windowOf(began: number, index: number): object {
  // Every row is within its last ten minutes and so tells seconds: the most that a list can have to do.
  const closesAt = began + 6 * 60_000 + index * 200;
  return {
    state: 'open',
    lastInboundAt: new Date(closesAt - DAY_MS).toISOString(),
    closesAt: new Date(closesAt).toISOString(),
    secondsLeft: Math.floor((closesAt - Date.now()) / 1000),
    source: 'sync',
  };
}

function windowsPage(began: number, start: number): object {
  const size = ROWS / 5;
  const windows = Array.from({ length: size }, (_, offset) => ({
    sender: 'whatsapp:+14155238886',
    user: `whatsapp:+4917000${String(start + offset).padStart(5, '0')}`,
    profileName: `Person ${start + offset}`,
    optedOut: false,
    window: windowOf(began, start + offset),
  }));
  const next = start + size;
  return {
    windows,
    nextCursor: next < ROWS ? String(next) : null,
    now: new Date().toISOString(),
    marginSeconds: 300,
  };
}

/** As it is often done: a timer for each row, which writes its HTML anew every second. */
function naivePage(began: number): string {
  return `<!doctype html><meta charset="utf-8"><title>naive</title><table id="t"></table><script>
    const began = ${began};
    for (let index = 0; index < ${ROWS}; index += 1) {
      const row = document.createElement('tr');
      document.getElementById('t').append(row);
      const closesAt = began + 360000 + index * 200;
      const show = () => {
        const left = Math.max(0, Math.floor((closesAt - Date.now()) / 1000));
        row.innerHTML = '<td><svg width="48" height="48" viewBox="0 0 100 100"><circle cx="50" cy="50" r="45" fill="none" stroke="#0b6e4f" stroke-width="6" stroke-dasharray="' + (left / 86400) * 283 + ' 283"></circle></svg></td><td>Person ' + index + '</td><td>' + Math.floor(left / 60) + ' min ' + (left % 60) + ' s</td><td>' + (left > 300 ? 'Open' : 'Closing') + '</td>';
      };
      show();
      setInterval(show, 1000);
    }
  </script>`;
}
