/** More pairs than fit: pages are loaded on demand, few rows exist, search finds what is loaded and looks up the rest. */
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../../scripts/offline/chromium';
import { openDashboard, row } from './dashboard-page';
import { type Stand, startStand } from './stand';

const COUNT = 730;

let stand: Stand;
let browser: Browser;

beforeAll(async () => {
  stand = await startStand();
  // So many people do not come within seconds: Sync creates fewer than 20 objects a second.
  await stand.control('config', { creationLimit: false });
  browser = await launchChromium();
  const people = Array.from({ length: COUNT }, (_, index) => index);
  while (people.length > 0) {
    await Promise.all(
      people
        .splice(0, 20)
        .map((index) =>
          stand.inbound(`+4917000${String(index).padStart(5, '0')}`, { profileName: `Person ${index}` }),
        ),
    );
  }
});

afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});

test('the first five pages come by themselves, the rest on demand, and only the rows in view exist', async () => {
  const { page, context, errors } = await openDashboard(browser, stand);
  const more = page.locator('#more');
  await more.getByText('500 pairs are loaded').waitFor();
  expect(await page.locator('[data-count=all]').textContent()).toBe('500');
  await more.click();
  await more.waitFor({ state: 'hidden' });
  expect(await page.locator('[data-count=all]').textContent()).toBe(String(COUNT));
  expect(await page.getByRole('option').count()).toBeLessThan(30);
  await page.locator('#windows').focus();
  await page.keyboard.press('End');
  await page.locator(`[aria-posinset="${COUNT}"][data-active]`).waitFor();
  expect(await page.getByRole('option').count()).toBeLessThan(30);

  await page.getByLabel('Search by name or number').fill('person 42');
  await row(page, /Person 42\b/).waitFor();
  expect(await page.locator('[data-count=all]').textContent()).toBe('11');
  expect(errors).toEqual([]);
  await context.close();
});

test('a whole number that is not loaded is looked up', async () => {
  const { page, context } = await openDashboard(browser, stand);
  await page.locator('#more').getByText('500 pairs are loaded').waitFor();
  await page.getByLabel('Search by name or number').fill('+1 (555) 123-4567');
  await page.getByRole('button', { name: 'Look up +15551234567' }).click();
  await page.getByRole('heading', { name: '+15551234567' }).waitFor();
  await page.getByText('They have not written to this sender yet').waitFor();
  await stand.inbound('+15551234567', { profileName: 'Late' });
  await page.getByText('Write freely until').waitFor();
  await context.close();
});
