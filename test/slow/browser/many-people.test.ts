/**
 * 20,000 people, of a service that is played in the browser: the page reads them all by itself and says how far it is, the
 * most urgent stand on top, anybody is found by name, number or last message, and few rows exist. How often it asks.
 */
import type { Page } from 'playwright-core';
import { openPage, row, typeToken, useChromium, type Watched } from './dashboard-page';
import { TOKEN, useOfflineService } from './offline-service';

const COUNT = 20_000;
const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const SENDER = 'whatsapp:+14155238886';

const offline = useOfflineService();
const browser = useChromium();

/** Each wrote a second before the next; the last of the list is the one whose window closes first. */
function people(now: number) {
  return Array.from({ length: COUNT }, (_, index) => {
    const lastInboundAt = now - HOUR - index * 1000;
    const state = now < lastInboundAt + DAY ? 'open' : 'closed';
    return {
      ...{
        sender: SENDER,
        user: `whatsapp:+4917${String(index).padStart(8, '0')}`,
        profileName: `Person ${index}`,
      },
      ...{ optedOut: index % 1000 === 7, windowKey: null, lastMessage: null },
      window: {
        ...{ state, lastInboundAt: iso(lastInboundAt), closesAt: iso(lastInboundAt + DAY), source: 'sync' },
        secondsLeft: Math.max(0, Math.floor((lastInboundAt + DAY - now) / 1000)),
      },
    };
  });
}

const iso = (time: number) => new Date(time).toISOString();
const said = (index: number, now: number) => ({
  ...{ sender: SENDER, user: `whatsapp:+4917${String(index).padStart(8, '0')}`, sid: `SM${index}` },
  ...{ direction: index % 4 === 0 ? 'outbound' : 'inbound', at: iso(now - HOUR - index * 1000) },
  ...{ body: `The text of number ${index}.`, mediaCount: 0, error: null },
  status: index % 4 === 0 ? 'read' : 'received',
});

interface Played extends Watched {
  /** Paths with their parameters, in order. */
  readonly asked: string[];
  /** Lets the list go on after its first page. */
  readonly goOn: () => void;
}

const pageOf = <T>(all: readonly T[], { searchParams }: URL) => {
  const begin = Number(searchParams.get('cursor') ?? 0);
  const end = begin + Number(searchParams.get('limit') ?? 50);
  return { items: all.slice(begin, end), nextCursor: end < COUNT ? String(end) : null };
};

/** @param mayGoOn until then the list has its first page only */
function windows(all: ReturnType<typeof people>, url: URL, mayGoOn: Promise<void>) {
  const rest = { now: iso(Date.now()), marginSeconds: 300, caller: { name: null, readOnly: false } };
  if (url.searchParams.has('since')) return { windows: [], nextCursor: null, ...rest };
  if (url.searchParams.has('closingWithin')) return { windows: all.slice(-5), nextCursor: '5', ...rest };
  const { items, nextCursor } = pageOf(all, url);
  const answer = { windows: items, nextCursor, ...rest };
  return url.searchParams.has('cursor') ? mayGoOn.then(() => answer) : answer;
}

async function open(): Promise<Played> {
  const watched = await openPage(browser, 'about:blank');
  const began = Date.now();
  const all = people(began);
  const log = all.map((_, index) => said(index, began));
  const asked: string[] = [];
  let goOn = () => {};
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const answers: Readonly<Record<string, (url: URL) => object>> = {
    '/windows': (url) => windows(all, url, mayGoOn),
    '/recent-messages': (url) => {
      const { items, nextCursor } = pageOf(log, url);
      return { messages: items, nextCursor };
    },
    '/held-messages': () => ({ held: [], nextCursor: null }),
    '/templates': () => ({ templates: [] }),
    '/thread': () => ({ messages: [], nextCursor: null }),
  };
  await watched.page.route(
    /\/(?:windows|recent-messages|held-messages|templates|thread)\b/,
    async (route) => {
      const url = new URL(route.request().url());
      asked.push(url.pathname + url.search);
      await route.fulfill({ json: { ...(await answers[url.pathname]?.(url)), error: null } });
    },
  );
  return { ...watched, asked, goOn };
}

const count = (page: Page, filter: string) => page.locator(`[data-count="${filter}"]`);

