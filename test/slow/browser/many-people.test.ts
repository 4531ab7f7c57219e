/**
 * 20,000 people: the page reads them all by itself and says how far it is, the most urgent stand on top, anybody is found by
 * name, number or last message, and few rows exist. How often it asks.
 */
import type { Page } from 'playwright-core';
import { becomes, openDashboard, openPage, row, typeToken, useChromium } from './dashboard-page';
import { populate } from './multitude';
import { TOKEN, useOfflineService } from './offline-service';

const MANY = 20_000;

const offline = useOfflineService();
const browser = useChromium();

beforeEach(async () => {
  await offline.control('reset', {});
});

const count = (page: Page, filter: string) => page.locator(`[data-count="${filter}"]`);

test('20,000 people of the real functions are read, counted, in order and found', async () => {
  await populate(offline, {
    count: MANY,
    isStopped: (index) => index % 1000 === 7,
    isAnswered: (index) => index % 4 === 0,
  });
  const { page, context, errors, requests } = await openDashboard(browser, offline);
  // The first rows are there before the rest, and the page says that they are not all.
  await row(page, /Person/)
    .first()
    .waitFor();
  // A third round on a slow network, after the page and its script: nothing is asked before it.
  const [firstAsked = ''] = requests.filter((url) => !/\.\w+$/.test(new URL(url).pathname));
  expect(firstAsked.replace(offline.url, '')).toBe('/windows?limit=30');
  const progress = page.locator('#progress');
  await progress.getByText(/people read so far, more to come\./).waitFor();
  await count(page, 'all').getByText('20,000').waitFor({ timeout: 240_000 });
  await page.locator('[aria-posinset="1"]', { hasText: 'Person 19999' }).waitFor();
  // Three of four have the last word, 20 of them opted out, none of whom is a fourth. The log may end later.
  await count(page, 'answer').getByText('14,980', { exact: true }).waitFor({ timeout: 240_000 });
  await count(page, 'opted-out').getByText('20', { exact: true }).waitFor();
  await count(page, 'open').getByText('19,980', { exact: true }).waitFor();
  await page.locator('#progress:empty').waitFor({ state: 'attached' });
  // 200 pages of people, 50 of messages, and now and then one of what is new; not what is asked every few seconds.
  const pages = requests.filter((url) => /\/(?:windows|recent-messages)\?limit=(?:100|500)\b/.test(url));
  expect(pages.length).toBeLessThan(270);
  expect(await page.getByRole('option').count()).toBeLessThan(40);

  const search = page.getByLabel('Search by name, number or text');
  await search.fill('person 19999');
  await row(page, /Person 19999/).waitFor();
  await becomes(() => count(page, 'all').textContent(), '1');
  await search.fill('+49 170 00 19 997');
  await row(page, /Person 19997/).waitFor();
  await search.fill('text of number 12345');
  await row(page, /Person 12345/).waitFor();
  await becomes(() => count(page, 'all').textContent(), '1');
  await search.fill('');
  await page.locator('#windows').focus();
  await page.keyboard.press('End');
  await page.locator(`[aria-posinset="${MANY}"][data-active]`).waitFor();
  expect(await page.getByRole('option').count()).toBeLessThan(40);
  expect(errors).toEqual([]);
  await context.close();
}, 600_000);

test('idle it asks four times a minute at most, hidden not at all, and again when it is shown', async () => {
  await offline.inbound('+491701234567', { profileName: 'Ada' });
  const { page, context, requests } = await openPage(browser, 'about:blank');
  const underWay = new Set<unknown>();
  page.on('request', (request) => underWay.add(request));
  page.on('requestfinished', (request) => underWay.delete(request));
  page.on('requestfailed', (request) => underWay.delete(request));
  // A message that the list knows and the log no longer has.
  const nothing = { messages: [], nextCursor: null, error: null };
  await page.route('**/thread?**', (route) => route.fulfill({ json: nothing }));
  await page.clock.install();
  await page.goto(`${offline.url}/index.html`);
  await page.evaluate(
    `Object.defineProperty(document, 'hidden', { get: () => window.nobodyLooks === true })`,
  );
  await typeToken(page, TOKEN);
  await row(page, /Ada/).click();
  await page.getByLabel('Message', { exact: true }).fill('A draft stands');
  // From here on only the test moves the page's clock, however long it takes itself.
  await page.clock.pauseAt(Date.now() + 60 * 60 * 1000);
  const during = async (milliseconds: number) => {
    const before = requests.length;
    // In steps, so that each answer arrives before the next question is due.
    for (let passed = 0; passed < milliseconds; passed += 2500) {
      await page.clock.runFor(2500);
      while (underWay.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return requests.slice(before);
  };
  await during(75_000);
  const minutes = await during(300_000);
  expect(minutes.length).toBeGreaterThanOrEqual(15);
  expect(minutes.length).toBeLessThanOrEqual(20);
  await page.evaluate('window.nobodyLooks = true');
  await during(20_000);
  expect(await during(300_000)).toEqual([]);
  // Which of its questions is due then depends on the round.
  const again = page.waitForRequest(/\/(?:windows|recent-messages|held-messages)\b/);
  await page.evaluate(`window.nobodyLooks = false; document.dispatchEvent(new Event('visibilitychange'))`);
  await again;
  await context.close();
}, 300_000);

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