test('everybody is read, counted, in order and found', async () => {
  const { page, context, errors, goOn } = await open();
  await page.goto(`${offline.url}/index.html`);
  await typeToken(page, TOKEN);
  // The first rows and the most urgent are there before the rest, and the page says that they are not all.
  await row(page, /Person 19999\b/).waitFor();
  await page
    .locator('#progress')
    .getByText(/people read so far, more to come\./)
    .waitFor();
  goOn();
  await count(page, 'all').getByText('20,000').waitFor({ timeout: 60_000 });
  await page.locator('#progress:empty').waitFor({ state: 'attached', timeout: 60_000 });
  await page.locator('[aria-posinset="1"]', { hasText: 'Person 19999' }).waitFor();
  expect(await page.getByRole('option').count()).toBeLessThan(40);
  // Three of four have the last word, 20 of them opted out, none of whom is a fourth.
  // The log of the last messages is read beside the windows, and may end later.
  await count(page, 'answer').getByText('14,980', { exact: true }).waitFor({ timeout: 60_000 });
  await count(page, 'opted-out').getByText('20', { exact: true }).waitFor();
  await count(page, 'open').getByText('19,980', { exact: true }).waitFor();

  const search = page.getByLabel('Search by name, number or text');
  await search.fill('person 19998');
  await row(page, /Person 19998/).waitFor();
  expect(await count(page, 'all').textContent()).toBe('1');
  await search.fill('+49 170 00 19 997');
  await row(page, /Person 19997/).waitFor();
  await search.fill('text of number 12345');
  await row(page, /Person 12345/).waitFor();
  expect(await count(page, 'all').textContent()).toBe('1');
  await search.fill('');
  await page.locator('#windows').focus();
  await page.keyboard.press('End');
  await page.locator(`[aria-posinset="${COUNT}"][data-active]`).waitFor();
  expect(await page.getByRole('option').count()).toBeLessThan(40);
  expect(errors).toEqual([]);
  await context.close();
}, 180_000);

test('idle it asks four times a minute at most, hidden not at all, and again when it is shown', async () => {
  const { page, context, asked, goOn } = await open();
  goOn();
  await page.clock.install();
  await page.goto(`${offline.url}/index.html`);
  await page.evaluate(
    `Object.defineProperty(document, 'hidden', { get: () => window.nobodyLooks === true })`,
  );
  await typeToken(page, TOKEN);
  await count(page, 'all').getByText('20,000').waitFor({ timeout: 60_000 });
  await page.locator('#progress:empty').waitFor({ state: 'attached', timeout: 60_000 });
  const during = async (milliseconds: number) => {
    const before = asked.length;
    // In steps, so that each answer arrives before the next question is due.
    for (let passed = 0; passed < milliseconds; passed += 5000) {
      await page.clock.runFor(5000);
      await page.evaluate('new Promise((resolve) => { queueMicrotask(resolve); })');
    }
    return asked.slice(before);
  };
  await during(70_000);
  const minutes = await during(300_000);
  expect(minutes.length).toBeGreaterThanOrEqual(8);
  expect(minutes.length).toBeLessThanOrEqual(20);
  await page.evaluate('window.nobodyLooks = true');
  await during(30_000);
  expect(await during(300_000)).toEqual([]);
  const again = page.waitForRequest(/\/windows\?/);
  await page.evaluate(`window.nobodyLooks = false; document.dispatchEvent(new Event('visibilitychange'))`);
  await again;
  await context.close();
}, 180_000);

test('a whole number that nobody here has is looked up', async () => {
  await offline.inbound('+491701234567', { profileName: 'Ada' });
  const { page, context } = await openPage(browser, `${offline.url}/index.html`);
  await typeToken(page, TOKEN);
  await row(page, /Ada/).waitFor();
  await page.getByLabel('Search by name, number or text').fill('+1 (555) 123-4567');
  await page.getByRole('button', { name: 'Look up +15551234567' }).click();
  await page.getByRole('heading', { name: '+1 555 123 4567' }).waitFor();
  await page.getByText('They have not written to this sender yet.').waitFor();
  await offline.inbound('+15551234567', { profileName: 'Late' });
  await page.getByText('Write freely until').waitFor();
  await context.close();
});
